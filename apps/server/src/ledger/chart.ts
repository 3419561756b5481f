import { assert } from "../platform/errors.ts";
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
  ["fees:", { kind: "income", floor: null, safeguarding: 0 }],
  ["bank-fees", { kind: "expense", floor: null, safeguarding: 0 }],
  ["losses:", { kind: "expense", floor: null, safeguarding: 0 }],
  ["rounding", { kind: "expense", floor: null, safeguarding: 0 }],
  ["own-funds", { kind: "equity", floor: null, safeguarding: 0 }],
];

export function ruleOf(account: AccountRef): AccountRule {
  const rule = rules.find(([prefix]) => account.code.startsWith(prefix))?.[1];
  assert(rule, `no rule in the chart of accounts for ${account.code}`);
  return rule;
}

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
