import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  EmptyState,
  Field,
  Notice,
  Problem,
  SkeletonList,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { KeyRound } from "lucide-react";
import { useState } from "react";
import { api, meQuery } from "../../api.ts";
import { createPasskey, PasskeyCancelled } from "../../app/passkey.ts";
import { useStaff } from "../../app/session.ts";
import { PageHeader, Section } from "../../components/page.tsx";
import { useDeskT, useFormat } from "../../i18n.ts";

/** One's own passkeys; the only page that is open before the first one is registered. */
export function PasskeysPage() {
  const t = useDeskT();
  const staff = useStaff();
  return (
    <>
      <PageHeader title={t("passkeys.title")} lead={t("passkeys.lead")} />
      <div className="grid gap-4">
        {staff?.passkeyNeeded && (
          <Notice tone="warning" icon={KeyRound} role="status">
            {t("passkeys.needed")}
          </Notice>
        )}
        <Add />
        <Known />
      </div>
    </>
  );
}

function Add() {
  const t = useDeskT();
  const queryClient = useQueryClient();
  const [name, setName] = useState("");
  const { run, pending, error } = useAction(async () => {
    const options = await unwrap(api.POST("/v1/console/me/passkeys/options"));
    const credential = await createPasskey(options);
    await unwrap(api.POST("/v1/console/me/passkeys", { body: { name, credential } }));
    setName("");
    await Promise.all([
      queryClient.invalidateQueries({ queryKey: ["passkeys"] }),
      queryClient.invalidateQueries({ queryKey: meQuery.queryKey }),
    ]);
  });
  const fieldError = useFieldErrors(error);
  return (
    <Section title={t("passkeys.add")}>
      <form
        noValidate
        className="grid max-w-xl gap-4"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <Field
          name="passkey-name"
          autoComplete="off"
          maxLength={60}
          label={t("passkeys.name")}
          hint={t("passkeys.name_hint")}
          value={name}
          onChange={(event) => setName(event.target.value)}
          error={fieldError("name")}
        />
        {error instanceof PasskeyCancelled ? (
          <Notice tone="warning">{t("passkeys.cancelled")}</Notice>
        ) : (
          <Problem error={error} />
        )}
        <div>
          <Button type="submit" data-testid="add-passkey" pending={pending} disabled={name.trim() === ""}>
            {t("passkeys.add")}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function Known() {
  const t = useDeskT();
  const format = useFormat();
  const queryClient = useQueryClient();
  const query = useQuery({
    queryKey: ["passkeys"],
    queryFn: ({ signal }) => unwrap(api.GET("/v1/console/me/passkeys", { signal })),
  });
  const remove = useAction(async (passkeyId: string) => {
    await unwrap(api.DELETE("/v1/console/me/passkeys/{passkeyId}", { params: { path: { passkeyId } } }));
    await queryClient.invalidateQueries({ queryKey: ["passkeys"] });
  });
  return (
    <Section title={t("passkeys.title")}>
      {query.isPending && <SkeletonList rows={2} />}
      {query.isError && <Problem error={query.error} onRetry={() => query.refetch()} />}
      {query.data?.items.length === 0 && <EmptyState icon={KeyRound} title={t("passkeys.none")} />}
      <Problem error={remove.error} />
      <ul className="grid gap-2">
        {query.data?.items.map((passkey) => (
          <li
            key={passkey.id}
            data-testid="passkey"
            className="flex flex-wrap items-center justify-between gap-3 text-sm"
          >
            <span className="min-w-0">
              <strong translate="no" className="break-words">
                {passkey.name}
              </strong>
              <span className="block text-ink-muted">
                {t("passkeys.since", { time: format.instant(passkey.createdAt) })}
                {passkey.lastUsedAt && (
                  <> · {t("passkeys.used", { time: format.instant(passkey.lastUsedAt) })}</>
                )}
              </span>
            </span>
            <Button
              size="small"
              variant="secondary"
              pending={remove.pending}
              onClick={() => remove.run(passkey.id)}
            >
              {t("passkeys.remove")}
            </Button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
