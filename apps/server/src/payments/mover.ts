import { createHash } from "node:crypto";
import type { DomainEvent } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { hashOf, type Instruction, type Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { event, type Job } from "../platform/events.ts";
import type { Ids } from "../platform/ids.ts";
import { type Booking, type BookingFacts, bookingFor } from "./books.ts";
import { casesOf, holdDays, opening } from "./case-rows.ts";
import { type Cause, isRepeat, moveFor } from "./lifecycle.ts";
import { limitsOf } from "./limits.ts";
import { isPayout, ownAccount } from "./own-account.ts";
import type { PayoutRecords } from "./payouts.ts";
import type { PaymentRow, RouteRow } from "./sql.ts";
import * as sql from "./sql.ts";

/** What came in about a payment, with what it says. */
export type News = {
  cause: Cause;
  bankPaymentId?: string | null;
  bankStatus?: string | null;
  actionUrl?: string | null;
  reason?: { code: string; text: { en: string; zh: string } };
  from?: BookingFacts["from"];
  /** The bank's acceptance may still come back: nothing is credited before the statement. */
  creditsLater?: boolean;
  /** The bank that was asked: word of another than the one that has the order by now moves nothing. */
  bankId?: string;
  /** The move was decided on this version of the payment and is not made on any other. */
  ifVersion?: number;
  /** `rerouted`: by which way the payment goes from now on. */
  route?: { bankId: string; route: RouteRow };
  /** Name of the member of staff who decided it. */
  byId?: string;
  /** Id of the transfer, where the bringer of the news must know it beforehand. */
  transferId?: Id<"trf">;
};

/** What stands or falls with the move: rows, guards and events of the module that brought the news. */
export type Together = Pick<Instruction, "rows" | "guards" | "events" | "jobs"> & {
  /** When the move answers somebody's request: its key and hash, and what a replay is answered. */
  request?: { key: string; hash: string; result: unknown };
};

export type Moved = { payment: PaymentRow; moved: boolean; transferId: Id<"trf"> | null };

/** Moves payments by the table of `lifecycle.ts`, books what the move means, and commits both once. */
export type Mover = {
  /** @param payment its id, or its row where it was read just now: one that has moved since is read again */
  apply(
    payment: string | PaymentRow,
    news: News,
    together?: (transferId: Id<"trf"> | null) => Together,
  ): Promise<Moved>;
  /**
   * Takes a withdrawal's hold anew, so that its money stays set aside while nobody knows what the bank did, and opens
   * a case. @returns false when the payment moved meanwhile
   */
  renewHold(payment: PaymentRow): Promise<boolean>;
};

export function createMover(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  ledger: Ledger;
  payouts: Pick<PayoutRecords, "together">;
}): Mover {
  async function factsFor(payment: PaymentRow, news: News, creditInstantly: boolean): Promise<BookingFacts> {
    const facts: BookingFacts = { captured: payment.status === "submitted" };
    if (news.from) facts.from = news.from;
    if (creditInstantly) facts.instantCredit = true;
    if (payment.kind === "top_up" && payment.credited) {
      const wallet = (await deps.ledger.balances(`customer:${payment.customer_id}`)).find(
        (row) => row.currency === payment.currency,
      );
      const available = wallet ? wallet.balance - wallet.held : 0n;
      facts.recoverable = available < payment.amount ? (available > 0n ? available : 0n) : payment.amount;
    }
    return facts;
  }

  async function attempt(
    payment: PaymentRow,
    news: News,
    round: number,
    creditInstantly: boolean,
    together?: (transferId: Id<"trf"> | null) => Together,
  ): Promise<Moved | "again" | "no_room"> {
    const elsewhere = news.bankId !== undefined && news.bankId !== payment.bank_id;
    const move = elsewhere ? undefined : moveFor(payment.kind, payment.status, news.cause);
    // Two that read the same payment do not both send it: the first mark counts.
    const isTaken = news.cause === "sending" && payment.sent_at !== null;
    if (isTaken || (news.ifVersion !== undefined && news.ifVersion !== payment.version))
      return { payment, moved: false, transferId: null };
    if (move === undefined) {
      if (!isRepeat(payment.status, news.cause))
        await sql.insertUnfit(deps.db, payment, news.cause, deps.clock.now());
      return { payment, moved: false, transferId: null };
    }
    const now = deps.clock.now();
    const credits = creditInstantly && payment.kind === "top_up" && move.effect === "accept";
    const booking = bookingFor(payment, move.effect, await factsFor(payment, news, credits));
    const changes = move.to !== payment.status;
    // Another way is a step that people see, although the status stays.
    const isStep = changes || news.cause === "rerouted";
    const next: PaymentRow = {
      ...payment,
      status: move.to,
      // Each order sent has a request id of its own; what the bank said of an earlier, refused one no longer counts.
      ...(news.route ? { bank_id: news.route.bankId, route: news.route.route } : {}),
      ...(news.cause === "sending" || news.cause === "rerouted"
        ? {
            request_id: requestIdOf(payment.id, payment.version + 1),
            bank_payment_id: null,
            bank_status: null,
          }
        : {
            bank_payment_id: news.bankPaymentId ?? payment.bank_payment_id,
            bank_status: news.bankStatus ?? payment.bank_status,
          }),
      action_url: move.to === "action_required" ? (news.actionUrl ?? payment.action_url) : null,
      credited: payment.credited ? move.effect !== "undo" : credits,
      reason_code: news.reason?.code ?? (isStep ? null : payment.reason_code),
      reason_en: news.reason?.text.en ?? (isStep ? null : payment.reason_en),
      reason_zh: news.reason?.text.zh ?? (isStep ? null : payment.reason_zh),
      sent_at: news.cause === "sending" ? now : movedNothing.includes(news.cause) ? null : payment.sent_at,
      accepted_at: move.to === "submitted" ? (payment.accepted_at ?? now) : payment.accepted_at,
      inquiries: changes ? 0 : payment.inquiries + 1,
      needs_review: changes ? false : payment.needs_review || payment.inquiries + 1 >= maxInquiries,
      version: payment.version + 1,
      updated_at: now,
    };
    const transferId = booking.postings.length > 0 ? (news.transferId ?? deps.ids.next("trf")) : null;
    const extra = together?.(transferId) ?? {};
    const kept = isPayout(payment)
      ? await deps.payouts.together({ before: payment, after: next, moved: movedBy(booking, payment) })
      : {};
    const cases = casesOf(payment, next, { now, byId: news.byId ?? null, newId: () => deps.ids.next("cse") });
    const touchesBalance = booking.postings.length > 0 || booking.releases.length > 0;
    const limits = limitsOf(payment.currency);
    const outcome = await deps.ledger.commit({
      ...(extra.request ?? {
        key: `payment/${payment.id}/${payment.version}/${news.cause}/${round}/${deps.ids.next("att")}`,
        hash: hashOf({ to: next.status }),
      }),
      ...(transferId
        ? {
            transfer: { id: transferId, kind: booking.kind, subject: payment.id, postings: booking.postings },
          }
        : {}),
      releases: booking.releases,
      rows: [
        rowOf(next, isStep ? news.cause : undefined),
        ...cases.rows,
        ...(kept.rows ?? []),
        ...(extra.rows ?? []),
      ],
      guards: [
        { check: "payments.stale", arg: { id: payment.id, version: payment.version }, id: payment.id },
        ...(credits && limits
          ? [
              {
                check: "payments.no_instant_credit_room",
                id: `${payment.customer_id} ${payment.currency}`,
                arg: {
                  customer: payment.customer_id,
                  currency: payment.currency,
                  amount: payment.amount.toString(),
                  limit: limits.instantCredit.toString(),
                },
              },
            ]
          : []),
        ...(kept.guards ?? []),
        ...(extra.guards ?? []),
      ],
      events: [
        ...(isStep || news.actionUrl ? changedEvents(next) : []),
        ...(touchesBalance ? balanceEvents(next) : []),
        ...cases.events,
        ...(kept.events ?? []),
        ...(extra.events ?? []),
      ],
      jobs: [...(kept.jobs ?? []), ...(extra.jobs ?? []), ...followUps(next, now)],
    });
    if (outcome.status === "accepted" || outcome.status === "replayed")
      return { payment: next, moved: true, transferId };
    if (outcome.status === "stale") return credits ? "no_room" : "again";
    if (outcome.status === "refused" && outcome.code === "payment.insufficient_funds") return "again";
    throw new Refusal(outcome.status === "refused" ? outcome.code : "payment.changed_meanwhile");
  }

  return {
    async renewHold(payment) {
      assert(payment.hold_id && payment.bank_id, "a withdrawal has a hold and a bank");
      const now = deps.clock.now();
      const account = ownAccount(payment);
      const hold = {
        id: deps.ids.next("hld"),
        account,
        amount: payment.amount,
        subject: payment.id,
        expiresAt: new Date(now.getTime() + holdDays * 86_400_000),
      };
      const next = { ...payment, hold_id: hold.id, version: payment.version + 1, updated_at: now };
      const found = {
        id: deps.ids.next("cse"),
        kind: "hold_ending" as const,
        payment_id: payment.id,
        break_id: null,
      };
      const { bank_id, currency, amount } = { ...payment, bank_id: payment.bank_id };
      const cases = opening({ ...found, bank_id, currency, amount }, now);
      const { status } = await deps.ledger.commit({
        key: `payment/${payment.id}/hold/${hold.id}`,
        hash: hashOf({ hold: hold.id }),
        holds: [hold],
        releases: [{ holdId: payment.hold_id, account, as: "voided" }],
        rows: [rowOf(next, undefined), ...cases.rows],
        guards: [
          { check: "payments.stale", arg: { id: payment.id, version: payment.version }, id: payment.id },
        ],
        events: cases.events,
      });
      return status === "accepted";
    },
    async apply(known, news, together) {
      const paymentId = typeof known === "string" ? known : known.id;
      let creditInstantly = news.cause === "bank_accepted" && news.creditsLater !== true;
      for (let round = 1; round <= 20; round += 1) {
        const payment =
          round === 1 && typeof known !== "string" ? known : await sql.selectPayment(deps.db, paymentId);
        assert(payment, "news is about a payment that exists");
        const result = await attempt(payment, news, round, creditInstantly, together);
        if (result === "no_room") {
          // Either the payment moved or the room is used up: credit only if the second look says there is room.
          const used = await sql.selectUncleared(deps.db, payment.customer_id, payment.currency);
          const limit = limitsOf(payment.currency)?.instantCredit ?? 0n;
          if (used + payment.amount > limit) creditInstantly = false;
        } else if (result !== "again") return result;
      }
      throw new Refusal("payment.changed_meanwhile");
    },
  };
}

/** What a booking adds to the account that a payment is of, minor units. */
function movedBy({ postings }: Booking, payment: PaymentRow): bigint {
  const { code } = ownAccount(payment);
  return postings.reduce((sum, { debit, credit, amount }) => {
    const raised = credit.code === code ? amount : 0n;
    return sum + (debit.code === code ? raised - amount : raised);
  }, 0n);
}

/** News after which it is certain that no bank has the order. */
const movedNothing: readonly Cause[] = ["not_sent", "rerouted"];

/** The UUID of one order to a bank. A repeat of that very order bears the same, so that the bank knows it for one. */
export function requestIdOf(paymentId: string, version: number): string {
  const hex = createHash("sha256").update(`bank request ${version} of ${paymentId}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** The row for `payments.write`; `cause` adds a line to the timeline. */
export function rowOf(
  payment: PaymentRow,
  cause: string | undefined,
): { writer: string; row: Record<string, unknown> } {
  const plain = Object.fromEntries(
    Object.entries(payment).map(([key, value]) => [
      key,
      typeof value === "bigint" ? value.toString() : value,
    ]),
  );
  return {
    writer: "payments.write",
    row: cause === undefined ? { payment: plain } : { payment: plain, cause },
  };
}

export function changedEvents(payment: PaymentRow): DomainEvent[] {
  const funding =
    payment.kind === "top_up" && payment.intent_id !== null
      ? [event("purchase.funding_changed", { paymentId: payment.id, intentId: payment.intent_id })]
      : [];
  return [payment.customer_id, ...(payment.payee_id ? [payment.payee_id] : [])]
    .map((customerId) =>
      event("payment.changed", { customerId, paymentId: payment.id, status: payment.status }),
    )
    .concat(funding);
}

/** A payout changes no wallet's balance: its merchant is told by the merchant's events. */
export function balanceEvents(payment: PaymentRow): DomainEvent[] {
  if (isPayout(payment)) return [];
  return [payment.customer_id, ...(payment.payee_id ? [payment.payee_id] : [])].map((customerId) =>
    event("balance.changed", { customerId, currency: payment.currency }),
  );
}

const pausesMs = [3_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000];
/** After this many questions without an answer a person must look. */
export const maxInquiries = 60;

/** When to ask the bank next, should it not tell us by itself: growing pauses with an upper bound. */
export function followUps(payment: PaymentRow, now: Date): Job[] {
  const waits =
    payment.sent_at !== null &&
    (["authorised", "unknown", "action_required"].includes(payment.status) ||
      (payment.status === "submitted" && !isBookedAtBank(payment)));
  if (!waits || payment.needs_review) return [];
  const pause = pausesMs[Math.min(payment.inquiries, pausesMs.length - 1)] as number;
  return [inquireJob(payment.id, new Date(now.getTime() + pause))];
}

export const inquireJob = (paymentId: string, runAt: Date): Job => ({
  task: "payments.inquire",
  payload: { paymentId },
  key: `inquire/${paymentId}`,
  runAt,
});

/** ISO 20022: ACSC settled on the debtor's account, ACCC on the creditor's: nothing more to ask, the statement follows. */
export function isBookedAtBank(payment: PaymentRow): boolean {
  return payment.bank_status === "ACSC" || payment.bank_status === "ACCC";
}
