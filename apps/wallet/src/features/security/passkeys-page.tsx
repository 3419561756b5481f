import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  Dialog,
  EmptyState,
  Field,
  Notice,
  Page,
  Problem,
  SkeletonList,
  useAction,
  useFieldErrors,
  useFormatDate,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, KeyRound } from "lucide-react";
import { useState } from "react";
import { api } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { createPasskey, passkeysOffered } from "../../app/passkey.ts";
import { PasskeyProblem } from "../welcome/passkey-problem.tsx";
import { type Passkey, refreshSecurity, securityQuery } from "./queries.ts";
import { useGuardedAction } from "./reauthenticate.tsx";
import { useT } from "./text.ts";

/** The person's passkeys: several, each with a name of its own. */
export function PasskeysPage() {
  const t = useT();
  const security = useQuery(securityQuery);
  const passkeys = security.data?.passkeys ?? [];
  return (
    <Page title={t("passkeys.title")} leading={<BackLink to="/security" />} narrow>
      <p className="mb-4 text-ink-muted">{t("passkeys.lead")}</p>
      <Problem error={security.error} onRetry={() => security.refetch()} />
      {security.isPending && <SkeletonList rows={2} />}
      {security.data && (
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          {passkeys.length === 0 ? (
            <Card>
              <EmptyState icon={KeyRound} title={t("passkeys.none")}>
                {t("passkeys.none.text")}
              </EmptyState>
            </Card>
          ) : (
            <ul className="grid grid-cols-[minmax(0,1fr)] gap-4">
              {passkeys.map((passkey) => (
                <OnePasskey key={passkey.id} passkey={passkey} last={passkeys.length === 1} />
              ))}
            </ul>
          )}
          <AddPasskey />
        </div>
      )}
    </Page>
  );
}

function AddPasskey() {
  const t = useT();
  const [added, setAdded] = useState(false);
  const phone = globalThis.navigator?.maxTouchPoints > 0;
  const add = useGuardedAction(async (name: string) => {
    setAdded(false);
    const credential = await createPasskey(await unwrap(api.POST("/v1/me/passkeys/options")));
    await unwrap(api.POST("/v1/me/passkeys", { body: { name, credential } }));
    setAdded(true);
    await refreshSecurity();
  });
  const errorOf = useFieldErrors(add.error);
  if (!passkeysOffered()) return <Notice tone="warning">{t("passkeys.unsupported")}</Notice>;
  return (
    <Card aria-label={t("passkeys.add")}>
      <form
        noValidate
        className="grid gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void add.run(String(new FormData(event.currentTarget).get("name")).trim());
        }}
      >
        <Field
          name="name"
          label={t("passkeys.name")}
          hint={t("passkeys.name.hint")}
          defaultValue={t("passkeys.name.default", {
            device: t(phone ? "passkeys.device.phone" : "passkeys.device.computer"),
          })}
          maxLength={60}
          autoComplete="off"
          error={errorOf("name")}
        />
        <PasskeyProblem error={add.error} />
        <div role="status">
          {added && (
            <Notice tone="positive" icon={CircleCheck}>
              <p data-testid="passkey-added">{t("passkeys.saved")}</p>
            </Notice>
          )}
        </div>
        <Button type="submit" data-testid="add-passkey" pending={add.pending}>
          {!add.pending && <KeyRound aria-hidden className="size-5" />}
          {t("passkeys.add")}
        </Button>
      </form>
      {add.dialog}
    </Card>
  );
}

function OnePasskey({ passkey, last }: { passkey: Passkey; last: boolean }) {
  const t = useT();
  const formatDate = useFormatDate();
  const [asking, setAsking] = useState<"rename" | "remove" | null>(null);
  const params = { path: { passkeyId: passkey.id } };
  const rename = useAction(async (name: string) => {
    await unwrap(api.PATCH("/v1/me/passkeys/{passkeyId}", { params, body: { name } }));
    setAsking(null);
    await refreshSecurity();
  });
  const remove = useGuardedAction(async () => {
    await unwrap(api.DELETE("/v1/me/passkeys/{passkeyId}", { params }));
    setAsking(null);
    await refreshSecurity();
  });
  const errorOf = useFieldErrors(rename.error);
  return (
    <li>
      <Card data-testid="passkey">
        <h2 className="flex items-center gap-3 text-lg font-bold">
          <KeyRound aria-hidden className="size-5 shrink-0 text-jade" />
          <span data-foreign data-testid="passkey-name" className="min-w-0">
            {passkey.name}
          </span>
        </h2>
        <p className="mt-1 text-sm text-ink-muted">
          {t("passkeys.added", { date: formatDate(passkey.createdAt, "date") })}
          {" · "}
          {passkey.lastUsedAt === null
            ? t("passkeys.never_used")
            : t("passkeys.used", { date: formatDate(passkey.lastUsedAt, "date-time") })}
        </p>
        <p className="text-sm text-ink-muted">
          {t(passkey.backedUp ? "passkeys.synced" : "passkeys.this_only")}
        </p>
        <div className="mt-3 flex flex-wrap gap-3">
          <Button variant="secondary" size="small" onClick={() => setAsking("rename")}>
            {t("passkeys.rename")}
            <span className="sr-only" data-foreign>
              {passkey.name}
            </span>
          </Button>
          <Button
            variant="secondary"
            size="small"
            data-testid="remove-passkey"
            onClick={() => setAsking("remove")}
          >
            {t("passkeys.remove")}
            <span className="sr-only" data-foreign>
              {passkey.name}
            </span>
          </Button>
        </div>
        <Dialog
          open={asking === "rename"}
          onClose={() => setAsking(null)}
          title={t("passkeys.rename")}
          description={t("passkeys.name.hint")}
        >
          <form
            noValidate
            className="grid gap-3"
            onSubmit={(event) => {
              event.preventDefault();
              void rename.run(String(new FormData(event.currentTarget).get("name")).trim());
            }}
          >
            <Field
              name="name"
              label={t("passkeys.name")}
              defaultValue={passkey.name}
              maxLength={60}
              autoComplete="off"
              error={errorOf("name")}
            />
            <Problem error={rename.error} />
            <Button type="submit" pending={rename.pending}>
              {t("passkeys.save")}
            </Button>
          </form>
        </Dialog>
        <Dialog
          open={asking === "remove"}
          onClose={() => setAsking(null)}
          title={t("passkeys.remove.title", { name: passkey.name })}
          description={t("passkeys.remove.text")}
        >
          <div className="grid gap-3">
            {last && <Notice tone="warning">{t("passkeys.remove.last")}</Notice>}
            <Problem error={remove.error} />
            <Button variant="danger" data-testid="confirm" pending={remove.pending} onClick={remove.run}>
              {t("passkeys.remove")}
            </Button>
            <Button variant="secondary" onClick={() => setAsking(null)}>
              {t("passkeys.keep")}
            </Button>
          </div>
        </Dialog>
        {remove.dialog}
      </Card>
    </li>
  );
}
