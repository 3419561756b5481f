import { CopyText, MoneyText } from "@jinqiao/ui";
import { CircleCheck, TriangleAlert } from "lucide-react";
import { Fragment } from "react";
import type { LedgerTransfer, WireMoney } from "../../api.ts";
import { AccountRow, AccountTable } from "../../components/account-table.tsx";
import { InstantText } from "../../components/instant-text.tsx";
import { Cell, type Column } from "../../components/table.tsx";
import { usePaymentT } from "../../i18n.ts";
import { useWords } from "../../words.ts";
import { isZero, transferSums } from "./transfer-sums.ts";

/** Postings of a payment: each transfer with its entries in debit and credit columns, added up before your eyes. */
export function LedgerTransfers({ transfers }: { transfers: readonly LedgerTransfer[] }) {
  const t = usePaymentT();
  const words = useWords();
  if (transfers.length === 0) return <p className="text-sm text-ink-muted">{t("payment.no_transfers")}</p>;
  return (
    <ul className="grid gap-6">
      {transfers.map((transfer) => (
        <li key={transfer.id} data-testid="ledger-transfer" className="min-w-0">
          <div className="mb-1 flex flex-wrap items-center justify-between gap-x-3">
            <span className="text-sm font-medium">
              {words.transferKind(transfer.kind)}{" "}
              <code className="font-mono text-xs font-normal text-ink-muted">{transfer.kind}</code>
            </span>
            <span className="text-xs text-ink-muted">
              <InstantText value={transfer.at} />
            </span>
          </div>
          <CopyText text={transfer.id} className="text-ink-muted" />
          <Entries transfer={transfer} />
        </li>
      ))}
    </ul>
  );
}

function Entries({ transfer }: { transfer: LedgerTransfer }) {
  const t = usePaymentT();
  const words = useWords();
  const columns: Column[] = [
    { id: "account", head: t("ledger.account") },
    { id: "debit", head: t("ledger.debit"), align: "right" },
    { id: "credit", head: t("ledger.credit"), align: "right" },
    { id: "after", head: t("ledger.balance_after"), align: "right", from: "md" },
  ];
  const [, debit, credit, after] = columns;
  const foot = transferSums(transfer).map((sum) => (
    <Fragment key={sum.currency}>
      <AccountRow
        columns={columns}
        className="border-t-2 border-line-strong font-semibold"
        account={t("ledger.total")}
      >
        <Cell column={debit}>
          <MoneyText money={sum.debit} />
        </Cell>
        <Cell column={credit}>
          <MoneyText money={sum.credit} />
        </Cell>
        <Cell column={after} />
      </AccountRow>
      <AccountRow
        columns={columns}
        className={`text-xs ${isZero(sum.difference) ? "text-positive" : "text-danger"}`}
        account={t("ledger.difference")}
      >
        <td
          colSpan={2}
          className="px-2 pb-2 text-right align-bottom font-semibold"
          data-testid="transfer-difference"
        >
          <Difference difference={sum.difference} />
        </td>
        <Cell column={after} />
      </AccountRow>
    </Fragment>
  ));
  return (
    <AccountTable
      caption={t("ledger.entries_of", { kind: words.transferKind(transfer.kind) })}
      columns={columns}
      foot={foot}
    >
      {transfer.entries.map((entry, index) => (
        <AccountRow
          // biome-ignore lint/suspicious/noArrayIndexKey: posted entries never change their order
          key={index}
          columns={columns}
          className="border-b border-line"
          account={<code className="font-mono text-xs break-all">{entry.accountCode}</code>}
        >
          <Cell column={debit}>{entry.direction === "debit" && <MoneyText money={entry.amount} />}</Cell>
          <Cell column={credit}>{entry.direction === "credit" && <MoneyText money={entry.amount} />}</Cell>
          <Cell column={after} className="text-ink-muted">
            <MoneyText money={entry.balanceAfter} />
          </Cell>
        </AccountRow>
      ))}
    </AccountTable>
  );
}

function Difference({ difference }: { difference: WireMoney }) {
  const Icon = isZero(difference) ? CircleCheck : TriangleAlert;
  return (
    <span className="inline-flex items-center gap-1 whitespace-nowrap">
      <Icon aria-hidden className="size-3.5" />
      <MoneyText money={difference} />
    </span>
  );
}
