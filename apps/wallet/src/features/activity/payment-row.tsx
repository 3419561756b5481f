import { classNames, DateText, localDay, MoneyText, StatusBadge, useFormatDate } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { ArrowDownLeft, ArrowUpRight, Landmark, type LucideIcon, Plus, Store, Undo2 } from "lucide-react";
import type { Payment } from "../../api.ts";
import type { WalletMessageId } from "../../locales/en.ts";
import { useT } from "../../text.ts";
import { hasArrived, movedNothing, signedAmount, useCounterpartyName } from "./payment-words.ts";

/** The sign of a kind of payment, the same in lists and on its own page. */
export function paymentIcon(payment: Payment): LucideIcon {
  if (payment.kind === "top_up") return Plus;
  if (payment.kind === "withdrawal") return Landmark;
  if (payment.kind === "return" || payment.kind === "refund") return Undo2;
  if (payment.kind === "purchase") return Store;
  return payment.direction === "in" ? ArrowDownLeft : ArrowUpRight;
}

function kindLabel(payment: Payment): WalletMessageId {
  // Payouts are of shops, and stand in nobody's wallet.
  if (payment.kind === "payout") return "payment.kind.withdrawal";
  return payment.kind === "transfer"
    ? `payment.kind.transfer_${payment.direction}`
    : `payment.kind.${payment.kind}`;
}

/** Payments under the days they were made on, newest first. */
export function PaymentsByDay({
  payments,
  headingLevel,
}: {
  payments: Payment[];
  headingLevel: "h2" | "h3";
}) {
  const format = useFormatDate();
  const Heading = headingLevel;
  // One sign can stand for two currencies (¥ for yuan and yen): a mixed list names them.
  const mixed = new Set(payments.map(({ amount }) => amount.currency)).size > 1;
  const days = Map.groupBy(payments, (payment) => localDay(new Date(payment.createdAt)));
  return [...days].map(([day, ofDay]) => (
    <section key={day} aria-labelledby={`day-${day}`} className="mt-3 first:mt-0">
      <Heading id={`day-${day}`} className="text-sm text-ink-muted">
        {format(day, "day")}
      </Heading>
      <ul className="divide-y divide-line">
        {ofDay.map((payment) => (
          <PaymentRow key={payment.id} payment={payment} showCurrency={mixed} />
        ))}
      </ul>
    </section>
  ));
}

function PaymentRow({ payment, showCurrency }: { payment: Payment; showCurrency: boolean }) {
  const t = useT();
  const title = useCounterpartyName()(payment);
  const Icon = paymentIcon(payment);
  const stopped = movedNothing(payment);
  const quiet = payment.status === "settled" || (payment.status === "submitted" && payment.credited);
  return (
    <li>
      <Link
        to="/activity/$paymentId"
        params={{ paymentId: payment.id }}
        data-testid={`activity-item-${payment.id}`}
        data-status={payment.status}
        className="-mx-2 flex min-h-16 items-center gap-3 rounded-2xl px-2 py-3 hover:bg-sunken"
      >
        <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-jade-soft text-jade">
          <Icon aria-hidden className="size-5" />
        </span>
        <span className="min-w-0 flex-1">
          <span className="flex items-baseline justify-between gap-3">
            <span className="min-w-0 truncate text-base">{title}</span>
            <MoneyText
              money={stopped ? payment.amount : signedAmount(payment)}
              signed={stopped ? false : hasArrived(payment) || "pending"}
              className={classNames(
                "shrink-0 text-base",
                stopped ? "font-medium text-ink-muted line-through" : "font-bold",
              )}
            />
          </span>
          <span className="mt-0.5 flex flex-wrap items-center justify-between gap-x-3 gap-y-1">
            <span className="text-sm text-ink-muted">
              {t(kindLabel(payment))} · <DateText value={payment.createdAt} style="time" />
              {showCurrency && ` · ${payment.amount.currency}`}
            </span>
            {!quiet && <StatusBadge status={payment.status} credited={payment.credited} />}
          </span>
        </span>
      </Link>
    </li>
  );
}
