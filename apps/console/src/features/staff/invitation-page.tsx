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
import { useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, meQuery } from "../../api.ts";
import { useDeskT } from "../../i18n.ts";

/** Where the mail to somebody invited leads: `/console/invitation#<token>`. The token never reaches a server's log. */
export function InvitationPage() {
  const t = useDeskT();
  const navigate = useNavigate();
  const queryClient = useQueryClient();
  const [token] = useState(() => window.location.hash.slice(1));
  useDocumentTitle(`${t("invitation.title")} · ${t("app.title")}`);
  const { run, pending, error } = useAction(async () => {
    const staff = await unwrap(api.POST("/v1/console/invitations", { body: { token } }));
    queryClient.clear();
    queryClient.setQueryData(meQuery.queryKey, staff);
    await navigate({ to: "/passkeys", replace: true });
  });
  return (
    <main className="mx-auto flex min-h-dvh max-w-md flex-col justify-center gap-4 p-4">
      <div className="flex items-center justify-end gap-2">
        <LanguageSwitch />
        <ThemeSwitch />
      </div>
      <section className="grid gap-4 rounded-card border border-line bg-surface p-6 shadow-card">
        <h1 className="text-2xl font-bold">{t("invitation.title")}</h1>
        <p className="text-sm text-ink-muted">{t("invitation.lead")}</p>
        {token === "" ? (
          <Notice tone="warning">{t("invitation.no_token")}</Notice>
        ) : (
          <Button data-testid="accept-invitation" pending={pending} onClick={() => run()}>
            {t("invitation.begin")}
          </Button>
        )}
        <Problem error={error} />
      </section>
    </main>
  );
}
