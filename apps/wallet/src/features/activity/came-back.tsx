import { Card, DateText, MoneyText, useFormatMoney } from "@jinqiao/ui";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type Payment, paymentQuery } from "../../api.ts";
import { usePaymentTitle } from "./payment-words.ts";
import { usePaymentT } from "./text.ts";

/** What a bank sent or took back of a payment after it was done: each part is a payment of its own. */
export function CameBack({ payment, returned }: { payment: Payment; returned: Payment["amount"] }) {
  const t = usePaymentT();
  const format = useFormatMoney();
  return (
    <Card aria-label={t("payment.came_back")} data-testid="came-back">
      <h2 className="text-lg font-bold">{t("payment.came_back")}</h2>
      {payment.status !== "returned" && (
        <p className="mt-1">
          {t("payment.came_back.part", { returned: format(returned), amount: format(payment.amount) })}
        </p>
      )}
      <ul className="mt-1 divide-y divide-line">
        {payment.returns.map(({ paymentId, amount, at }) => (
          <li key={paymentId}>
            <Link
              to="/activity/$paymentId"
              params={{ paymentId }}
              aria-label={t("payment.came_back.open", { amount: format(amount) })}
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

/** From a return to the payment it belongs to. */
export function OriginalLink({ paymentId }: { paymentId: string }) {
  const t = usePaymentT();
  const title = usePaymentTitle();
  const original = useQuery(paymentQuery(paymentId));
  return (
    <Link
      to="/activity/$paymentId"
      params={{ paymentId }}
      data-testid="original-payment"
      className="text-jade underline underline-offset-4"
    >
      {original.data ? title(original.data) : t("payment.original")}
    </Link>
  );
}
