import type { PaymentIntent } from "@jinqiao/contract";
import { unwrap } from "@jinqiao/contract/client";
import {
  AmountField,
  Button,
  CopyText,
  checkAmount,
  Field,
  MoneyText,
  Notice,
  Problem,
  SelectField,
  Skeleton,
  SkeletonList,
  useLocalText,
  useNow,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleCheck, CircleX } from "lucide-react";
import { useState } from "react";
import { Section } from "../../components/page.tsx";
import { api } from "../app/api.ts";
import { useAttempt } from "../app/attempt.ts";
import { useChoice } from "../app/choice.ts";
import { PortalLink } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { PortalHeader } from "../components/portal-page.tsx";
import { paymentCodeQuery, paymentQuery, profileQuery, storesQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { ChargeCode } from "./charge-code.tsx";
import { TestPayer } from "./test-payer.tsx";

/** At a counter people pay at once: a code that lies about longer is a code somebody else finds. */
const counterSeconds = 600;

/** Takes a payment at a counter: an amount, then a code for the payer to scan, or the payer's own code. */
export function TillPage() {
  const t = useT();
  const may = useMay("payments.write");
  const profile = useQuery(profileQuery());
  const [intentId, setIntentId] = useState<string | null>(null);
  if (profile.isError) return <Problem error={profile.error} onRetry={() => profile.refetch()} />;
  if (profile.isPending) return <SkeletonList rows={4} />;
  return (
    <>
      <PortalHeader title={t("portal.nav.till")} lead={t("till.lead")} />
      {!may ? (
        <Notice>{t("portal.only_role")}</Notice>
      ) : intentId === null ? (
        <AskAmount currency={profile.data.profile.currency} onAsked={setIntentId} />
      ) : (
        <Waiting paymentIntentId={intentId} onNext={() => setIntentId(null)} />
      )}
    </>
  );
}

function AskAmount({ currency, onAsked }: { currency: string; onAsked: (id: string) => void }) {
  const t = useT();
  const say = useLocalText();
  const stores = useQuery(storesQuery());
  const [text, setText] = useState("");
  const [tried, setTried] = useState(false);
  const open = (stores.data?.items ?? []).filter((store) => store.status === "active");
  const places = open.flatMap((store) => [
    { value: store.id, name: say(store.name) },
    ...store.tills
      .filter((till) => till.status === "active")
      .map((till) => ({ value: `${store.id} ${till.id}`, name: `${say(store.name)} · ${till.name}` })),
  ]);
  const check = checkAmount(text, currency);
  const { run, pending, error } = useAttempt(
    async (header, body: { amount: string; reference: string; description: string; place: string }) => {
      const [storeId, tillId] = body.place.split(" ");
      const intent = await unwrap(
        api.POST("/v1/payment_intents", {
          params: { header },
          body: {
            amount: { amount: body.amount, currency },
            expiresInSeconds: counterSeconds,
            ...(body.reference && { reference: body.reference }),
            ...(body.description && { description: body.description }),
            ...(storeId && { storeId }),
            ...(tillId && { tillId }),
          },
        }),
      );
      onAsked(intent.id);
    },
  );
  return (
    <form
      noValidate
      className="grid max-w-lg gap-4"
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        const form = new FormData(event.currentTarget);
        if (check.ok)
          void run({
            amount: check.money.amount,
            reference: String(form.get("reference") ?? "").trim(),
            description: String(form.get("description") ?? "").trim(),
            place: String(form.get("place") ?? ""),
          });
      }}
    >
      <AmountField
        value={text}
        onChange={setText}
        currency={currency}
        error={tried && !check.ok ? t(check.id) : null}
      />
      <Field name="reference" label={t("till.reference")} maxLength={64} autoComplete="off" optional />
      <Field
        name="description"
        label={t("payment.description")}
        maxLength={140}
        autoComplete="off"
        optional
      />
      {places.length > 0 && (
        <SelectField name="place" label={t("till.place")}>
          {places.map((place) => (
            <option key={place.value} value={place.value} translate="no">
              {place.name}
            </option>
          ))}
        </SelectField>
      )}
      <Problem error={error} />
      <Button type="submit" data-testid="ask-payment" pending={pending}>
        {t("till.ask")}
      </Button>
    </form>
  );
}

function Waiting({ paymentIntentId, onNext }: { paymentIntentId: string; onNext: () => void }) {
  const t = useT();
  const { mode } = useChoice();
  const payment = useQuery({
    ...paymentQuery(paymentIntentId),
    refetchInterval: ({ state }) =>
      ["succeeded", "canceled"].includes(state.data?.status ?? "") ? false : 1_500,
  });
  if (payment.isPending) return <SkeletonList rows={4} />;
  if (payment.isError) return <Problem error={payment.error} onRetry={() => payment.refetch()} />;
  const intent = payment.data;
  const over = intent.status === "succeeded" || intent.status === "canceled";
  return (
    <div className="grid max-w-3xl gap-4">
      <p className="text-center">
        <MoneyText money={intent.amount} display alwaysShown />
        {intent.reference && (
          <span translate="no" className="block text-sm text-ink-muted">
            {intent.reference}
          </span>
        )}
      </p>
      <div role="status" data-testid="till-status" data-status={intent.status}>
        {intent.status === "succeeded" ? (
          <Notice tone="positive" icon={CircleCheck}>
            <strong className="text-base">{t("till.paid")}</strong>
            {intent.payer && <span translate="no"> {intent.payer.maskedName}</span>}
          </Notice>
        ) : intent.status === "canceled" ? (
          <Notice tone="warning" icon={CircleX}>
            {t("till.over")}
          </Notice>
        ) : (
          <p className="text-center text-sm text-ink-muted">
            {t(intent.status === "processing" ? "till.processing" : "till.waiting")}
          </p>
        )}
      </div>
      {!over && (
        <div className="grid gap-4 md:grid-cols-[repeat(2,minmax(0,1fr))]">
          <Section title={t("till.show_code")} lead={t("till.show_code.lead")}>
            <DynamicCode intent={intent} />
          </Section>
          <Section
            title={t(mode === "live" ? "till.their_code" : "till.test_payer")}
            lead={t(mode === "live" ? "till.their_code.lead" : "till.test_payer.lead")}
          >
            {mode === "live" ? <ChargeCode intent={intent} /> : <TestPayer intent={intent} />}
          </Section>
        </div>
      )}
      <div className="flex flex-wrap justify-center gap-3">
        <Button variant={over ? "primary" : "secondary"} data-testid="next-payment" onClick={onNext}>
          {t("till.next")}
        </Button>
        <PortalLink
          to={`/payments/${intent.id}`}
          className="inline-flex min-h-12 items-center px-4 font-semibold text-jade underline"
        >
          {t("till.open_payment")}
        </PortalLink>
      </div>
    </div>
  );
}

/** The payment as a code on the till's screen, and as a link for who sits elsewhere. */
function DynamicCode({ intent }: { intent: PaymentIntent }) {
  const t = useT();
  const now = useNow(1_000);
  const code = useQuery(paymentCodeQuery(intent.id));
  if (code.isError) return <Problem error={code.error} onRetry={() => code.refetch()} />;
  if (code.isPending) return <Skeleton className="mx-auto aspect-square w-full max-w-64" />;
  const left = Math.max(0, Math.floor((Date.parse(code.data.expiresAt) - now) / 1_000));
  return (
    <div className="grid gap-3 text-center">
      <img
        src={`data:image/svg+xml;utf8,${encodeURIComponent(code.data.svg)}`}
        alt={t("till.code_alt")}
        data-testid="dynamic-code"
        className="mx-auto w-full max-w-64 rounded-xl bg-white p-2"
      />
      <p className="tabular text-sm text-ink-muted">
        {t("till.left", {
          minutes: String(Math.floor(left / 60)),
          seconds: String(left % 60).padStart(2, "0"),
        })}
      </p>
      <div className="min-w-0 text-left">
        <p className="text-xs text-ink-muted">{t("payment.link")}</p>
        <CopyText text={code.data.link} />
      </div>
    </div>
  );
}
