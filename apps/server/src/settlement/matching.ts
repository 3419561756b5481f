import { compareNames } from "../banks/index.ts";
import { exactSums } from "./exact-sums.ts";
import { type Sighted, sightReference } from "./references.ts";

/** A line of a statement that waits in suspense. Amounts are minor units; the sign is told by the direction. */
export type OpenLine = {
  /** Of its open break. */
  id: string;
  amount: bigint;
  bookingDate: string;
  endToEndId: string | null;
  remittance: string | null;
  counterpartyName: string | null;
  /** How many payments the bank says the line stands for. */
  count: number | null;
};

/** A payment that waits for its line, of the same account, currency and direction. */
export type OpenPayment = {
  id: string;
  amount: bigint;
  /** The day it went to the bank, in the bank's zone. */
  sentOn: string;
  reference: string;
  /** Names that the other side may go by. */
  names: readonly string[];
};

/** One thing that speaks for a match. `match-words.ts` says it in words. */
export type Reason =
  | { code: "reference"; sighted: Sighted }
  | { code: "same_amount" }
  | { code: "other_amount" }
  | { code: "payments_add_up"; count: number; isOnlyWay: boolean; asCounted: boolean }
  | { code: "lines_add_up"; count: number; isOnlyWay: boolean }
  /** Days from the payment to the line, where it is one of each. Negative: the bank's calendar is behind. */
  | { code: "days"; days: number }
  /** Several payments went to the bank on one day, so many days before the line. */
  | { code: "sent_together"; days: number }
  | { code: "name"; isExact: boolean };

/**
 * Lines and payments that may belong together: one of each, one line and several payments, or several lines and one
 * payment. Only an `exact` one, equal to the minor unit, can be accepted.
 */
export type Suggestion = {
  lines: string[];
  payments: string[];
  isExact: boolean;
  /** 1 to 100: how much speaks for it. An order of what to look at first, no probability. */
  score: number;
  reasons: Reason[];
};

/** Longest time between a payment and its line. */
export const longestDays = 30;
/** A line may bear the day before its payment was sent, when the bank's clock is behind; no earlier one can be its own. */
export const earliestDays = -1;
const mostSuggestions = 5;
/** Sums are looked for among so many of the nearest at most. */
const mostParts = 40;

export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);
}

/** Whether a line can be a payment's at all by its day: money that came before cannot have come for it. */
export function fitsInTime(
  line: Pick<OpenLine, "bookingDate">,
  payment: Pick<OpenPayment, "sentOn">,
): boolean {
  const days = daysBetween(payment.sentOn, line.bookingDate);
  return days >= earliestDays && days <= longestDays;
}

/** What a line may be, best first. `lines` are the other lines in suspense of the same account and direction. */
export function suggestForLine(
  line: OpenLine,
  lines: readonly OpenLine[],
  payments: readonly OpenPayment[],
): Suggestion[] {
  const inTime = payments.filter((payment) => fitsInTime(line, payment));
  const others = lines.filter((one) => one.id !== line.id);
  const larger = inTime
    .filter((payment) => payment.amount > line.amount)
    .map((payment) => ({ payment, score: scoreOf(pairReasons(line, payment)) }))
    .sort((a, b) => b.score - a.score)
    .slice(0, 20);
  return ranked([
    ...pairs([line], inTime),
    ...linePayments(line, inTime),
    ...larger.flatMap(({ payment }) => paymentLines(payment, [line, ...others], line)),
  ]);
}

/** Where a payment may be, best first. `lines` are those in suspense of the same account and direction. */
export function suggestForPayment(
  payment: OpenPayment,
  lines: readonly OpenLine[],
  payments: readonly OpenPayment[],
): Suggestion[] {
  const inTime = lines.filter((line) => fitsInTime(line, payment));
  const larger = inTime.filter((line) => line.amount > payment.amount).slice(0, 20);
  return ranked([
    ...pairs(inTime, [payment]),
    ...paymentLines(payment, inTime),
    ...larger.flatMap((line) =>
      linePayments(
        line,
        [payment, ...payments.filter((one) => one.id !== payment.id)].filter((one) => fitsInTime(line, one)),
        payment,
      ),
    ),
  ]);
}

/** One line, one payment. A line that bears another payment's very reference is not this one's by a slip. */
function pairs(lines: readonly OpenLine[], payments: readonly OpenPayment[]): Suggestion[] {
  return lines.flatMap((line) => {
    const found = payments.map((payment) => ({ payment, reasons: pairReasons(line, payment) }));
    const isNamed = found.some(({ reasons }) => sightedIn(reasons)?.as === "same");
    return found.flatMap(({ payment, reasons }) => {
      const isExact = payment.amount === line.amount;
      const sighted = sightedIn(reasons);
      if (!isExact && sighted === undefined) return [];
      if (isNamed && sighted?.as !== "same" && sighted !== undefined) return [];
      return [{ lines: [line.id], payments: [payment.id], isExact, score: scoreOf(reasons), reasons }];
    });
  });
}

/** One line, several payments: a batch that the bank booked as one. `with` must be among them. */
function linePayments(
  line: OpenLine,
  payments: readonly OpenPayment[],
  withPayment?: OpenPayment,
): Suggestion[] {
  const known = new Map(payments.map((payment) => [payment.id, payment]));
  const groups = sumsWith(
    nearest(payments, (payment) => daysBetween(payment.sentOn, line.bookingDate), withPayment),
    line.amount,
    withPayment,
  );
  return groups.map((ids) => {
    const members = ids.map((id) => known.get(id) as OpenPayment);
    const reasons: Reason[] = [
      {
        code: "payments_add_up",
        count: ids.length,
        isOnlyWay: groups.length === 1,
        asCounted: line.count === ids.length,
      },
    ];
    const days = members.map(({ sentOn }) => daysBetween(sentOn, line.bookingDate));
    const latest = Math.max(...days);
    reasons.push({ code: new Set(days).size === 1 ? "sent_together" : "days", days: latest });
    if (members.every((payment) => nameOf(line, payment) !== undefined))
      reasons.push({ code: "name", isExact: true });
    return { lines: [line.id], payments: ids, isExact: true, score: scoreOf(reasons), reasons };
  });
}

/** Several lines, one payment: the bank carried it out in parts. `withLine` must be among them. */
function paymentLines(payment: OpenPayment, lines: readonly OpenLine[], withLine?: OpenLine): Suggestion[] {
  const inTime = lines.filter((line) => fitsInTime(line, payment));
  const known = new Map(inTime.map((line) => [line.id, line]));
  const groups = sumsWith(
    nearest(inTime, (line) => daysBetween(payment.sentOn, line.bookingDate), withLine),
    payment.amount,
    withLine,
  );
  return groups.map((ids) => {
    const members = ids.map((id) => known.get(id) as OpenLine);
    const reasons: Reason[] = [{ code: "lines_add_up", count: ids.length, isOnlyWay: groups.length === 1 }];
    const sighted = members.map((line) => sighting(line, payment)).filter((one) => one !== null);
    const [weakest] = sighted.sort((a, b) => sightingScore(a) - sightingScore(b));
    if (weakest && sighted.length === members.length) reasons.push({ code: "reference", sighted: weakest });
    const names = members.map((line) => nameOf(line, payment));
    if (names.every((name) => name !== undefined))
      reasons.push({ code: "name", isExact: names.every((name) => name?.isExact) });
    reasons.push({
      code: "days",
      days: Math.max(...members.map(({ bookingDate }) => daysBetween(payment.sentOn, bookingDate))),
    });
    return { lines: ids, payments: [payment.id], isExact: true, score: scoreOf(reasons), reasons };
  });
}

/** Exact groups, those with a given member only where one is given. */
function sumsWith(
  parts: readonly { id: string; amount: bigint }[],
  total: bigint,
  member?: { id: string; amount: bigint },
): string[][] {
  if (member === undefined) return exactSums(parts, total);
  const rest = parts.filter(({ id }) => id !== member.id);
  const missing = total - member.amount;
  const single = rest
    .filter(({ amount }) => amount === missing)
    .slice(0, 3)
    .map(({ id }) => [id]);
  return [...single, ...exactSums(rest, missing)].slice(0, 3).map((ids) => [member.id, ...ids]);
}

function nearest<Part extends { id: string }>(
  parts: readonly Part[],
  days: (part: Part) => number,
  always?: Part,
): Part[] {
  const sorted = parts
    .filter(({ id }) => id !== always?.id)
    .map((part) => ({ part, away: Math.abs(days(part)) }))
    .sort((a, b) => a.away - b.away);
  return [...(always ? [always] : []), ...sorted.slice(0, mostParts).map(({ part }) => part)];
}

function pairReasons(line: OpenLine, payment: OpenPayment): Reason[] {
  const reasons: Reason[] = [];
  const sighted = sighting(line, payment);
  if (sighted !== null) reasons.push({ code: "reference", sighted });
  reasons.push({ code: payment.amount === line.amount ? "same_amount" : "other_amount" });
  reasons.push({ code: "days", days: daysBetween(payment.sentOn, line.bookingDate) });
  const name = nameOf(line, payment);
  if (name !== undefined) reasons.push(name);
  return reasons;
}

/** The best that any field of the line says of the payment's reference. */
function sighting(line: OpenLine, payment: OpenPayment): Sighted | null {
  const found = [line.endToEndId, line.remittance]
    .map((field) => (field === null ? null : sightReference(payment.reference, field)))
    .filter((one) => one !== null);
  return found.sort((a, b) => sightingScore(b) - sightingScore(a))[0] ?? null;
}

function nameOf(line: OpenLine, payment: OpenPayment): Extract<Reason, { code: "name" }> | undefined {
  const { counterpartyName } = line;
  if (counterpartyName === null) return undefined;
  const results = payment.names.map((name) => compareNames(name, counterpartyName));
  if (results.includes("match")) return { code: "name", isExact: true };
  return results.includes("close_match") ? { code: "name", isExact: false } : undefined;
}

const sightedIn = (reasons: readonly Reason[]) =>
  reasons.find((reason) => reason.code === "reference")?.sighted;

function sightingScore(sighted: Sighted): number {
  switch (sighted.as) {
    case "same":
      return 60;
    case "in_text":
      return 55;
    case "cut":
      return 45;
    case "slip":
      return 50 - 8 * sighted.edits;
  }
}

function scoreOf(reasons: readonly Reason[]): number {
  const sum = reasons.reduce((total, reason) => total + pointsOf(reason), 0);
  // An amount that differs cannot be accepted, so nothing that can stands behind it.
  const isOther = reasons.some(({ code }) => code === "other_amount");
  return Math.max(1, Math.min(isOther ? 20 : 100, sum));
}

function pointsOf(reason: Reason): number {
  switch (reason.code) {
    case "reference":
      return sightingScore(reason.sighted);
    case "same_amount":
      return 25;
    case "other_amount":
      return -40;
    case "payments_add_up":
      return 20 + (reason.isOnlyWay ? 15 : 0) + (reason.asCounted ? 15 : 0);
    case "lines_add_up":
      return 20 + (reason.isOnlyWay ? 15 : 0);
    case "days":
      return Math.max(0, 10 - 2 * Math.abs(reason.days));
    case "sent_together":
      return 5 + Math.max(0, 10 - 2 * Math.abs(reason.days));
    case "name":
      return reason.isExact ? 10 : 6;
  }
}

function ranked(suggestions: readonly Suggestion[]): Suggestion[] {
  const seen = new Set<string>();
  return suggestions
    .toSorted(
      (a, b) => b.score - a.score || a.lines.length + a.payments.length - b.lines.length - b.payments.length,
    )
    .filter(({ lines, payments }) => {
      const key = JSON.stringify([lines.toSorted(), payments.toSorted()]);
      return seen.has(key) ? false : seen.add(key);
    })
    .slice(0, mostSuggestions);
}
