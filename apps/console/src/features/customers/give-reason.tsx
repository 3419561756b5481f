import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, SelectField, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useState } from "react";
import { api } from "../../api.ts";
import { Section } from "../../components/page.tsx";
import { useDeskT } from "../../i18n.ts";

const reasons = [
  "customer_contact",
  "payment_inquiry",
  "fraud_check",
  "identity_check",
  "legal_request",
  "incident",
] as const;

/** Says why a customer's data must be seen; it opens for half an hour. */
export function GiveReason({ customerId, onGiven }: { customerId: string; onGiven: () => unknown }) {
  const t = useDeskT();
  const [reason, setReason] = useState<(typeof reasons)[number]>("customer_contact");
  const [text, setText] = useState("");
  const [ticket, setTicket] = useState("");
  const { run, pending, error } = useAction(async () => {
    await unwrap(
      api.POST("/v1/console/customers/{customerId}/access", {
        params: { path: { customerId } },
        body: { reason, text, ...(ticket.trim() && { ticket: ticket.trim() }) },
      }),
    );
    await onGiven();
  });
  const fieldError = useFieldErrors(error);
  return (
    <Section title={t("customer.reason")}>
      <form
        noValidate
        className="grid max-w-xl gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <SelectField
          name="reason"
          hideLabel
          label={t("customer.reason")}
          value={reason}
          onChange={(event) => setReason(event.target.value as typeof reason)}
        >
          {reasons.map((one) => (
            <option key={one} value={one}>
              {t(`reason.${one}`)}
            </option>
          ))}
        </SelectField>
        <TextAreaField
          name="text"
          label={t("customer.reason_text")}
          hint={t("customer.reason_text_hint")}
          maxLength={140}
          rows={2}
          required
          value={text}
          onChange={(event) => setText(event.target.value.replaceAll("\n", " "))}
          error={fieldError("text")}
        />
        <Field
          name="ticket"
          label={t("customer.ticket")}
          optional
          maxLength={40}
          value={ticket}
          onChange={(event) => setTicket(event.target.value)}
          error={fieldError("ticket")}
        />
        <Problem error={error} />
        <div>
          <Button type="submit" data-testid="give-reason" pending={pending}>
            {t("customer.show")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
