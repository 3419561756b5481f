import type { BooksMessageId } from "../../i18n.ts";

/** What an account code stands for. Order matters: the longer prefix comes first. */
const meanings: readonly (readonly [prefix: string, meaning: BooksMessageId])[] = [
  ["custody", "account.custody"],
  ["transit:in", "account.transit_in"],
  ["transit:out", "account.transit_out"],
  ["customer", "account.customer"],
  ["suspense", "account.suspense"],
  ["own-funds", "account.own_funds"],
  ["bank-fees", "account.bank_fees"],
  ["fees", "account.fees"],
  ["losses", "account.losses"],
  ["rounding", "account.rounding"],
];

/** The words for an account code of the chart of accounts, or undefined for a code that is not known here. */
export function accountMeaning(code: string): BooksMessageId | undefined {
  return meanings.find(([prefix]) => code === prefix || code.startsWith(`${prefix}:`))?.[1];
}
