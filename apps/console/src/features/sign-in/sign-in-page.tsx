import type { Staff } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  LanguageSwitch,
  Notice,
  Problem,
  ThemeSwitch,
  useAction,
  useDocumentTitle,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { getRouteApi, useRouter } from "@tanstack/react-router";
import { FlaskConical, KeyRound } from "lucide-react";
import { useState } from "react";
import { api, meQuery, signInWaysQuery } from "../../api.ts";
import { askPasskey, PasskeyCancelled } from "../../app/passkey.ts";
import { useT } from "../../i18n.ts";
import { PasswordForm } from "./password-form.tsx";

const route = getRouteApi("/sign-in");

/** Sign-in of bank staff, by passkey; leads back to the page that was asked for. */
export function SignInPage() {
  const t = useT();
  const router = useRouter();
  const queryClient = useQueryClient();
  const { next } = route.useSearch();
  const ways = useQuery(signInWaysQuery).data;
  const [withPassword, setWithPassword] = useState(false);
  useDocumentTitle(`${t("sign_in.title")} · ${t("app.title")}`);

  const enter = async (staff: Staff) => {
    queryClient.clear();
    queryClient.setQueryData(meQuery.queryKey, staff);
    await router.navigate({ to: staff.passkeyNeeded ? "/passkeys" : (next ?? "/"), replace: true });
  };
  const passkey = useAction(async () => {
    const { signInId, options } = await unwrap(api.POST("/v1/console/passkey-sign-ins"));
    const credential = await askPasskey(options);
    const answer = await unwrap(
      api.POST("/v1/console/sessions", { body: { kind: "passkey", signInId, credential } }),
    );
    if (answer.status === "signed_in") await enter(answer.staff);
  });
  const cancelled = passkey.error instanceof PasskeyCancelled;
  const demo = ways?.password === true;

  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-4 p-4">
      <div className="flex items-center justify-end gap-2">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      {demo && (
        <p
          data-testid="password-banner"
          className="flex items-start gap-2 rounded-xl bg-warning-soft p-3 text-sm text-warning"
        >
          <FlaskConical aria-hidden className="mt-0.5 size-4 shrink-0" />
          <span>
            {t("sign_in.demo")}{" "}
            <a
              href="/development/outbox"
              target="_blank"
              rel="noreferrer"
              className="font-semibold underline"
            >
              {t("sign_in.outbox")}
            </a>
          </span>
        </p>
      )}
      <section className="rounded-card border border-line bg-surface p-6 shadow-card">
        <p className="text-lg font-bold text-jade">
          {t("app.name")} <span className="text-sm font-medium text-ink-muted">{t("app.console")}</span>
        </p>
        <h1 className="mt-4 text-2xl font-bold">{t("sign_in.title")}</h1>
        <p className="mt-1 mb-5 text-sm text-ink-muted">{t("sign_in.lead")}</p>
        <div className="grid gap-4">
          <Button data-testid="passkey" pending={passkey.pending} onClick={() => passkey.run()}>
            <KeyRound aria-hidden className="size-5" /> {t("sign_in.passkey")}
          </Button>
          {cancelled ? (
            <Notice tone="warning">{t("sign_in.passkey_cancelled")}</Notice>
          ) : (
            <Problem error={passkey.error} />
          )}
          {demo || withPassword ? (
            <PasswordForm
              lead={demo ? t("sign_in.or_password") : t("sign_in.first_passkey_lead")}
              onSignedIn={enter}
            />
          ) : (
            <Button variant="secondary" data-testid="first-passkey" onClick={() => setWithPassword(true)}>
              {t("sign_in.first_passkey")}
            </Button>
          )}
        </div>
      </section>
    </main>
  );
}
