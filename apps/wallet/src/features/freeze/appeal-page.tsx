import { unwrap } from "@jinqiao/contract/client";
import { Card, Notice, Page } from "@jinqiao/ui";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { useLinkToken } from "../../app/link-token.ts";
import { useT } from "../security/text.ts";
import { PublicFrame } from "../welcome/public-frame.tsx";
import { AppealForm } from "./appeal-form.tsx";

/** An appeal by who cannot sign in, with the token of the notice. */
export function AppealPage() {
  const t = useT();
  const token = useLinkToken();
  const [sent, setSent] = useState(false);
  return (
    <PublicFrame>
      <Page title={t("appeal.title")} narrow>
        <Card aria-label={t("appeal.title")}>
          {sent ? (
            <Notice tone="positive" icon={CircleCheck} role="status">
              <p data-testid="appeal-sent">{t("appeal.sent")}</p>
            </Notice>
          ) : token === null ? (
            <Notice tone="warning">{t("appeal.no_token")}</Notice>
          ) : (
            <AppealForm
              send={async (text) => {
                await unwrap(api.POST("/v1/freeze-appeals", { body: { token, text } }));
                setSent(true);
              }}
            />
          )}
        </Card>
      </Page>
    </PublicFrame>
  );
}
