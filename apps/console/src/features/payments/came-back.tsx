import type { ConsolePayment } from "@jinqiao/contract";
import { MoneyText } from "@jinqiao/ui";
import { Link } from "@tanstack/react-router";
import { InstantText } from "../../components/instant-text.tsx";
import { Section } from "../../components/page.tsx";
import { usePaymentT } from "../../i18n.ts";

/** What came back of a payment after settlement, or the payment that a return belongs to. */
export function CameBack({ payment }: Pick<ConsolePayment, "payment">) {
  const t = usePaymentT();
  if (payment.originalPaymentId !== null)
    return (
      <Section title={t("payment.original")}>
        <Link
          to="/payments/$paymentId"
          params={{ paymentId: payment.originalPaymentId }}
          className="font-mono text-xs break-all text-jade"
        >
          {payment.originalPaymentId}
        </Link>
      </Section>
    );
  if (payment.returned === null) return null;
  return (
    <Section title={t("payment.came_back")}>
      <p className="text-sm">
        <MoneyText money={payment.returned} className="font-semibold" /> /{" "}
        <MoneyText money={payment.amount} />
      </p>
      <ul className="mt-2 grid gap-2" data-testid="came-back">
        {payment.returns.map(({ paymentId, amount, at }) => (
          <li key={paymentId} className="grid gap-0.5 text-sm">
            <span className="flex justify-between gap-2">
              <InstantText value={at} />
              <MoneyText money={amount} className="font-semibold" />
            </span>
            <Link
              to="/payments/$paymentId"
              params={{ paymentId }}
              className="font-mono text-xs break-all text-jade"
            >
              {paymentId}
            </Link>
          </li>
        ))}
      </ul>
    </Section>
  );
}
