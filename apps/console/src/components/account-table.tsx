import type { ReactNode } from "react";
import { type Column, Table } from "./table.tsx";
import { useNarrow } from "./use-narrow.ts";

type Props = { caption: string; columns: readonly Column[]; children: ReactNode; foot?: ReactNode };

/**
 * Accounts with debit and credit columns. On a phone the account takes a line of its own above its amounts, because
 * three columns of large amounts have no room beside it. The first column is the account.
 */
export function AccountTable({ columns, ...rest }: Props) {
  const narrow = useNarrow();
  return <Table {...rest} columns={narrow ? columns.slice(1) : columns} />;
}

export function AccountRow(props: {
  columns: readonly Column[];
  account: ReactNode;
  className: string;
  children: ReactNode;
}) {
  const narrow = useNarrow();
  const account = (colSpan: number) => (
    <th
      scope={colSpan > 1 ? "rowgroup" : "row"}
      colSpan={colSpan}
      className="px-2 pt-2 pb-1 text-left align-top [font-weight:inherit]"
    >
      {props.account}
    </th>
  );
  if (!narrow) {
    return (
      <tr className={props.className}>
        {account(1)}
        {props.children}
      </tr>
    );
  }
  return (
    <>
      <tr className={props.className.replace("border-b ", "")}>{account(props.columns.length - 1)}</tr>
      <tr className={props.className.replace("border-t-2 ", "")}>{props.children}</tr>
    </>
  );
}
