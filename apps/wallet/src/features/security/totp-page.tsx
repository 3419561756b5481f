import { unwrap } from "@jinqiao/contract/client";
import { Button, Card, CopyText, Dialog, Notice, Page, Problem, Skeleton, useFieldErrors } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck } from "lucide-react";
import { useMemo, useState } from "react";
import { encode } from "uqr";
import { api } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { CodeField, digitsOf } from "../../app/code-field.tsx";
import { refreshSecurity, securityQuery } from "./queries.ts";
import { useGuardedAction } from "./reauthenticate.tsx";
import { useT } from "./text.ts";

/** An authenticator app (RFC 6238): scan or type the secret, then prove with a first code that it works. */
export function TotpPage() {
  const t = useT();
  const security = useQuery(securityQuery);
  return (
    <Page title={t("totp.title")} leading={<BackLink to="/security" />} narrow>
      <p className="mb-4 text-ink-muted">{t("totp.lead")}</p>
      <Problem error={security.error} onRetry={() => security.refetch()} />
      {security.isPending && <Skeleton className="h-40" />}
      {security.data && (
        <Card aria-label={t("totp.title")}>
          {security.data.totpAddedAt === null ? <SetUp /> : <SwitchOff />}
        </Card>
      )}
    </Page>
  );
}

function SetUp() {
  const t = useT();
  const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
  const begin = useGuardedAction(async () => setBegun(await unwrap(api.POST("/v1/me/totp"))));
  const confirm = useGuardedAction(async (code: string) => {
    await unwrap(api.POST("/v1/me/totp/confirm", { body: { code } }));
    await refreshSecurity();
  });
  const errorOf = useFieldErrors(confirm.error);
  if (begun === null)
    return (
      <div className="grid gap-3">
        <Problem error={begin.error} onRetry={begin.run} />
        <Button data-testid="begin-totp" pending={begin.pending} onClick={() => begin.run()}>
          {t("totp.begin")}
        </Button>
        {begin.dialog}
      </div>
    );
  return (
    <form
      noValidate
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        void confirm.run(digitsOf(new FormData(event.currentTarget).get("code")));
      }}
    >
      <p>{t("totp.scan")}</p>
      <PictureCode text={begun.uri} label={t("totp.picture")} />
      <div>
        <p className="text-sm text-ink-muted">{t("totp.or_type")}</p>
        <span translate="no" data-testid="totp-secret" data-secret={begun.secret}>
          <CopyText text={inFours(begun.secret)} />
        </span>
      </div>
      <CodeField label={t("totp.code")} error={errorOf("code")} />
      <Problem error={confirm.error} />
      <Button type="submit" data-testid="confirm-totp" pending={confirm.pending}>
        {t("totp.confirm")}
      </Button>
      {confirm.dialog}
    </form>
  );
}

function SwitchOff() {
  const t = useT();
  const [asking, setAsking] = useState(false);
  const remove = useGuardedAction(async () => {
    await unwrap(api.DELETE("/v1/me/totp"));
    setAsking(false);
    await refreshSecurity();
  });
  return (
    <div className="grid gap-4">
      <Notice tone="positive" icon={CircleCheck}>
        <p data-testid="totp-on">{t("totp.is_on")}</p>
      </Notice>
      <Button variant="secondary" data-testid="remove-totp" onClick={() => setAsking(true)}>
        {t("totp.remove")}
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title={t("totp.remove.title")}
        description={t("totp.remove.text")}
      >
        <div className="grid gap-3">
          <Problem error={remove.error} />
          <Button
            variant="danger"
            data-testid="confirm"
            pending={remove.pending}
            onClick={() => remove.run()}
          >
            {t("totp.remove")}
          </Button>
          <Button variant="secondary" onClick={() => setAsking(false)}>
            {t("totp.keep")}
          </Button>
        </div>
      </Dialog>
      {remove.dialog}
    </div>
  );
}

/** A QR code, dark on light in both themes: many readers cannot read the other way round. */
function PictureCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const { size, data } = encode(text, { ecc: "M", border: 2 });
    const cells = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
    return { size, path: cells.join("") };
  }, [text]);
  return (
    <svg
      role="img"
      aria-label={label}
      viewBox={`0 0 ${size} ${size}`}
      shapeRendering="crispEdges"
      className="mx-auto w-full max-w-60 rounded-2xl"
    >
      <rect width={size} height={size} fill="#ffffff" />
      <path d={path} fill="#000000" />
    </svg>
  );
}

/** A secret as people read it: in groups of four. */
const inFours = (secret: string): string => secret.replace(/.{4}(?=.)/g, "$& ");
