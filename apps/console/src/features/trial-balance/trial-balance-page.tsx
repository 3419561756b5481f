import type { TrialBalance } from "@jinqiao/contract";
import { Button, EmptyState, MoneyText, Problem, SkeletonList } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, Download, Printer, Scale, TriangleAlert } from "lucide-react";
import { trialBalanceQuery } from "../../api.ts";
import { AccountRow, AccountTable } from "../../components/account-table.tsx";
import { InstantText } from "../../components/instant-text.tsx";
import { PageHeader, Section } from "../../components/page.tsx";
import { Cell, type Column } from "../../components/table.tsx";
import { type BooksMessageId, useBooksT } from "../../i18n.ts";
import { AccountLink } from "../ledger-account/account-link.tsx";
import { isZero } from "../payments/transfer-sums.ts";
import { accountMeaning } from "./accounts.ts";
import { trialBalanceCsv } from "./csv.ts";
import { SafeguardingPicture } from "./safeguarding-picture.tsx";
import { accountTree } from "./tree.ts";

type Book = TrialBalance["currencies"][number];

/** How far an account stands in by its depth in the tree. */
const indents = ["", "pl-3", "pl-6", "pl-9"] as const;

/** Every account of the books in debit and credit columns, per currency, and whether customers' money is covered. */
export function TrialBalancePage() {
  const t = useBooksT();
  const query = useQuery(trialBalanceQuery);
  return (
    <>
      <PageHeader
        title={t("trial.title")}
        lead={t("trial.lead")}
        actions={
          query.data && (
            <>
              <Button variant="secondary" size="small" onClick={() => window.print()}>
                <Printer aria-hidden className="size-4" />
                {t("trial.print")}
              </Button>
              <Button variant="secondary" size="small" onClick={() => download(query.data)}>
                <Download aria-hidden className="size-4" />
                {t("trial.csv")}
              </Button>
            </>
          )
        }
      />
      {query.isPending && <SkeletonList rows={8} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.data && <Books trial={query.data} />}
    </>
  );
}

function Books({ trial }: { trial: TrialBalance }) {
  const t = useBooksT();
  if (trial.currencies.length === 0)
    return (
      <EmptyState icon={Scale} title={t("trial.none")}>
        {t("trial.none_hint")}
      </EmptyState>
    );
  return (
    <>
      <p className="mb-3 text-sm text-ink-muted">
        {t("trial.as_of")} <InstantText value={trial.asOf} />
      </p>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {trial.currencies.map((book) => (
          <Section key={book.currency} title={book.currency} aside={<Balanced book={book} />}>
            <div className="grid grid-cols-[minmax(0,1fr)] gap-6 lg:grid-cols-[minmax(0,1fr)_18rem]">
              <Accounts book={book} />
              <SafeguardingPicture safeguarding={book.safeguarding} />
            </div>
          </Section>
        ))}
      </div>
    </>
  );
}

/** The verdict: debits less credits. */
function Balanced({ book }: { book: Book }) {
  const t = useBooksT();
  const balanced = isZero(book.difference);
  const Icon = balanced ? CircleCheck : TriangleAlert;
  return (
    <span
      data-testid={`trial-difference-${book.currency}`}
      data-balanced={balanced}
      className={`inline-flex items-center gap-1.5 rounded-full px-3 py-1 text-sm font-semibold ${
        balanced ? "bg-positive-soft text-positive" : "bg-danger-soft text-danger"
      }`}
    >
      <Icon aria-hidden className="size-4" />
      {t(balanced ? "trial.balanced" : "trial.not_balanced")} <MoneyText money={book.difference} />
    </span>
  );
}

function Accounts({ book }: { book: Book }) {
  const t = useBooksT();
  const columns: Column[] = [
    { id: "account", head: t("trial.account") },
    { id: "kind", head: t("trial.kind"), from: "sm" },
    { id: "accounts", head: t("trial.accounts"), align: "right", from: "sm" },
    { id: "debit", head: t("ledger.debit"), align: "right" },
    { id: "credit", head: t("ledger.credit"), align: "right" },
  ];
  const [, kind, accounts, debit, credit] = columns;
  return (
    <div className="min-w-0">
      <AccountTable
        caption={t("trial.caption", { currency: book.currency })}
        columns={columns}
        foot={
          <AccountRow
            columns={columns}
            className="border-t-2 border-line-strong font-semibold"
            account={t("ledger.total")}
          >
            <Cell column={kind} />
            <Cell column={accounts} />
            <Cell column={debit}>
              <MoneyText money={book.totalDebit} />
            </Cell>
            <Cell column={credit}>
              <MoneyText money={book.totalCredit} />
            </Cell>
          </AccountRow>
        }
      >
        {accountTree(book).map((row) => (
          <AccountRow
            key={`${row.account} ${row.kind} ${row.branch}`}
            columns={columns}
            className={`border-b border-line ${row.branch ? "bg-sunken font-medium" : ""}`}
            account={
              <span className={`block ${indents[Math.min(row.depth, indents.length - 1)]}`}>
                {row.branch ? (
                  <span data-testid="trial-branch">
                    <code className="font-mono text-xs break-all">{row.account}</code>{" "}
                    <span className="text-xs font-normal text-ink-muted">
                      {t("trial.branch", { count: row.accounts })}
                    </span>
                  </span>
                ) : (
                  <AccountLink account={row.account} currency={book.currency} />
                )}
                <Meaning id={row.branch ? undefined : accountMeaning(row.account)} />
              </span>
            }
          >
            <Cell column={kind} className="text-ink-muted">
              {row.kind === null ? t("trial.kind_mixed") : t(`account_kind.${row.kind}`)}
            </Cell>
            <Cell column={accounts} className="tabular-nums text-ink-muted">
              {row.accounts}
            </Cell>
            <Cell column={debit}>{!isZero(row.debit) && <MoneyText money={row.debit} />}</Cell>
            <Cell column={credit}>{!isZero(row.credit) && <MoneyText money={row.credit} />}</Cell>
          </AccountRow>
        ))}
      </AccountTable>
    </div>
  );
}

function Meaning({ id }: { id: BooksMessageId | undefined }) {
  const t = useBooksT();
  return id === undefined ? null : <span className="block text-xs text-ink-muted">{t(id)}</span>;
}

function download(trial: TrialBalance): void {
  const url = URL.createObjectURL(new Blob([trialBalanceCsv(trial)], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `trial-balance-${trial.asOf.slice(0, 10)}.csv`;
  link.click();
  URL.revokeObjectURL(url);
}
