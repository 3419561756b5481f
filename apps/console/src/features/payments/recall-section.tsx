import type { ConsolePayment } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { useAction } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "../../api.ts";
import { useMayAct } from "../../app/session.ts";
import { DecisionForm } from "../../components/decision-form.tsx";
import { InstantText } from "../../components/instant-text.tsx";
import { Section } from "../../components/page.tsx";
import { useLocalText, usePaymentT } from "../../i18n.ts";

const reasons = ["DUPL", "TECH", "FRAD", "CUST"] as const;

/** Asking the bank for a withdrawal back, and what it answered. */
export function RecallSection({ joined }: { joined: ConsolePayment }) {
  const t = usePaymentT();
  const mayAct = useMayAct();
  const { possible, recall } = joined.recall;
  if (recall === null && possible === "no") return null;
  return (
    <Section title={t("recall.title")}>
      {recall !== null && <RecallFacts recall={recall} />}
      {possible === "bank_offers_none" && (
        <p className="text-sm text-ink-muted">{t("recall.bank_offers_none")}</p>
      )}
      {possible === "yes" &&
        (mayAct ? (
          <AskBack joined={joined} />
        ) : (
          <p className="text-sm text-ink-muted">{t("recall.viewer")}</p>
        ))}
    </Section>
  );
}

function AskBack({ joined }: { joined: ConsolePayment }) {
  const t = usePaymentT();
  const queryClient = useQueryClient();
  const { payment } = joined;
  // A repeat asks nothing twice: a payment is asked back once.
  const { run, pending, error } = useAction(
    async ({ action: reason, note }: { action: (typeof reasons)[number]; note: string }) => {
      await unwrap(
        api.POST("/v1/console/payments/{paymentId}/recall", {
          params: { path: { paymentId: payment.id } },
          body: { reason, note },
        }),
      );
      await queryClient.invalidateQueries({ queryKey: ["payments"] });
    },
  );
  return (
    <details>
      <summary className="cursor-pointer text-sm font-semibold text-jade">{t("recall.ask")}</summary>
      <p className="mt-2 mb-3 text-sm text-ink-muted">{t("recall.lead")}</p>
      <DecisionForm
        name="recall"
        text={(id) => (id in texts ? t(texts[id as keyof typeof texts]) : "")}
        options={reasons.map((reason) => ({
          action: reason,
          title: t(`recall.reason.${reason.toLowerCase() as Lowercase<typeof reason>}`),
          means: reason,
          two: false,
        }))}
        proposal={null}
        proposed={() => ""}
        onDecide={run}
        state={{ pending, error }}
      />
    </details>
  );
}

/** The words of the form; what two people decide does not occur here. */
const texts = {
  choose: "recall.choose",
  action_missing: "recall.action_missing",
  note: "recall.note",
  note_hint: "recall.note_hint",
  note_missing: "recall.note_missing",
  confirm: "recall.confirm",
} as const;

function RecallFacts({ recall }: { recall: NonNullable<ConsolePayment["recall"]["recall"]> }) {
  const t = usePaymentT();
  const localText = useLocalText();
  const reason = recall.reason.toLowerCase() as Lowercase<typeof recall.reason>;
  return (
    <div className="grid gap-1 text-sm" data-testid="recall">
      <p className="font-semibold">{t(`recall.status.${recall.status}`)}</p>
      {recall.refusal !== null && (
        <p>
          {localText(recall.refusal.text)}{" "}
          <code className="text-xs text-ink-muted">{recall.refusal.code}</code>
        </p>
      )}
      <p className="text-ink-muted">
        {t(`recall.reason.${reason}`)} · <span translate="no">{recall.by}</span> ·{" "}
        <InstantText value={recall.askedAt} />
      </p>
      <blockquote translate="no" className="break-words">
        “{recall.note}”
      </blockquote>
    </div>
  );
}
