import { unwrap } from "@jinqiao/contract/client";
import { dynamicCode, type StepUpStatement, stepUpText } from "@jinqiao/contract/step-up";
import {
  Badge,
  Button,
  Card,
  EmptyState,
  Field,
  MoneyText,
  Notice,
  Problem,
  SkeletonList,
  useFormatDate,
} from "@jinqiao/ui";
import { queryOptions, useQuery } from "@tanstack/react-query";
import { ShieldAlert, Smartphone } from "lucide-react";
import { useState } from "react";
import { api, meQuery, queryClient } from "../../api.ts";
import { CodeField, digitsOf } from "../../app/code-field.tsx";
import { useGuardedAction } from "../security/reauthenticate.tsx";
import { deviceKey, forgetDeviceKey, keepDeviceKey, macOf } from "./device-key.ts";
import { useT } from "./text.ts";
import type { StepUp } from "./use-step-up.tsx";

const tokensQuery = queryOptions({
  queryKey: ["tokens"],
  queryFn: async () => (await unwrap(api.GET("/v1/me/tokens"))).items,
});
const waitingQuery = queryOptions({
  queryKey: ["step-ups"],
  queryFn: async () => (await unwrap(api.GET("/v1/step-ups"))).items,
  // Somebody stands at the other device and waits.
  refetchInterval: 3_000,
});
const keyQuery = (customerId: string) =>
  queryOptions({
    queryKey: ["device-key", customerId],
    queryFn: async () => (await deviceKey(customerId)) ?? null,
  });

/** Payments that wait on another device, each with the code that this one makes for it. */
export function WaitingPayments() {
  const t = useT();
  const me = useQuery(meQuery);
  const customerId = me.data?.id ?? "";
  const tokens = useQuery(tokensQuery);
  const key = useQuery({ ...keyQuery(customerId), enabled: customerId !== "" });
  // A token that was removed elsewhere makes no codes any more.
  const known = key.data && tokens.data?.some(({ id }) => id === key.data?.tokenId) ? key.data : null;
  const waiting = useQuery({ ...waitingQuery, enabled: known !== null });
  const add = useGuardedAction(async (name: string) => {
    const { token, secret } = await unwrap(api.POST("/v1/me/in-app-tokens", { body: { name } }));
    await keepDeviceKey(customerId, token.id, secret);
    await refreshTokens();
  });
  return (
    <Card aria-labelledby="waiting">
      <h2 id="waiting" className="mb-1 text-lg font-bold">
        {t("pin.waiting.heading")}
      </h2>
      <p className="mb-4 text-sm text-ink-muted">{t("pin.waiting.text")}</p>
      {known === null ? (
        <form
          noValidate
          className="grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            const name = String(new FormData(event.currentTarget).get("name")).trim();
            void add.run(name || t("pin.device.name_example"));
          }}
        >
          <Field
            name="name"
            label={t("pin.device.name")}
            placeholder={t("pin.device.name_example")}
            maxLength={60}
          />
          <Problem error={add.error} />
          <Button type="submit" variant="secondary" data-testid="add-device-codes" pending={add.pending}>
            <Smartphone aria-hidden className="size-5" />
            {t("pin.device.add")}
          </Button>
          {add.dialog}
        </form>
      ) : (
        <div className="grid gap-3" aria-live="polite">
          <p className="text-sm">{t("pin.device.ready")}</p>
          <Problem error={waiting.error} onRetry={() => waiting.refetch()} />
          {waiting.isPending && <SkeletonList rows={1} />}
          {waiting.data?.length === 0 && <p className="text-ink-muted">{t("pin.waiting.none")}</p>}
          {waiting.data?.map((one) => (
            <WaitingPayment key={one.id} asked={one} tokenKey={known.key} customerId={customerId} />
          ))}
        </div>
      )}
    </Card>
  );
}

function WaitingPayment({
  asked,
  tokenKey,
  customerId,
}: {
  asked: StepUp;
  tokenKey: CryptoKey;
  customerId: string;
}) {
  const t = useT();
  const code = useQuery({
    queryKey: ["step-ups", asked.id, "code"],
    queryFn: () => codeFor(asked, customerId, tokenKey),
    staleTime: Number.POSITIVE_INFINITY,
  });
  return (
    <article className="grid gap-2 rounded-2xl border border-line p-4" data-testid="waiting-payment">
      <p className="text-lg font-bold">
        <MoneyText money={asked.amount} alwaysShown />
      </p>
      <p>{asked.payee.name}</p>
      {asked.note && <p className="text-sm text-ink-muted">{asked.note}</p>}
      {code.data === null && (
        <Notice tone="danger" icon={ShieldAlert} role="alert">
          {t("pin.waiting.wrong")}
        </Notice>
      )}
      {code.data && (
        <>
          <p className="text-sm text-ink-muted">{t("pin.waiting.code")}</p>
          <p className="tabular text-3xl font-bold tracking-[0.2em]" data-testid="device-code">
            {code.data.slice(0, 4)} {code.data.slice(4)}
          </p>
          <p className="text-sm">{t("pin.waiting.check")}</p>
        </>
      )}
    </article>
  );
}

/** The code for what is shown here; null when the digest that would be confirmed is not of what is shown. */
async function codeFor(asked: StepUp, customerId: string, key: CryptoKey): Promise<string | null> {
  const statement: StepUpStatement = {
    stepUpId: asked.id,
    customerId,
    kind: asked.kind,
    amount: asked.amount.amount,
    currency: asked.amount.currency,
    payee: asked.payee,
    note: asked.note,
    trustPayee: asked.trustPayee,
  };
  const digest = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(stepUpText(statement))),
  );
  const shown = btoa(String.fromCharCode(...digest))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
  return shown === asked.digest ? dynamicCode(await macOf(key, digest)) : null;
}

/** Devices and hardware tokens that make codes; each can be removed, and a hardware token connected. */
export function Tokens() {
  const t = useT();
  const date = useFormatDate();
  const me = useQuery(meQuery);
  const tokens = useQuery(tokensQuery);
  const [adding, setAdding] = useState(false);
  const remove = useGuardedAction(async (tokenId: string) => {
    const customerId = me.data?.id ?? "";
    await unwrap(api.DELETE("/v1/me/tokens/{tokenId}", { params: { path: { tokenId } } }));
    if ((await deviceKey(customerId))?.tokenId === tokenId) await forgetDeviceKey(customerId);
    await refreshTokens();
  });
  const connect = useGuardedAction(async (serial: string, first: string, second: string) => {
    await unwrap(api.POST("/v1/me/hardware-tokens", { body: { serial, codes: [first, second] } }));
    setAdding(false);
    await refreshTokens();
  });
  return (
    <Card aria-labelledby="tokens">
      <h2 id="tokens" className="mb-3 text-lg font-bold">
        {t("pin.tokens.heading")}
      </h2>
      <Problem error={tokens.error} onRetry={() => tokens.refetch()} />
      {tokens.data?.length === 0 && <EmptyState icon={Smartphone} title={t("pin.tokens.none")} />}
      <ul className="grid gap-3">
        {tokens.data?.map((token) => (
          <li key={token.id} className="flex flex-wrap items-center justify-between gap-2">
            <span className="min-w-0">
              <span className="flex flex-wrap items-center gap-2">
                <span className="min-w-0 break-words font-semibold">{token.name}</span>
                <Badge tone="neutral">{t(`pin.tokens.kind.${token.kind}`)}</Badge>
              </span>
              <span className="block text-sm text-ink-muted">
                {token.lastUsedAt === null
                  ? t("pin.tokens.unused")
                  : t("pin.tokens.used", { date: date(token.lastUsedAt, "day") })}
              </span>
            </span>
            <Button
              variant="secondary"
              size="small"
              pending={remove.pending}
              onClick={() => remove.run(token.id)}
            >
              {t("pin.tokens.remove")}
            </Button>
          </li>
        ))}
      </ul>
      <Problem error={remove.error} />
      {adding ? (
        <form
          noValidate
          className="mt-4 grid gap-4"
          onSubmit={(event) => {
            event.preventDefault();
            const form = new FormData(event.currentTarget);
            const serial = String(form.get("serial")).trim();
            void connect.run(serial, digitsOf(form.get("first")), digitsOf(form.get("second")));
          }}
        >
          <Field
            name="serial"
            label={t("pin.tokens.serial")}
            autoCapitalize="characters"
            spellCheck={false}
          />
          <CodeField name="first" label={t("pin.tokens.first")} autoComplete="off" />
          <CodeField name="second" label={t("pin.tokens.second")} autoComplete="off" />
          <Problem error={connect.error} />
          <Button type="submit" data-testid="connect-token" pending={connect.pending}>
            {t("pin.tokens.connect")}
          </Button>
        </form>
      ) : (
        <Button variant="ghost" className="mt-3" data-testid="add-token" onClick={() => setAdding(true)}>
          {t("pin.tokens.add")}
        </Button>
      )}
      {remove.dialog}
      {connect.dialog}
    </Card>
  );
}

async function refreshTokens(): Promise<void> {
  await Promise.all(
    ["tokens", "device-key", "security"].map((key) => queryClient.invalidateQueries({ queryKey: [key] })),
  );
}
