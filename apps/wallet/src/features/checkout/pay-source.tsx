import { formatDecimal, isCurrency, parseDecimal, type WireMoney } from "@jinqiao/money";
import { classNames, MoneyText, useFormatMoney } from "@jinqiao/ui";
import { Wallet } from "lucide-react";
import type { ReactNode } from "react";
import type { Balance, LinkedAccount } from "../../api.ts";
import { AccountSummary } from "../accounts/account-row.tsx";
import { useT } from "./text.ts";

/** Where the money comes from: the balance, or the id of a linked account. */
export type Source = "balance" | LinkedAccount["id"];

/** What the balance lacks for an amount; null where it suffices. */
export function missingOf(amount: WireMoney, available: WireMoney): WireMoney | null {
  const { currency } = amount;
  if (!isCurrency(currency)) return null;
  const missing = parseDecimal(amount.amount, currency) - parseDecimal(available.amount, currency);
  return missing > 0n ? { amount: formatDecimal(missing, currency), currency } : null;
}

/** The balance and the linked accounts that can pay, as radio buttons. */
export function PaySource({
  amount,
  available,
  accounts,
  chosen,
  onChoose,
}: {
  amount: WireMoney;
  available: Balance["available"];
  accounts: LinkedAccount[];
  chosen: Source;
  onChoose: (source: Source) => void;
}) {
  const t = useT();
  const format = useFormatMoney();
  const missing = missingOf(amount, available);
  return (
    <fieldset className="min-w-0">
      <legend className="mb-2 text-sm font-medium">{t("pay.from")}</legend>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-2">
        <Choice value="balance" chosen={chosen} onChoose={onChoose} testId="pay-from-balance">
          <span className="inline-flex size-10 shrink-0 items-center justify-center rounded-full bg-jade-soft text-jade">
            <Wallet aria-hidden className="size-5" />
          </span>
          <span className="min-w-0 flex-1 text-left">
            <span className="block">{t("pay.balance")}</span>
            <span className="block text-sm text-ink-muted">
              {missing
                ? t("pay.balance.missing", { missing: format(missing) })
                : t("pay.balance.available", { available: format(available) })}
            </span>
          </span>
          {missing && <MoneyText money={available} className="text-base font-bold" />}
        </Choice>
        {accounts.map((account) => (
          <Choice
            key={account.id}
            value={account.id}
            chosen={chosen}
            onChoose={onChoose}
            testId={`linked-account-${account.id}`}
          >
            <AccountSummary account={account} />
          </Choice>
        ))}
      </div>
      {accounts.length > 0 && <p className="mt-2 text-sm text-ink-muted">{t("pay.bank")}</p>}
    </fieldset>
  );
}

function Choice({
  value,
  chosen,
  onChoose,
  testId,
  children,
}: {
  value: Source;
  chosen: Source;
  onChoose: (source: Source) => void;
  testId: string;
  children: ReactNode;
}) {
  return (
    <label
      data-testid={testId}
      className={classNames(
        "flex min-h-16 cursor-pointer items-center gap-3 rounded-2xl border-2 p-3 has-focus-visible:outline-3 has-focus-visible:outline-offset-2 has-focus-visible:outline-jade",
        value === chosen ? "border-jade bg-jade-soft" : "border-line hover:bg-sunken",
      )}
    >
      <input
        type="radio"
        name="source"
        value={value}
        checked={value === chosen}
        onChange={() => onChoose(value)}
        className="sr-only"
      />
      {children}
    </label>
  );
}
