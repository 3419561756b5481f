import { unwrap } from "@jinqiao/contract/client";
import { Button, Card, Notice, Page, Problem, Skeleton, useFieldErrors } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { api, meQuery } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { NewPasswordField } from "../welcome/new-password-field.tsx";
import { refreshSecurity, securityQuery } from "./queries.ts";
import { useGuardedAction } from "./reauthenticate.tsx";
import { useT } from "./text.ts";

/** Sets a password or changes it. */
export function PasswordPage() {
  const t = useT();
  const security = useQuery(securityQuery);
  const me = useQuery(meQuery);
  const [round, setRound] = useState(0);
  const save = useGuardedAction(async (password: string) => {
    await unwrap(api.POST("/v1/me/password", { body: { password } }));
    // The form begins anew, so that the password does not stay on the screen.
    setRound((before) => before + 1);
    await refreshSecurity();
  });
  const errorOf = useFieldErrors(save.error);
  const action = security.data?.passwordChangedAt === null ? "password.set" : "password.change";
  return (
    <Page title={t("security.password")} leading={<BackLink to="/security" />} narrow>
      <p className="mb-4 text-ink-muted">{t("password.lead.change")}</p>
      <Problem error={security.error} onRetry={() => security.refetch()} />
      {security.isPending && <Skeleton className="h-40" />}
      {security.data && (
        <Card aria-label={t("security.password")}>
          <form
            key={round}
            noValidate
            className="grid gap-4"
            onSubmit={(event) => {
              event.preventDefault();
              void save.run(String(new FormData(event.currentTarget).get("password")));
            }}
          >
            <NewPasswordField label={t("password.new")} error={errorOf("password")} email={me.data?.email} />
            <Problem error={save.error} />
            <div role="status">
              {round > 0 && save.error === undefined && (
                <Notice tone="positive" icon={CircleCheck}>
                  <p data-testid="password-changed">{t("password.changed")}</p>
                </Notice>
              )}
            </div>
            <Button type="submit" data-testid="submit" pending={save.pending}>
              {t(action)}
            </Button>
          </form>
        </Card>
      )}
      {save.dialog}
    </Page>
  );
}
