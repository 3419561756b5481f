import { exponentOf, formatDecimal, isCurrency, type WireMoney } from "@jinqiao/money";
import { useFormatMoney } from "@jinqiao/ui";
import { useT } from "../../text.ts";

/** Round amounts in units of the currency. A yen is worth far less than a dinar, so the steps differ. */
const steps: Record<string, readonly bigint[]> = {
  CNY: [100n, 500n, 1000n],
  CZK: [500n, 1000n, 5000n],
  JPY: [1000n, 5000n, 10000n],
};
const otherSteps = [20n, 50n, 100n];

/** Amounts to take with one press. */
export function QuickAmounts({
  currency,
  within,
  onChoose,
}: {
  currency: string;
  /** Amounts above this are not offered. */
  within?: bigint | undefined;
  onChoose: (money: WireMoney) => void;
}) {
  const t = useT();
  const format = useFormatMoney();
  if (!isCurrency(currency)) return null;
  const scale = 10n ** BigInt(exponentOf(currency));
  const offered = (steps[currency] ?? otherSteps)
    .map((units) => units * scale)
    .filter((minor) => within === undefined || minor <= within);
  if (offered.length === 0) return null;
  return (
    <fieldset aria-label={t("move.quick")} className="flex min-w-0 flex-wrap gap-2">
      {offered.map((minor) => {
        const money = { amount: formatDecimal(minor, currency), currency };
        return (
          <button
            key={money.amount}
            type="button"
            onClick={() => onChoose(money)}
            className="tabular min-h-10 rounded-full border border-line px-4 text-sm font-medium hover:bg-jade-soft"
          >
            {format(money)}
          </button>
        );
      })}
    </fieldset>
  );
}
