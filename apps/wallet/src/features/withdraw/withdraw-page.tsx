import { unwrap } from "@jinqiao/contract/client";
import {
  AmountField,
  Button,
  Card,
  checkAmount,
  Page,
  Problem,
  Skeleton,
  SkeletonList,
  useFormatMaskedMoney,
  useFormatMoney,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useState } from "react";
import {
  api,
  type Balance,
  balancesQuery,
  banksQuery,
  type Limit,
  type LinkedAccount,
  limitsQuery,
  linkedAccountsQuery,
  payeeVerificationQuery,
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
import { StickyAction } from "../move/sticky-action.tsx";
import { shownError, useStepUp } from "../step-up/use-step-up.tsx";
import { useArrivalText } from "../way/arrival-text.ts";
import { paymentRouteQuery } from "../way/queries.ts";
import { useWayT } from "../way/text.ts";
import { isFree } from "../way/why-this-way.tsx";
import { PayeeCheck } from "./payee-check.tsx";

const route = getRouteApi("/signed-in/withdraw");

/** Money from the wallet to a linked account. */
export function WithdrawPage() {
  const t = useWayT();
  const accounts = useQuery(linkedAccountsQuery);
  const banks = useQuery(banksQuery);
  const limits = useQuery(limitsQuery);
  const balances = useQuery(balancesQuery);
  const { step } = route.useSearch();
  const failed = accounts.error ?? banks.error ?? limits.error ?? balances.error;
  const ready = accounts.data && banks.data && limits.data && balances.data;
  const usable = accounts.data?.filter((account) => {
    const bank = banks.data?.find(({ id }) => id === account.bankId);
    return (
      account.status === "active" && bank?.capabilities.payments && bank.currencies.includes(account.currency)
    );
  });
  return (
    <Page
      title={step === "confirm" ? t("withdraw.confirm_title") : t("withdraw.title")}
      leading={<BackLink to={step === "confirm" ? "/withdraw" : "/"} />}
      narrow
    >
      <Problem
        error={failed}
        onRetry={() =>
          Promise.all([accounts.refetch(), banks.refetch(), limits.refetch(), balances.refetch()])
        }
      />
      {!ready && !failed && (
        <Card>
          <SkeletonList rows={4} />
        </Card>
      )}
      {ready && usable?.length === 0 && <NoAccounts linked={accounts.data.length > 0} />}
      {ready && usable && usable.length > 0 && (
        <Withdraw accounts={usable} limits={limits.data} balances={balances.data} />
      )}
    </Page>
  );
}

function Withdraw({
  accounts,
  limits,
  balances,
}: {
  accounts: LinkedAccount[];
  limits: Limit[];
  balances: Balance[];
}) {
  const t = useWayT();
  const local = useLocalText();
  const format = useFormatMoney();
  const formatMasked = useFormatMaskedMoney();
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const account = accounts.find(({ id }) => id === search.account) ?? (accounts[0] as LinkedAccount);
  const { currency } = account;
  const limit = limits.find((one) => one.currency === currency);
  const available = balances.find((one) => one.currency === currency)?.available ?? { amount: "0", currency };
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const check = checkAmount(text, currency, { limit: limit?.maxPerPayment, available });
  // What was confirmed is kept apart from the check: the balance falls while the payment is under way.
  const [agreed, setAgreed] = useState<{ amount: string; currency: string } | null>(null);

  const confirming = search.step === "confirm" && agreed !== null;
  const payee = useQuery({ ...payeeVerificationQuery(account.id), enabled: confirming });
  const way = useQuery({
    ...paymentRouteQuery("withdrawal", account.id, agreed ?? { amount: "0", currency }),
    enabled: confirming,
  });
  const arrival = useArrivalText();
  // Ticked for one account only.
  const [payeeConfirmed, setPayeeConfirmed] = useState<string | null>(null);
  const mismatch = payee.data?.result === "no_match";

  const stepUp = useStepUp();
  const withdraw = useAttempt(
    "withdraw",
    confirming
      ? {
          linkedAccountId: account.id,
          amount: agreed,
          ...(mismatch && payeeConfirmed === account.id ? { payeeConfirmed: true } : {}),
        }
      : null,
    (body, key) =>
      stepUp.pay(
        { kind: "withdrawal", linkedAccountId: body.linkedAccountId, amount: body.amount },
        (stepUpId) =>
          unwrap(
            api.POST("/v1/withdrawals", {
              body: { ...body, ...(stepUpId && { stepUpId }) },
              params: { header: { "Idempotency-Key": key } },
            }),
          ),
      ),
    async (payment) => {
      await queryClient.invalidateQueries({ queryKey: ["payments"] });
      await navigate({
        to: "/activity/$paymentId",
        params: { paymentId: payment.id },
        search: { result: true },
        replace: true,
      });
    },
  );

  if (confirming) {
    return (
      <>
        <ConfirmCard
          amount={agreed}
          checks={
            <>
              <BankNotice bankId={way.data?.bankId ?? account.bankId} />
              <Problem error={way.error} onRetry={() => way.refetch()} />
              <PayeeCheck
                accountId={account.id}
                confirmed={payeeConfirmed === account.id}
                onConfirm={(confirmed) => setPayeeConfirmed(confirmed ? account.id : null)}
              />
            </>
          }
          blocked={way.data === undefined || payee.isPending || (mismatch && payeeConfirmed !== account.id)}
          action={t("withdraw.confirm", { amount: format(agreed) })}
          pending={withdraw.pending}
          error={shownError(withdraw.error)}
          onConfirm={withdraw.run}
          onChange={() => navigate({ search: { account: account.id } })}
          rows={[
            { label: t("payment.from"), value: t("payment.wallet") },
            {
              label: t("payment.to"),
              value: `${local(account.bankName)} · ${accountName(account)}`,
            },
            {
              label: t("move.fee"),
              value: way.data ? isFree(way.data) ? t("move.fee.free") : format(way.data.fee) : <Waiting />,
            },
            { label: t("move.payee_gets"), value: format(agreed) },
            {
              label: t("move.arrival"),
              value: way.data ? <Arrival bankId={way.data.bankId} usual={arrival(way.data)} /> : <Waiting />,
            },
            ...(way.data
              ? [
                  {
                    label: t("way.sent_by"),
                    value: t("way.by", {
                      bank: local(way.data.bankName),
                      rail: t(`way.rail.${way.data.rail}`),
                    }),
                  },
                ]
              : []),
          ]}
        />
        {stepUp.dialog}
      </>
    );
  }

  return (
    <Card aria-label={t("withdraw.title")}>
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
            setText(next);
            setTried(false);
          }}
          currency={currency}
          error={amountError(t, format, check, { shown: tried || text !== "" })}
          hint={
            <span className="flex flex-wrap items-center gap-x-3 gap-y-1">
              <span>
                {t("move.available", { available: formatMasked(available) })}{" "}
                {limit && t("move.limit", { max: format(limit.maxPerPayment) })}
              </span>
              <Button
                variant="ghost"
                size="small"
                className="-ml-4"
                onClick={() => setText(available.amount)}
                data-testid="withdraw-all"
              >
                {t("withdraw.all")}
              </Button>
            </span>
          }
        />
        <AccountChooser
          legend={t("withdraw.to")}
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

/** Until the bank and its rail are known. */
function Waiting() {
  return <Skeleton className="ml-auto h-5 w-24" />;
}
