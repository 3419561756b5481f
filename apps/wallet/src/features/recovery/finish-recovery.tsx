import { unwrap } from "@jinqiao/contract/client";
import { Button, Card, useAction, useFieldErrors } from "@jinqiao/ui";
import { useRouter } from "@tanstack/react-router";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../api.ts";
import { enterSession } from "../../app/enter-session.ts";
import { createPasskey, passkeysOffered } from "../../app/passkey.ts";
import { NewPasswordField } from "../welcome/new-password-field.tsx";
import { PasskeyProblem } from "../welcome/passkey-problem.tsx";
import { useT } from "../welcome/text.ts";
import { type Recovery, recoveryQuery } from "./queries.ts";

/** The recovery is open: a new way in, and with it back into the wallet. */
export function FinishRecovery({ recovery }: { recovery: Recovery }) {
  const t = useT();
  const router = useRouter();
  const params = { path: { recoveryId: recovery.id } };
  const offered = passkeysOffered();
  const [withPassword, setWithPassword] = useState(!offered);
  const finish = useAction(async (password: string | undefined) => {
    const body =
      password === undefined
        ? {
            passkey: await createPasskey(
              await unwrap(api.POST("/v1/recoveries/{recoveryId}/passkey-options", { params })),
            ),
          }
        : { password };
    const { customer } = await unwrap(api.POST("/v1/recoveries/{recoveryId}/finish", { params, body }));
    enterSession(customer);
    // This page stands until the next one is there: it must not ask for a recovery that is over.
    queryClient.setQueryData(recoveryQuery(recovery.id).queryKey, recovery);
    router.history.push("/security?recovered=true");
  });
  const errorOf = useFieldErrors(finish.error);
  return (
    <Card aria-labelledby="ready" className="grid gap-4" data-testid="recovery-open">
      <h2 id="ready" className="text-lg font-bold">
        {t("recovery.ready")}
      </h2>
      <p className="text-ink-muted">{t("recovery.ready.text")}</p>
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = new FormData(event.currentTarget).get("password");
          void finish.run(withPassword ? String(typed ?? "") : undefined);
        }}
      >
        {withPassword && <NewPasswordField label={t("recovery.new_password")} error={errorOf("password")} />}
        <PasskeyProblem error={finish.error} />
        <Button
          type="submit"
          data-testid={withPassword ? "finish-password" : "finish-passkey"}
          pending={finish.pending}
        >
          {!withPassword && !finish.pending && <KeyRound aria-hidden className="size-5" />}
          {t(withPassword ? "recovery.finish.password" : "recovery.finish.passkey")}
        </Button>
        {offered && (
          <Button
            variant="ghost"
            data-testid={withPassword ? "use-passkey" : "use-password"}
            onClick={() => {
              finish.clear();
              setWithPassword(!withPassword);
            }}
          >
            {t(withPassword ? "recovery.finish.passkey" : "sign_up.or_password")}
          </Button>
        )}
      </form>
    </Card>
  );
}
