import type { Freeze } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import { Badge, Button, Notice, Problem, TextAreaField, useAction, useFieldErrors } from "@jinqiao/ui";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../../api.ts";
import { useMay } from "../../app/session.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { useDeskT, useLocalText } from "../../i18n.ts";

/** One freeze with its appeal, and what staff can propose about it. */
export function FreezeItem({ freeze, customerId }: { freeze: Freeze; customerId: string }) {
  const t = useDeskT();
  const localText = useLocalText();
  const mayLift = useMay("freezes.lift");
  const { appeal, endedAt } = freeze;
  return (
    <li data-testid="freeze" className="border-b border-line pb-4 text-sm last:border-0 last:pb-0">
      <p className="flex flex-wrap items-baseline gap-2">
        <strong>{t(`freeze_scope.${freeze.scope}`)}</strong>
        <span className="text-ink-muted">{t(`freeze_by.${freeze.by}`)}</span>
        <InstantText value={freeze.since} />
        {endedAt !== null && (
          <Badge tone="positive">
            {t("customer.freezes_ended")} <InstantText value={endedAt} />
          </Badge>
        )}
      </p>
      <p className="mt-1">{localText(freeze.told.why)}</p>
      {appeal && (
        <blockquote className="mt-2 rounded-xl bg-sunken p-3 break-words">
          <span className="font-medium">
            {t(appeal.status === "refused" ? "freeze.appeal_refused" : "freeze.appeal")}
          </span>{" "}
          <span translate="no">“{appeal.text}”</span>
          {appeal.answer && <span translate="no"> — {appeal.answer}</span>}
        </blockquote>
      )}
      {endedAt === null && mayLift && <Propose freeze={freeze} customerId={customerId} />}
    </li>
  );
}

function Propose({ freeze, customerId }: { freeze: Freeze; customerId: string }) {
  const t = useDeskT();
  const queryClient = useQueryClient();
  const [action, setAction] = useState<"lift" | "refuse_appeal">();
  const [reason, setReason] = useState("");
  const [answer, setAnswer] = useState("");
  const [done, setDone] = useState(false);
  const { run, pending, error } = useAction(async () => {
    if (action === undefined) return;
    await unwrap(
      api.POST("/v1/console/customers/{customerId}/freezes/{freezeId}/proposals", {
        params: { path: { customerId, freezeId: freeze.id } },
        body: { action, reason, ...(answer.trim() && { answer: answer.trim() }) },
      }),
    );
    setDone(true);
    await queryClient.invalidateQueries({ queryKey: ["approvals"] });
  });
  const fieldError = useFieldErrors(error);
  if (done)
    return (
      <Notice tone="positive" role="status" className="mt-3">
        {t("freeze.proposed")}
      </Notice>
    );
  if (action === undefined)
    return (
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="small" variant="secondary" data-testid="propose-lift" onClick={() => setAction("lift")}>
          {t("freeze.lift")}
        </Button>
        {freeze.appeal?.status === "open" && (
          <Button size="small" variant="secondary" onClick={() => setAction("refuse_appeal")}>
            {t("freeze.refuse")}
          </Button>
        )}
      </div>
    );
  return (
    <form
      noValidate
      className="mt-3 grid max-w-xl gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void run();
      }}
    >
      <TextAreaField
        name="reason"
        label={t("freeze.why")}
        maxLength={140}
        rows={2}
        required
        value={reason}
        onChange={(event) => setReason(event.target.value.replaceAll("\n", " "))}
        error={fieldError("reason")}
      />
      <TextAreaField
        name="answer"
        label={t("freeze.answer")}
        hint={t("freeze.answer_hint")}
        maxLength={140}
        rows={2}
        value={answer}
        onChange={(event) => setAnswer(event.target.value.replaceAll("\n", " "))}
        error={fieldError("answer")}
      />
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" data-testid="propose" pending={pending}>
          {t(action === "lift" ? "freeze.lift" : "freeze.refuse")}
        </Button>
      </div>
    </form>
  );
}
