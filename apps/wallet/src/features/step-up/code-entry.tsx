import { unwrap } from "@jinqiao/contract/client";
import { Button, Field, Problem, problemCode, useAction } from "@jinqiao/ui";
import { useState } from "react";
import { api } from "../../api.ts";
import { CodeField, digitsOf } from "../../app/code-field.tsx";
import { Lesson } from "../lessons/lesson.tsx";
import { DemoOutbox } from "../welcome/demo-outbox.tsx";
import type { Answer } from "./step-up-dialog.tsx";
import { useT } from "./text.ts";
import type { StepUp } from "./use-step-up.tsx";

type Kind = Exclude<Answer["kind"], "passkey">;
type Channel = NonNullable<StepUp["methods"][number]["channels"]>[number];

/** One way that takes digits: the PIN, a code that is sent for this payment, or one that somebody's device shows. */
export function CodeEntry({
  kind,
  stepUpId,
  channels,
  submit,
  pending,
  error,
  left,
  onCode,
}: {
  kind: Kind;
  stepUpId: string;
  channels: Channel[];
  submit: string;
  pending: boolean;
  error: unknown;
  left: number;
  onCode: (answer: Answer) => void;
}) {
  const t = useT();
  const [sent, setSent] = useState<Channel | null>(null);
  const send = useAction(async (to: Channel) => {
    const params = { path: { stepUpId } };
    await unwrap(api.POST("/v1/step-ups/{stepUpId}/codes", { params, body: { channel: to.channel } }));
    setSent(to);
  });

  if (kind === "code" && sent === null)
    return (
      <div className="grid gap-3">
        <Problem error={send.error} />
        {channels.map((to) => (
          <Button
            key={to.channel}
            data-testid={`step-up-send-${to.channel}`}
            pending={send.pending}
            onClick={() => send.run(to)}
          >
            {t(`step_up.send.${to.channel}`, { masked: to.masked })}
          </Button>
        ))}
      </div>
    );

  const isWrong = problemCode(error) === "sca.answer_wrong";
  return (
    <form
      noValidate
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        const digits = digitsOf(new FormData(event.currentTarget).get("code"));
        if (digits !== "") onCode(kind === "pin" ? { kind, pin: digits } : { kind, code: digits });
      }}
    >
      {kind === "pin" ? (
        <Field
          name="code"
          type="password"
          autoFocus
          inputMode="numeric"
          autoComplete="off"
          maxLength={6}
          label={t("step_up.method.pin")}
          hint={t("step_up.hint.pin")}
        />
      ) : (
        <CodeField
          autoFocus
          label={kind === "code" ? t("step_up.code") : t(`step_up.method.${kind}`)}
          hint={kind === "code" ? t("step_up.sent", { masked: sent?.masked }) : t(`step_up.hint.${kind}`)}
          {...(kind === "code" ? {} : { autoComplete: "off" })}
        />
      )}
      {kind === "code" && sent !== null && (
        <>
          <Lesson id="bank_call">
            <p className="text-sm text-ink-muted">{t("step_up.never_tell")}</p>
          </Lesson>
          <DemoOutbox />
          <Button variant="ghost" size="small" pending={send.pending} onClick={() => send.run(sent)}>
            {t("step_up.again")}
          </Button>
        </>
      )}
      <Problem error={error ?? send.error} />
      {isWrong && <p className="text-sm">{t("step_up.left", { count: left })}</p>}
      <Button type="submit" data-testid="step-up-submit" pending={pending}>
        {submit}
      </Button>
    </form>
  );
}
