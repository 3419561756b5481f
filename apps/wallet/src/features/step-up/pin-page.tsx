import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  Card,
  EmptyState,
  Field,
  Notice,
  Page,
  Problem,
  Skeleton,
  useAction,
  useFieldErrors,
  useFormatDate,
} from "@jinqiao/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { CircleCheck, Lock, UsersRound } from "lucide-react";
import { useState } from "react";
import { api, queryClient } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { digitsOf } from "../../app/code-field.tsx";
import { useGuardedAction } from "../security/reauthenticate.tsx";
import { Tokens, WaitingPayments } from "./device-codes.tsx";
import { useT } from "./text.ts";

const pinQuery = queryOptions({ queryKey: ["pin"], queryFn: () => unwrap(api.GET("/v1/me/pin")) });
const trustedQuery = queryOptions({
  queryKey: ["trusted-payees"],
  queryFn: async () => (await unwrap(api.GET("/v1/me/trusted-payees"))).items,
});

/** Ways to confirm a payment besides passkeys: PIN, codes of devices and tokens; and who is trusted. */
export function PinPage() {
  const t = useT();
  return (
    <Page title={t("pin.title")} leading={<BackLink to="/security" />} narrow>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <p className="text-ink-muted">{t("pin.lead")}</p>
        <WaitingPayments />
        <Pin />
        <Tokens />
        <Trusted />
      </div>
    </Page>
  );
}

function Pin() {
  const t = useT();
  const date = useFormatDate();
  const pin = useQuery(pinQuery);
  const [differs, setDiffers] = useState(false);
  const [saved, setSaved] = useState(false);
  const save = useGuardedAction(async (typed: string) => {
    await unwrap(api.POST("/v1/me/pin", { body: { pin: typed } }));
    setSaved(true);
    await refresh();
  });
  const remove = useGuardedAction(async () => {
    await unwrap(api.DELETE("/v1/me/pin"));
    setSaved(false);
    await refresh();
  });
  const errorOf = useFieldErrors(save.error);
  return (
    <Card aria-labelledby="pin">
      <h2 id="pin" className="mb-1 text-lg font-bold">
        {t("pin.heading")}
      </h2>
      <p className="mb-4 text-sm text-ink-muted">{t("pin.text")}</p>
      <Problem error={pin.error} onRetry={() => pin.refetch()} />
      {pin.isPending && <Skeleton className="h-24" />}
      {pin.data && (
        <form
          noValidate
          className="grid gap-4"
          // A saved PIN leaves empty fields.
          key={pin.data.changedAt ?? ""}
          onSubmit={(event) => {
            event.preventDefault();
            const form = new FormData(event.currentTarget);
            const typed = digitsOf(form.get("pin"));
            setSaved(false);
            setDiffers(typed !== digitsOf(form.get("repeat")));
            if (typed === digitsOf(form.get("repeat"))) void save.run(typed);
          }}
        >
          <p data-testid="pin-state" data-set={pin.data.set}>
            {pin.data.changedAt === null
              ? t("pin.not_set")
              : t("pin.set_on", { date: date(pin.data.changedAt, "day") })}
          </p>
          {pin.data.locked && (
            <Notice tone="warning" icon={Lock}>
              {t("pin.locked")}
            </Notice>
          )}
          <Field
            name="pin"
            type="password"
            inputMode="numeric"
            autoComplete="new-password"
            maxLength={6}
            label={t("pin.new")}
            hint={t("pin.new.hint")}
            error={errorOf("pin")}
          />
          <Field
            name="repeat"
            type="password"
            inputMode="numeric"
            autoComplete="new-password"
            maxLength={6}
            label={t("pin.repeat")}
            error={differs ? t("pin.differs") : null}
          />
          {errorOf("pin") === null && <Problem error={save.error} />}
          <Problem error={remove.error} />
          <Button type="submit" data-testid="save-pin" pending={save.pending}>
            {t("pin.save")}
          </Button>
          {pin.data.set && (
            <Button
              variant="ghost"
              data-testid="remove-pin"
              pending={remove.pending}
              onClick={() => remove.run()}
            >
              {t("pin.remove")}
            </Button>
          )}
        </form>
      )}
      <div role="status" className="mt-3">
        {saved && (
          <Notice tone="positive" icon={CircleCheck}>
            {t("pin.saved")}
          </Notice>
        )}
      </div>
      {save.dialog}
      {remove.dialog}
    </Card>
  );
}

function Trusted() {
  const t = useT();
  const trusted = useQuery(trustedQuery);
  const remove = useAction(async (payeeId: string) => {
    await unwrap(api.DELETE("/v1/me/trusted-payees/{payeeId}", { params: { path: { payeeId } } }));
    await trusted.refetch();
  });
  return (
    <Card aria-labelledby="trusted">
      <h2 id="trusted" className="mb-1 text-lg font-bold">
        {t("pin.trusted.heading")}
      </h2>
      <p className="mb-3 text-sm text-ink-muted">{t("pin.trusted.text")}</p>
      <Problem error={trusted.error ?? remove.error} onRetry={() => trusted.refetch()} />
      {trusted.data?.length === 0 && <EmptyState icon={UsersRound} title={t("pin.trusted.none")} />}
      <ul className="grid gap-2">
        {trusted.data?.map(({ payeeId, name }) => (
          <li key={payeeId} className="flex flex-wrap items-center justify-between gap-2">
            <span className="min-w-0 break-words">{name}</span>
            <Button
              variant="secondary"
              size="small"
              pending={remove.pending}
              onClick={() => remove.run(payeeId)}
            >
              {t("pin.trusted.remove")}
            </Button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

async function refresh(): Promise<void> {
  await Promise.all([
    queryClient.invalidateQueries({ queryKey: pinQuery.queryKey }),
    queryClient.invalidateQueries({ queryKey: ["security"] }),
  ]);
}
