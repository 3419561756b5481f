import { unwrap } from "@jinqiao/contract/client";
import {
  AmountField,
  Button,
  buttonClasses,
  Card,
  checkAmount,
  EmptyState,
  Field,
  Notice,
  Page,
  Problem,
  SelectField,
  SkeletonList,
  useFormatMaskedMoney,
  useFormatMoney,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ShieldAlert, Wallet } from "lucide-react";
import { useState } from "react";
import {
  api,
  type Balance,
  balancesQuery,
  type Limit,
  limitsQuery,
  type Payee,
  queryClient,
  recentPayeesQuery,
} from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { useAttempt } from "../../attempts.ts";
import { useT } from "../../text.ts";
import { Lesson } from "../lessons/lesson.tsx";
import { amountError } from "../move/amount-error.ts";
import { ConfirmCard } from "../move/confirm-card.tsx";
import { StickyAction } from "../move/sticky-action.tsx";
import { shownError, useStepUp } from "../step-up/use-step-up.tsx";
import { PayeeChip, PayeeChooser } from "./payee-chooser.tsx";

const route = getRouteApi("/signed-in/send");

/** Money to another customer: who, how much, confirm. */
export function SendPage() {
  const t = useT();
  const { step } = route.useSearch();
  const navigate = route.useNavigate();
  const balances = useQuery(balancesQuery);
  const limits = useQuery(limitsQuery);
  const [payee, setPayee] = useState<Payee | null>(null);
  const failed = balances.error ?? limits.error;
  const choosing = step === undefined || payee === null;
  return (
    <Page
      title={
        choosing ? t("send.title") : step === "confirm" ? t("send.confirm_title") : t("send.amount_title")
      }
      leading={
        choosing ? (
          <BackLink to="/" />
        ) : (
          <BackLink to="/send" search={step === "confirm" ? { step: "amount" } : {}} />
        )
      }
      narrow
    >
      {choosing ? (
        <PayeeChooser
          onChoose={(chosen) => {
            setPayee(chosen);
            void navigate({ search: { step: "amount" } });
          }}
        />
      ) : (
        <>
          <Problem error={failed} onRetry={() => Promise.all([balances.refetch(), limits.refetch()])} />
          {!failed && !(balances.data && limits.data) && <SkeletonList rows={4} />}
          {balances.data?.length === 0 && (
            <Card>
              <EmptyState
                icon={Wallet}
                title={t("balance.none")}
                action={
                  <Link to="/top-up" className={buttonClasses("primary")}>
                    {t("action.top_up")}
                  </Link>
                }
              />
            </Card>
          )}
          {balances.data && balances.data.length > 0 && limits.data && (
            <Send payee={payee} balances={balances.data} limits={limits.data} />
          )}
        </>
      )}
    </Page>
  );
}

function Send({ payee, balances, limits }: { payee: Payee; balances: Balance[]; limits: Limit[] }) {
  const t = useT();
  const format = useFormatMoney();
  const formatMasked = useFormatMaskedMoney();
  const { step } = route.useSearch();
  const navigate = route.useNavigate();
  const [currency, setCurrency] = useState(mostFilled(balances));
  const [text, setText] = useState("");
  const [note, setNote] = useState("");
  const [tried, setTried] = useState(false);
  const recent = useQuery(recentPayeesQuery);
  const limit = limits.find((one) => one.currency === currency);
  const available = balances.find((one) => one.currency === currency)?.available ?? { amount: "0", currency };
  const check = checkAmount(text, currency, { limit: limit?.maxPerPayment, available });
  // What was confirmed is kept apart from the check: the balance falls while the payment is under way.
  const [agreed, setAgreed] = useState<{ amount: string; currency: string } | null>(null);

  const stepUp = useStepUp();
  const send = useAttempt(
    "send",
    step === "confirm" && agreed
      ? { payeeId: payee.payeeId, amount: agreed, ...(note.trim() ? { note: note.trim() } : {}) }
      : null,
    (body, key) =>
      stepUp.pay({ kind: "transfer", ...body }, (stepUpId) =>
        unwrap(
          api.POST("/v1/transfers", {
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

  if (step === "confirm" && agreed) {
    return (
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {recent.data && !recent.data.some(({ payeeId }) => payeeId === payee.payeeId) && (
          <Lesson id="new_payee">
            <Notice tone="warning" icon={ShieldAlert}>
              {t("send.first_time")}
            </Notice>
          </Lesson>
        )}
        <ConfirmCard
          amount={agreed}
          action={t("send.confirm", { amount: format(agreed) })}
          pending={send.pending}
          error={shownError(send.error)}
          onConfirm={send.run}
          onChange={() => navigate({ search: { step: "amount" } })}
          rows={[
            { label: t("payment.to"), value: `${payee.maskedName} · ${payee.maskedEmail}` },
            { label: t("payment.from"), value: t("payment.wallet") },
            ...(note.trim() ? [{ label: t("payment.note"), value: note.trim() }] : []),
            { label: t("move.fee"), value: t("move.fee.free") },
            { label: t("move.payee_gets"), value: format(agreed) },
            { label: t("move.arrival"), value: t("send.arrival") },
          ]}
        />
        {stepUp.dialog}
      </div>
    );
  }

  return (
    <Card aria-label={t("send.amount_title")}>
      <form
        noValidate
        className="grid grid-cols-[minmax(0,1fr)] gap-6"
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (!check.ok) return;
          setAgreed(check.money);
          void navigate({ search: { step: "confirm" } });
        }}
      >
        <PayeeChip payee={payee} />
        {balances.length > 1 && (
          <SelectField
            name="currency"
            label={t("account.currency")}
            value={currency}
            onChange={(event) => {
              setCurrency(event.target.value);
              setText("");
            }}
          >
            {balances.map((balance) => (
              <option key={balance.currency} value={balance.currency}>
                {balance.currency} · {formatMasked(balance.available)}
              </option>
            ))}
          </SelectField>
        )}
        <AmountField
          value={text}
          onChange={(next) => {
            setText(next);
            setTried(false);
          }}
          currency={currency}
          error={amountError(t, format, check, { shown: tried || text !== "" })}
          hint={
            <>
              {t("move.available", { available: formatMasked(available) })}{" "}
              {limit && t("move.limit", { max: format(limit.maxPerPayment) })}
            </>
          }
        />
        <Field
          name="note"
          label={t("payment.note")}
          hint={t("send.note.hint")}
          optional
          maxLength={140}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        <StickyAction>
          <Button type="submit" data-testid="submit" className="w-full">
            {t("move.continue")}
          </Button>
        </StickyAction>
      </form>
    </Card>
  );
}

/** The first currency with money to send; the first of all when there is none. */
function mostFilled(balances: Balance[]): string {
  const filled = balances.find(
    ({ available }) => /[1-9]/.test(available.amount) && !available.amount.startsWith("-"),
  );
  return (filled ?? balances[0])?.currency ?? "CNY";
}
