import { Link, type LinkProps } from "@tanstack/react-router";
import type { ReactNode } from "react";

const alignment = { left: "text-left", right: "text-right" } as const;

export type Column = {
  id: string;
  head: string;
  align?: keyof typeof alignment;
  /** Less important columns leave narrow screens; what they say must not be needed to act. */
  from?: "sm" | "md" | "lg";
};

const visibleFrom = {
  sm: "hidden sm:table-cell",
  md: "hidden md:table-cell",
  lg: "hidden lg:table-cell",
} as const;

const cellClass = ({ align = "left", from }: Column) =>
  `${alignment[align]} ${from ? visibleFrom[from] : ""}`;

/** A dense table. Its caption names it for screen readers. */
export function Table(props: {
  caption: string;
  columns: readonly Column[];
  children: ReactNode;
  foot?: ReactNode;
}) {
  return (
    <table className="w-full border-collapse text-sm wrap-break-word">
      <caption className="sr-only">{props.caption}</caption>
      <thead>
        <tr className="border-b border-line text-xs text-ink-muted">
          {props.columns.map((column) => (
            <th
              key={column.id}
              scope="col"
              className={`px-2 py-2 font-medium whitespace-nowrap ${cellClass(column)}`}
            >
              {column.head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>{props.children}</tbody>
      {props.foot !== undefined && <tfoot>{props.foot}</tfoot>}
    </table>
  );
}

export function Cell(props: { column: Column | undefined; children?: ReactNode; className?: string }) {
  const column = props.column ?? { id: "", head: "" };
  return (
    <td className={`px-2 py-2 align-top ${cellClass(column)} ${props.className ?? ""}`}>{props.children}</td>
  );
}

/** A row that opens a page: its RowLink covers the whole row, and j, k and the arrows move between such links. */
export function Row({ testId, children }: { testId: string; children: ReactNode }) {
  return (
    <tr
      data-testid={testId}
      className="relative border-b border-line last:border-0 hover:bg-sunken has-[[data-row-link]:focus-visible]:bg-jade-soft"
    >
      {children}
    </tr>
  );
}

export function RowLink({ children, ...link }: LinkProps & { children: ReactNode }) {
  return (
    <Link
      {...link}
      data-row-link
      className="font-medium text-ink no-underline after:absolute after:inset-0 focus-visible:outline-none focus-visible:after:rounded-md focus-visible:after:outline-2 focus-visible:after:-outline-offset-2 focus-visible:after:outline-jade"
    >
      {children}
    </Link>
  );
}
