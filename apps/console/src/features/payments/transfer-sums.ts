import { formatDecimal, parseDecimal } from "@jinqiao/money";
import type { LedgerTransfer, WireMoney } from "../../api.ts";

export type TransferSum = { currency: string; debit: WireMoney; credit: WireMoney; difference: WireMoney };

/** Adds a transfer's entries exactly, per currency. In sound books every difference (debits less credits) is zero. */
export function transferSums(transfer: Pick<LedgerTransfer, "entries">): TransferSum[] {
  const sums = new Map<string, { debit: bigint; credit: bigint }>();
  for (const { amount, direction } of transfer.entries) {
    const sum = sums.get(amount.currency) ?? { debit: 0n, credit: 0n };
    sum[direction] += parseDecimal(amount.amount, amount.currency);
    sums.set(amount.currency, sum);
  }
  const wire = (minor: bigint, currency: string) => ({ amount: formatDecimal(minor, currency), currency });
  return [...sums].map(([currency, { debit, credit }]) => ({
    currency,
    debit: wire(debit, currency),
    credit: wire(credit, currency),
    difference: wire(debit - credit, currency),
  }));
}

/** True for 0, 0.00, -0.000: nothing at all. */
export function isZero(money: WireMoney): boolean {
  return parseDecimal(money.amount, money.currency) === 0n;
}
