import type { Rail } from "../banks/index.ts";
import type { Expected } from "./arrival.ts";

/** One way in which a payment could go, a bank and a rail of it, with what is known about it now. */
export type Candidate = {
  bankId: string;
  rail: Pick<Rail, "id" | "urgency">;
  /** The bank that keeps the customer's account. */
  isOwnBank: boolean;
  /** The rail carries the payment's currency, and money can get from there to the account. */
  carriesCurrency: boolean;
  reaches: boolean;
  /** Minor units of the payment's currency; null: no limit. */
  maxPerPayment: bigint | null;
  /** Room for today, with what is under way already counted. */
  leftToday: bigint | null;
  /** What the bank charges the operator, minor units. The customer pays nothing. */
  fee: bigint;
  expected: Expected;
  /** Why the bank takes no orders at this moment. */
  closed: "maintenance" | "unavailable" | null;
  /** Money of ours stands at that bank, or is on its way there; a top-up needs none. */
  isCovered: boolean;
  /** How the last payments that way ended, without those that the customer ended. */
  record: { payments: number; succeeded: number };
};

/** What no waiting changes: such a way is never taken. Checked in this order. */
export const exclusions = [
  "other_currency",
  "already_tried",
  "out_of_reach",
  "over_payment_limit",
  "over_day_limit",
] as const;
export type Exclusion = (typeof exclusions)[number];

/**
 * What makes one way better than another, the weightiest first: what is open before what is closed, what is certain
 * before what is cheap before what is quick. This list is the policy; nothing else weighs.
 */
export const criteria = ["open", "covered", "certain", "cheap", "quick", "own_bank"] as const;
export type Criterion = (typeof criteria)[number];

/**
 * Before a way has a record, it counts as if it had carried so many payments, and so many of them well: a few payments
 * decide nothing.
 */
const prior = { payments: 60, succeeded: 57 };
/** Ways whose rates fall into the same band are equally certain. Thousandths, from the best. */
const bandsPerMille = [900, 700, 400, 0];

/** How many of a thousand payments succeed that way, the prior included. */
export function successPerMille({ payments, succeeded }: Candidate["record"]): number {
  return Math.floor(((succeeded + prior.succeeded) * 1_000) / (payments + prior.payments));
}

/** Less is better. Whole numbers, so that the order is the same everywhere and always. */
const measures: Record<Criterion, (candidate: Candidate) => bigint> = {
  open: ({ closed }) => (closed === null ? 0n : 1n),
  covered: ({ isCovered }) => (isCovered ? 0n : 1n),
  certain: ({ record }) => BigInt(bandsPerMille.findIndex((least) => successPerMille(record) >= least)),
  cheap: ({ fee }) => fee,
  quick: ({ expected }) => BigInt(expected.at.getTime()),
  own_bank: ({ isOwnBank }) => (isOwnBank ? 0n : 1n),
};

export type Ranked<C extends Candidate = Candidate> = {
  candidate: C;
  /** Why it was not taken: what rules it out, or the first thing in which the chosen way is better. */
  whyNot: Exclusion | Criterion | "order";
};
export type Choice<C extends Candidate = Candidate> = {
  chosen: C;
  /** In what the chosen way is better than one of the others, the weightiest first; `only_way` without any. */
  reasons: (Criterion | "only_way" | "order")[];
  /** The others, the best first; those that are ruled out last. */
  others: Ranked<C>[];
};

/**
 * Chooses the way of a payment. Pure, and the same for the same candidates in whatever order they come.
 * @param amount minor units
 * @returns undefined when every way is ruled out, with the reason of each in `excluded`
 */
export function chooseRoute<C extends Candidate>(
  amount: bigint,
  candidates: readonly C[],
  tried: readonly { bankId: string; railId: string | null }[] = [],
): { choice: Choice<C> | undefined; excluded: Ranked<C>[] } {
  const excluded: Ranked<C>[] = [];
  const possible: C[] = [];
  for (const candidate of [...candidates].sort(byName)) {
    const whyNot = exclusionOf(amount, candidate, tried);
    if (whyNot === undefined) possible.push(candidate);
    else excluded.push({ candidate, whyNot });
  }
  possible.sort((a, b) => compare(a, b) || byName(a, b));
  const [chosen, ...rest] = possible;
  if (chosen === undefined) return { choice: undefined, excluded };
  const others = rest.map((candidate) => ({ candidate, whyNot: advantage(chosen, candidate) }));
  const found = new Set<Criterion | "order">(others.map(({ whyNot }) => whyNot));
  const inOrder = ([...criteria, "order"] as const).filter((one) => found.has(one));
  return {
    choice: {
      chosen,
      reasons: inOrder.length === 0 ? ["only_way"] : inOrder,
      others: [...others, ...excluded],
    },
    excluded,
  };
}

function exclusionOf(
  amount: bigint,
  candidate: Candidate,
  tried: readonly { bankId: string; railId: string | null }[],
): Exclusion | undefined {
  const { bankId, rail, maxPerPayment, leftToday } = candidate;
  const ruledOut: Record<Exclusion, boolean> = {
    already_tried: tried.some(
      (one) => one.bankId === bankId && (one.railId === null || one.railId === rail.id),
    ),
    other_currency: !candidate.carriesCurrency,
    out_of_reach: !candidate.reaches,
    over_payment_limit: maxPerPayment !== null && amount > maxPerPayment,
    over_day_limit: leftToday !== null && amount > leftToday,
  };
  return exclusions.find((one) => ruledOut[one]);
}

function compare(a: Candidate, b: Candidate): number {
  for (const criterion of criteria) {
    const [left, right] = [measures[criterion](a), measures[criterion](b)];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

/** The first thing in which one way is better than another; `order` where they differ in name only. */
function advantage(better: Candidate, other: Candidate): Criterion | "order" {
  return criteria.find((criterion) => measures[criterion](better) < measures[criterion](other)) ?? "order";
}

function byName(a: Candidate, b: Candidate): number {
  const [left, right] = [`${a.bankId} ${a.rail.id}`, `${b.bankId} ${b.rail.id}`];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** What a rail costs the operator for one payment, minor units; a part of one counts as a whole. */
export function feeOf(fee: { fixed: bigint; perMille: bigint }, amount: bigint): bigint {
  return fee.fixed + (amount * fee.perMille + 999n) / 1_000n;
}
