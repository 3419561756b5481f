import { reasonText } from "@jinqiao/iso20022";
import { formatDecimal, type Id } from "@jinqiao/money";
import { hashOf, type Instruction, type Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { opening } from "./case-rows.ts";
import { moveFor } from "./lifecycle.ts";
import { balanceEvents, changedEvents, requestIdOf, rowOf } from "./mover.ts";
import { isPaidOut, isPayout, ownAccount } from "./own-account.ts";
import type { PayoutRecords } from "./payouts.ts";
import { returnBooking } from "./return-books.ts";
import { selectReturnsOf } from "./return-sql.ts";
import type { PaymentRow } from "./sql.ts";
import * as sql from "./sql.ts";

/** What a line of a custody statement says of money that comes or goes back. */
export type ReturnFacts = {
  /** Minor units. */
  amount: bigint;
  /** ISO 20022 ExternalReturnReason1Code; null where the bank gives none. */
  code: string | null;
  /** The bank's own id of the line: the same line shown twice is booked once. */
  bankReference: string | null;
};

/** Why a line is not booked as the return of a payment. */
export type NotReturned =
  | "never_settled"
  | "too_much"
  | "shown_twice"
  | "ledger.account_closed"
  | "ledger.account_frozen";

export type ReturnOutcome =
  | { booked: true; payment: PaymentRow }
  | { booked: false; why: NotReturned }
  /** What stands in the same commit no longer fits: somebody else has placed the line meanwhile. */
  | { booked: false; why: "placed_meanwhile" };

export type Returns = {
  /**
   * Books money that a bank sends or takes back after settlement as a payment of its own that points to the first:
   * new postings, never a change of old ones. The first becomes `returned` when all of it came back.
   * @param together rows, guards and events that stand in the same commit, by the ids of payment and transfer
   * @param isPlaced whether `together` was stored by somebody else; asked when the commit finds something changed
   */
  book(
    originalId: string,
    facts: ReturnFacts,
    together: (ids: {
      paymentId: Id<"pay">;
      transferId: Id<"trf">;
    }) => Pick<Instruction, "rows" | "guards" | "events">,
    isPlaced: () => Promise<boolean>,
  ): Promise<ReturnOutcome>;
};

const maxRounds = 20;

export function createReturns(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  ledger: Ledger;
  payouts: Pick<PayoutRecords, "together">;
}): Returns {
  async function bearableBy(original: PaymentRow): Promise<bigint> {
    const { code } = ownAccount(original);
    const row = (await deps.ledger.balances(code)).find(({ currency }) => currency === original.currency);
    return row ? row.balance - row.held : 0n;
  }

  function draft(original: PaymentRow, facts: ReturnFacts): PaymentRow {
    assert(original.kind === "top_up" || isPaidOut(original.kind), "only payments with a bank come back");
    const id = deps.ids.next("pay");
    const now = deps.clock.now();
    const words = wordsFor(facts.code);
    return {
      ...original,
      id,
      kind: "return",
      status: "settled",
      original_id: original.id,
      original_kind: original.kind,
      consent_id: null,
      amount: facts.amount,
      note_sealed: null,
      reference: `JQ${id.slice(4).toUpperCase()}`,
      request_id: requestIdOf(id, 1),
      hold_id: null,
      bank_payment_id: facts.bankReference,
      bank_status: null,
      action_url: null,
      credited: false,
      reason_code: facts.code ?? "returned",
      reason_en: words.en,
      reason_zh: words.zh,
      sent_at: null,
      accepted_at: now,
      inquiries: 0,
      needs_review: false,
      payee_check: null,
      version: 1,
      created_at: now,
      updated_at: now,
    };
  }

  return {
    async book(originalId, facts, together, isPlaced) {
      let debitRefused = false;
      for (let round = 1; round <= maxRounds; round += 1) {
        const original = await sql.selectPayment(deps.db, originalId);
        assert(original, "what comes back is a payment that exists");
        const earlier = await selectReturnsOf(deps.db, [original.id]);
        if (facts.bankReference && earlier.some((one) => one.bank_payment_id === facts.bankReference))
          return { booked: false, why: (await isPlaced()) ? "placed_meanwhile" : "shown_twice" };
        const total = earlier.reduce((sum, one) => sum + one.amount, facts.amount);
        const move = moveFor(
          original.kind,
          original.status,
          total === original.amount ? "returned" : "returned_in_part",
        );
        if (original.status === "returned" || (move && total > original.amount))
          return { booked: false, why: "too_much" };
        if (move === undefined) return { booked: false, why: "never_settled" };

        const now = deps.clock.now();
        const returned = draft(original, facts);
        const whole = move.to === "returned";
        const words = whole ? wordsFor(facts.code) : partWords(original, total, facts.code);
        const next: PaymentRow = {
          ...original,
          status: move.to,
          reason_code: returned.reason_code,
          reason_en: words.en,
          reason_zh: words.zh,
          version: original.version + 1,
          updated_at: now,
        };
        const booking = returnBooking(returned, debitRefused ? 0n : await bearableBy(original));
        const transferId = deps.ids.next("trf");
        const owed =
          booking.owed > 0n && original.bank_id !== null
            ? opening(
                {
                  id: deps.ids.next("cse"),
                  kind: "money_owed",
                  payment_id: returned.id,
                  break_id: null,
                  bank_id: original.bank_id,
                  currency: original.currency,
                  amount: booking.owed,
                },
                now,
              )
            : { rows: [], events: [] };
        if (booking.owed > 0n) {
          const owes = `${formatDecimal(booking.owed, original.currency)} ${original.currency}`;
          returned.reason_en = `${returned.reason_en} Your balance no longer held ${owes} of it. You owe us this part; we will get in touch with you.`;
          returned.reason_zh = `${returned.reason_zh}您的余额已不足以扣回其中的 ${owes}，该部分为您的欠款，我们会与您联系。`;
        }
        const extra = together({ paymentId: returned.id, transferId });
        const kept = isPayout(original)
          ? await deps.payouts.together({ before: original, after: next, moved: facts.amount, returned })
          : {};
        const outcome = await deps.ledger.commit({
          key: `payment/${original.id}/${original.version}/return/${round}/${deps.ids.next("att")}`,
          hash: hashOf({ return: returned.id, amount: facts.amount }),
          transfer: { id: transferId, kind: booking.kind, subject: returned.id, postings: booking.postings },
          rows: [
            rowOf(returned, "on_statement"),
            // A part that came back is a step of the timeline too, although the status stays.
            rowOf(next, whole ? "returned" : "returned_in_part"),
            ...owed.rows,
            ...(kept.rows ?? []),
            ...(extra.rows ?? []),
          ],
          guards: [
            { check: "payments.stale", arg: { id: original.id, version: original.version }, id: original.id },
            ...(kept.guards ?? []),
            ...(extra.guards ?? []),
          ],
          events: [
            ...changedEvents(returned),
            ...changedEvents(next),
            ...balanceEvents(returned),
            ...owed.events,
            ...(extra.events ?? []),
          ],
        });
        if (outcome.status === "accepted" || outcome.status === "replayed")
          return { booked: true, payment: returned };
        if (outcome.status === "stale" && (await isPlaced()))
          return { booked: false, why: "placed_meanwhile" };
        if (outcome.status === "refused") {
          const { code } = outcome;
          if (code === "ledger.account_closed" || code === "ledger.account_frozen") {
            // The bank has taken the money all the same; without the account the whole of it is owed.
            if (isPaidOut(original.kind) || debitRefused) return { booked: false, why: code };
            debitRefused = true;
          } else if (code !== "payment.insufficient_funds") throw new Refusal(code);
        }
      }
      throw new Refusal("payment.changed_meanwhile");
    },
  };
}

type Words = { en: string; zh: string };

function wordsFor(code: string | null): Words {
  return code === null || code === "NARR"
    ? { en: "The bank gave no reason.", zh: "银行未说明原因。" }
    : reasonText(code, "return");
}

function partWords(original: PaymentRow, total: bigint, code: string | null): Words {
  const text = `${formatDecimal(total, original.currency)} ${original.currency}`;
  const why = wordsFor(code);
  return {
    en: `${text} of this payment came back. ${why.en}`,
    zh: `该笔款项中已有 ${text} 被退回。${why.zh}`,
  };
}
