import { buttonClasses, classNames, EmptyState, Notice, useFormatMoney } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Hourglass, type LucideIcon, TimerOff, Undo2 } from "lucide-react";
import { goToShop } from "./go-to-shop.ts";
import type { Payable } from "./queries.ts";
import { useT } from "./text.ts";

/** Where a payment stands once the payer has nothing more to choose: paid, set aside, on its way, called off, too late. */
export function PayOutcome({
  payable,
  paymentId,
  linksOut = true,
}: {
  payable: Payable;
  /** The payer's own payment, where it is known here. */
  paymentId?: string | undefined;
  /** False where the page around it leads on. */
  linksOut?: boolean;
}) {
  const t = useT();
  const format = useFormatMoney();
  const shop = payable.merchant.name;
  const look = lookOf(payable);
  const amount = format(payable.status === "succeeded" ? payable.amountReceived : payable.amount);
  return (
    <div
      role="status"
      data-testid="pay-outcome"
      data-status={payable.status}
      className="flex flex-col items-center gap-3 py-4 text-center"
    >
      <span
        className={classNames(
          "inline-flex size-16 items-center justify-center rounded-full",
          look.good ? "bg-positive-soft text-positive" : "bg-neutral-soft text-neutral",
        )}
      >
        <look.icon aria-hidden className="size-8" />
      </span>
      <p className="text-xl font-bold">{t(look.title)}</p>
      <p className="max-w-md">{t(look.text, { shop, amount })}</p>
      {/[1-9]/.test(payable.amountRefunded.amount) && (
        <Notice>{t("checkout.refunded", { amount: format(payable.amountRefunded) })}</Notice>
      )}
      {linksOut && (
        <div className="mt-2 flex flex-wrap justify-center gap-3">
          {payable.returnUrl && payable.status === "succeeded" && (
            <a
              href={payable.returnUrl}
              className={buttonClasses("primary")}
              data-testid="back-to-shop"
              onClick={(event) => {
                event.preventDefault();
                if (payable.returnUrl) goToShop(payable.returnUrl);
              }}
            >
              {t("checkout.back", { host: new URL(payable.returnUrl).host })}
            </a>
          )}
          {paymentId && (
            <Link
              to="/activity/$paymentId"
              params={{ paymentId }}
              className={buttonClasses("secondary")}
              data-testid="see-payment"
            >
              {t("pay.details")}
            </Link>
          )}
          {payable.livemode && (
            <Link to="/" className={buttonClasses("ghost")} data-testid="open-wallet">
              {t("checkout.home")}
            </Link>
          )}
        </div>
      )}
    </div>
  );
}

/** The words of an outcome, by what the intent says. */
function lookOf({ status, livemode, cancellationReason }: Payable) {
  const look = <const Name extends "paid" | "held" | "processing" | "cancelled" | "expired">(
    name: Name,
    icon: LucideIcon,
    good = false,
  ) => ({ title: `checkout.${name}.title`, text: `checkout.${name}.text`, icon, good }) as const;
  if (status === "succeeded" && !livemode)
    return { ...look("paid", CircleCheck, true), text: "checkout.paid.test" } as const;
  if (status === "succeeded") return look("paid", CircleCheck, true);
  if (status === "requires_capture") return look("held", CircleCheck, true);
  if (status === "processing") return look("processing", Hourglass);
  if (status === "canceled" && cancellationReason !== "expired") return look("cancelled", Undo2);
  return look("expired", TimerOff);
}

/** There is nothing at this address: a link that was cut off, or that never was one of ours. */
export function NoPayment() {
  const t = useT();
  return (
    <div data-testid="no-payment">
      <EmptyState icon={TimerOff} title={t("checkout.missing.title")}>
        {t("checkout.missing.text")}
      </EmptyState>
    </div>
  );
}
