import { unwrap } from "@jinqiao/contract/client";
import { Button, Card, Field, Notice, Page, Problem, Skeleton, useFieldErrors } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { CodeField, digitsOf } from "../../app/code-field.tsx";
import { DemoOutbox } from "../welcome/demo-outbox.tsx";
import { Resend } from "../welcome/factor-form.tsx";
import { refreshSecurity, securityQuery } from "./queries.ts";
import { useGuardedAction } from "./reauthenticate.tsx";
import { useT } from "./text.ts";

/** A phone number for codes and notices, proved by a code. */
export function PhonePage() {
  const t = useT();
  const security = useQuery(securityQuery);
  const [sent, setSent] = useState<{ phone: string; at: number } | null>(null);
  const [done, setDone] = useState(false);
  const send = useGuardedAction(async (phone: string) => {
    setDone(false);
    await unwrap(api.POST("/v1/me/phone", { body: { phone } }));
    setSent({ phone, at: Date.now() });
  });
  const confirm = useGuardedAction(async (code: string) => {
    await unwrap(api.POST("/v1/me/phone/confirm", { body: { phone: sent?.phone ?? "", code } }));
    setSent(null);
    setDone(true);
    await refreshSecurity();
  });
  const sendErrorOf = useFieldErrors(send.error);
  const confirmErrorOf = useFieldErrors(confirm.error);
  return (
    <Page title={t("phone.title")} leading={<BackLink to="/security" />} narrow>
      <p className="mb-4 text-ink-muted">{t("phone.lead")}</p>
      <Problem error={security.error} onRetry={() => security.refetch()} />
      {security.isPending && <Skeleton className="h-40" />}
      {security.data && (
        <Card aria-label={t("phone.title")} className="grid gap-4">
          {security.data.phone !== null && (
            <p className="font-semibold" data-testid="phone-now">
              {t("phone.now", { masked: security.data.phone })}
            </p>
          )}
          <div role="status" className="empty:hidden">
            {done && (
              <Notice tone="positive" icon={CircleCheck}>
                {t("phone.done")}
              </Notice>
            )}
          </div>
          {sent === null ? (
            <form
              noValidate
              className="grid gap-4"
              onSubmit={(event) => {
                event.preventDefault();
                void send.run(phoneOf(new FormData(event.currentTarget).get("phone")));
              }}
            >
              <Field
                name="phone"
                type="tel"
                inputMode="tel"
                autoComplete="tel"
                label={t("phone.number")}
                hint={t("phone.hint")}
                error={sendErrorOf("phone")}
              />
              <Problem error={send.error} />
              <Button type="submit" data-testid="send-code" pending={send.pending}>
                {t("phone.send")}
              </Button>
            </form>
          ) : (
            <form
              noValidate
              className="grid gap-4"
              onSubmit={(event) => {
                event.preventDefault();
                void confirm.run(digitsOf(new FormData(event.currentTarget).get("code")));
              }}
            >
              <CodeField
                autoFocus
                label={t("phone.code")}
                hint={t("factor.code.sent", { masked: sent.phone })}
                error={confirmErrorOf("code")}
              />
              <DemoOutbox />
              <Resend sentAt={sent.at} pending={send.pending} onPress={() => send.run(sent.phone)} />
              <Problem error={send.error} />
              <Problem error={confirm.error} />
              <Button type="submit" data-testid="confirm-phone" pending={confirm.pending}>
                {t("phone.confirm")}
              </Button>
              <Button variant="ghost" onClick={() => setSent(null)}>
                {t("phone.other")}
              </Button>
            </form>
          )}
        </Card>
      )}
      {send.dialog}
      {confirm.dialog}
    </Page>
  );
}

/** A number as E.164 writes it, from what people type: spaces, hyphens, brackets, full-width digits, 00 for the plus. */
function phoneOf(typed: unknown): string {
  return String(typed ?? "")
    .normalize("NFKC")
    .replace(/[\s().-]/g, "")
    .replace(/^00/, "+");
}
