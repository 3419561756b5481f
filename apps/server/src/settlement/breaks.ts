import type { Staff } from "@jinqiao/contract";
import {
  custodyAccount,
  customerAccount,
  type Instruction,
  losses,
  type Outcome,
  type Posting,
  suspense,
} from "../ledger/index.ts";
import { caseEnding, type PaymentRow } from "../payments/index.ts";
import { Refusal } from "../platform/errors.ts";
import { event } from "../platform/events.ts";
import { breakGuard, isWaiting, type ReconcileDeps } from "./rows.ts";
import { closeOf, proposalOf } from "./sealed-rows.ts";
import type { BreakAction, BreakRow } from "./sql.ts";
import * as sql from "./sql.ts";

/**
 * What may close a break. Every way is a posting, and leaves bank and books equal:
 * `credit_payment_customer` money that came for an ended payment goes to its customer;
 * `complete_payment` the payment is settled as agreed, a difference goes to losses;
 * `reverse_payment` the payment is undone, because the bank never moved it;
 * `write_off` the operator bears it (or keeps it), in losses.
 */
export function actionsFor(found: BreakRow, payment: PaymentRow | undefined): BreakAction[] {
  if (found.closed_at !== null) return [];
  switch (found.kind) {
    case "unexpected_line":
    case "answer_differs":
      return payment && payment.kind === "top_up" && (found.bank_amount ?? 0n) > 0n
        ? ["credit_payment_customer", "write_off"]
        : ["write_off"];
    case "amount_differs":
      return payment && isWaiting(payment) ? ["complete_payment"] : ["write_off"];
    case "missing_on_statement":
      return payment?.status === "submitted" ? ["reverse_payment"] : [];
    case "closing_differs":
      return ["write_off"];
  }
}

/** What the operator bears is decided by two people: writing off, and settling a payment whose amount differs. */
export function needsTwo(found: BreakRow, action: BreakAction): boolean {
  return action === "write_off" || (action === "complete_payment" && found.kind === "amount_differs");
}

/**
 * The first person's word on what two must decide; nothing is posted. Another proposal takes its place. Safe to repeat
 * with the same key.
 */
async function propose<View>(
  deps: ReconcileDeps,
  staff: Staff,
  request: { key: string; hash: string },
  found: BreakRow,
  input: { action: BreakAction; note: string },
  viewOf: (proposed: BreakRow) => Promise<View>,
): Promise<View> {
  const at = deps.clock.now();
  const result = await viewOf({
    ...found,
    proposed_action: input.action,
    proposed_note: input.note,
    proposed_by_id: staff.id,
    proposed_at: at,
  });
  const propose = proposalOf(deps.vault, found.id, { ...input, byId: staff.id, at });
  return answerOf(
    await deps.ledger.commit<View>({
      ...request,
      result,
      rows: [{ writer: "settlement.write", row: { propose } }],
      guards: [breakGuard(found)],
      events: [event("break.changed", { breakId: found.id, status: "open" })],
    } satisfies Instruction),
  );
}

/** What a commit answers, or the refusal it came to. */
export function answerOf<View>(outcome: Outcome<View>): View {
  switch (outcome.status) {
    case "accepted":
    case "replayed":
      return outcome.result;
    case "stale":
      throw new Refusal("settlement.break_closed");
    case "conflict":
      throw new Refusal("idempotency.key_reused");
    case "refused":
      throw new Refusal(outcome.code);
  }
}

/**
 * Closes a break by its posting; break, posting and payment change in one commit. Safe to repeat with the same key:
 * the answer is built before the commit and stored with it.
 */
export async function resolveBreak<View>(
  deps: ReconcileDeps,
  staff: Staff,
  request: { key: string; hash: string },
  breakId: string,
  input: { action: BreakAction; note: string },
  viewOf: (closed: BreakRow) => Promise<View>,
): Promise<View> {
  const found = await sql.selectBreak(deps.db, deps.vault, breakId);
  if (found === undefined) throw new Refusal("request.not_found");
  if (found.closed_at !== null) throw new Refusal("settlement.break_closed");
  const payment = found.payment_id ? await deps.payments.byId(found.payment_id) : undefined;
  if (!actionsFor(found, payment).includes(input.action))
    throw new Refusal("settlement.resolution_not_possible");

  const two = needsTwo(found, input.action);
  if (two && found.proposed_action !== input.action)
    return propose(deps, staff, request, found, input, viewOf);
  if (two && found.proposed_by_id === staff.id) throw new Refusal("settlement.second_person_needed");
  const by = two ? `${found.proposed_by_id}, ${staff.id}` : staff.id;
  const note = two ? `${found.proposed_note} / ${input.note}` : input.note;

  const transferId = deps.ids.next("trf");
  const at = deps.clock.now();
  const closed: BreakRow = {
    ...found,
    action: input.action,
    note,
    closed_by_id: by,
    closed_at: at,
    transfer_id: transferId,
  };
  const result = await viewOf(closed);
  const cases = caseEnding({ breakId: found.id }, { outcome: input.action, byId: by, at });
  const closing = {
    rows: [
      ...cases.rows,
      {
        writer: "settlement.write",
        row: {
          close: closeOf(deps.vault, found.id, {
            action: input.action,
            note,
            byId: by,
            by: null,
            at,
            transferId,
          }),
        },
      },
    ],
    guards: [breakGuard(found, two)],
    events: [
      event("break.changed", { breakId: found.id, status: "closed" }),
      ...(found.kind === "unexpected_line" || found.kind === "answer_differs" ? cases.events : []),
    ],
  };

  if (payment && (input.action === "complete_payment" || input.action === "reverse_payment")) {
    const { moved } = await deps.payments.apply(
      payment.id,
      input.action === "complete_payment"
        ? {
            cause: "on_statement",
            transferId,
            from: { account: suspense(found.bank_id, found.currency), amount: abs(found.bank_amount ?? 0n) },
          }
        : { cause: "reversed_by_staff", transferId, reason: reversed },
      () => ({ ...closing, request: { ...request, result } }),
    );
    if (!moved) throw new Refusal("payment.changed_meanwhile");
    return result;
  }
  const credited =
    payment && input.action === "credit_payment_customer"
      ? [event("balance.changed", { customerId: payment.customer_id, currency: found.currency })]
      : [];
  const outcome = await deps.ledger.commit<View>({
    ...request,
    result,
    transfer: {
      id: transferId,
      kind: `break.${input.action}`,
      subject: found.payment_id ?? found.id,
      postings: [postingFor(found, input.action, payment)],
    },
    ...closing,
    events: [...closing.events, ...credited],
  } satisfies Instruction);
  return answerOf(outcome);
}

function postingFor(found: BreakRow, action: BreakAction, payment: PaymentRow | undefined): Posting {
  const gap = losses("unreconciled", found.currency);
  if (found.kind === "closing_differs") {
    const custody = custodyAccount(found.bank_id, found.currency);
    const difference = (found.bank_amount ?? 0n) - (found.ledger_amount ?? 0n);
    return difference > 0n
      ? { debit: custody, credit: gap, amount: difference }
      : { debit: gap, credit: custody, amount: -difference };
  }
  const waiting = suspense(found.bank_id, found.currency);
  const amount = found.bank_amount ?? 0n;
  if (action === "credit_payment_customer" && payment)
    return { debit: waiting, credit: customerAccount(payment.customer_id, found.currency), amount };
  return amount > 0n
    ? { debit: waiting, credit: gap, amount }
    : { debit: gap, credit: waiting, amount: -amount };
}

const abs = (value: bigint): bigint => (value < 0n ? -value : value);
const reversed = {
  code: "not_settled",
  text: {
    en: "The bank did not carry out this payment. It was undone and your balance put right.",
    zh: "银行未执行该笔付款，我们已将其撤销并更正您的余额。",
  },
};
