import { unwrap } from "@jinqiao/contract/client";
import { Button, buttonClasses, Card, Notice, Page, Problem, useAction } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { useLinkToken } from "../../app/link-token.ts";
import { PublicFrame } from "../welcome/public-frame.tsx";
import { useT } from "../welcome/text.ts";

/** Where the notice of a recovery leads whoever did not ask for it. */
export function CancelRecoveryPage() {
  const t = useT();
  const token = useLinkToken();
  const [cancelled, setCancelled] = useState(false);
  const cancel = useAction(async () => {
    await unwrap(api.POST("/v1/recovery-cancellations", { body: { token: token ?? "" } }));
    setCancelled(true);
  });
  return (
    <PublicFrame>
      <Page title={t(cancelled ? "recovery.cancelled" : "cancel.title")} narrow>
        <Card aria-label={t("cancel.title")} className="grid gap-4">
          {cancelled ? (
            <>
              <Notice tone="positive" icon={CircleCheck} role="status">
                <p data-testid="recovery-cancelled">{t("recovery.cancelled.text")}</p>
              </Notice>
              <Link to="/sign-in" className={buttonClasses("primary")}>
                {t("sign_in.action")}
              </Link>
            </>
          ) : token === null ? (
            <Notice tone="warning">{t("cancel.no_token")}</Notice>
          ) : (
            <>
              <p>{t("cancel.text")}</p>
              <Problem error={cancel.error} onRetry={cancel.run} />
              <Button data-testid="cancel-recovery" pending={cancel.pending} onClick={cancel.run}>
                {t("cancel.action")}
              </Button>
            </>
          )}
        </Card>
      </Page>
    </PublicFrame>
  );
}
