import { unwrap } from "@jinqiao/contract/client";
import { Button, buttonClasses, Card, Notice, Page, Problem, useAction } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { ShieldAlert, Snowflake } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../api.ts";
import { useLinkToken } from "../../app/link-token.ts";
import { PublicFrame } from "../welcome/public-frame.tsx";
import { useT } from "../welcome/text.ts";

/**
 * Where "this was not me" of a notice leads. Opening the link alone does nothing, because mail programs open links to
 * look at them; one press freezes.
 */
export function NotMePage() {
  const t = useT();
  const token = useLinkToken();
  const [frozen, setFrozen] = useState(false);
  const freeze = useAction(async () => {
    await unwrap(api.POST("/v1/not-me", { body: { token: token ?? "" } }));
    // The session of this browser, if there was one, has ended with all others.
    queryClient.clear();
    setFrozen(true);
  });
  return (
    <PublicFrame>
      <Page title={t(frozen ? "not_me.done" : "not_me.title")} narrow>
        <Card aria-label={t("not_me.title")} className="grid gap-4">
          {frozen ? (
            <>
              <Notice tone="positive" icon={Snowflake} role="status">
                <p data-testid="not-me-done">{t("not_me.done.text")}</p>
              </Notice>
              <h2 className="text-lg font-bold">{t("not_me.next")}</h2>
              <ol className="grid list-decimal gap-2 pl-5">
                <li>{t("not_me.next.recover")}</li>
                <li>{t("not_me.next.mail")}</li>
                <li>{t("not_me.next.call")}</li>
              </ol>
              <Link to="/recover" className={buttonClasses("primary")}>
                {t("recovery.title")}
              </Link>
            </>
          ) : token === null ? (
            <Notice tone="warning">{t("cancel.no_token")}</Notice>
          ) : (
            <>
              <p className="flex gap-3">
                <ShieldAlert aria-hidden className="mt-0.5 size-5 shrink-0 text-danger" />
                {t("not_me.text")}
              </p>
              <Problem error={freeze.error} onRetry={freeze.run} />
              <Button variant="danger" data-testid="not-me" pending={freeze.pending} onClick={freeze.run}>
                {t("not_me.action")}
              </Button>
              <Link to="/welcome" className={buttonClasses("secondary")}>
                {t("not_me.was_me")}
              </Link>
            </>
          )}
        </Card>
      </Page>
    </PublicFrame>
  );
}
