import type { Break } from "@jinqiao/contract";
import { ApiError, idempotencyKey, unwrap } from "@jinqiao/contract/client";
import { MoneyText, useAction } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useRef } from "react";
import { type Action, api, breakQuery } from "../../api.ts";
import { DecisionForm } from "../../components/decision-form.tsx";
import { Section } from "../../components/page.tsx";
import { useBreaksT } from "../../i18n.ts";
import { plannedPosting, writeOffSide } from "./planned-posting.ts";

/** Closes a break: the posting is chosen, said in words, given its reason, and made. */
export function ResolveBreak({ item }: { item: Break }) {
  const t = useBreaksT();
  const queryClient = useQueryClient();
  const attempt = useRef<{ body: string; key: string } | undefined>(undefined);

  const { run, pending, error } = useAction(async (body: { action: Action; note: string }) => {
    // The same request keeps its key, so that a repeat after a broken connection cannot post twice.
    const written = JSON.stringify(body);
    if (attempt.current?.body !== written) attempt.current = { body: written, key: idempotencyKey() };
    try {
      const closed = await unwrap(
        api.POST("/v1/console/breaks/{breakId}/resolution", {
          params: { path: { breakId: item.id }, header: { "Idempotency-Key": attempt.current.key } },
          body,
        }),
      );
      queryClient.setQueryData(breakQuery(item.id).queryKey, closed);
      await Promise.all(
        ["breaks", "statements", "trial-balance", "payments"].map((kind) =>
          queryClient.invalidateQueries({ queryKey: [kind] }),
        ),
      );
    } catch (refusal) {
      // A refusal is a final answer to this key; a new try is a new attempt.
      if (refusal instanceof ApiError && refusal.problem.status < 500) attempt.current = undefined;
      if (refusal instanceof ApiError && refusal.problem.status === 409)
        void queryClient.invalidateQueries({ queryKey: ["breaks"] });
      throw refusal;
    }
  });

  return (
    <Section title={t("break.close_title")} lead={t("break.close_lead")}>
      {item.actions.length === 0 ? (
        <p className="text-sm">{t("break.no_actions")}</p>
      ) : (
        <DecisionForm<Action>
          name="break"
          text={(id) => t(`break.${id}`)}
          options={item.actions.map((action) => ({
            action,
            title: t(`break_action.${action}`),
            means: <Meaning item={item} action={action} />,
            two: item.needTwo.includes(action),
          }))}
          initial={item.actions.length === 1 ? item.actions[0] : undefined}
          proposal={item.proposal}
          proposed={(action) => t("break.proposed", { action: t(`break_action.${action as Action}`) })}
          onDecide={run}
          state={{ pending, error }}
        />
      )}
    </Section>
  );
}

/** What an action does, and the posting it would make. */
function Meaning({ item, action }: { item: Break; action: Action }) {
  const t = useBreaksT();
  return (
    <>
      {t(action === "write_off" ? `break_write_off.${writeOffSide(item)}` : `break_action_means.${action}`)}
      <span className="mt-2 block text-xs text-ink-muted">
        {plannedPosting(item, action).map((leg) => (
          <span key={`${leg.debit} ${leg.credit}`} translate="no" className="block">
            {t("break.posting_leg", leg)} <MoneyText money={leg.amount} />
          </span>
        ))}
      </span>
    </>
  );
}
