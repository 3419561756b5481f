import { ApiError, type paths, unwrap } from "@jinqiao/contract/client";
import { Button, Dialog, Problem, Skeleton, useAction } from "@jinqiao/ui";
import { KeyRound } from "lucide-react";
import { type ReactNode, useCallback, useEffect, useRef, useState } from "react";
import { api } from "../../api.ts";
import { askPasskey, passkeysOffered } from "../../app/passkey.ts";
import { FactorForm } from "../welcome/factor-form.tsx";
import { PasskeyProblem } from "../welcome/passkey-problem.tsx";
import { useT } from "./text.ts";

/**
 * An action that changes how the wallet is protected. Where the server first wants to know again who is at the screen,
 * the person is asked in `dialog`, and the action then runs once more by itself. Whoever closes the question has done
 * nothing: no error is shown. Render `dialog` somewhere on the page.
 */
export function useGuardedAction<A extends unknown[]>(
  action: (...args: A) => Promise<unknown>,
): {
  run: (...args: A) => Promise<void>;
  pending: boolean;
  error: unknown;
  clear: () => void;
  dialog: ReactNode;
} {
  const [asking, setAsking] = useState(false);
  const answered = useRef<(confirmed: boolean) => void>(undefined);
  const ask = useCallback(
    () =>
      new Promise<boolean>((resolve) => {
        answered.current = resolve;
        setAsking(true);
      }),
    [],
  );
  const close = (confirmed: boolean): void => {
    setAsking(false);
    answered.current?.(confirmed);
  };
  // A page that is left while it asks must not keep its action waiting for ever.
  useEffect(() => () => answered.current?.(false), []);

  const guarded = useAction(async (...args: A) => {
    try {
      await action(...args);
    } catch (error) {
      if (!needsReauthentication(error)) throw error;
      if (await ask()) await action(...args);
    }
  });
  return {
    ...guarded,
    dialog: asking ? <Reauthenticate onDone={() => close(true)} onClose={() => close(false)} /> : null,
  };
}

function needsReauthentication(error: unknown): boolean {
  return error instanceof ApiError && error.problem.code === "identity.reauthentication_needed";
}

type Started = Awaited<ReturnType<typeof start>>;
const start = () => unwrap(api.POST("/v1/me/reauthentications"));
type Answer = NonNullable<
  paths["/v1/me/reauthentications/{reauthenticationId}/answers"]["post"]["requestBody"]
>["content"]["application/json"];

function Reauthenticate({ onDone, onClose }: { onDone: () => void; onClose: () => void }) {
  const t = useT();
  const [started, setStarted] = useState<Started | null>(null);
  const begin = useAction(async () => setStarted(await start()));
  const beginOnce = begin.run;
  useEffect(() => void beginOnce(), [beginOnce]);
  return (
    <Dialog open onClose={onClose} title={t("reauth.title")} description={t("reauth.text")}>
      {started === null ? (
        <div className="grid gap-3">
          <Problem error={begin.error} onRetry={begin.run} />
          {begin.error === undefined && <Skeleton className="h-24" />}
        </div>
      ) : (
        <Ways started={started} onDone={onDone} />
      )}
    </Dialog>
  );
}

function Ways({ started, onDone }: { started: Started; onDone: () => void }) {
  const t = useT();
  const { id, methods, passkeyOptions } = started;
  const [other, setOther] = useState(passkeyOptions === null || !passkeysOffered());
  const params = { path: { reauthenticationId: id } };
  const answer = async (body: Answer): Promise<void> => {
    await unwrap(api.POST("/v1/me/reauthentications/{reauthenticationId}/answers", { params, body }));
    onDone();
  };
  const confirm = useAction(async () => {
    if (passkeyOptions === null) return;
    await answer({ kind: "passkey", credential: await askPasskey(passkeyOptions) });
  });
  if (other)
    return (
      <FactorForm
        methods={methods}
        send={(channel) =>
          unwrap(
            api.POST("/v1/me/reauthentications/{reauthenticationId}/codes", { params, body: { channel } }),
          )
        }
        answer={(kind, code) => answer({ kind, code })}
        submit={t("reauth.confirm")}
      />
    );
  return (
    <div className="grid gap-3">
      <PasskeyProblem error={confirm.error} />
      <Button data-testid="reauth-passkey" pending={confirm.pending} onClick={confirm.run}>
        {!confirm.pending && <KeyRound aria-hidden className="size-5" />}
        {t("reauth.passkey")}
      </Button>
      {methods.length > 0 && (
        <Button variant="ghost" data-testid="reauth-other" onClick={() => setOther(true)}>
          {t("reauth.other")}
        </Button>
      )}
    </div>
  );
}
