import { MoneyText, useFormatMoney } from "@jinqiao/ui";
import type { Checkout } from "./queries.ts";
import { useT } from "./text.ts";

/** What the shop lists, and what it comes to. */
export function OrderLines({ checkout }: { checkout: Checkout }) {
  const t = useT();
  const format = useFormatMoney();
  return (
    <>
      <ul className="divide-y divide-line">
        {checkout.lineItems.map((line, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: two lines may be alike, and they never change places
          <li key={index} className="flex items-baseline justify-between gap-4 py-3">
            <span className="min-w-0">
              <span className="block break-words">{line.name}</span>
              {line.quantity > 1 && (
                <span className="block text-sm text-ink-muted">
                  {t("checkout.quantity", { quantity: line.quantity, price: format(line.unitAmount) })}
                </span>
              )}
            </span>
            <MoneyText money={line.amount} alwaysShown className="font-medium" />
          </li>
        ))}
        {checkout.lineItems.length === 0 && checkout.description && (
          <li className="py-3">{checkout.description}</li>
        )}
      </ul>
      <p className="flex items-baseline justify-between gap-4 border-t-2 border-line pt-4">
        <span className="font-bold">{t("checkout.total")}</span>
        <MoneyText
          money={checkout.amount}
          alwaysShown
          className="text-2xl font-bold"
          data-testid="checkout-total"
        />
      </p>
    </>
  );
}
