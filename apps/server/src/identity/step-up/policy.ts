import type { StepUpMethodKind, StepUpReason } from "@jinqiao/contract";
import { type Currency, exponentOf, type Money } from "@jinqiao/money";

/** Thresholds of one currency in minor units. */
export type Thresholds = {
  /** Up to here a payment may go without being confirmed, when nothing else asks for it. */
  exemptUpTo: bigint;
  /** What such payments may come to together since the last confirmed one. */
  exemptSum: bigint;
  /** Above this only what is bound to the payment itself confirms it: no PIN, no plain one-time code. */
  strongFrom: bigint;
};

/** When a payment has to be confirmed, as plain data. */
export type StepUpPolicy = {
  /** `never` is for tests about other things; no setting of an installation leads to it. */
  asks: "by_rules" | "never";
  thresholds(currency: Currency): Thresholds | undefined;
  /** How many payments may go without in a row. */
  exemptCount: number;
  /** How long a payment can be confirmed and then made, milliseconds. */
  lifeMs: number;
  /** For how long after that the same attempt may be sent again, when its answer was lost, milliseconds. */
  repeatMs: number;
  /** Wrong answers in a row before codes wait, and for how long, milliseconds. */
  maxTries: number;
  lockMs: number;
};

/**
 * In whole major units: exempt each, exempt together, strong from.
 * EUR: PSD2 RTS (EU) 2018/389, Art. 16: 30 and 100. GBP: the FCA's technical standards, Art. 16: 25 and 85. CNY: below
 * the 1,000 a day that a Chinese payment institution may let go with fewer than two elements, and strong well below the
 * 5,000 without certificate or signature (People's Bank of China, announcement 43 of 2015, Art. 24). The others are
 * the euro amounts, rounded down. `strongFrom` is the operator's own choice.
 */
const majorUnits: Readonly<Record<string, readonly [bigint, bigint, bigint]>> = {
  CNY: [200n, 700n, 1_000n],
  CZK: [700n, 2_400n, 3_500n],
  EUR: [30n, 100n, 150n],
  GBP: [25n, 85n, 125n],
  JPY: [4_500n, 15_000n, 22_500n],
  KWD: [9n, 30n, 45n],
  USD: [30n, 100n, 150n],
};

/** What installations use. Times: RTS Art. 4(3): five tries, five minutes. */
export const usualStepUpPolicy: StepUpPolicy = {
  asks: "by_rules",
  thresholds(currency) {
    const row = majorUnits[currency];
    if (row === undefined) return undefined;
    const scale = 10n ** BigInt(exponentOf(currency));
    return { exemptUpTo: row[0] * scale, exemptSum: row[1] * scale, strongFrom: row[2] * scale };
  },
  exemptCount: 5,
  lifeMs: 5 * 60_000,
  repeatMs: 15 * 60_000,
  maxTries: 5,
  lockMs: 15 * 60_000,
};

/** Asks for nothing: for tests about other things, and for nothing else. */
export const lenientStepUpPolicy: StepUpPolicy = { ...usualStepUpPolicy, asks: "never" };

/** What the policy decides on. `spent` and `count`: what went without since the last confirmed payment. */
export type PolicyFacts = {
  amount: Money;
  /** The customer has once confirmed a payment to this payee. */
  payeeKnown: boolean;
  /** The customer has asked not to be asked for small payments to this payee. */
  payeeTrusted: boolean;
  /** A payment was once confirmed from this device by what is bound to the payment itself. */
  deviceKnown: boolean;
  /** Nothing was done for five minutes, and nothing confirmed since (RTS Art. 4(3)(d)). */
  idle: boolean;
  /** Minor units of the payment's currency. */
  spent: bigint;
  count: number;
  /** Somebody (risk, staff, a recovery just done) asks that everything is confirmed. */
  demanded: boolean;
};

export type Decision =
  | { needed: false; exemption: "low_value" | "trusted_payee" }
  | { needed: true; reasons: StepUpReason[]; linkedOnly: boolean; pin: boolean };

/**
 * Whether a payment must be confirmed, why, and by what at least. Nothing is exempt but what the standards exempt: low
 * value (RTS Art. 16; both of its counters, though one would do) and trusted payees (Art. 13, here for sums below
 * `strongFrom` only). A currency without thresholds is always confirmed, by the strongest means.
 */
export function decide(policy: StepUpPolicy, facts: PolicyFacts): Decision {
  const limits = policy.thresholds(facts.amount.currency);
  const minor = facts.amount.minor;
  const reasons: StepUpReason[] = [];
  const trusted = facts.payeeTrusted && limits !== undefined && minor <= limits.strongFrom;
  if (limits === undefined || (minor > limits.exemptUpTo && !trusted)) reasons.push("above_limit");
  if (!facts.payeeKnown) reasons.push("new_payee");
  if (!facts.deviceKnown) reasons.push("new_device");
  if (facts.idle) reasons.push("idle");
  if (facts.demanded) reasons.push("risk");
  if (
    limits !== undefined &&
    !trusted &&
    minor <= limits.exemptUpTo &&
    (facts.count + 1 > policy.exemptCount || facts.spent + minor > limits.exemptSum)
  )
    reasons.push("cumulative");
  if (reasons.length === 0) return { needed: false, exemption: trusted ? "trusted_payee" : "low_value" };
  const linkedOnly = limits === undefined || minor > limits.strongFrom || facts.demanded;
  return {
    needed: true,
    reasons,
    linkedOnly,
    // The PIN is something known; the known device beside it is what is possessed.
    pin: !linkedOnly && facts.deviceKnown,
  };
}

/** What is bound to amount and payee by itself (RTS Art. 5): a signature or code made from or for this very payment. */
const linked: ReadonlySet<StepUpMethodKind> = new Set(["passkey", "in_app", "code"]);

/** Whether a method may confirm a payment for which that was decided. */
export function isAllowed(method: StepUpMethodKind, needed: { linkedOnly: boolean; pin: boolean }): boolean {
  if (linked.has(method)) return true;
  return method === "pin" ? needed.pin : !needed.linkedOnly;
}

/** Whether confirming by it shows the device to be the customer's. */
export function isLinked(method: StepUpMethodKind): boolean {
  return linked.has(method);
}
