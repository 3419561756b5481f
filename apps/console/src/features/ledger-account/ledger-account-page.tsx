import type { LedgerAccount } from "@jinqiao/contract";
import { EmptyState, Field, MoneyText, Problem, SkeletonList } from "@jinqiao/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { Scale } from "lucide-react";
import { ledgerAccountQuery, ledgerEntriesQuery } from "../../api.ts";
import { isRetryable } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { LoadMore } from "../../components/load-more.tsx";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { useBooksT } from "../../i18n.ts";
import { accountMeaning } from "../trial-balance/accounts.ts";
import { EntryTable } from "./entry-table.tsx";
import { fromLocalInput, toLocalInput } from "./local-input.ts";

const route = getRouteApi("/staff/trial-balance/account");

/** One account of the books: what it is, what stood on it at a moment of one's choice, and its entries up to then. */
export function LedgerAccountPage() {
  const t = useBooksT();
  const { account, currency, at } = route.useSearch();
  const navigate = route.useNavigate();
  const query = { account, currency, at };
  const ledgerAccount = useQuery(ledgerAccountQuery(query));
  const entries = useInfiniteQuery(ledgerEntriesQuery(query));
  const meaning = accountMeaning(account);
  const items = entries.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <>
      <PageHeader
        title={`${account} ${currency}`}
        lead={meaning && t(meaning)}
        above={
          <Link to="/trial-balance" className="text-sm font-semibold text-jade underline">
            {t("trial.title")}
          </Link>
        }
      />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {ledgerAccount.isPending && <SkeletonList rows={3} />}
        {ledgerAccount.isError && (
          <Problem
            error={ledgerAccount.error}
            onRetry={isRetryable(ledgerAccount.error) ? () => ledgerAccount.refetch() : undefined}
          />
        )}
        {ledgerAccount.data && (
          <Balance
            account={ledgerAccount.data}
            at={at}
            onAt={(chosen) =>
              navigate({ search: { account, currency, ...(chosen && { at: chosen }) }, replace: true })
            }
          />
        )}
        {ledgerAccount.data && (
          <Section title={at === undefined ? t("ledger_account.entries") : t("ledger_account.entries_until")}>
            {entries.isPending && <SkeletonList rows={6} />}
            {entries.isError && <Problem error={entries.error} onRetry={() => entries.refetch()} />}
            {entries.isSuccess && items.length === 0 && (
              <EmptyState icon={Scale} title={t("ledger_account.none")} />
            )}
            {items.length > 0 && <EntryTable account={account} entries={items} />}
            <LoadMore query={entries} />
          </Section>
        )}
      </div>
    </>
  );
}

function Balance(props: {
  account: LedgerAccount;
  at: string | undefined;
  onAt: (at: string | undefined) => unknown;
}) {
  const t = useBooksT();
  const { account, at } = props;
  return (
    <Section title={t("ledger_account.balance")}>
      <Facts>
        <Fact name={t("ledger_account.now")}>
          <MoneyText money={account.balance} className="text-lg font-bold" data-testid="ledger-balance" />
        </Fact>
        {account.balanceAt && account.at && (
          <Fact name={t("ledger_account.then")}>
            <MoneyText
              money={account.balanceAt}
              className="text-lg font-bold"
              data-testid="ledger-balance-at"
            />{" "}
            <span className="text-xs text-ink-muted">
              <InstantText value={account.at} />
            </span>
          </Fact>
        )}
        <Fact name={t("trial.kind")}>{t(`account_kind.${account.kind}`)}</Fact>
        <Fact name={t("ledger_account.status")}>{t(`account_status.${account.status}`)}</Fact>
        <Fact name={t("ledger_account.held")}>
          <MoneyText money={account.held} />
        </Fact>
      </Facts>
      <div className="mt-4 max-w-xs print:hidden">
        <Field
          name="at"
          type="datetime-local"
          step={1}
          label={t("ledger_account.at")}
          hint={t("ledger_account.at_hint")}
          defaultValue={at === undefined ? "" : toLocalInput(at)}
          onChange={(event) => props.onAt(fromLocalInput(event.target.value))}
        />
      </div>
    </Section>
  );
}
