import type { DomainEvent } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { event } from "../platform/events.ts";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";
import type { PaymentRow } from "./sql.ts";

/**
 * Why a person must look: the bank stays silent, a hold would end before it spoke, money came that fits nothing, or a
 * top-up was taken back and the customer no longer has the money.
 */
type CaseKind = "outcome_unknown" | "hold_ending" | "late_money" | "money_owed";

/** A case as stored. The amount is in minor units. */
export type CaseRow = {
  id: Id<"cse">;
  kind: CaseKind;
  payment_id: Id<"pay"> | null;
  break_id: Id<"brk"> | null;
  bank_id: string;
  currency: string;
  amount: bigint;
  opened_at: Date;
  closed_at: Date | null;
  outcome: string | null;
  /** Ids of the staff who ended it, with a comma between; null where news ended it. */
  closed_by_id: string | null;
  /** Their names, where an earlier release kept those. */
  closed_by: string | null;
  /** What one person proposed and a second one has not confirmed yet. */
  proposed_action: "confirm_done" | "give_back" | "write_off_debt" | null;
  proposed_note: string | null;
  proposed_by_id: string | null;
  proposed_at: Date | null;
};
export type CaseActionRow = {
  id: string;
  case_id: string;
  at: Date;
  action: string;
  note: string;
  staff_id: string;
  result: string;
  step: "proposed" | "done";
};

export const caseData = {
  table: "payments.staff_case",
  id: "id",
  columns: ["closed_by", "proposed_note"],
} as const satisfies PersonalTable;
export const caseActionData = {
  table: "payments.case_action",
  id: "id",
  columns: ["note"],
} as const satisfies PersonalTable;

/** Rows for the writers of this module, and the events that tell staff; part of the commit they belong to. */
type CaseChange = {
  rows: { writer: "payments.write" | "payments.write_case_proposal"; row: Record<string, unknown> }[];
  events: DomainEvent[];
};

const write = (row: Record<string, unknown>) => ({ writer: "payments.write" as const, row });

/** How long a hold lasts, in days: longer than usual waits for a bank. */
export const holdDays = 90;
/** How long before its end a hold is taken anew while nobody knows what the bank did. */
export const renewalDays = 10;

/** Opens a case; a second one of its kind for the same payment changes nothing. */
export function opening(
  found: Pick<CaseRow, "id" | "kind" | "payment_id" | "break_id" | "bank_id" | "currency" | "amount">,
  now: Date,
): CaseChange {
  const row = { ...found, amount: found.amount.toString(), opened_at: now.toISOString() };
  return { rows: [write({ case: row })], events: [changed(found.payment_id, "open")] };
}

/** Ends what is open about a payment, or about a line in suspense. */
export function ending(
  about: { paymentId: Id<"pay"> } | { breakId: Id<"brk"> },
  end: { outcome: string; byId: string | null; at: Date },
): CaseChange {
  const paymentId = "paymentId" in about ? about.paymentId : null;
  return {
    rows: [write({ casesEnd: { ...about, ...end, at: end.at.toISOString() } })],
    events: [changed(paymentId, "closed")],
  };
}

export function acting(vault: Vault, { note, ...action }: CaseActionRow): CaseChange["rows"][number] {
  const note_sealed = personalData(vault, caseActionData).seal("note", action, note);
  return write({ caseAction: { ...action, note_sealed, at: action.at.toISOString() } });
}

/** Puts a proposal in the place of the one before; null takes that away. */
export function proposing(
  vault: Vault,
  row: CaseRow,
  proposal: { action: string; note: string; byId: string; at: Date } | null,
): CaseChange {
  return {
    rows: [
      {
        writer: "payments.write_case_proposal",
        row: {
          id: row.id,
          proposal: proposal && {
            action: proposal.action,
            noteSealed: personalData(vault, caseData).seal("proposed_note", row, proposal.note),
            byId: proposal.byId,
            at: proposal.at.toISOString(),
          },
        },
      },
    ],
    events: [changed(row.payment_id, "open")],
  };
}

/** The case is still open, and what is proposed for it is what was read. */
export const caseGuard = (row: CaseRow) => ({
  check: "payments.case_not_as_seen",
  id: row.id,
  arg: { id: row.id, action: row.proposed_action, byId: row.proposed_by_id },
});

/** What a move of a payment means for its cases: one begins when asking has led nowhere, all end with an outcome. */
export function casesOf(
  before: PaymentRow,
  after: PaymentRow,
  { now, byId, newId }: { now: Date; byId: string | null; newId: () => Id<"cse"> },
): CaseChange {
  const undecided = ["authorised", "unknown", "action_required"];
  if (
    after.needs_review &&
    !before.needs_review &&
    after.bank_id !== null &&
    undecided.includes(after.status)
  )
    return opening(
      {
        id: newId(),
        kind: "outcome_unknown",
        payment_id: after.id,
        break_id: null,
        bank_id: after.bank_id,
        currency: after.currency,
        amount: after.amount,
      },
      now,
    );
  const ageMs = now.getTime() - before.created_at.getTime();
  const mayHaveCase = before.needs_review || ageMs > (holdDays - renewalDays) * 86_400_000;
  if (mayHaveCase && undecided.includes(before.status) && !undecided.includes(after.status))
    return ending({ paymentId: after.id }, { outcome: after.status, byId, at: now });
  return { rows: [], events: [] };
}

function changed(paymentId: Id<"pay"> | null, status: "open" | "closed"): DomainEvent {
  return event("case.changed", { paymentId, status });
}
