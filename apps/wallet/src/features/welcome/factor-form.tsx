import { Button, Problem, useAction, useNow } from "@jinqiao/ui";
import { type ReactNode, useEffect, useState } from "react";
import { CodeField, digitsOf } from "../../app/code-field.tsx";
import { DemoOutbox } from "./demo-outbox.tsx";
import { useT } from "./text.ts";

/** A way to prove who one is; `masked` says where a code goes. */
export type Factor = {
  kind: "email" | "sms" | "totp" | "recovery_code" | "hardware_token";
  masked?: string | undefined;
};

/** A new code may be asked for after so long, so that nobody's letter box is filled by impatience. */
const resendAfterMs = 30_000;

const isSent = (kind: Factor["kind"]): kind is "email" | "sms" => kind === "email" || kind === "sms";

/**
 * Asks for one of the ways to prove who one is: which way, then its code. With one way only, and that by message, the
 * code is sent at once.
 */
export function FactorForm({
  methods,
  send,
  answer,
  submit,
}: {
  methods: Factor[];
  send: (channel: "email" | "sms") => Promise<unknown>;
  answer: (kind: Factor["kind"], code: string) => Promise<unknown>;
  /** What the button says. */
  submit: string;
}) {
  const t = useT();
  const [kind, setKind] = useState<Factor["kind"]>(methods[0]?.kind ?? "email");
  const [sentAt, setSentAt] = useState<Partial<Record<Factor["kind"], number>>>({});
  const method = methods.find((one) => one.kind === kind);
  const sending = useAction(async (channel: "email" | "sms") => {
    await send(channel);
    setSentAt((all) => ({ ...all, [channel]: Date.now() }));
    check.clear();
  });
  const check = useAction(async (form: FormData) => {
    const typed = String(form.get("code") ?? "").trim();
    await answer(kind, kind === "recovery_code" ? typed : digitsOf(typed));
  });

  const only = methods.length === 1 ? methods[0]?.kind : undefined;
  const sendFirst = sending.run;
  useEffect(() => {
    if (only !== undefined && isSent(only)) void sendFirst(only);
  }, [only, sendFirst]);

  const sent = sentAt[kind];
  const ready = !isSent(kind) || sent !== undefined;
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (ready) void check.run(new FormData(event.currentTarget));
        else if (isSent(kind)) void sending.run(kind);
      }}
    >
      {methods.length > 1 && (
        <fieldset className="grid gap-2">
          <legend className="mb-2 text-sm font-medium">{t("factor.which")}</legend>
          {methods.map((one) => (
            <label
              key={one.kind}
              className="flex min-h-12 items-center gap-3 rounded-xl border border-line px-4 py-2 has-checked:border-jade has-checked:bg-jade-soft"
            >
              <input
                type="radio"
                name="kind"
                value={one.kind}
                data-testid={`factor-${one.kind}`}
                checked={one.kind === kind}
                onChange={() => {
                  setKind(one.kind);
                  check.clear();
                  sending.clear();
                }}
                className="size-5 accent-jade-solid"
              />
              <span className="min-w-0">{nameOf(t, one)}</span>
            </label>
          ))}
        </fieldset>
      )}
      {ready && (
        <CodeField
          // Another way begins with an empty field.
          key={kind}
          autoFocus
          label={t(kind === "recovery_code" ? "factor.recovery_code.label" : "factor.code")}
          hint={hintOf(t, kind, method?.masked)}
          {...(kind === "recovery_code"
            ? { inputMode: "text" as const, autoComplete: "off", maxLength: 40 }
            : {})}
        />
      )}
      {isSent(kind) && sent !== undefined && (
        <>
          <p className="text-sm text-ink-muted">{t("factor.never_tell")}</p>
          <DemoOutbox />
          <Resend sentAt={sent} pending={sending.pending} onPress={() => sending.run(kind)} />
        </>
      )}
      <Problem error={sending.error} onRetry={() => isSent(kind) && sending.run(kind)} />
      <Problem error={check.error} />
      <Button
        type="submit"
        data-testid={ready ? "factor-submit" : "factor-send"}
        pending={ready ? check.pending : sending.pending}
      >
        {ready ? submit : t("factor.send")}
      </Button>
    </form>
  );
}

type T = ReturnType<typeof useT>;

function nameOf(t: T, { kind, masked }: Factor): ReactNode {
  if (isSent(kind) && masked !== undefined) return t(`factor.${kind}.to`, { masked });
  return t(`factor.${kind}`);
}

function hintOf(t: T, kind: Factor["kind"], masked: string | undefined): string {
  if (kind === "totp") return t("factor.code.app");
  if (kind === "hardware_token") return t("factor.code.token");
  if (kind === "recovery_code") return t("factor.code.recovery");
  return masked === undefined ? t("factor.code.sent_plain") : t("factor.code.sent", { masked });
}

/** The way to another code, after a pause. */
export function Resend({
  sentAt,
  pending,
  onPress,
}: {
  /** Milliseconds since 1970. */
  sentAt: number;
  pending: boolean;
  onPress: () => unknown;
}) {
  const t = useT();
  const left = Math.ceil((sentAt + resendAfterMs - useNow(1_000)) / 1_000);
  if (left > 0) return <p className="text-sm text-ink-muted">{t("factor.resend_in", { seconds: left })}</p>;
  return (
    <Button variant="ghost" size="small" data-testid="resend" pending={pending} onClick={onPress}>
      {t("factor.resend")}
    </Button>
  );
}
