import type * as contract from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { PaymentRow } from "../payments/index.ts";
import { addDays, dateIn } from "../platform/clock.ts";
import { whySuggested } from "./match-words.ts";
import {
  earliestDays,
  longestDays,
  type OpenLine,
  type OpenPayment,
  type Suggestion,
  suggestForLine,
  suggestForPayment,
} from "./matching.ts";
import { directionOf, isWaiting, type ReconcileDeps } from "./rows.ts";
import type { BreakRow, LineRow } from "./sql.ts";
import * as sql from "./sql.ts";

type View = z.input<typeof contract.MatchSuggestion>;

/** So many payments, and so many lines, are looked at: the nearest in time. */
const mostCandidates = 300;
const dayMs = 86_400_000;

/** What an open break's line or payment may be matched with, best first; nothing for a break that has neither. */
export async function suggestionsFor(deps: ReconcileDeps, found: BreakRow): Promise<View[]> {
  if (found.closed_at !== null || found.kind === "closing_differs") return [];
  const timeZone = deps.banks.config(found.bank_id)?.timeZone ?? "UTC";
  const own = found.payment_id ? await deps.payments.byId(found.payment_id) : undefined;
  const isMissing = found.kind === "missing_on_statement";
  if (isMissing && (own === undefined || own.sent_at === null || !isWaiting(own))) return [];
  const [line] = found.line_id ? await sql.selectLines(deps.db, deps.vault, { ids: [found.line_id] }) : [];
  const direction = isMissing && own ? directionOf(own) : line?.direction;
  const day = isMissing && own?.sent_at ? dateIn(timeZone, own.sent_at) : line?.booking_date;
  if (direction === undefined || day === undefined) return [];

  const at = new Date(`${day}T12:00:00Z`);
  const account = { bankId: found.bank_id, currency: found.currency };
  const [lines, payments, busy] = await Promise.all([
    sql.selectWaitingLines(
      deps.db,
      deps.vault,
      { ...account, direction },
      { from: addDays(day, -longestDays), to: addDays(day, longestDays), day },
      mostCandidates,
    ),
    deps.payments.waitingForLine(
      { ...account, kinds: direction === "credit" ? ["top_up"] : ["withdrawal", "payout"] },
      {
        from: new Date(at.getTime() - (longestDays + 1) * dayMs),
        to: new Date(at.getTime() + (isMissing ? longestDays : 1 - earliestDays) * dayMs),
        at,
      },
      mostCandidates,
    ),
    sql.selectBeingMatched(deps.db),
  ]);
  const free = payments.filter((payment) => !busy.has(payment.id));
  const names = await deps.payments.namesOf(free);
  const openLines = lines.map(({ break_id, line }) => openLine(break_id, line));
  const openPayments = free.map((payment) => openPayment(payment, timeZone, names.get(payment.id) ?? []));
  const anchorLine = openLines.find(({ id }) => id === found.id);
  const anchorPayment = openPayments.find(({ id }) => id === own?.id);
  const suggestions = isMissing
    ? anchorPayment
      ? suggestForPayment(anchorPayment, openLines, openPayments)
      : []
    : anchorLine
      ? suggestForLine(anchorLine, openLines, openPayments)
      : [];
  const byBreak = new Map(lines.map(({ break_id, line }) => [break_id as string, line]));
  const byPayment = new Map(free.map((payment) => [payment.id as string, payment]));
  return suggestions.map((suggestion) =>
    viewOf(suggestion, found.currency, timeZone, byBreak, byPayment, names),
  );
}

const openLine = (breakId: string, line: LineRow): OpenLine => ({
  id: breakId,
  amount: line.amount,
  bookingDate: line.booking_date,
  endToEndId: line.end_to_end_id,
  remittance: line.remittance,
  counterpartyName: line.counterparty_name,
  count: line.batch?.count ?? null,
});

const openPayment = (payment: PaymentRow, timeZone: string, names: readonly string[]): OpenPayment => ({
  id: payment.id,
  amount: payment.amount,
  sentOn: dateIn(timeZone, payment.sent_at ?? payment.created_at),
  reference: payment.reference,
  names,
});

function viewOf(
  suggestion: Suggestion,
  currency: string,
  timeZone: string,
  lines: ReadonlyMap<string, LineRow>,
  payments: ReadonlyMap<string, PaymentRow>,
  names: ReadonlyMap<string, string[]>,
): View {
  const money = (minor: bigint) => toWire({ minor, currency });
  const members = suggestion.lines.flatMap((id) => {
    const line = lines.get(id);
    return line ? [{ breakId: id, line }] : [];
  });
  const paid = suggestion.payments.flatMap((id) => payments.get(id) ?? []);
  const sum = (amounts: readonly { amount: bigint }[]) =>
    amounts.reduce((total, { amount }) => total + amount, 0n);
  return {
    score: suggestion.score,
    exact: suggestion.isExact,
    why: whySuggested(suggestion.reasons),
    lines: members.map(({ breakId, line }) => ({
      breakId,
      amount: money(line.amount),
      direction: line.direction,
      bookingDate: line.booking_date,
      reference: line.end_to_end_id,
      counterpartyName: line.counterparty_name,
      remittance: line.remittance,
    })),
    payments: paid.map((payment) => ({
      paymentId: payment.id,
      kind: payment.kind,
      status: payment.status,
      amount: money(payment.amount),
      sentOn: dateIn(timeZone, payment.sent_at ?? payment.created_at),
      reference: payment.reference,
      names: names.get(payment.id) ?? [],
    })),
    difference: money(sum(members.map(({ line }) => line)) - sum(paid)),
  };
}
