import * as contract from "@jinqiao/contract";
import { reasonText } from "@jinqiao/iso20022";
import type { z } from "zod";
import type { Banks } from "../banks/index.ts";
import { namesOfWhoDid } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, type Job, type Subscriptions } from "../platform/events.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";
import { changedEvents } from "./mover.ts";
import { isPaidOut } from "./own-account.ts";
import type { PaymentRow } from "./sql.ts";
import * as sql from "./sql.ts";

type RecallView = z.input<typeof contract.Recall>;
type RecallRow = {
  payment_id: string;
  reason: RecallView["reason"];
  note: string;
  staff_id: string;
  status: RecallView["status"];
  code: string | null;
  asked_at: Date;
  updated_at: Date;
};
export const recallData = {
  table: "payments.recall",
  id: "payment_id",
  columns: ["note"],
} as const satisfies PersonalTable;

type Deps = { db: Db; clock: Clock; vault: Vault; banks: Banks; subscriptions: Subscriptions };

/** Banks have 15 working days to answer a recall in SEPA (EPC125-05); after that nobody is waited for. */
const patienceMs = 30 * 86_400_000;
/** Recalls that one round asks about. */
const atOnce = 200;

const recallJob = (paymentId: string): Job => ({
  task: "payments.recall",
  payload: { paymentId },
  key: `recall/${paymentId}`,
});

/** Staff ask a bank for a withdrawal back that it has taken. A grant moves nothing: the money comes as a return. */
export type Recalls = {
  routes: RouteHandler[];
  /** Sends what was asked for, or looks for the bank's answer. */
  look(paymentId: string): Promise<void>;
  /** Looks for the answers to all recalls that wait. */
  watch(): Promise<void>;
  about(payment: PaymentRow): Promise<z.input<typeof contract.RecallState>>;
};

export function createRecalls(deps: Deps): Recalls {
  async function look(paymentId: string): Promise<void> {
    const row = await selectRecall(deps.db, deps.vault, paymentId);
    const payment = await sql.selectPayment(deps.db, paymentId);
    if (row === undefined || payment?.bank_id == null || payment.bank_payment_id === null) return;
    if (row.status !== "to_be_sent" && row.status !== "asked") return;
    const answer = await deps.banks.payments.recall(payment.bank_id, {
      paymentId,
      bankPaymentId: payment.bank_payment_id,
      currency: payment.currency,
      reason: row.reason,
      first: row.status === "to_be_sent",
    });
    const now = deps.clock.now();
    const isLate = now.getTime() - row.asked_at.getTime() > patienceMs;
    const told = answer.outcome === "granted" || answer.outcome === "refused" || answer.outcome === "asked";
    // What was not sent, or may not have been, is sent again: the bank knows it for the same by its name.
    const status = answer.outcome === "asked" && isLate ? "unanswered" : told ? answer.outcome : row.status;
    await deps.db.transaction(async (tx) => {
      const { length } = await tx.query(
        `UPDATE payments.recall SET status = $2, code = $3, updated_at = $4
          WHERE payment_id = $1 AND status = $5 RETURNING payment_id`,
        [paymentId, status, answer.outcome === "refused" ? answer.code : null, now, row.status],
      );
      if (length > 0 && status !== row.status) await emit(tx, deps.subscriptions, changedEvents(payment), []);
    });
  }

  async function about(payment: PaymentRow): Promise<z.input<typeof contract.RecallState>> {
    const row = await selectRecall(deps.db, deps.vault, payment.id);
    const nameOf = await namesOfWhoDid(deps.db, deps.vault, [row?.staff_id ?? null]);
    return {
      possible: row === undefined ? possible(deps.banks, payment) : "asked_before",
      recall: row ? viewOf(row, nameOf(row.staff_id) ?? "") : null,
    };
  }

  return {
    look,
    about,
    async watch() {
      const rows = await deps.db.query<{ payment_id: string; bank_id: string }>(
        `SELECT r.payment_id, p.bank_id FROM payments.recall r JOIN payments.payment p ON p.id = r.payment_id
          WHERE r.status IN ('to_be_sent', 'asked') ORDER BY r.updated_at LIMIT $1`,
        [atOnce],
      );
      await deps.db.transaction((tx) =>
        emit(
          tx,
          deps.subscriptions,
          [],
          rows.map(({ payment_id }) => recallJob(payment_id)),
        ),
      );
    },
    routes: [
      handle(contract.recallPayment, async ({ staff, params, body }) => {
        const payment = await sql.selectPayment(deps.db, params.paymentId);
        if (payment === undefined) throw new Refusal("request.not_found");
        const state = possible(deps.banks, payment);
        if (state === "bank_offers_none") throw new Refusal("payment.recall_not_offered");
        if (state !== "yes") throw new Refusal("payment.not_recallable");
        const now = deps.clock.now();
        await deps.db.transaction(async (tx) => {
          const inserted = await tx.query(
            `INSERT INTO payments.recall (payment_id, reason, note_sealed, staff_id, status, asked_at, updated_at)
             VALUES ($1, $2, $3, $4, 'to_be_sent', $5, $5) ON CONFLICT DO NOTHING RETURNING payment_id`,
            [
              payment.id,
              body.reason,
              personalData(deps.vault, recallData).seal("note", payment, body.note),
              staff.id,
              now,
            ],
          );
          if (inserted.length === 0) throw new Refusal("payment.already_recalled");
          await emit(tx, deps.subscriptions, changedEvents(payment), [recallJob(payment.id)]);
        });
        return about(payment);
      }),
    ],
  };
}

function possible(banks: Banks, payment: PaymentRow): "yes" | "no" | "bank_offers_none" {
  const hasLeft = isPaidOut(payment.kind) && payment.bank_id !== null;
  if (!hasLeft || !["submitted", "settled"].includes(payment.status) || payment.bank_payment_id === null)
    return "no";
  return banks.offersRecall(payment.bank_id as string) ? "yes" : "bank_offers_none";
}

async function selectRecall(db: Queryable, vault: Vault, paymentId: string): Promise<RecallRow | undefined> {
  const [found] = await db.query<Omit<RecallRow, "note"> & { note_sealed: string }>(
    "SELECT * FROM payments.recall WHERE payment_id = $1",
    [paymentId],
  );
  if (found === undefined) return undefined;
  const { note_sealed, ...row } = found;
  return { ...row, note: personalData(vault, recallData).open("note", { id: paymentId }, note_sealed, "") };
}

function viewOf(row: RecallRow, by: string): RecallView {
  return {
    reason: row.reason,
    note: row.note,
    by,
    status: row.status,
    refusal: row.code === null ? null : { code: row.code, text: reasonText(row.code, "recall_refusal") },
    askedAt: row.asked_at.toISOString(),
    updatedAt: row.updated_at.toISOString(),
  };
}
