import { unwrap } from "@jinqiao/contract/client";
import { Button, Notice, Problem, SelectField, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { Section } from "../../components/page.tsx";
import { useLocalText } from "../../i18n.ts";
import { type ConsoleMerchant, feePlansQuery } from "./queries.ts";
import { useMerchantsT } from "./text.ts";

type Action = "open" | "decline" | "suspend" | "resume" | "assign_plan";
const possible: Readonly<Record<ConsoleMerchant["status"], readonly Action[]>> = {
  draft: ["assign_plan"],
  under_review: ["open", "decline", "assign_plan"],
  active: ["suspend", "assign_plan"],
  declined: ["assign_plan"],
  suspended: ["resume", "assign_plan"],
  closed: [],
};

/** Proposes what becomes of a merchant; a second person lets it happen. */
export function DecideMerchant({ merchant }: { merchant: ConsoleMerchant }) {
  const t = useMerchantsT();
  const local = useLocalText();
  const queryClient = useQueryClient();
  const mayDecide = useMay("merchants.decide");
  const actions = possible[merchant.status];
  const [chosen, setChosen] = useState<Action | undefined>();
  const action = chosen !== undefined && actions.includes(chosen) ? chosen : actions[0];
  const [planId, setPlanId] = useState("");
  const [message, setMessage] = useState("");
  const [reason, setReason] = useState("");
  const [proposed, setProposed] = useState(false);
  const plans = useQuery({ ...feePlansQuery, enabled: mayDecide });
  const { run, pending, error } = useAction(async () => {
    if (action === undefined) return;
    const about = { version: merchant.version, reason };
    await unwrap(
      api.POST("/v1/console/merchants/{merchantId}/decisions", {
        params: { path: { merchantId: merchant.id } },
        body:
          action === "assign_plan"
            ? { ...about, action, planId: planId || (plans.data?.[0]?.id ?? "") }
            : { ...about, action, message },
      }),
    );
    setProposed(true);
    await queryClient.invalidateQueries({ queryKey: ["approvals"] });
  });
  const fieldError = useFieldErrors(error);
  return (
    <Section title={t("merchant.decide")} lead={t("merchant.decide_lead")}>
      {!mayDecide ? (
        <Notice tone="neutral">{t("merchant.decide_viewer")}</Notice>
      ) : proposed ? (
        <Notice tone="positive" role="status">
          {t("merchant.proposed")}
        </Notice>
      ) : action === undefined ? (
        <p className="text-sm text-ink-muted">{t("merchant.decide_none")}</p>
      ) : (
        <form
          noValidate
          className="grid max-w-xl gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <SelectField
            name="action"
            label={t("merchant.action")}
            value={action}
            onChange={(event) => setChosen(event.target.value as Action)}
          >
            {actions.map((one) => (
              <option key={one} value={one}>
                {t(`merchant_action.${one}`)}
              </option>
            ))}
          </SelectField>
          {action === "assign_plan" ? (
            <SelectField
              name="plan"
              label={t("merchant.plan_choice")}
              value={planId || (plans.data?.[0]?.id ?? "")}
              onChange={(event) => setPlanId(event.target.value)}
            >
              {(plans.data ?? []).map((plan) => (
                <option key={plan.id} value={plan.id}>
                  {local(plan.name)} · {t("plans.version", { version: plan.version })}
                </option>
              ))}
            </SelectField>
          ) : (
            <TextAreaField
              name="message"
              label={t("merchant.message")}
              maxLength={140}
              rows={2}
              value={message}
              onChange={(event) => setMessage(event.target.value.replaceAll("\n", " "))}
              error={fieldError("message")}
            />
          )}
          <TextAreaField
            name="reason"
            label={t("merchant.reason")}
            maxLength={140}
            rows={2}
            required
            value={reason}
            onChange={(event) => setReason(event.target.value.replaceAll("\n", " "))}
            error={fieldError("reason")}
          />
          <Problem error={error} />
          <div>
            <Button type="submit" data-testid="propose-decision" pending={pending}>
              {t("merchant.propose")}
            </Button>
          </div>
        </form>
      )}
    </Section>
  );
}
