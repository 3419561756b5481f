import { unwrap } from "@jinqiao/contract/client";
import {
  Button,
  buttonClasses,
  Card,
  CopyText,
  classNames,
  DateText,
  DetailList,
  MoneyText,
  Notice,
  Page,
  Problem,
  Skeleton,
  SkeletonList,
  StatusBadge,
  statusLook,
  useAction,
  useLocalText,
} from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { ExternalLink, Info } from "lucide-react";
import { useEffect, useState } from "react";
import { api, type Payment, paymentQuery, queryClient } from "../../api.ts";
import { BackLink } from "../../app/back-link.tsx";
import { firstTimeToBank, goToBank } from "../../app/go-to-bank.ts";
import { useT } from "../../text.ts";
import { DisputeEntry } from "../disputes/dispute-entry.tsx";
import { ReceiptSection } from "../receipts/receipt-section.tsx";
import { useWayT } from "../way/text.ts";
import { WhyThisWay } from "../way/why-this-way.tsx";
import { CameBack, OriginalLink } from "./came-back.tsx";
import { paymentIcon } from "./payment-row.tsx";
import {
  hasArrived,
  hasReceipt,
  movedNothing,
  signedAmount,
  useExplanation,
  usePaymentTitle,
} from "./payment-words.ts";
import { ShopRefunds } from "./shop-refunds.tsx";
import { usePaymentT } from "./text.ts";

const route = getRouteApi("/signed-in/activity/$paymentId");

/** One payment: also the result page after making it, and where the bank sends the customer back. */
export function PaymentPage() {
  const t = useT();
  const { paymentId } = route.useParams();
  const payment = useQuery(paymentQuery(paymentId));
  const title = usePaymentTitle();
  const heading = payment.data ? title(payment.data) : t("payment.heading");
  return (
    <Page title={heading} leading={<BackLink to="/activity" />} narrow>
      <Problem error={payment.error} onRetry={() => payment.refetch()} />
      {payment.isPending && (
        <Card>
          <Skeleton className="mx-auto mb-4 h-12 w-48" />
          <SkeletonList rows={4} />
        </Card>
      )}
      {payment.data && <PaymentDetails payment={payment.data} />}
    </Page>
  );
}

function PaymentDetails({ payment }: { payment: Payment }) {
  const t = usePaymentT();
  const local = useLocalText();
  const explain = useExplanation();
  const { result } = route.useSearch();
  const Icon = paymentIcon(payment);
  const stopped = movedNothing(payment);
  const { counterparty } = payment;
  const from = payment.direction === "in" ? counterpartyText(payment, local) : t("payment.wallet");
  const to = payment.direction === "in" ? t("payment.wallet") : counterpartyText(payment, local);

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <Card aria-label={t("payment.heading")}>
        <div className="flex flex-col items-center gap-3 pb-4 text-center">
          <span className="inline-flex size-14 items-center justify-center rounded-full bg-jade-soft text-jade">
            <Icon aria-hidden className="size-7" />
          </span>
          <MoneyText
            display
            data-testid="payment-amount"
            money={stopped ? payment.amount : signedAmount(payment)}
            signed={stopped ? false : hasArrived(payment) || "pending"}
            className={classNames(stopped && "text-ink-muted line-through")}
          />
          {/* A change of status is read out where the person already is. */}
          <div role="status" className="flex flex-col items-center gap-3">
            <StatusBadge status={payment.status} credited={payment.credited} />
            <p data-testid="payment-explanation" className="max-w-md text-base">
              {explain(payment)}
            </p>
          </div>
        </div>
        {payment.reason && (
          <Notice tone={stopped ? "danger" : "warning"} icon={Info} className="mb-4">
            {local(payment.reason.text)}
          </Notice>
        )}
        <NextSteps payment={payment} />
      </Card>

      <Card aria-label={t("payment.details")}>
        <h2 className="text-lg font-bold">{t("payment.details")}</h2>
        <DetailList
          rows={[
            { label: t("account.currency"), value: payment.amount.currency },
            { label: t("payment.from"), value: from },
            { label: t("payment.to"), value: to },
            ...(payment.kind === "return" || payment.kind === "refund"
              ? []
              : [{ label: t("move.fee"), value: t("move.fee.free") }]),
            ...(payment.payeeCheck
              ? [
                  {
                    label: t("payment.payee_check"),
                    value: t(`payment.payee_check.${payment.payeeCheck.result}`),
                  },
                ]
              : []),
            ...(payment.note ? [{ label: t("payment.note"), value: payment.note }] : []),
            ...(payment.originalPaymentId
              ? [
                  {
                    label: t("payment.original"),
                    value: <OriginalLink paymentId={payment.originalPaymentId} />,
                  },
                ]
              : []),
            { label: t("payment.made"), value: <DateText value={payment.createdAt} /> },
            { label: t("payment.reference"), value: <CopyText text={payment.reference} /> },
          ]}
        />
        {counterparty.kind === "bank_account" && payment.kind !== "return" && (
          <p className="text-sm text-ink-muted">{t("payment.reference.hint")}</p>
        )}
      </Card>

      {payment.returned && <CameBack payment={payment} returned={payment.returned} />}
      {payment.refunded && <ShopRefunds payment={payment} refunded={payment.refunded} />}

      <Card aria-label={t("payment.timeline")}>
        <h2 className="mb-3 text-lg font-bold">{t("payment.timeline")}</h2>
        <Timeline payment={payment} />
      </Card>

      {payment.kind === "purchase" && <DisputeEntry payment={payment} />}

      {payment.route && <WhyThisWay route={payment.route} />}

      {hasReceipt(payment) && <ReceiptSection payment={payment} />}

      {result && (
        <div className="flex flex-wrap justify-center gap-3">
          <Link to="/" className={buttonClasses("primary")} data-testid="result-home">
            {t("payment.done.home")}
          </Link>
          <Link to="/activity" className={buttonClasses("secondary")}>
            {t("nav.activity")}
          </Link>
        </div>
      )}
    </div>
  );
}

/**
 * Takes someone who has just made a payment on to the bank that asks for their approval. The bank's page is known only
 * after the answer to their order, so it may come by a live event.
 */
function useWayToBank(payment: Payment): boolean {
  const { result } = route.useSearch();
  const address = result && payment.status === "action_required" ? payment.actionUrl : null;
  const [leaving, setLeaving] = useState(false);
  useEffect(() => {
    if (!address || !firstTimeToBank(payment.id)) return;
    setLeaving(true);
    void goToBank(address).finally(() => setLeaving(false));
  }, [address, payment.id]);
  return leaving;
}

/** What the person can do now: approve at the bank, or cancel while the bank has not been told yes. */
function NextSteps({ payment }: { payment: Payment }) {
  const t = useT();
  const local = useLocalText();
  const leaving = useWayToBank(payment);
  const cancel = useAction(async () => {
    const changed = await unwrap(
      api.POST("/v1/payments/{paymentId}/cancellation", { params: { path: { paymentId: payment.id } } }),
    );
    queryClient.setQueryData(paymentQuery(payment.id).queryKey, changed);
    await queryClient.invalidateQueries({ queryKey: ["payments"] });
  });
  // What waits for its bank has not been sent, so it can still be called off.
  const waitsForBank = payment.status === "authorised" && payment.reason?.code.startsWith("bank.") === true;
  if (payment.status !== "action_required" && !waitsForBank) return <Problem error={cancel.error} />;
  return (
    <div className="grid gap-3">
      <Problem error={cancel.error} onRetry={cancel.run} />
      {payment.actionUrl && (
        <Button
          pending={leaving}
          data-testid="go-to-bank"
          onClick={() => payment.actionUrl && goToBank(payment.actionUrl)}
        >
          <ExternalLink aria-hidden className="size-5" />
          {leaving && payment.counterparty.bankName
            ? t("payment.leaving", { bank: local(payment.counterparty.bankName) })
            : t("payment.approve")}
        </Button>
      )}
      {payment.status === "action_required" && !payment.actionUrl && (
        <p data-testid="approve-in-app">{t("payment.approve_in_app")}</p>
      )}
      <Button data-testid="cancel-payment" variant="ghost" onClick={cancel.run}>
        {t("payment.cancel")}
      </Button>
    </div>
  );
}

function Timeline({ payment }: { payment: Payment }) {
  const t = useWayT();
  // Our own steps in between may keep the status: the customer sees each status once, and that another way was taken.
  const steps = payment.timeline.filter(
    (step, index, all) => step.event !== undefined || step.status !== all[index - 1]?.status,
  );
  const last = steps.length - 1;
  return (
    <ol className="grid grid-cols-[minmax(0,1fr)]" data-testid="payment-timeline">
      {steps.map((step, index) => {
        const look = statusLook(step.status, index === last && payment.credited);
        const Icon = look.icon;
        return (
          <li key={`${step.status}-${step.at}`} className="relative flex gap-3 pb-5 last:pb-0">
            {index < last && <span aria-hidden className="absolute top-7 bottom-0 left-3.5 w-px bg-line" />}
            <span
              className={classNames(
                "inline-flex size-7 shrink-0 items-center justify-center rounded-full",
                index === last ? "bg-jade-solid text-on-jade" : "bg-jade-soft text-jade",
              )}
            >
              <Icon aria-hidden className="size-4" />
            </span>
            <span className="min-w-0">
              <span className={classNames("block", index === last && "font-semibold")}>
                {step.event === "rerouted" ? t("way.rerouted") : t(look.label)}
              </span>
              <span className="block text-sm text-ink-muted">
                <DateText value={step.at} />
              </span>
            </span>
          </li>
        );
      })}
    </ol>
  );
}

function counterpartyText(payment: Payment, local: (text: { en: string; zh: string }) => string): string {
  const { name, detail, bankName } = payment.counterparty;
  return [bankName ? local(bankName) : null, name, detail?.replaceAll(" ", "\u00a0")]
    .filter(Boolean)
    .join(" · ");
}
