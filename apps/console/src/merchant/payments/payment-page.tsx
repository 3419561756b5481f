import type { PaymentIntent } from "@jinqiao/contract";
import { CopyText, DateText, MoneyText, Notice, Problem, SkeletonList, useLocalText } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { CircleAlert } from "lucide-react";
import { Fact, Facts, Section } from "../../components/page.tsx";
import { PortalLink, usePortalParam } from "../app/navigation.tsx";
import { useMay } from "../app/session.ts";
import { IntentBadge } from "../components/intent-badge.tsx";
import { PortalHeader } from "../components/portal-page.tsx";
import { paymentQuery, refundsQuery, storesQuery } from "../queries.ts";
import { useT } from "../text.ts";
import { CancelPayment, CapturePayment } from "./capture-and-cancel.tsx";
import { FeeArithmetic } from "./fee-arithmetic.tsx";
import { PaymentEvents } from "./payment-events.tsx";
import { RefundForm, RefundList } from "./refunds.tsx";

/** Statuses in which something may happen without this page: it is asked for again meanwhile. */
const moving: readonly PaymentIntent["status"][] = [
  "requires_payment_method",
  "requires_action",
  "processing",
  "requires_capture",
];

/** One payment: what became of it, the arithmetic of its fee, its refunds, and every event with its deliveries. */
export function PaymentPage() {
  const t = useT();
  const id = usePortalParam("paymentIntentId");
  const query = useQuery({
    ...paymentQuery(id),
    refetchInterval: ({ state }) => (state.data && moving.includes(state.data.status) ? 2_000 : 15_000),
  });
  if (query.isPending) return <SkeletonList rows={6} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const payment = query.data;
  return (
    <>
      <PortalHeader
        title={payment.reference ?? t("payment.portal.title")}
        back={{ to: "/payments", place: t("portal.nav.payments") }}
        lead={<CopyText text={payment.id} />}
        actions={<IntentBadge payment={payment} />}
      />
      <div className="grid gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)] lg:items-start">
        <div className="grid min-w-0 gap-4">
          <PaymentFacts payment={payment} />
          <Refunds payment={payment} />
          <PaymentEvents paymentId={payment.id} />
        </div>
        <div className="grid min-w-0 gap-4">
          <Section title={t("fee.title")}>
            <FeeArithmetic payment={payment} />
          </Section>
          <Actions payment={payment} />
        </div>
      </div>
    </>
  );
}

function PaymentFacts({ payment }: { payment: PaymentIntent }) {
  const t = useT();
  const say = useLocalText();
  const stores = useQuery({ ...storesQuery(), enabled: payment.storeId !== null }).data;
  const store = stores?.items.find((one) => one.id === payment.storeId);
  const till = store?.tills.find((one) => one.id === payment.tillId);
  return (
    <Section title={t("payment.portal.title")}>
      <p className="mb-3">
        <MoneyText money={payment.amount} display data-testid="payment-amount" />
        <span className="block text-sm text-ink-muted">{t(`intent.${payment.status}.means`)}</span>
      </p>
      {payment.lastError && (
        <Notice tone="warning" icon={CircleAlert} className="mb-3">
          <strong>{t("payment.last_error")}</strong> {say(payment.lastError.text)}
        </Notice>
      )}
      {payment.dispute && (
        <Notice tone="danger" icon={CircleAlert} className="mb-3">
          {t("payment.disputed")}{" "}
          <PortalLink to={`/disputes/${payment.dispute}`} className="font-semibold underline">
            {t("payment.disputed.open")}
          </PortalLink>
        </Notice>
      )}
      <Facts>
        <Fact name={t("payments.portal.payer_column")}>
          {payment.payer ? (
            <span translate="no">{payment.payer.maskedName}</span>
          ) : (
            t(payment.paymentMethod?.type === "test" ? "method.test" : "payment.nobody_yet")
          )}
        </Fact>
        <Fact name={t("payment.method")}>
          {payment.paymentMethod ? t(`method.${payment.paymentMethod.type}`) : t("payment.not_yet")}
        </Fact>
        <Fact name={t("payment.origin")}>{t(`origin.${payment.origin.kind}`)}</Fact>
        {store && (
          <Fact name={t("payment.store")}>
            <span translate="no">{[say(store.name), till?.name].filter(Boolean).join(" · ")}</span>
          </Fact>
        )}
        {payment.description !== null && (
          <Fact name={t("payment.description")}>
            <span translate="no">{payment.description}</span>
          </Fact>
        )}
        <Fact name={t("payments.portal.created_column")}>
          <DateText value={payment.createdAt} />
        </Fact>
        {payment.expiresAt && payment.status === "requires_payment_method" && (
          <Fact name={t("payment.expires")}>
            <DateText value={payment.expiresAt} />
          </Fact>
        )}
        {payment.captureBefore && payment.status === "requires_capture" && (
          <Fact name={t("payment.capture_before")}>
            <DateText value={payment.captureBefore} />
          </Fact>
        )}
        {payment.cancellationReason && (
          <Fact name={t("payment.cancellation_reason")}>
            {t(`cancellation.${payment.cancellationReason}`)}
          </Fact>
        )}
        {Object.entries(payment.metadata).map(([key, value]) => (
          <Fact key={key} name={key}>
            <span translate="no">{value}</span>
          </Fact>
        ))}
      </Facts>
      {payment.status === "requires_payment_method" && (
        <div className="mt-3">
          <p className="text-xs text-ink-muted">{t("payment.link")}</p>
          <CopyText text={payment.link} />
        </div>
      )}
    </Section>
  );
}

function Refunds({ payment }: { payment: PaymentIntent }) {
  const t = useT();
  const refunds = useQuery(refundsQuery(payment.id));
  if (!["succeeded", "requires_capture"].includes(payment.status)) return null;
  return (
    <Section title={t("refunds.title")}>
      {refunds.isPending ? (
        <SkeletonList rows={1} />
      ) : refunds.isError ? (
        <Problem error={refunds.error} onRetry={() => refunds.refetch()} />
      ) : (
        <RefundList refunds={refunds.data.items} />
      )}
    </Section>
  );
}

function Actions({ payment }: { payment: PaymentIntent }) {
  const t = useT();
  const mayWrite = useMay("payments.write");
  const mayRefund = useMay("refunds.write");
  const refundable =
    payment.status === "succeeded" && payment.amountRefunded.amount !== payment.amountReceived.amount;
  return (
    <>
      {refundable && mayRefund && (
        <Section title={t("refunds.give")}>
          <RefundForm key={payment.amountRefunded.amount} payment={payment} />
        </Section>
      )}
      {payment.status === "requires_capture" && mayWrite && (
        <Section title={t("capture.title")}>
          <CapturePayment payment={payment} />
        </Section>
      )}
      {["requires_payment_method", "requires_action", "requires_capture"].includes(payment.status) &&
        mayWrite && (
          <Section title={t("cancel.title")}>
            <CancelPayment payment={payment} />
          </Section>
        )}
    </>
  );
}
