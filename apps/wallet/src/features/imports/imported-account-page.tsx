import {
  Badge,
  Button,
  Card,
  DateText,
  DetailList,
  EmptyState,
  MoneyText,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useFormatDate,
  useLocalText,
} from "@jinqiao/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { Info, ReceiptText } from "lucide-react";
import { BackLink } from "../../app/back-link.tsx";
import { LineRow } from "./line-row.tsx";
import { type ImportedAccount, importedAccountQuery, importedTransactionsQuery } from "./queries.ts";
import { useT } from "./text.ts";

const route = getRouteApi("/signed-in/imports/accounts/$accountId");

/** An imported account: for reading, never money. */
export function ImportedAccountPage() {
  const t = useT();
  const { accountId } = route.useParams();
  const account = useQuery(importedAccountQuery(accountId));
  return (
    <Page
      title={account.data ? <span translate="no">{account.data.name}</span> : t("imports.account")}
      documentTitle={t("imports.account")}
      leading={<BackLink to="/imports" />}
      actions={<Badge tone="neutral">{t("imports.badge")}</Badge>}
    >
      <Problem error={account.error} onRetry={() => account.refetch()} />
      {account.isPending && <SkeletonList rows={5} />}
      {account.data && (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <Overview account={account.data} />
          <Transactions accountId={accountId} />
        </div>
      )}
    </Page>
  );
}

function Overview({ account }: { account: ImportedAccount }) {
  const t = useT();
  const local = useLocalText();
  const format = useFormatDate();
  return (
    <Card aria-label={t("imports.account")}>
      {account.closing ? (
        <>
          <p className="text-ink-muted" data-testid="imported-balance">
            <MoneyText display money={account.closing} />
          </p>
          {account.closingDate && (
            <p className="text-sm text-ink-muted">
              {t("imports.account.balance_as_of", { date: format(account.closingDate, "date") })}
            </p>
          )}
        </>
      ) : (
        <p className="text-ink-muted">{t("imports.account.no_balance")}</p>
      )}
      <Notice icon={Info} className="mt-4">
        {t("imports.account.note")}
      </Notice>
      <DetailList
        rows={[
          ...(account.maskedNumber
            ? [
                {
                  label: t("imports.account.number"),
                  value: <span translate="no">{account.maskedNumber}</span>,
                },
              ]
            : []),
          { label: t("account.currency"), value: account.currency },
          ...(account.from && account.to
            ? [
                {
                  label: t("imports.period"),
                  value: (
                    <>
                      <DateText value={account.from} style="date" /> –{" "}
                      <DateText value={account.to} style="date" />
                    </>
                  ),
                },
              ]
            : []),
          { label: t("imports.count"), value: account.lineCount },
          { label: t("imports.account.format"), value: local(account.formatName) },
          { label: t("imports.account.imported"), value: <DateText value={account.importedAt} /> },
        ]}
      />
    </Card>
  );
}

function Transactions({ accountId }: { accountId: string }) {
  const t = useT();
  const transactions = useInfiniteQuery(importedTransactionsQuery(accountId));
  const items = transactions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card aria-labelledby="imported-transactions">
      <h2 id="imported-transactions" className="mb-2 text-lg font-bold">
        {t("imports.transactions")}
      </h2>
      <Problem error={transactions.error} onRetry={() => transactions.refetch()} />
      {transactions.isPending && <SkeletonList rows={5} />}
      {transactions.isSuccess && items.length === 0 && (
        <EmptyState icon={ReceiptText} title={t("imports.accounts.none")} />
      )}
      <ul className="divide-y divide-line">
        {items.map((transaction) => (
          <LineRow key={transaction.id} line={transaction} />
        ))}
      </ul>
      {transactions.hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button
            variant="secondary"
            pending={transactions.isFetchingNextPage}
            onClick={() => transactions.fetchNextPage()}
          >
            {t("list.more")}
          </Button>
        </div>
      )}
    </Card>
  );
}
