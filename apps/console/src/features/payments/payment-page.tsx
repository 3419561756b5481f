import type { ConsolePayment } from "@jinqiao/contract";
import { CopyText, DateText, MoneyText, Problem, SkeletonList, StatusBadge } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { paymentQuery } from "../../api.ts";
import { InstantText } from "../../components/instant-text.tsx";
import { Fact, Facts, PageHeader, Section } from "../../components/page.tsx";
import { ShowName } from "../../components/show-name.tsx";
import { StatementLines } from "../../components/statement-lines.tsx";
import { useLocalText, usePaymentT } from "../../i18n.ts";
import { BankMessages } from "./bank-messages.tsx";
import { CameBack } from "./came-back.tsx";
import { LaneDiagram } from "./lane-diagram.tsx";
import { statusSteps } from "./lanes.ts";
import { LedgerTransfers } from "./ledger-transfers.tsx";
import { RecallSection } from "./recall-section.tsx";
import { RouteFacts } from "./route-facts.tsx";

const route = getRouteApi("/staff/payments/$paymentId");

/** One payment with everything that belongs to it: what the customer saw, what our books say, what the bank said. */
export function PaymentPage() {
  const t = usePaymentT();
  const { paymentId } = route.useParams();
  const query = useQuery(paymentQuery(paymentId));
  if (query.isPending) return <SkeletonList rows={10} />;
  if (query.isError) return <Problem error={query.error} onRetry={() => query.refetch()} />;
  const joined = query.data;
  return (
    <>
      <Heading joined={joined} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 lg:grid-cols-[minmax(0,1fr)_22rem]">
        <div className="grid min-w-0 content-start gap-4">
          <Section title={t("payment.lanes")} lead={t("payment.lanes_lead")}>
            <LaneDiagram joined={joined} />
          </Section>
          <Section title={t("payment.ledger")} lead={t("payment.ledger_lead")}>
            <LedgerTransfers transfers={joined.transfers} />
          </Section>
          <Section title={t("payment.messages")} lead={t("payment.messages_lead")}>
            <BankMessages messages={joined.bankMessages} />
          </Section>
          <Section title={t("payment.lines")}>
            {joined.statementLines.length === 0 ? (
              <p className="text-sm text-ink-muted">{t("payment.no_lines")}</p>
            ) : (
              <StatementLines lines={joined.statementLines} withStatement />
            )}
          </Section>
        </div>
        <div className="grid min-w-0 content-start gap-4">
          <Section title={t("payment.facts")}>
            <PaymentFacts joined={joined} />
          </Section>
          {joined.route !== null && <RouteFacts route={joined.route} />}
          <CameBack payment={joined.payment} />
          <RecallSection joined={joined} />
          <Section title={t("payment.timeline")}>
            <Timeline joined={joined} />
          </Section>
          <Section title={t("payment.holds")}>
            <Holds joined={joined} />
          </Section>
          <Section title={t("payment.breaks")}>
            <BreakLinks breakIds={joined.breakIds} />
          </Section>
        </div>
      </div>
    </>
  );
}

function Heading({ joined }: { joined: ConsolePayment }) {
  const t = usePaymentT();
  const localText = useLocalText();
  const { payment } = joined;
  return (
    <>
      <PageHeader
        above={
          <Link to="/payments" className="text-sm text-jade">
            {t("payments.title")}
          </Link>
        }
        title={t("payment.title", { kind: t(`kind.${payment.kind}`), name: joined.customerName })}
      />
      <div className="mb-4 rounded-2xl border border-line bg-surface p-4">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-2">
          <span className="text-3xl font-bold tracking-tight">
            <MoneyText money={payment.amount} />{" "}
            <span className="text-base font-medium text-ink-muted">{payment.amount.currency}</span>
          </span>
          <span aria-live="polite">
            <StatusBadge status={payment.status} />
          </span>
        </div>
        <p className="mt-2 max-w-[72ch] text-sm">{t(`meaning.${payment.status}`)}</p>
        {payment.reason !== null && (
          <p className="mt-1 max-w-[72ch] text-sm">
            <span className="text-ink-muted">{t("payment.reason")}</span> {localText(payment.reason.text)}{" "}
            <code className="text-xs text-ink-muted">{payment.reason.code}</code>
          </p>
        )}
      </div>
    </>
  );
}

function PaymentFacts({ joined }: { joined: ConsolePayment }) {
  const t = usePaymentT();
  const localText = useLocalText();
  const { payment } = joined;
  const { counterparty } = payment;
  // The bank that carries the order; the account may be kept at another one.
  const bankName = joined.route?.bankName ?? counterparty.bankName;
  return (
    <Facts>
      <Fact name={t("payment.id")}>
        <CopyText text={payment.id} className="text-ink-muted" />
      </Fact>
      <Fact name={t("payment.reference")}>
        <CopyText text={payment.reference} className="text-ink-muted" />
      </Fact>
      <Fact name={t("payment.customer")}>
        <span data-testid="customer-name">{joined.customerName}</span>
        <br />
        <CopyText text={joined.customerId} className="text-ink-muted" />
        {joined.namesHidden ? (
          <span className="block">
            <ShowName customerId={joined.customerId} />
          </span>
        ) : (
          <Link
            to="/customers/$customerId"
            params={{ customerId: joined.customerId }}
            className="block text-sm font-semibold text-jade"
          >
            {t("names.open_customer")}
          </Link>
        )}
      </Fact>
      <Fact name={t("payment.counterparty")}>
        {counterparty.name}
        {counterparty.detail !== null && <span className="block text-ink-muted">{counterparty.detail}</span>}
      </Fact>
      <Fact name={t("payment.bank")}>
        {joined.bankId === null ? (
          t("payment.no_bank")
        ) : (
          <>
            {bankName !== null && <span>{localText(bankName)} </span>}
            <code className="text-xs text-ink-muted">{joined.bankId}</code>
          </>
        )}
      </Fact>
      <Fact name={t("payment.direction")}>{t(`payment.direction_${payment.direction}`)}</Fact>
      {payment.kind === "top_up" && (
        <Fact name={t("payment.credited")}>
          {t(payment.credited ? "payment.credited_yes" : "payment.credited_no")}
        </Fact>
      )}
      {payment.authentication !== null && (
        <Fact name={t("payment.authentication")}>
          {payment.authentication.method !== null
            ? t(`authentication.${payment.authentication.method}`)
            : t(`exemption.${payment.authentication.exemption ?? "not_asked"}`)}
          {payment.authentication.stepUpId !== null && (
            <span className="block break-all text-sm text-ink-muted">{payment.authentication.stepUpId}</span>
          )}
        </Fact>
      )}
      {payment.payeeCheck !== null && (
        <Fact name={t("payment.payee_check")}>
          {t(`payee_check.${payment.payeeCheck.result}`)}
          <span className="block text-ink-muted">
            {t(`payee_check_by.${payment.payeeCheck.by}`)}
            {payment.payeeCheck.confirmed && ` · ${t("payee_check.confirmed")}`}
          </span>
        </Fact>
      )}
      {payment.note !== null && <Fact name={t("payment.note")}>{payment.note}</Fact>}
      <Fact name={t("payment.created")}>
        <DateText value={payment.createdAt} />
      </Fact>
      <Fact name={t("payment.updated")}>
        <DateText value={payment.updatedAt} />
      </Fact>
    </Facts>
  );
}

function Timeline({ joined }: { joined: ConsolePayment }) {
  const t = usePaymentT();
  return (
    <ol className="grid gap-3">
      {statusSteps(joined.payment.timeline).map(({ status, at, event }, index) => (
        <li
          // biome-ignore lint/suspicious/noArrayIndexKey: a timeline only grows at its end
          key={index}
          className="relative grid gap-0.5 border-l-2 border-line pl-4 last:border-transparent before:absolute before:top-1.5 before:-left-[5px] before:size-2 before:rounded-full before:bg-jade-solid"
        >
          <span className="text-sm font-medium">
            {t(event === "rerouted" ? "route.rerouted" : `status.${status}`)}
          </span>
          <span className="text-xs text-ink-muted">
            <InstantText value={at} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function Holds({ joined }: { joined: ConsolePayment }) {
  const t = usePaymentT();
  if (joined.holds.length === 0) return <p className="text-sm text-ink-muted">{t("payment.no_holds")}</p>;
  return (
    <ul className="grid gap-3">
      {joined.holds.map((hold) => (
        <li key={hold.id} className="grid gap-1 border-b border-line pb-3 text-sm last:border-0 last:pb-0">
          <span className="flex flex-wrap justify-between gap-2">
            <span className="font-semibold">
              <MoneyText money={hold.amount} />
            </span>
            <span>{t(`hold.${hold.status}`)}</span>
          </span>
          <code className="font-mono text-xs break-all text-ink-muted">{hold.accountCode}</code>
          <CopyText text={hold.id} className="text-ink-muted" />
          <span className="text-xs text-ink-muted">
            {t("payment.hold_since")} <DateText value={hold.at} />
            {hold.status === "open" && (
              <>
                <br />
                {t("payment.hold_expires")} <DateText value={hold.expiresAt} />
              </>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

function BreakLinks({ breakIds }: { breakIds: readonly string[] }) {
  const t = usePaymentT();
  if (breakIds.length === 0) return <p className="text-sm text-ink-muted">{t("payment.no_breaks")}</p>;
  return (
    <ul className="grid gap-2">
      {breakIds.map((breakId) => (
        <li key={breakId}>
          <Link to="/breaks/$breakId" params={{ breakId }} className="font-mono text-xs break-all text-jade">
            {breakId}
          </Link>
        </li>
      ))}
    </ul>
  );
}
