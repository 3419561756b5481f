import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  CopyText,
  DateText,
  Field,
  Problem,
  SkeletonList,
  useAction,
  useFieldErrors,
} from "@jinqiao/ui";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { api, scopedKey } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useConfirmed } from "../app/confirm-again.tsx";
import { useMay } from "../app/session.ts";
import { checkoutSettingsQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { DeveloperHeader } from "./developer-tabs.tsx";
import { SecretDialog } from "./secret-dialog.tsx";

/** Where hosted checkouts may send payers back to, and what their results are signed with. */
export function CheckoutPage() {
  const t = useT();
  const query = useQuery(checkoutSettingsQuery());
  return (
    <>
      <DeveloperHeader current="checkout" />
      {query.isPending ? (
        <SkeletonList rows={3} />
      ) : query.isError ? (
        <Problem error={query.error} onRetry={() => query.refetch()} />
      ) : (
        <div className="grid gap-4">
          <Section title={t("checkout.origins")} lead={t("checkout.origins.lead")}>
            {query.data.returnOrigins.length === 0 ? (
              <p className="text-sm text-ink-muted">{t("checkout.origins.none")}</p>
            ) : (
              <ul className="divide-y divide-line">
                {query.data.returnOrigins.map((one) => (
                  <Origin key={one.origin} origin={one.origin} />
                ))}
              </ul>
            )}
            <AddOrigin />
          </Section>
          <Section title={t("checkout.signing")} lead={t("checkout.signing.lead")}>
            <Facts>
              <Fact name={t("checkout.signing.made")}>
                {query.data.signingSecret ? (
                  <DateText value={query.data.signingSecret.createdAt} />
                ) : (
                  t("checkout.signing.none")
                )}
              </Fact>
              {query.data.signingSecret?.previousUntil && (
                <Fact name={t("webhooks.both_until")}>
                  <DateText value={query.data.signingSecret.previousUntil} />
                </Fact>
              )}
              <Fact name={t("checkout.payment_method")}>
                <CopyText text={query.data.paymentMethod} />
              </Fact>
            </Facts>
            <NewSecret />
          </Section>
        </div>
      )}
    </>
  );
}

function Origin({ origin }: { origin: string }) {
  const t = useT();
  const may = useMay("account.write");
  const queryClient = useQueryClient();
  const { run, pending, error } = useAttempt(async (header) => {
    await unwrap(
      api.POST("/v1/checkout_settings/return_origins/remove", { params: { header }, body: { origin } }),
    );
    await queryClient.invalidateQueries({ queryKey: scopedKey("checkout-settings") });
  });
  return (
    <li data-testid="return-origin" className="flex flex-wrap items-center justify-between gap-2 py-2">
      <code className="text-sm break-all">{origin}</code>
      {may && (
        <Button variant="ghost" size="small" pending={pending} onClick={() => run()}>
          {t("webhooks.remove")}
          <span className="sr-only" translate="no">
            {origin}
          </span>
        </Button>
      )}
      <Problem error={error} />
    </li>
  );
}

function AddOrigin() {
  const t = useT();
  const may = useMay("account.write");
  const queryClient = useQueryClient();
  const form = useRef<HTMLFormElement>(null);
  const { run, pending, error } = useAttempt(async (header, origin: string) => {
    await unwrap(api.POST("/v1/checkout_settings/return_origins", { params: { header }, body: { origin } }));
    form.current?.reset();
    await queryClient.invalidateQueries({ queryKey: scopedKey("checkout-settings") });
  });
  const errorOf = useFieldErrors(error);
  if (!may) return null;
  return (
    <form
      ref={form}
      noValidate
      className="mt-4 grid max-w-lg gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        void run(String(new FormData(event.currentTarget).get("origin")).trim());
      }}
    >
      <Field
        name="origin"
        type="url"
        inputMode="url"
        label={t("webhooks.url")}
        hint={t("checkout.origins.hint")}
        placeholder="https://"
        autoComplete="off"
        error={errorOf("origin")}
      />
      <Problem error={error} />
      <div>
        <Button type="submit" size="small" data-testid="add-origin" pending={pending}>
          {t("checkout.origins.add")}
        </Button>
      </div>
    </form>
  );
}

function NewSecret() {
  const t = useT();
  const may = useMay("keys.write");
  const queryClient = useQueryClient();
  const { confirmed, dialog } = useConfirmed();
  const [secret, setSecret] = useState<string | null>(null);
  const { run, pending, error } = useAction(async () => {
    const answer = await confirmed(() => unwrap(api.POST("/v1/checkout_settings/signing_secret")));
    setSecret(answer.secret);
    await queryClient.invalidateQueries({ queryKey: scopedKey("checkout-settings") });
  });
  if (!may) return null;
  return (
    <div className="mt-4 grid gap-3">
      <Problem error={error} />
      <div>
        <Button
          variant="secondary"
          size="small"
          data-testid="new-signing-secret"
          pending={pending}
          onClick={() => run()}
        >
          {t("webhooks.rotate")}
        </Button>
      </div>
      {dialog}
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </div>
  );
}
