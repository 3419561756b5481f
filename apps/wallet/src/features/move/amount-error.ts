import type { WireMoney } from "@jinqiao/money";
import type { AmountCheck, Translate } from "@jinqiao/ui";
import type { WalletMessageId } from "../../locales/en.ts";

/** The words under the amount field, or null while there is nothing to say yet. */
export function amountError(
  t: Translate<WalletMessageId>,
  format: (money: WireMoney) => string,
  check: AmountCheck,
  { shown }: { shown: boolean },
): string | null {
  if (check.ok || !shown) return null;
  const max = check.max === undefined ? "" : format(check.max);
  return t(check.id, { max, available: max });
}
