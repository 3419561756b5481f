import { unwrap } from "@jinqiao/contract/client";
import { parseDecimal } from "@jinqiao/money";
import {
  AmountField,
  Button,
  Card,
  checkAmount,
  Page,
  Problem,
  SkeletonList,
  useFormatMoney,
  useLocalText,
} from "@jinqiao/ui";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import {
  api,
  banksQuery,
  type Limit,
  type LinkedAccount,
  limitsQuery,
  linkedAccountsQuery,
  type Payment,
  paymentsQuery,
  queryClient,
} from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { useAttempt } from "../../attempts.ts";
import { accountName } from "../accounts/account-row.tsx";
import { AccountChooser } from "../move/account-chooser.tsx";
import { amountError } from "../move/amount-error.ts";
import { Arrival, BankNotice } from "../move/bank-notice.tsx";
import { ConfirmCard } from "../move/confirm-card.tsx";
import { NoAccounts } from "../move/no-accounts.tsx";
import { QuickAmounts } from "../move/quick-amounts.tsx";
import { StickyAction } from "../move/sticky-action.tsx";
import { paymentRouteQuery } from "../way/queries.ts";
import { RecommendedAccount } from "../way/recommended-account.tsx";
import { useWayT } from "../way/text.ts";
import { isFree } from "../way/why-this-way.tsx";

const route = getRouteApi("/signed-in/top-up");

/** Money from a linked account into the wallet. The last account and amount are there already: one press leads on. */
export function TopUpPage() {
  const t = useWayT();
  const accounts = useQuery(linkedAccountsQuery);
  const banks = useQuery(banksQuery);
  const limits = useQuery(limitsQuery);
  const before = useInfiniteQuery(paymentsQuery({ kind: "top_up" }, 1));
  const { step } = route.useSearch();
  const ready = accounts.data && banks.data && limits.data && !before.isPending;
  const usable = accounts.data?.filter((account) => {
    const bank = banks.data?.find(({ id }) => id === account.bankId);
    return (
      account.status === "active" && bank?.capabilities.payments && bank.currencies.includes(account.currency)
    );
  });
  return (
    <Page
      title={step === "confirm" ? t("top_up.confirm_title") : t("top_up.title")}
      leading={<BackLink to={step === "confirm" ? "/top-up" : "/"} />}
      narrow
    >
      <Problem
        error={accounts.error ?? banks.error ?? limits.error}
        onRetry={() => Promise.all([accounts.refetch(), banks.refetch(), limits.refetch()])}
      />
      {!ready && !accounts.isError && !banks.isError && !limits.isError && (
        <Card>
          <SkeletonList rows={4} />
        </Card>
      )}
      {ready && usable?.length === 0 && <NoAccounts linked={accounts.data.length > 0} />}
      {ready && usable && usable.length > 0 && (
        <TopUp accounts={usable} limits={limits.data} last={before.data?.pages[0]?.items[0]} />
      )}
    </Page>
  );
}

function TopUp({
  accounts,
  limits,
  last,
}: {
  accounts: LinkedAccount[];
  limits: Limit[];
  last: Payment | undefined;
}) {
  const t = useWayT();
  const local = useLocalText();
  const format = useFormatMoney();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const lastAccount = accounts.find(
    (account) =>
      account.currency === last?.amount.currency && account.maskedNumber === last.counterparty.detail,
  );
  const account =
    accounts.find(({ id }) => id === search.account) ?? lastAccount ?? (accounts[0] as LinkedAccount);
  const { currency } = account;
  const limit = limits.find((one) => one.currency === currency);
  const [typed, setTyped] = useState<string | null>(null);
  const text = typed ?? (last?.amount.currency === currency ? last.amount.amount : "");
  const check = checkAmount(text, currency, { limit: limit?.maxPerPayment });
  const [tried, setTried] = useState(false);
  // What was confirmed is kept apart from the form: the last top-up changes while this one is under way.
  const [agreed, setAgreed] = useState<{ amount: string; currency: string } | null>(null);

  const topUp = useAttempt(
    "top-up",
    search.step === "confirm" && agreed ? { linkedAccountId: account.id, amount: agreed } : null,
    (body, key) => unwrap(api.POST("/v1/top-ups", { body, params: { header: { "Idempotency-Key": key } } })),
    async (payment) => {
      await queryClient.invalidateQueries({ queryKey: ["payments"] });
      // The payment's page leads on to the bank where that is needed, and takes this page's place in the history: back
      // from the bank leads there, not to a second try.
      await navigate({
        to: "/activity/$paymentId",
        params: { paymentId: payment.id },
        search: { result: true },
        replace: true,
      });
    },
  );

  const confirming = search.step === "confirm" && agreed !== null;
  const way = useQuery({
    ...paymentRouteQuery("top_up", account.id, agreed ?? { amount: "0", currency }),
    enabled: confirming,
  });

  if (confirming) {
    const atOnce =
      limit !== undefined &&
      parseDecimal(agreed.amount, currency) <= parseDecimal(limit.instantCredit.remaining.amount, currency);
    return (
      <ConfirmCard
        amount={agreed}
        checks={
          <>
            <BankNotice bankId={account.bankId} />
            <Problem error={way.error} onRetry={() => way.refetch()} />
          </>
        }
        blocked={way.data === undefined}
        action={t("top_up.confirm", { amount: format(agreed) })}
        pending={topUp.pending}
        error={topUp.error}
        onConfirm={topUp.run}
        onChange={() => navigate({ search: { account: account.id } })}
        rows={[
          {
            label: t("payment.from"),
            value: `${local(account.bankName)} · ${accountName(account)}`,
          },
          { label: t("payment.to"), value: t("payment.wallet") },
          {
            label: t("move.fee"),
            value:
              way.data === undefined ? "…" : isFree(way.data) ? t("move.fee.free") : format(way.data.fee),
          },
          {
            label: t("move.arrival"),
            value: (
              <Arrival
                bankId={account.bankId}
                usual={atOnce ? t("top_up.arrival.now") : t("top_up.arrival.statement")}
              />
            ),
          },
        ]}
      />
    );
  }

  return (
    <Card aria-label={t("top_up.title")}>
      <form
        noValidate
        className="grid grid-cols-[minmax(0,1fr)] gap-6"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!check.ok) return;
          setAgreed(check.money);
          void navigate({ search: { account: account.id, step: "confirm" } });
        }}
      >
        <AmountField
          value={text}
          onChange={(next) => {
            setTyped(next);
            setTried(false);
          }}
          currency={currency}
          error={amountError(t, format, check, { shown: tried || text !== "" })}
          hint={
            limit && (
              <>
                <span className="block">{t("move.limit", { max: format(limit.maxPerPayment) })}</span>
                <span className="block">
                  {t("top_up.instant", { remaining: format(limit.instantCredit.remaining) })}
                </span>
              </>
            )
          }
        />
        <QuickAmounts
          currency={currency}
          within={limit && parseDecimal(limit.maxPerPayment.amount, currency)}
          onChoose={(money) => setTyped(money.amount)}
        />
        <AccountChooser
          legend={t("top_up.from")}
          accounts={accounts}
          chosen={account}
          onChoose={(chosen) => navigate({ search: { account: chosen.id }, replace: true })}
        />
        <RecommendedAccount
          amount={check.ok ? check.money : null}
          accounts={accounts}
          chosen={account}
          onChoose={(chosen) => navigate({ search: { account: chosen.id }, replace: true })}
        />
        <BankNotice bankId={account.bankId} />
        <StickyAction>
          <Button type="submit" data-testid="submit" className="w-full">
            {t("move.continue")}
          </Button>
        </StickyAction>
      </form>
    </Card>
  );
}
