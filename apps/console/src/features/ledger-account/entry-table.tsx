import type { LedgerAccountEntry } from "@jinqiao/contract";
import { MoneyText } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { AccountRow, AccountTable } from "../../components/account-table.tsx";
import { InstantText } from "../../components/instant-text.tsx";
import { Cell, type Column } from "../../components/table.tsx";
import { useBooksT } from "../../i18n.ts";
import { useWords } from "../../words.ts";
import { AccountLink } from "./account-link.tsx";

/** Entries of one account in debit and credit columns, with the balance after each. */
export function EntryTable(props: { account: string; entries: readonly LedgerAccountEntry[] }) {
  const t = useBooksT();
  const words = useWords();
  const columns: Column[] = [
    { id: "entry", head: t("ledger_account.entry") },
    { id: "debit", head: t("ledger.debit"), align: "right" },
    { id: "credit", head: t("ledger.credit"), align: "right" },
    { id: "after", head: t("ledger.balance_after"), align: "right" },
  ];
  const [, debit, credit, after] = columns;
  return (
    <AccountTable caption={t("ledger_account.caption", { account: props.account })} columns={columns}>
      {props.entries.map((entry) => (
        <AccountRow
          key={entry.sequence}
          columns={columns}
          className="border-b border-line"
          account={
            <div data-testid="ledger-entry" data-sequence={entry.sequence} className="grid gap-0.5">
              <span className="flex flex-wrap items-baseline gap-x-2">
                {entry.subject?.startsWith("pay_") ? (
                  <Link
                    to="/payments/$paymentId"
                    params={{ paymentId: entry.subject }}
                    className="font-medium text-jade underline"
                  >
                    {words.transferKind(entry.kind)}
                  </Link>
                ) : (
                  <span className="font-medium">{words.transferKind(entry.kind)}</span>
                )}
                <span className="text-xs text-ink-muted">
                  <InstantText value={entry.at} />
                </span>
              </span>
              <span className="flex flex-wrap gap-x-2 text-xs text-ink-muted">
                <code className="font-mono break-all">{entry.transferId}</code>
                {entry.counterparty !== null && (
                  <span>
                    {t("ledger_account.other_side")}{" "}
                    <AccountLink account={entry.counterparty} currency={entry.amount.currency} />
                  </span>
                )}
              </span>
            </div>
          }
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
