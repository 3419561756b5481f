import type { PaymentIntent, Refund } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { formatDecimal, parseDecimal } from "@jinqiao/money";
import {
  Badge,
  Button,
  CopyText,
  checkAmount,
  DateText,
  Field,
  MoneyText,
  Problem,
  SelectField,
  useFormatMoney,
} from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useT } from "../text.ts";

const reasons = ["requested_by_customer", "duplicate", "fraudulent"] as const;

/** Gives money back: the rest is written in, and may be made smaller. The money goes back at once. */
export function RefundForm({ payment }: { payment: PaymentIntent }) {
  const t = useT();
  const format = useFormatMoney();
  const queryClient = useQueryClient();
  const { currency } = payment.amount;
  const left =
    parseDecimal(payment.amountReceived.amount, currency) -
    parseDecimal(payment.amountRefunded.amount, currency);
  const rest = { amount: formatDecimal(left, currency), currency };
  const [text, setText] = useState(rest.amount);
  const [reason, setReason] = useState<(typeof reasons)[number]>("requested_by_customer");
  const [tried, setTried] = useState(false);
  const [sure, setSure] = useState(false);
  const check = checkAmount(text, currency);
  const tooMuch = check.ok && parseDecimal(check.money.amount, currency) > left;
  const wrong = !check.ok
    ? t(check.id, { max: rest.amount, available: rest.amount })
    : tooMuch
      ? t("refunds.too_much", { rest: format(rest) })
      : null;
  const { run, pending, error } = useAttempt(async (header, amount: string, why: typeof reason) => {
    await unwrap(
      api.POST("/v1/refunds", {
        params: { header },
        body: { paymentIntent: payment.id, amount: { amount, currency }, reason: why },
      }),
    );
    setSure(false);
    setTried(false);
    await queryClient.invalidateQueries({ queryKey: scopedKey("payments") });
    await queryClient.invalidateQueries({ queryKey: scopedKey("balance") });
  });
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (wrong !== null || !check.ok) return;
        if (!sure) setSure(true);
        else void run(check.money.amount, reason);
      }}
    >
      <p className="text-sm" data-testid="refund-rest" data-amount={rest.amount}>
        {t("refunds.rest")} <MoneyText money={rest} className="font-semibold" />
      </p>
      <Field
        name="refund-amount"
        label={t("refunds.amount", { currency })}
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setSure(false);
        }}
        error={tried ? wrong : null}
      />
      <SelectField
        name="refund-reason"
        label={t("refunds.reason")}
        value={reason}
        onChange={(event) => {
          setReason(reasons.find((one) => one === event.target.value) ?? reason);
          setSure(false);
        }}
      >
        {reasons.map((one) => (
          <option key={one} value={one}>
            {t(`refund_reason.${one}`)}
          </option>
        ))}
      </SelectField>
      <Problem error={error} />
      {sure && check.ok && (
        <p role="status" className="text-sm">
          {t("refunds.sure", { amount: format(check.money) })}
        </p>
      )}
      <div>
        <Button
          type="submit"
          size="small"
          variant={sure ? "danger" : "secondary"}
          data-testid="refund"
          data-sure={sure}
          pending={pending}
        >
          {sure && check.ok ? t("refunds.do", { amount: format(check.money) }) : t("refunds.give")}
        </Button>
      </div>
    </form>
  );
}

export function RefundList({ refunds }: { refunds: readonly Refund[] }) {
  const t = useT();
  if (refunds.length === 0) return <p className="text-sm text-ink-muted">{t("refunds.none")}</p>;
  return (
    <ul className="divide-y divide-line">
      {refunds.map((refund) => (
        <li key={refund.id} data-testid="refund-row" className="flex justify-between gap-3 py-2">
          <span className="min-w-0 text-sm">
            <DateText value={refund.createdAt} />
            {refund.reason && ` · ${t(`refund_reason.${refund.reason}`)}`}
            <span className="block">
              <CopyText text={refund.id} className="text-ink-muted" />
            </span>
          </span>
          <span className="flex flex-wrap items-start justify-end gap-2">
            {refund.status === "failed" && <Badge tone="danger">{t("refunds.failed")}</Badge>}
            <MoneyText money={refund.amount} className="font-semibold" />
          </span>
        </li>
      ))}
    </ul>
  );
}
