import { unwrap } from "@jinqiao/contract/client";
import { Button, Problem, SelectField, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api.ts";
import { Section } from "../../components/page.tsx";
import { useDeskT, useLocalText } from "../../i18n.ts";

const scopes = ["payments", "sign_in", "card"] as const;
const reasons = ["suspected_fraud", "account_takeover", "identity_check", "legal_order"] as const;

/** Freezes at once; one person may, because waiting would cost the customer's money. */
export function SetFreeze({ customerId }: { customerId: string }) {
  const t = useDeskT();
  const queryClient = useQueryClient();
  const [scope, setScope] = useState<(typeof scopes)[number]>("payments");
  const [reason, setReason] = useState<(typeof reasons)[number]>("suspected_fraud");
  const [note, setNote] = useState("");
  const localText = useLocalText();
  const [card, setCard] = useState("");
  const cards = useQuery({
    queryKey: ["customers", "cards", customerId],
    queryFn: ({ signal }) =>
      unwrap(
        api.GET("/v1/console/customers/{customerId}/cards", { params: { path: { customerId } }, signal }),
      ),
    retry: false,
  });
  const known = cards.data?.items ?? [];
  const bindingId = card || known[0]?.bindingId;
  const { run, pending, error } = useAction(async () => {
    await unwrap(
      api.POST("/v1/console/customers/{customerId}/freezes", {
        params: { path: { customerId } },
        body: { scope, reason, note, ...(scope === "card" && bindingId && { bindingId }) },
      }),
    );
    setNote("");
    await queryClient.invalidateQueries({ queryKey: ["customers"] });
  });
  const fieldError = useFieldErrors(error);
  return (
    <Section title={t("freeze.set")} lead={t("freeze.set_lead")}>
      <form
        noValidate
        className="grid max-w-xl gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <SelectField
          name="scope"
          label={t("freeze.scope")}
          value={scope}
          onChange={(event) => setScope(event.target.value as typeof scope)}
        >
          {scopes
            .filter((one) => one !== "card" || known.length > 0)
            .map((one) => (
              <option key={one} value={one}>
                {t(`freeze_scope.${one}`)}
              </option>
            ))}
        </SelectField>
        {scope === "card" && (
          <SelectField
            name="card"
            label={t("freeze_scope.card")}
            value={bindingId}
            onChange={(event) => setCard(event.target.value)}
          >
            {known.map((one) => (
              <option key={one.bindingId} value={one.bindingId}>
                {localText(one.bankName)} {one.maskedNumber}
              </option>
            ))}
          </SelectField>
        )}
        <SelectField
          name="freeze-reason"
          label={t("freeze.why")}
          value={reason}
          onChange={(event) => setReason(event.target.value as typeof reason)}
        >
          {reasons.map((one) => (
            <option key={one} value={one}>
              {t(`freeze_reason.${one}`)}
            </option>
          ))}
        </SelectField>
        <TextAreaField
          name="note"
          label={t("freeze.note")}
          maxLength={140}
          rows={2}
          required
          value={note}
          onChange={(event) => setNote(event.target.value.replaceAll("\n", " "))}
          error={fieldError("note")}
        />
        <Problem error={error} />
        <div>
          <Button type="submit" data-testid="set-freeze" pending={pending}>
            {t("freeze.set")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
