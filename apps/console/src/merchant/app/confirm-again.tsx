import { ApiError, type paths, unwrap } from "@jinqiao/contract/client";
import { Button, Dialog, Field, Problem, SelectField, Skeleton, useAction } from "@jinqiao/ui";
import { KeyRound } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { askPasskey } from "../../app/passkey.ts";
import { useT } from "../text.ts";
import { api } from "./api.ts";

/**
 * Where the server wants to know again who is at the screen (live keys, secrets, the account for payouts), the person
 * is asked, and what was asked for runs once more by itself. Render `dialog` somewhere on the page.
 */
export function useConfirmed(): {
  confirmed: <Result>(action: () => Promise<Result>) => Promise<Result>;
  dialog: ReactNode;
} {
  const [asking, setAsking] = useState(false);
  const answer = useRef<(confirmed: boolean) => void>(undefined);
  useEffect(() => () => answer.current?.(false), []);
  const confirmed = useCallback(async <Result,>(action: () => Promise<Result>): Promise<Result> => {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof ApiError) || error.problem.code !== "identity.reauthentication_needed")
        throw error;
      const yes = await new Promise<boolean>((resolve) => {
        answer.current = resolve;
        setAsking(true);
      });
      setAsking(false);
      if (!yes) throw error;
      return action();
    }
  }, []);
  return {
    confirmed,
    dialog: asking ? (
      <Confirm onDone={() => answer.current?.(true)} onClose={() => answer.current?.(false)} />
    ) : null,
  };
}

const start = () => unwrap(api.POST("/v1/me/reauthentications"));
type Started = Awaited<ReturnType<typeof start>>;
type Answer = NonNullable<
  paths["/v1/me/reauthentications/{reauthenticationId}/answers"]["post"]["requestBody"]
>["content"]["application/json"];

function Confirm({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = useT();
  const [started, setStarted] = useState<Started | null>(null);
  const begin = useAction(async () => setStarted(await start()));
  const beginOnce = begin.run;
  useEffect(() => void beginOnce(), [beginOnce]);
  return (
    <Dialog open onClose={onClose} title={t("confirm_again.title")} description={t("confirm_again.text")}>
      <Problem error={begin.error} onRetry={begin.run} />
      {started === null ? (
        begin.error === undefined && <Skeleton className="h-24" />
      ) : (
        <Ways started={started} onDone={onDone} />
      )}
    </Dialog>
  );
}

function Ways({ started, onDone }: { started: Started; onDone: () => void }) {
  const t = useT();
  const path = { reauthenticationId: started.id };
  const [method, setMethod] = useState(started.methods[0]);
  const [sent, setSent] = useState(false);
  const give = async (body: Answer): Promise<void> => {
    await unwrap(
      api.POST("/v1/me/reauthentications/{reauthenticationId}/answers", { params: { path }, body }),
    );
    onDone();
  };
  const passkey = useAction(async () => {
    if (started.passkeyOptions === null) return;
    await give({ kind: "passkey", credential: await askPasskey(started.passkeyOptions) });
  });
  const send = useAction(async () => {
    const channel = method?.kind;
    if (channel !== "email" && channel !== "sms") return;
    await unwrap(
      api.POST("/v1/me/reauthentications/{reauthenticationId}/codes", {
        params: { path },
        body: { channel },
      }),
    );
    setSent(true);
  });
  const answer = useAction(async (code: string) => {
    if (method !== undefined) await give({ kind: method.kind, code });
  });
  const byMessage = method?.kind === "email" || method?.kind === "sms";
  return (
    <div className="grid gap-4">
      {started.passkeyOptions !== null && (
        <>
          <Problem error={passkey.error} />
          <Button data-testid="confirm-passkey" pending={passkey.pending} onClick={passkey.run}>
            {!passkey.pending && <KeyRound aria-hidden className="size-5" />}
            {t("confirm_again.passkey")}
          </Button>
        </>
      )}
      {method !== undefined && (
        <form
          noValidate
          className="grid gap-3"
          onSubmit={(event) => {
            event.preventDefault();
            const code = String(new FormData(event.currentTarget).get("confirm-code")).replaceAll(/\D/g, "");
            void answer.run(code);
          }}
        >
          <SelectField
            name="confirm-method"
            label={t("confirm_again.method")}
            value={method.kind}
            onChange={(event) => {
              setMethod(started.methods.find((one) => one.kind === event.target.value));
              setSent(false);
            }}
          >
            {started.methods.map((one) => (
              <option key={one.kind} value={one.kind}>
                {t(`confirm_again.method.${one.kind}`)}
              </option>
            ))}
          </SelectField>
          {byMessage && !sent ? (
            <>
              <Problem error={send.error} />
              <Button
                variant="secondary"
                data-testid="confirm-send"
                pending={send.pending}
                onClick={send.run}
              >
                {t("confirm_again.send")}
              </Button>
            </>
          ) : (
            <>
              <Field
                name="confirm-code"
                label={t("confirm_again.code")}
                inputMode="numeric"
                autoComplete="one-time-code"
              />
              <Problem error={answer.error} />
              <Button type="submit" data-testid="confirm-answer" pending={answer.pending}>
                {t("confirm_again.action")}
              </Button>
            </>
          )}
        </form>
      )}
    </div>
  );
}
