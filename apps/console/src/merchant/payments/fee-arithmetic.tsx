import type { PaymentIntent } from "@jinqiao/contract";
import { formatDecimal, parseDecimal } from "@jinqiao/money";
import { MoneyText } from "@jinqiao/ui";
import type { ReactNode } from "react";
import type { WireMoney } from "../app/api.ts";
import { useT } from "../text.ts";

/** Hundredths of a percent as text, exactly: 60 is "0.6", 125 is "1.25". */
export function percentOf(basisPoints: number): string {
  const whole = Math.trunc(basisPoints / 100);
  const rest = String(basisPoints % 100)
    .padStart(2, "0")
    .replace(/0+$/, "");
  return rest === "" ? String(whole) : `${whole}.${rest}`;
}

/** How what the merchant gets comes about: taken, less the fee line by line, less what was refunded. */
export function FeeArithmetic({ payment }: { payment: PaymentIntent }) {
  const t = useT();
  const { currency } = payment.amount;
  if (payment.fee === null)
    return payment.feeEstimate === null ? (
      <p className="text-sm text-ink-muted">{t("fee.none_yet")}</p>
    ) : (
      <p className="text-sm">
        {t("fee.estimate")} <MoneyText money={payment.feeEstimate} className="font-semibold" />
      </p>
    );
  const minor = (money: WireMoney): bigint => parseDecimal(money.amount, currency);
  const net = minor(payment.amountReceived) - minor(payment.fee) - minor(payment.amountRefunded);
  return (
    <dl className="grid gap-1.5 text-sm" data-testid="fee-arithmetic">
      <Line name={t("fee.taken")}>
        <MoneyText money={payment.amountReceived} />
      </Line>
      {payment.feeDetails.map((detail) => (
        <Line
          key={`${detail.type} ${detail.basisPoints}`}
          name={
            detail.type === "percentage"
              ? t("fee.percentage", { percent: percentOf(detail.basisPoints ?? 0) })
              : t(detail.type === "fixed" ? "fee.fixed" : "fee.promotion")
          }
        >
          <MoneyText money={negated(detail.amount, currency)} />
        </Line>
      ))}
      {!/^[0.]*$/.test(payment.amountRefunded.amount) && (
        <Line name={t("fee.refunded")}>
          <MoneyText money={negated(payment.amountRefunded, currency)} />
        </Line>
      )}
      <Line total name={<strong>{t("fee.net")}</strong>}>
        <MoneyText
          money={{ amount: formatDecimal(net, currency), currency }}
          className="text-base font-bold"
          data-testid="fee-net"
        />
      </Line>
    </dl>
  );
}

function negated(money: WireMoney, currency: string): WireMoney {
  return { amount: formatDecimal(-parseDecimal(money.amount, currency), currency), currency };
}

/** One line of a sum; `total` is the one below the rule. */
function Line({ name, total = false, children }: { name: ReactNode; total?: boolean; children: ReactNode }) {
  return (
    <div
      className={`flex flex-wrap justify-between gap-x-4 ${total ? "mt-1 border-t border-line-strong pt-2" : ""}`}
    >
      <dt className="text-ink-muted">{name}</dt>
      <dd className="tabular">{children}</dd>
    </div>
  );
}
