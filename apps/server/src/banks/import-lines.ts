import type { StatementLine } from "@jinqiao/statements";
import type { Vault } from "../vault/index.ts";

const column = { table: "banks.imported_line", column: "fingerprint" };

/** What tells a line of an account from every other: a keyed hash, and which of several equal ones it is, from 1. */
export type LineKey = { fingerprint: Buffer; occurrence: number };

/**
 * Keys of the lines of one file. A line with the bank's own id is known by it, with date and amount, because some
 * providers give a refund the id of what it refunds. One without is known by its contents; equal lines of one file
 * are counted, so that a file that overlaps finds each of them once.
 */
export function lineKeys(vault: Vault, accountId: string, lines: readonly StatementLine[]): LineKey[] {
  const seen = new Map<string, number>();
  return lines.map((line) => {
    const moved = [line.bookingDate, line.amountMinor.toString(), line.currency, line.direction];
    const text = JSON.stringify(
      line.bankId === null
        ? [
            accountId,
            "content",
            ...moved,
            line.valueDate,
            line.time,
            plain(line.counterparty.name),
            plain(line.counterparty.account),
            plain(line.description),
            line.code,
          ]
        : [accountId, "id", ...moved, line.bankId],
    );
    const occurrence = (seen.get(text) ?? 0) + 1;
    seen.set(text, occurrence);
    return { fingerprint: vault.blindIndex(column, text), occurrence };
  });
}

const plain = (text: string | null): string => (text ?? "").toLowerCase().replace(/\s+/g, " ").trim();
