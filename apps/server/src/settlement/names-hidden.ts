import type * as contract from "@jinqiao/contract";
import type { Staff } from "@jinqiao/contract";
import type { z } from "zod";
import { maskName } from "../identity/index.ts";
import type { ReconcileDeps } from "./rows.ts";

type Line = z.input<typeof contract.StatementLine>;
type Break = z.input<typeof contract.Break>;
type Suggestion = z.input<typeof contract.MatchSuggestion>;
type Deps = Pick<ReconcileDeps, "payments">;
type Looking = Pick<Staff, "id">;

/** Our references; a bank's remittance text may hold anything else, names among it. */
const ours = /\bJQ[0-9A-Z]{26}\b/g;

/**
 * What statements tell of people, as a member of staff may see it now: names stand in full where that person has said
 * why for the customer of the payment that the line belongs to. Whoever sent money that fits no payment stays masked:
 * nobody knows yet whose data it is.
 */
export async function hideInLines(deps: Deps, staff: Looking, lines: readonly Line[]): Promise<Line[]> {
  const open = await deps.payments.namesOpen(
    staff,
    lines.flatMap(({ paymentId }) => paymentId ?? []),
  );
  return lines.map((line) => (open.has(line.paymentId ?? "") ? line : hidden(line)));
}

export async function hideInBreaks(deps: Deps, staff: Looking, breaks: readonly Break[]): Promise<Break[]> {
  const paymentsOf = (one: Break) => [
    ...(one.paymentId === null ? [] : [one.paymentId]),
    ...one.matches.map(({ paymentId }) => paymentId),
  ];
  const open = await deps.payments.namesOpen(staff, breaks.flatMap(paymentsOf));
  return breaks.map((one) => {
    const payments = paymentsOf(one);
    const isOpen = payments.length > 0 && payments.every((id) => open.has(id));
    const name = one.bankSide?.counterpartyName ?? null;
    if (isOpen || one.bankSide === null || name === null) return one;
    return { ...one, bankSide: { ...one.bankSide, counterpartyName: maskName(name) } };
  });
}

export async function hideInSuggestions(
  deps: Deps,
  staff: Looking,
  suggestions: readonly Suggestion[],
): Promise<Suggestion[]> {
  const open = await deps.payments.namesOpen(
    staff,
    suggestions.flatMap(({ payments }) => payments.map(({ paymentId }) => paymentId)),
  );
  return suggestions.map((suggestion) => ({
    ...suggestion,
    lines: suggestion.payments.every(({ paymentId }) => open.has(paymentId))
      ? suggestion.lines
      : suggestion.lines.map(hidden),
    payments: suggestion.payments.map((payment) =>
      open.has(payment.paymentId) ? payment : { ...payment, names: payment.names.map(maskName) },
    ),
  }));
}

/** A line that names nobody is a booking of the bank itself, such as a fee: its text stays. */
function hidden<L extends Pick<Line, "counterpartyName" | "remittance">>(line: L): L {
  const { counterpartyName, remittance } = line;
  if (counterpartyName === null) return line;
  return {
    ...line,
    counterpartyName: maskName(counterpartyName),
    remittance: remittance === null ? null : (remittance.match(ours) ?? ["***"]).join(" "),
  };
}
