import { isCurrency } from "@jinqiao/money";
import type { AccountRef } from "./instruction.ts";

export type AccountKind = "asset" | "liability" | "income" | "expense" | "equity";
type AccountRule = { kind: AccountKind; floor: bigint | null; safeguarding: -1 | 0 | 1 };

/**
 * Chart of accounts: what the first part of a code makes of an account. Safeguarding counts assets held for
 * customers (+1) against what is owed to them (−1).
 */
const rules: readonly (readonly [prefix: string, AccountRule])[] = [
  ["custody:", { kind: "asset", floor: null, safeguarding: 1 }],
  ["transit:in:", { kind: "asset", floor: null, safeguarding: 1 }],
  ["transit:out:", { kind: "liability", floor: null, safeguarding: -1 }],
  ["customer:", { kind: "liability", floor: 0n, safeguarding: -1 }],
  ["merchant:", { kind: "liability", floor: 0n, safeguarding: -1 }],
  ["suspense:", { kind: "liability", floor: null, safeguarding: -1 }],
  ["reserve:", { kind: "liability", floor: 0n, safeguarding: -1 }],
  // Taken from a merchant by a dispute that is not over: it belongs to whoever is right in the end.
  ["disputed:", { kind: "liability", floor: 0n, safeguarding: -1 }],
  // Test mode of merchants: play money in books of the same form, which safeguards nobody and is owed to nobody.
  ["test:payers", { kind: "asset", floor: null, safeguarding: 0 }],
  ["test:bank", { kind: "asset", floor: null, safeguarding: 0 }],
  ["test:merchant:", { kind: "liability", floor: 0n, safeguarding: 0 }],
  ["test:reserve:", { kind: "liability", floor: 0n, safeguarding: 0 }],
  ["test:disputed:", { kind: "liability", floor: 0n, safeguarding: 0 }],
  ["test:receivable:", { kind: "asset", floor: 0n, safeguarding: 0 }],
  ["test:fees:", { kind: "income", floor: null, safeguarding: 0 }],
  // What customers owe the operator, e.g. a top-up that their bank took back; it covers nobody else's money.
  ["receivable:", { kind: "asset", floor: 0n, safeguarding: 0 }],
  // The operator's own position in a pair; what it is worth in one currency is reckoned elsewhere.
  ["fx:position:", { kind: "asset", floor: null, safeguarding: 0 }],
  ["fx:margin", { kind: "income", floor: null, safeguarding: 0 }],
  ["fees:", { kind: "income", floor: null, safeguarding: 0 }],
  ["bank-fees", { kind: "expense", floor: null, safeguarding: 0 }],
  ["rewards:", { kind: "expense", floor: null, safeguarding: 0 }],
  ["losses:", { kind: "expense", floor: null, safeguarding: 0 }],
  ["rounding", { kind: "expense", floor: null, safeguarding: 0 }],
  ["own-funds", { kind: "equity", floor: null, safeguarding: 0 }],
];

/** The rule for an account, or undefined where the chart has no place for its code or nobody knows its currency. */
export function ruleOf(account: AccountRef): AccountRule | undefined {
  // Codes go into lines of text that are hashed and split: letters, digits and a few marks only.
  if (!/^[A-Za-z0-9:_./*-]{1,200}$/.test(account.code)) return undefined;
  return rules.find(([prefix]) =>
    // `rounding` is one account, `fees:` a family.
    prefix.endsWith(":")
      ? account.code.startsWith(prefix) && account.code.length > prefix.length
      : account.code === prefix,
  )?.[1];
}

export const isKnownCurrency = (account: AccountRef): boolean => isCurrency(account.currency);

/** +1 where debits raise the balance (assets, expenses), −1 where credits do. */
export const normalSign = (kind: AccountKind): 1n | -1n =>
  kind === "asset" || kind === "expense" ? 1n : -1n;

export const customerAccount = (customerId: string, currency: string): AccountRef => ({
  code: `customer:${customerId}`,
  currency,
});
export const custodyAccount = (bankId: string, currency: string): AccountRef => ({
  code: `custody:${bankId}`,
  currency,
});
export const transitIn = (bankId: string, currency: string): AccountRef => ({
  code: `transit:in:${bankId}`,
  currency,
});
export const transitOut = (bankId: string, currency: string): AccountRef => ({
  code: `transit:out:${bankId}`,
  currency,
});
export const suspense = (bankId: string, currency: string): AccountRef => ({
  code: `suspense:${bankId}`,
  currency,
});
export const losses = (kind: string, currency: string): AccountRef => ({ code: `losses:${kind}`, currency });
/** What a customer owes the operator. */
export const receivable = (customerId: string, currency: string): AccountRef => ({
  code: `receivable:${customerId}`,
  currency,
});
/** The operator's position in a currency pair such as `EUR/CNY`: one account per currency of it. */
export const fxPosition = (pair: string, currency: string): AccountRef => ({
  code: `fx:position:${pair}`,
  currency,
});
