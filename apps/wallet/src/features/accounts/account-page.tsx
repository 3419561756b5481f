import { unwrap } from "@jinqiao/contract/client";
import {
  Badge,
  Button,
  buttonClasses,
  Card,
  DateText,
  DetailList,
  Dialog,
  EmptyState,
  loadPageTexts,
  MoneyText,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useAction,
  useLocalText,
} from "@jinqiao/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { CircleAlert, Clock, ReceiptText, RefreshCw } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import {
  api,
  type BankTransaction,
  type LinkedAccount,
  linkedAccountQuery,
  linkedAccountsQuery,
  queryClient,
  transactionsQuery,
} from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { securityCatalogues, welcomeCatalogues } from "../../locales/catalogues.ts";
import { useT } from "../../text.ts";
import { accountName } from "./account-row.tsx";

/** Comes with its own texts where the account is a card. */
const CardFreeze = lazy(async () => {
  const [part] = await Promise.all([
    import("../freeze/card-freeze.tsx"),
    ...[welcomeCatalogues, securityCatalogues].map(loadPageTexts),
  ]);
  return { default: part.CardFreeze };
});

const route = getRouteApi("/signed-in/accounts/$accountId");

export function AccountPage() {
  const t = useT();
  const local = useLocalText();
  const { accountId } = route.useParams();
  const account = useQuery(linkedAccountQuery(accountId));
  return (
    <Page
      title={account.data ? local(account.data.bankName) : t("accounts.one")}
      leading={<BackLink to="/accounts" />}
    >
      <Problem error={account.error} onRetry={() => account.refetch()} />
      {account.isPending && <SkeletonList rows={5} />}
      {account.data && (
        <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 lg:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
          <Overview account={account.data} />
          {/* With the permission the bank's data is gone, which is not the same as an account without entries. */}
          {account.data.status !== "revoked" && account.data.showsBalance && (
            <Transactions accountId={accountId} />
          )}
        </div>
      )}
    </Page>
  );
}

function Overview({ account }: { account: LinkedAccount }) {
  const t = useT();
  const refresh = useAction(async () => {
    const fresh = await unwrap(
      api.POST("/v1/linked-accounts/{accountId}/refresh", { params: { path: { accountId: account.id } } }),
    );
    queryClient.setQueryData(linkedAccountQuery(account.id).queryKey, fresh);
    await queryClient.invalidateQueries({ queryKey: ["linked-accounts"] });
  });
  const active = account.status === "active";
  return (
    <Card aria-label={t("accounts.one")}>
      <p className="text-ink-muted">{accountName(account)}</p>
      {(account.balance || active) && (
        <p className="mt-1" data-testid="account-balance">
          {account.balance ? (
            <MoneyText display money={account.balance.booked} />
          ) : (
            t(account.showsBalance ? "account.no_balance" : "account.shows_none")
          )}
        </p>
      )}
      {!active && (
        <Notice tone="warning" icon={CircleAlert} className="mt-4">
          <p>{t(`account.explain.${account.status === "expired" ? "expired" : "revoked"}`)}</p>
          <Link to="/link" className={`${buttonClasses("primary", "small")} mt-3`}>
            {t("consent.renew")}
          </Link>
        </Notice>
      )}
      <DetailList
        rows={[
          ...(account.balance?.available
            ? [{ label: t("balance.available"), value: <MoneyText money={account.balance.available} /> }]
            : []),
          ...(account.balanceAsOf || (active && account.showsBalance)
            ? [
                {
                  label: t("account.as_of"),
                  value: account.balanceAsOf ? (
                    <DateText value={account.balanceAsOf} />
                  ) : (
                    t("account.not_yet")
                  ),
                },
              ]
            : []),
          ...(account.ownerName ? [{ label: t("account.owner"), value: account.ownerName }] : []),
          { label: t("account.currency"), value: account.currency },
          // What was agreed before the permission ended says nothing any more.
          ...(account.status === "revoked"
            ? []
            : [
                {
                  label: t("account.consent_until"),
                  value: account.consentValidUntil ? (
                    <DateText value={account.consentValidUntil} style="date" />
                  ) : (
                    t("account.no_end")
                  ),
                },
              ]),
        ]}
      />
      <div className="mt-3 grid gap-3">
        <Problem error={refresh.error} onRetry={refresh.run} />
        {active && (
          <div className="grid grid-cols-[repeat(2,minmax(0,1fr))] gap-3">
            <Link to="/top-up" search={{ account: account.id }} className={buttonClasses("primary")}>
              {t("action.top_up")}
            </Link>
            <Link to="/withdraw" search={{ account: account.id }} className={buttonClasses("secondary")}>
              {t("action.withdraw")}
            </Link>
          </div>
        )}
        {active && account.showsBalance && (
          <Button
            variant="ghost"
            data-testid="refresh-account"
            pending={refresh.pending}
            onClick={refresh.run}
          >
            {!refresh.pending && <RefreshCw aria-hidden className="size-4" />}
            {t("account.refresh")}
          </Button>
        )}
        {active && account.bindingId !== null && (
          <Suspense fallback={null}>
            <CardFreeze bindingId={account.bindingId} />
          </Suspense>
        )}
        {account.status !== "revoked" && <Unlink account={account} />}
      </div>
    </Card>
  );
}

function Unlink({ account }: { account: LinkedAccount }) {
  const t = useT();
  const local = useLocalText();
  const navigate = route.useNavigate();
  const [asking, setAsking] = useState(false);
  const all = useQuery(linkedAccountsQuery);
  const together = (all.data ?? []).filter((one) => one.consentId === account.consentId).length;
  const unlink = useAction(async () => {
    await unwrap(
      api.DELETE("/v1/consents/{consentId}", { params: { path: { consentId: account.consentId } } }),
    );
    setAsking(false);
    await navigate({ to: "/accounts" });
    await queryClient.invalidateQueries({ queryKey: ["linked-accounts"] });
    await queryClient.invalidateQueries({ queryKey: ["consents"] });
  });
  return (
    <>
      <Button
        variant="ghost"
        data-testid="unlink"
        className="text-danger hover:bg-danger-soft"
        onClick={() => setAsking(true)}
      >
        {t("account.unlink")}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t("account.unlink.title")}
        description={t("account.unlink.text", {
          bank: local(account.bankName),
          count: Math.max(together, 1),
        })}
      >
        <div className="grid gap-3">
          <Problem error={unlink.error} onRetry={unlink.run} />
          <Button variant="danger" data-testid="confirm" pending={unlink.pending} onClick={unlink.run}>
            {t("account.unlink.confirm")}
          </Button>
          <Button variant="secondary" onClick={() => setAsking(false)}>
            {t("account.unlink.keep")}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

function Transactions({ accountId }: { accountId: string }) {
  const t = useT();
  const transactions = useInfiniteQuery(transactionsQuery(accountId));
  const items = transactions.data?.pages.flatMap((page) => page.items) ?? [];
  return (
    <Card aria-labelledby="transactions">
      <h2 id="transactions" className="mb-2 text-lg font-bold">
        {t("transactions.title")}
      </h2>
      <Problem error={transactions.error} onRetry={() => transactions.refetch()} />
      {transactions.isPending && <SkeletonList rows={5} />}
      {transactions.isSuccess && items.length === 0 && (
        <EmptyState icon={ReceiptText} title={t("transactions.none")}>
          {t("transactions.none.text")}
        </EmptyState>
      )}
      <ul className="divide-y divide-line">
        {items.map((transaction) => (
          <TransactionRow key={transaction.id} transaction={transaction} />
        ))}
      </ul>
      {transactions.hasNextPage && (
        <div className="mt-4 flex justify-center">
          <Button variant="secondary" onClick={() => transactions.fetchNextPage()}>
            {t("list.more")}
          </Button>
        </div>
      )}
    </Card>
  );
}

function TransactionRow({ transaction }: { transaction: BankTransaction }) {
  const t = useT();
  const date = transaction.bookingDate ?? transaction.valueDate;
  const who = transaction.counterpartyName ?? transaction.remittance ?? t("transactions.no_name");
  return (
    <li className="flex items-center gap-3 py-3" data-testid={`transaction-${transaction.id}`}>
      <span className="min-w-0 flex-1">
        <span className="block truncate">{who}</span>
        <span className="block truncate text-sm text-ink-muted">
          {date && <DateText value={date} style="date" />}
          {transaction.counterpartyName && transaction.remittance && ` · ${transaction.remittance}`}
        </span>
        {transaction.paymentId && (
          <Link
            to="/activity/$paymentId"
            params={{ paymentId: transaction.paymentId }}
            className="text-sm font-medium text-jade underline"
          >
            {t("transactions.ours")}
          </Link>
        )}
      </span>
      <span className="flex shrink-0 flex-col items-end gap-1">
        <MoneyText money={transaction.amount} signed className="font-bold" />
        {transaction.status === "pending" && (
          <Badge tone="warning" icon={Clock}>
            {t("transactions.pending")}
          </Badge>
        )}
      </span>
    </li>
  );
}
