import type { PaymentIntent } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Button, checkAmount, Field, MoneyText, Problem, SelectField, useFieldErrors } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useT } from "../text.ts";

/** Takes what is held for a payment, or part of it; the rest goes back to the payer. */
export function CapturePayment({ payment }: { payment: PaymentIntent }) {
  const t = useT();
  const queryClient = useQueryClient();
  const { currency } = payment.amount;
  const [text, setText] = useState(payment.amountCapturable.amount);
  const [tried, setTried] = useState(false);
  const check = checkAmount(text, currency, { limit: payment.amountCapturable });
  const { run, pending, error } = useAttempt(async (header, amount: string) => {
    await unwrap(
      api.POST("/v1/payment_intents/{paymentIntentId}/capture", {
        params: { header, path: { paymentIntentId: payment.id } },
        body: { amount: { amount, currency } },
      }),
    );
    await queryClient.invalidateQueries({ queryKey: scopedKey("payments") });
  });
  const refused = useFieldErrors(error);
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (check.ok) void run(check.money.amount);
      }}
    >
      <p className="text-sm text-ink-muted">
        {t("capture.text")} <MoneyText money={payment.amountCapturable} className="font-semibold text-ink" />
      </p>
      <Field
        name="capture-amount"
        label={t("capture.amount", { currency })}
        inputMode="decimal"
        autoComplete="off"
        value={text}
        onChange={(event) => setText(event.target.value)}
        error={tried && !check.ok ? t(check.id, { max: payment.amountCapturable.amount }) : refused("amount")}
      />
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" data-testid="capture" pending={pending}>
          {t("capture.do")}
        </Button>
      </div>
    </form>
  );
}

const reasons = ["requested_by_customer", "duplicate", "fraudulent", "abandoned"] as const;

/** Gives a payment up; what is held goes back to the payer at once. */
export function CancelPayment({ payment }: { payment: PaymentIntent }) {
  const t = useT();
  const queryClient = useQueryClient();
  const [reason, setReason] = useState<(typeof reasons)[number]>("requested_by_customer");
  const { run, pending, error } = useAttempt(async (header, why: typeof reason) => {
    await unwrap(
      api.POST("/v1/payment_intents/{paymentIntentId}/cancel", {
        params: { header, path: { paymentIntentId: payment.id } },
        body: { reason: why },
      }),
    );
    await queryClient.invalidateQueries({ queryKey: scopedKey("payments") });
  });
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void run(reason);
      }}
    >
      <p className="text-sm text-ink-muted">
        {t(payment.status === "requires_capture" ? "cancel.text.held" : "cancel.text")}
      </p>
      <SelectField
        name="cancel-reason"
        label={t("payment.cancellation_reason")}
        value={reason}
        onChange={(event) => setReason(reasons.find((one) => one === event.target.value) ?? reason)}
      >
        {reasons.map((one) => (
          <option key={one} value={one}>
            {t(`cancellation.${one}`)}
          </option>
        ))}
      </SelectField>
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" variant="secondary" data-testid="cancel-payment" pending={pending}>
          {t("cancel.do")}
        </Button>
      </div>
    </form>
  );
}
