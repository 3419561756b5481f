import type { AccountRef, HoldRelease, Leg } from "../ledger/index.ts";
import { assert } from "../platform/errors.ts";

/** Where the merchant's money stands, in the order in which a dispute takes it. */
export type MoneyPart = "available" | "pending" | "reserve";
const parts: readonly MoneyPart[] = ["available", "pending", "reserve"];

export type PartAccounts = Record<MoneyPart, AccountRef>;

/** Minor units of each part that nothing holds: balance less holds, never below zero. */
export type FreeMoney = Record<MoneyPart, bigint>;

/** An open hold of a dispute. */
export type DisputeHold = { id: string; part: MoneyPart; amount: bigint };

const least = (one: bigint, other: bigint): bigint => (one < other ? one : other);

/** What may be held for a dispute besides what is held already: never more than is there. */
export function holdsToTake(
  contested: bigint,
  held: readonly DisputeHold[],
  free: FreeMoney,
): { part: MoneyPart; amount: bigint }[] {
  let rest = contested - heldSum(held);
  return parts.flatMap((part) => {
    const amount = least(free[part], rest);
    if (amount <= 0n) return [];
    rest -= amount;
    return [{ part, amount }];
  });
}

export const heldSum = (held: readonly DisputeHold[]): bigint =>
  held.reduce((sum, { amount }) => sum + amount, 0n);

/** Ends every hold; the money is the merchant's to use again. */
export const freeing = (held: readonly DisputeHold[], accounts: PartAccounts): HoldRelease[] =>
  held.map(({ id, part }) => ({ holdId: id, account: accounts[part], as: "voided" }));

/** One transfer of a dispute: its legs, and the holds it uses. */
export type DisputeBooking = { legs: Leg[]; releases: HoldRelease[] };

/** Legs of one account put together: a transfer names an account once. */
function joined(legs: readonly Leg[]): Leg[] {
  const byCode = new Map<string, Leg>();
  for (const leg of legs) {
    const before = byCode.get(leg.account.code);
    byCode.set(leg.account.code, { account: leg.account, amount: (before?.amount ?? 0n) + leg.amount });
  }
  return [...byCode.values()].filter(({ amount }) => amount !== 0n);
}

/**
 * Takes the disputed money from the merchant: what is held, and the rest is owed. Holds are completed before, so the
 * rest is what the merchant's money does not bear; nothing here can be refused for want of money.
 * Dr merchant (available, pending, reserve), Dr receivable; Cr `to`.
 * @param contested minor units in dispute
 */
export function taking(
  contested: bigint,
  held: readonly DisputeHold[],
  accounts: { parts: PartAccounts; receivable: AccountRef; to: AccountRef },
): DisputeBooking {
  const owed = contested - heldSum(held);
  assert(owed >= 0n, "no more is held than is disputed");
  return {
    legs: joined([
      ...held.map(({ part, amount }) => ({ account: accounts.parts[part], amount })),
      { account: accounts.receivable, amount: owed },
      { account: accounts.to, amount: -contested },
    ]),
    releases: held.map(({ id, part }) => ({ holdId: id, account: accounts.parts[part], as: "captured" })),
  };
}

/**
 * Gives the merchant back what was set apart: what is owed is settled first, the rest is available.
 * Dr set apart; Cr receivable, Cr available. @param owed minor units on the receivable now
 */
export function givingBack(
  contested: bigint,
  owed: bigint,
  accounts: { from: AccountRef; receivable: AccountRef; available: AccountRef },
): DisputeBooking {
  const settled = least(owed, contested);
  return {
    legs: joined([
      { account: accounts.from, amount: contested },
      { account: accounts.receivable, amount: -settled },
      { account: accounts.available, amount: settled - contested },
    ]),
    releases: [],
  };
}

/**
 * What a refund of a disputed payment may use of the dispute's holds: the refund counts against the dispute, so its
 * money is taken from what was set aside for it, in the order of the parts.
 * @returns minor units by part that the refund's postings then debit, and the holds as they are afterwards
 */
export function refunding(
  contested: bigint,
  held: readonly DisputeHold[],
  refund: bigint,
  accounts: PartAccounts,
): {
  left: bigint;
  used: { part: MoneyPart; amount: bigint }[];
  releases: HoldRelease[];
  held: DisputeHold[];
} {
  const left = contested > refund ? contested - refund : 0n;
  // Holds give up as much as the refund takes, also where they did not cover all of the dispute: otherwise money set
  // aside for the payer would keep the payer from being refunded. What is free covers the rest again afterwards.
  let over = least(heldSum(held), refund);
  const used: { part: MoneyPart; amount: bigint }[] = [];
  const releases: HoldRelease[] = [];
  const after: DisputeHold[] = [];
  for (const hold of held) {
    const given = least(hold.amount, over);
    over -= given;
    if (given > 0n) {
      used.push({ part: hold.part, amount: given });
      const whole = given === hold.amount;
      releases.push({
        holdId: hold.id,
        account: accounts[hold.part],
        as: "captured",
        ...(whole ? {} : { amount: given, keepRest: true }),
      });
    }
    if (given < hold.amount) after.push({ ...hold, amount: hold.amount - given });
  }
  return { left, used, releases, held: after };
}
