import { Card, DateText, MoneyText, useFormatMoney } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import type { Payment } from "../../api.ts";
import { usePaymentT } from "./text.ts";

/** What a shop gave back of a purchase; each part is a payment of its own. */
export function ShopRefunds({ payment, refunded }: { payment: Payment; refunded: Payment["amount"] }) {
  const t = usePaymentT();
  const format = useFormatMoney();
  return (
    <Card aria-label={t("payment.refunds")} data-testid="shop-refunds">
      <h2 className="text-lg font-bold">{t("payment.refunds")}</h2>
      <p className="mt-1">
        {t("payment.refunds.part", { refunded: format(refunded), amount: format(payment.amount) })}
      </p>
      <ul className="mt-1 divide-y divide-line">
        {payment.refunds.map(({ paymentId, amount, at }) => (
          <li key={paymentId}>
            <Link
              to="/activity/$paymentId"
              params={{ paymentId }}
              className="-mx-2 flex min-h-12 items-center justify-between gap-3 rounded-2xl px-2 py-2 hover:bg-sunken"
            >
              <span className="text-jade underline underline-offset-4">
                <DateText value={at} />
              </span>
              <MoneyText money={amount} className="font-bold" />
            </Link>
          </li>
        ))}
      </ul>
    </Card>
  );
}
