import { unwrap } from "@jinqiao/contract/client";
import type { WireMoney } from "@jinqiao/money";
import {
  Button,
  buttonClasses,
  Notice,
  Problem,
  problemCode,
  SkeletonList,
  useFormatMoney,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { useLocation } from "@tanstack/react-router";
import { ExternalLink } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import {
  api,
  balancesQuery,
  banksQuery,
  type LinkedAccount,
  linkedAccountsQuery,
  queryClient,
} from "../../api.ts";
import { firstTimeToBank, goToBank } from "../../app/go-to-bank.ts";
import { rememberShopPath } from "../../app/shop-path.ts";
import { useAttempt } from "../../attempts.ts";
import { accountName } from "../accounts/account-row.tsx";
import { shownError, useStepUp } from "../step-up/use-step-up.tsx";
import { PayOutcome } from "./pay-outcome.tsx";
import { missingOf, PaySource, type Source } from "./pay-source.tsx";
import { bringingQuery, type Payable, payableQuery } from "./queries.ts";
import { useT } from "./text.ts";

/** What a signed-in payer does: choose where the money comes from, and confirm. */
export function PayForm({ payable, onPaid }: { payable: Payable; onPaid: (paymentId: string) => void }) {
  const [bringing, bring] = useBringing(payable.token);
  const balances = useQuery({ ...balancesQuery, refetchInterval: bringing ? 2_000 : false });
  const accounts = useQuery(linkedAccountsQuery);
  const banks = useQuery(banksQuery);
  const failed = balances.error ?? accounts.error ?? banks.error;
  if (payable.status === "processing")
    return (
      <>
        <PayOutcome payable={payable} linksOut={false} />
        {bringing && <Bringing paymentId={bringing} />}
      </>
    );
  if (failed)
    return (
      <Problem
        error={failed}
        onRetry={() => Promise.all([balances.refetch(), accounts.refetch(), banks.refetch()])}
      />
    );
  if (!balances.data || !accounts.data || !banks.data) return <SkeletonList rows={3} />;
  const { currency } = payable.amount;
  const available = balances.data.find((one) => one.currency === currency)?.available ?? {
    amount: "0",
    currency,
  };
  const usable = accounts.data.filter((account) => {
    const bank = banks.data.find(({ id }) => id === account.bankId);
    return (
      account.status === "active" &&
      account.currency === currency &&
      bank?.capabilities.payments === true &&
      bank.currencies.includes(currency)
    );
  });
  return (
    <Choose
      payable={payable}
      available={available}
      accounts={usable}
      bringing={bringing}
      onBring={bring}
      onPaid={onPaid}
    />
  );
}

function Choose({
  payable,
  available,
  accounts,
  bringing,
  onBring,
  onPaid,
}: {
  payable: Payable;
  available: WireMoney;
  accounts: LinkedAccount[];
  bringing: string | null;
  onBring: (paymentId: string) => void;
  onPaid: (paymentId: string) => void;
}) {
  const t = useT();
  const format = useFormatMoney();
  const { token, amount } = payable;
  const missing = missingOf(amount, available);
  const [wanted, setWanted] = useState<Source>();
  // While the balance is too low, the bank is what can pay; what somebody chose stays chosen.
  const chosen = wanted ?? (missing === null ? "balance" : (accounts[0]?.id ?? "balance"));
  const seen = useSeenAmount(amount);
  const stepUp = useStepUp();
  const source =
    chosen === "balance"
      ? ({ kind: "balance" } as const)
      : ({ kind: "linked_account", linkedAccountId: chosen } as const);
  const pay = useAttempt(
    "pay",
    { token, amount: seen.amount, source },
    (body, key) =>
      stepUp.pay({ kind: "purchase", token, amount: body.amount }, (stepUpId) =>
        unwrap(
          api.POST("/v1/payables/{token}/payments", {
            params: { path: { token }, header: { "Idempotency-Key": key } },
            body: { amount: body.amount, source: body.source, ...(stepUpId && { stepUpId }) },
          }),
        ),
      ),
    async ({ payable: now, payment }) => {
      if (payment?.kind === "top_up") onBring(payment.id);
      else if (payment) onPaid(payment.id);
      queryClient.setQueryData(payableQuery(token).queryKey, now);
      await Promise.all(
        [["payments"], ["balances"], ["checkouts", token]].map((queryKey) =>
          queryClient.invalidateQueries({ queryKey }),
        ),
      );
    },
  );
  const changed = problemCode(pay.error) === "payable.amount_changed";
  const refetch = () => queryClient.invalidateQueries({ queryKey: payableQuery(token).queryKey });
  const short = chosen === "balance" && missing !== null;
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <PaySource
        amount={amount}
        available={available}
        accounts={accounts}
        chosen={chosen}
        onChoose={setWanted}
      />
      {accounts.length === 0 && missing !== null && (
        <div className="grid gap-2">
          <p className="text-sm text-ink-muted">{t("pay.no_bank", { currency: amount.currency })}</p>
          <a
            href="/link"
            target="_blank"
            rel="noopener"
            className={buttonClasses("secondary")}
            data-testid="pay-link-bank"
          >
            <ExternalLink aria-hidden className="size-5" />
            {t("pay.link_bank")}
          </a>
        </div>
      )}
      {bringing && <Bringing paymentId={bringing} />}
      {short && missing && accounts[0] && !bringing && (
        <TopUpRest token={token} missing={missing} account={accounts[0]} onBring={onBring} />
      )}
      {seen.changed && (
        <Notice tone="warning" role="status">
          {t("pay.changed", { amount: format(amount) })}
        </Notice>
      )}
      <Problem
        error={shownError(pay.error)}
        onRetry={pay.run}
        action={
          changed ? (
            <Button variant="secondary" size="small" onClick={refetch}>
              {t("ui.try_again")}
            </Button>
          ) : undefined
        }
      />
      <Button
        data-testid="pay-confirm"
        pending={pay.pending}
        disabled={short}
        onClick={async () => {
          // What was shown is what is agreed to; a new amount takes a press of its own.
          if (seen.changed) return seen.accept();
          await pay.run();
        }}
      >
        {t("pay.confirm", { amount: format(amount) })}
      </Button>
      <p className="text-center text-sm text-ink-muted">
        {t("pay.fee")} {t("pay.never_twice")}
      </p>
      {stepUp.dialog}
    </div>
  );
}

/** The amount the payer has seen and agreed to look at; a shop may change what it asks while the page is open. */
function useSeenAmount(amount: WireMoney) {
  const [seen, setSeen] = useState(amount);
  const changed = seen.amount !== amount.amount || seen.currency !== amount.currency;
  return { amount: seen, changed, accept: () => setSeen(amount) };
}

/** Brings what the balance lacks from a linked account; the purchase itself is confirmed afterwards. */
function TopUpRest({
  token,
  missing,
  account,
  onBring,
}: {
  token: string;
  missing: WireMoney;
  account: LinkedAccount;
  onBring: (paymentId: string) => void;
}) {
  const t = useT();
  const format = useFormatMoney();
  const topUp = useAttempt(
    "pay-top-up",
    { token, linkedAccountId: account.id, amount: missing },
    ({ token: _, ...body }, key) =>
      unwrap(api.POST("/v1/top-ups", { body, params: { header: { "Idempotency-Key": key } } })),
    (payment) => onBring(payment.id),
  );
  return (
    <div className="grid gap-2">
      <Problem error={topUp.error} onRetry={topUp.run} />
      <Button
        variant="secondary"
        className="py-2"
        pending={topUp.pending}
        onClick={topUp.run}
        data-testid="pay-top-up"
      >
        {t("pay.top_up", { missing: format(missing), account: accountName(account) })}
      </Button>
      <p className="text-sm text-ink-muted">{t("pay.top_up.text")}</p>
    </div>
  );
}

/** Money on its way from the bank; leads to the bank's page once the bank asks for its customer. */
function Bringing({ paymentId }: { paymentId: string }) {
  const t = useT();
  const format = useFormatMoney();
  const path = useLocation({ select: ({ pathname }) => pathname });
  const topUp = useQuery(bringingQuery(paymentId));
  const payment = topUp.data;
  const address = payment?.status === "action_required" ? payment.actionUrl : null;
  const leave = async (to: string): Promise<void> => {
    rememberShopPath(paymentId, path);
    await goToBank(to);
  };
  const leaving = useRef(leave);
  leaving.current = leave;
  useEffect(() => {
    if (address && firstTimeToBank(paymentId)) void leaving.current(address);
  }, [address, paymentId]);
  if (!payment || payment.credited || ["rejected", "cancelled", "expired"].includes(payment.status))
    return null;
  return (
    <Notice role="status">
      <p data-testid="pay-bringing">{t("pay.top_up.coming", { amount: format(payment.amount) })}</p>
      {address && (
        <Button
          size="small"
          variant="secondary"
          className="mt-2"
          data-testid="go-to-bank"
          onClick={() => leave(address)}
        >
          <ExternalLink aria-hidden className="size-5" />
          {t("pay.to_bank")}
        </Button>
      )}
    </Notice>
  );
}

/** The top-up of this payment that is under way, also after the way to the bank and back in this tab. */
function useBringing(token: string): [string | null, (paymentId: string) => void] {
  const key = `jinqiao.bringing.${token}`;
  const [id, setId] = useState<string | null>(() => {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  });
  return [
    id,
    (paymentId) => {
      setId(paymentId);
      try {
        sessionStorage.setItem(key, paymentId);
      } catch {
        // Remembered as long as the page stands.
      }
    },
  ];
}
