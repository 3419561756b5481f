import type { DisputeReasonCode, DomainEvent } from "@jinqiao/contract";
import { type Currency, type Id, parseAmount, type WireMoney } from "@jinqiao/money";
import type { CustomerName } from "../identity/index.ts";
import { type HoldRelease, hashOf, type Instruction, type Ledger } from "../ledger/index.ts";
import type { Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert, isErrorCode, Refusal } from "../platform/errors.ts";
import { event, type Job } from "../platform/events.ts";
import type { Ids } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";
import { accountsOf } from "./books.ts";
import {
  type DisputeBooking,
  type FreeMoney,
  freeing,
  givingBack,
  heldSum,
  holdsToTake,
  type PartAccounts,
  refunding,
  taking,
} from "./dispute-books.ts";
import { createDisputeFiles } from "./dispute-files.ts";
import { type DisputeCause, type DisputeMove, disputeMove, isHeld } from "./dispute-lifecycle.ts";
import { daysAfter, disputableUntil, packFor } from "./dispute-packs.ts";
import { disputeReason } from "./dispute-reasons.ts";
import {
  type DisputeRow,
  type DisputeStepRow,
  disputeGuard,
  disputePlace,
  disputeWrite,
  type StatementRow,
} from "./dispute-rows.ts";
import * as sql from "./dispute-sql.ts";
import { createDisputeViews, type DisputeFacts } from "./dispute-views.ts";
import { eventRow } from "./events.ts";
import {
  balanceTransactionRow,
  type IntentRow,
  intentGuard,
  intentRow,
  movedIntent,
  type WrittenRow,
} from "./rows.ts";
import type { Request } from "./types.ts";

/** What disputes know of the merchant. */
export type DisputedShop = { name: { en: string; zh: string }; country: string | null };

export type DisputesDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Ledger;
  payments: Pick<Payments, "byId" | "purchases">;
  customersById(ids: readonly string[]): Promise<Map<string, CustomerName>>;
  intentsById(ids: readonly string[]): Promise<Map<string, IntentRow>>;
  shopsById(ids: readonly string[]): Promise<Map<string, DisputedShop>>;
};

/** Looks after one dispute: completes its holds, carries out a decision, lets a deadline pass. */
export const dueTask = "merchants.dispute_due";
/** Tells the people of both sides what became of a dispute; reads everything anew. */
export const tellDisputeTask = "merchants.tell_dispute";

/** So many may decide about one dispute at once before the last is told to look again. */
const maxRounds = 20;
/** Longer than any dispute lasts: ten days, a review, seven days, a review. */
const holdDays = 400;
/** So long before the deadline the merchant is reminded, in days. */
export const remindDays = 2;

type By = DisputeStepRow["by"];
type Statement = { side: "payer" | "merchant"; text: string };

/** What goes beside a refund of a disputed payment, in the refund's own commit. */
export type RefundOfDisputed = {
  /** Minor units of each part that the dispute gives up: free for the refund's postings. */
  freed: FreeMoney;
  releases: HoldRelease[];
  rows: WrittenRow[];
  guards: NonNullable<Instruction["guards"]>;
  events: DomainEvent[];
  jobs: Job[];
};

/**
 * Disputes of purchases: rows and postings by the tables of `dispute-lifecycle.ts` and `dispute-books.ts`. Every change
 * is guarded by the dispute's version, and by the intent's where that changes too.
 */
export function createDisputeUseCases(deps: DisputesDeps) {
  const { db, clock, ids, vault, ledger } = deps;
  const files = createDisputeFiles(deps);
  const views = createDisputeViews({ db, vault, files });

  const booksOf = (row: Pick<DisputeRow, "merchant_id" | "livemode" | "currency">) => {
    const accounts = accountsOf(row.merchant_id, row.livemode)(row.currency);
    const { available, pending, reserve } = accounts;
    const parts: PartAccounts = { available, pending, reserve };
    return { ...accounts, parts };
  };

  async function balanceOf(code: string, currency: string): Promise<{ balance: bigint; free: bigint }> {
    const row = (await ledger.balances(code)).find((one) => one.currency === currency);
    return { balance: row?.balance ?? 0n, free: row ? row.balance - row.held : 0n };
  }

  async function freeOf(row: DisputeRow): Promise<FreeMoney> {
    const { parts } = booksOf(row);
    const [available, pending, reserve] = await Promise.all(
      [parts.available, parts.pending, parts.reserve].map(({ code }) => balanceOf(code, row.currency)),
    );
    return { available: available?.free ?? 0n, pending: pending?.free ?? 0n, reserve: reserve?.free ?? 0n };
  }

  async function factsOf(rows: readonly DisputeRow[]): Promise<DisputeFacts[]> {
    const unique = <T>(of: (row: DisputeRow) => T | null) =>
      [...new Set(rows.flatMap((row) => of(row) ?? []))] as T[];
    const [papers, people, intents, shops, transactions] = await Promise.all([
      views.papersOf(rows),
      deps.customersById(unique((row) => row.customer_id)),
      deps.intentsById(unique((row) => row.intent_id)),
      deps.shopsById(unique((row) => row.merchant_id)),
      sql.selectTransactionIds(
        db,
        rows.map(({ id }) => id),
      ),
    ]);
    return rows.map((row) => ({
      row,
      papers: papers.get(row.id) ?? { steps: [], statements: [], files: [] },
      reference: intents.get(row.intent_id)?.reference ?? null,
      payer: row.customer_id ? people.get(row.customer_id) : undefined,
      merchantName: shops.get(row.merchant_id)?.name ?? { en: row.merchant_id, zh: row.merchant_id },
      transactions: transactions.get(row.id) ?? [],
    }));
  }

  /** The facts of a dispute as they will be after a step, before it is stored. */
  async function factsAfter(
    row: DisputeRow,
    step: Pick<DisputeStepRow, "step" | "by">,
    statement: StatementRow | undefined,
    transaction?: Id<"txn">,
  ): Promise<DisputeFacts> {
    const [facts] = await factsOf([row]);
    assert(facts, "one row has one view");
    const { papers } = facts;
    const added: DisputeStepRow = {
      ...step,
      dispute_id: row.id,
      version: row.version,
      contested: row.contested,
      at: row.updated_at,
    };
    return {
      ...facts,
      papers: {
        steps: [...papers.steps, added],
        statements: statement ? [...papers.statements, statement] : papers.statements,
        files: statement
          ? papers.files.map((file) =>
              file.side === statement.side && file.statement_id === null
                ? { ...file, statement_id: statement.id }
                : file,
            )
          : papers.files,
      },
      transactions: transaction ? [...facts.transactions, transaction] : facts.transactions,
    };
  }

  async function statementOf(row: DisputeRow, { side, text }: Statement): Promise<StatementRow> {
    const id = ids.next("evd");
    const subject_id = side === "payer" ? row.customer_id : null;
    if (subject_id) await vault.ready({ subjects: [subject_id] });
    return {
      id,
      dispute_id: row.id,
      side,
      stage: row.stage,
      text_sealed: vault.seal(disputePlace("dispute_statement", "text_sealed", { id, subject_id }), text),
      subject_id,
      at: row.updated_at,
    };
  }

  /** What follows every step that people hear of. */
  function told(
    facts: DisputeFacts,
    type: "dispute.created" | "dispute.updated" | "dispute.closed",
  ): { rows: WrittenRow[]; events: DomainEvent[]; jobs: Job[] } {
    const { row } = facts;
    return {
      rows: [
        eventRow(
          { ids, vault, now: row.updated_at },
          {
            merchantId: row.merchant_id,
            livemode: row.livemode,
            type,
            object: views.forMerchant(facts),
          },
        ),
      ],
      events: row.customer_id
        ? [event("dispute.changed", { customerId: row.customer_id, disputeId: row.id, status: row.status })]
        : [],
      jobs: row.livemode
        ? [{ task: tellDisputeTask, payload: { disputeId: row.id, version: row.version } }]
        : [],
    };
  }

  /** @returns whether it was stored; false: somebody was faster. @throws the refusal */
  async function stored(instruction: Instruction): Promise<boolean> {
    const outcome = await ledger.commit(instruction);
    if (outcome.status === "accepted" || outcome.status === "replayed") return true;
    if (outcome.status === "stale") return false;
    if (outcome.status === "conflict") throw new Refusal("idempotency.key_reused");
    assert(isErrorCode(outcome.code), "the ledger refuses with a code of the catalogue");
    throw new Refusal(outcome.code);
  }

  async function byId(disputeId: string): Promise<DisputeRow> {
    const row = await sql.selectDispute(db, disputeId);
    if (row === undefined) throw new Refusal("request.not_found");
    return row;
  }

  /** What a payment still bears: taken less refunded less what disputes took. */
  const leftOf = (intent: IntentRow): bigint => intent.received - intent.refunded - intent.disputed;

  /** When the payer paid. */
  async function paidAt(intent: IntentRow): Promise<Date> {
    const payment = intent.payment_id ? await deps.payments.byId(intent.payment_id) : undefined;
    return payment?.created_at ?? intent.created_at;
  }

  /**
   * Opens a dispute. The row is one commit, which nothing but the intent's version can refuse; setting money aside
   * follows, so that an opening never depends on what the merchant has.
   * @throws Refusal `dispute.not_a_purchase`, `dispute.exists`, `dispute.too_late`, `dispute.nothing_left`,
   * `dispute.amount_too_large`, `payment.changed_meanwhile`
   */
  async function open(
    intentId: string,
    request: Request,
    draft: { reason: DisputeReasonCode; amount?: WireMoney | undefined; text: string },
    answer: (facts: DisputeFacts) => unknown,
  ): Promise<DisputeRow> {
    for (let round = 1; round <= maxRounds; round += 1) {
      const intent = (await deps.intentsById([intentId])).get(intentId);
      if (intent === undefined || intent.status !== "succeeded") throw new Refusal("dispute.not_a_purchase");
      if (intent.dispute_id !== null) throw new Refusal("dispute.exists");
      const shop = (await deps.shopsById([intent.merchant_id])).get(intent.merchant_id);
      const pack = packFor(shop?.country ?? null);
      const now = clock.now();
      if (now > disputableUntil(pack, await paidAt(intent), disputeReason(draft.reason)))
        throw new Refusal("dispute.too_late");
      const left = leftOf(intent);
      if (left <= 0n) throw new Refusal("dispute.nothing_left");
      const asked = draft.amount ? parseAmount(draft.amount) : { minor: left, currency: intent.currency };
      if (asked.currency !== intent.currency || asked.minor > left)
        throw new Refusal("dispute.amount_too_large");

      const row: DisputeRow = {
        id: ids.next("dp"),
        merchant_id: intent.merchant_id,
        livemode: intent.livemode,
        intent_id: intent.id,
        payment_id: intent.payment_id,
        customer_id: intent.payer_id,
        status: "needs_response",
        stage: "first",
        final: false,
        reason: draft.reason,
        pack: pack.name,
        currency: intent.currency as Currency,
        amount: asked.minor,
        contested: asked.minor,
        apart: 0n,
        holds: [],
        decision: null,
        proposal_id: null,
        proposed_outcome: null,
        refund_payment_id: null,
        answer_by: daysAfter(now, pack.answerDays),
        represent_by: null,
        decide_by: null,
        reminded_at: null,
        version: 1,
        created_at: now,
        updated_at: now,
        closed_at: null,
      };
      const step = { step: "opened", by: "payer" } as const;
      const statement = await statementOf(row, { side: "payer", text: draft.text });
      const facts = await factsAfter(row, step, statement);
      const after = told(facts, "dispute.created");
      const done = await stored({
        ...request,
        result: answer(facts),
        rows: [
          disputeWrite(row, step, statement),
          intentRow(movedIntent(intent, now, { dispute_id: row.id })),
          ...after.rows,
        ],
        guards: [intentGuard(intent)],
        events: after.events,
        jobs: [...after.jobs, { task: dueTask, payload: { disputeId: row.id } }],
      });
      if (done) return secure(row.id);
    }
    throw new Refusal("payment.changed_meanwhile");
  }

  /** Sets aside what is there of the disputed money and is not set aside yet. Safe to repeat. */
  async function secure(disputeId: string): Promise<DisputeRow> {
    for (let round = 1; round <= maxRounds; round += 1) {
      const row = await byId(disputeId);
      if (!isHeld(row)) return row;
      const plan = holdsToTake(row.contested, row.holds, await freeOf(row));
      if (plan.length === 0) return row;
      const { parts } = booksOf(row);
      const now = clock.now();
      const taken = plan.map(({ part, amount }) => ({ id: ids.next("hld"), part, amount }));
      const next: DisputeRow = {
        ...row,
        holds: [...row.holds, ...taken],
        version: row.version + 1,
        updated_at: now,
      };
      const outcome = await ledger.commit({
        key: `dispute/${row.id}/hold/${ids.next("att")}`,
        hash: hashOf({ dispute: row.id, version: row.version }),
        holds: taken.map(({ id, part, amount }) => ({
          id,
          account: parts[part],
          amount,
          subject: row.id,
          expiresAt: daysAfter(now, holdDays),
        })),
        rows: [disputeWrite(next)],
        guards: [disputeGuard(row)],
      });
      if (outcome.status === "accepted") return next;
      // The money went elsewhere meanwhile, or the dispute moved on: look again.
      if (outcome.status === "refused" && outcome.code !== "payment.insufficient_funds")
        throw new Refusal(outcome.code);
    }
    return byId(disputeId);
  }

  /** What a move books, and what it makes of dispute, intent and the payer's wallet. */
  async function effectOf(
    row: DisputeRow,
    { effect }: DisputeMove,
    intent: IntentRow,
    now: Date,
  ): Promise<{
    dispute: Partial<DisputeRow>;
    intent: IntentRow | undefined;
    booking: DisputeBooking | undefined;
    kind: string;
    transaction: { id: Id<"txn">; row: WrittenRow } | undefined;
    rows: readonly WrittenRow[];
    events: readonly DomainEvent[];
  }> {
    const accounts = booksOf(row);
    const payer = accounts.payer(row.customer_id);
    const nothing = {
      dispute: {},
      intent: undefined,
      booking: undefined,
      kind: "none",
      transaction: undefined,
      rows: [],
      events: [],
    };
    const moved = (type: "dispute" | "dispute_reversal", amount: bigint) => {
      const id = ids.next("txn");
      const written = balanceTransactionRow({
        id,
        merchant_id: row.merchant_id,
        livemode: row.livemode,
        type,
        currency: row.currency,
        amount,
        fee: 0n,
        source_id: row.id,
        store_id: intent.store_id,
        available_on: now,
        settlement_id: null,
        created_at: now,
      });
      return { id, row: written };
    };
    /** What the reserve bears is no longer kept back: a line of the balance, as with refunds. */
    const fromReserve = (): WrittenRow[] => {
      const amount = heldSum(row.holds.filter(({ part }) => part === "reserve"));
      if (amount === 0n) return [];
      return [
        balanceTransactionRow({
          id: ids.next("txn"),
          merchant_id: row.merchant_id,
          livemode: row.livemode,
          type: "reserve_release",
          currency: row.currency,
          amount,
          fee: 0n,
          source_id: row.id,
          store_id: null,
          available_on: now,
          settlement_id: null,
          created_at: now,
        }),
      ];
    };
    /** The payer's money comes as a refund of the purchase, so that the wallet shows both together. */
    const credited = async () => {
      const purchase = row.payment_id ? await deps.payments.byId(row.payment_id) : undefined;
      if (purchase === undefined) return { dispute: {}, rows: [], events: [] };
      const step = deps.payments.purchases.refund(purchase, row.contested);
      return {
        dispute: { refund_payment_id: step.payment.id },
        rows: step.rows,
        events: step.events,
      };
    };
    const debited = { intent: movedIntent(intent, now, { disputed: intent.disputed + row.contested }) };
    switch (effect) {
      case "none":
        return nothing;
      case "free":
        return {
          ...nothing,
          dispute: { holds: [] },
          booking: { legs: [], releases: freeing(row.holds, accounts.parts) },
        };
      case "take":
        return {
          ...nothing,
          ...debited,
          dispute: { holds: [], apart: row.contested },
          booking: taking(row.contested, row.holds, { ...accounts, to: accounts.disputed }),
          kind: "dispute.take",
          transaction: moved("dispute", -row.contested),
          rows: fromReserve(),
        };
      case "give": {
        const credit = await credited();
        return {
          ...debited,
          dispute: { ...credit.dispute, holds: [] },
          booking: taking(row.contested, row.holds, { ...accounts, to: payer }),
          kind: "dispute.give",
          transaction: moved("dispute", -row.contested),
          rows: [...credit.rows, ...fromReserve()],
          events: credit.events,
        };
      }
      case "hand_over": {
        const credit = await credited();
        return {
          ...nothing,
          dispute: { ...credit.dispute, apart: 0n },
          booking: {
            legs: [
              { account: accounts.disputed, amount: row.contested },
              { account: payer, amount: -row.contested },
            ],
            releases: [],
          },
          kind: "dispute.hand_over",
          rows: credit.rows,
          events: credit.events,
        };
      }
      case "give_back": {
        const owed = await balanceOf(accounts.receivable.code, row.currency);
        return {
          ...nothing,
          dispute: { apart: 0n },
          intent: movedIntent(intent, now, { disputed: intent.disputed - row.contested }),
          booking: givingBack(row.contested, owed.balance, { ...accounts, from: accounts.disputed }),
          kind: "dispute.give_back",
          transaction: moved("dispute_reversal", row.contested),
        };
      }
    }
  }

  /** The instant until which a status waits for somebody. */
  function deadlines(
    row: DisputeRow,
    move: DisputeMove,
    now: Date,
    country: string | null,
  ): Partial<DisputeRow> {
    const pack = packFor(country);
    if (move.final) return { represent_by: null, decide_by: null };
    if (move.to === "lost") return { represent_by: daysAfter(now, pack.representDays), decide_by: null };
    return { represent_by: null, decide_by: daysAfter(now, pack.decideDays), answer_by: row.answer_by };
  }

  /**
   * Moves a dispute, with everything that follows, in one commit.
   * @param request of a route; absent: the version itself makes it happen once
   * @throws Refusal `request.not_found`, `dispute.not_open`, `payment.changed_meanwhile`
   */
  async function move(
    disputeId: string,
    cause: DisputeCause,
    by: By,
    options: {
      request?: Request;
      statement?: Statement;
      answer?: (facts: DisputeFacts) => unknown;
      /** Looked at in every round, on the dispute as it is then. */
      require?: (row: DisputeRow) => void;
    } = {},
  ): Promise<DisputeRow> {
    for (let round = 1; round <= maxRounds; round += 1) {
      let row = await byId(disputeId);
      options.require?.(row);
      // What two people decided waits for its job; nobody comes between.
      const decided = cause === "decided_for_payer" || cause === "decided_for_merchant";
      if (row.decision !== null && !decided) throw new Refusal("dispute.not_open");
      const next = disputeMove(row, cause);
      if (next === undefined) throw new Refusal("dispute.not_open");
      if (next.effect === "give" || next.effect === "take") {
        const before = row;
        row = await secure(row.id);
        if (row.status !== before.status || row.stage !== before.stage || row.decision !== before.decision)
          continue;
      }
      const intent = (await deps.intentsById([row.intent_id])).get(row.intent_id);
      assert(intent, "a dispute is of an intent");
      const shop = (await deps.shopsById([row.merchant_id])).get(row.merchant_id);
      const now = clock.now();
      const effect = await effectOf(row, next, intent, now);
      const moved: DisputeRow = {
        ...row,
        ...deadlines(row, next, now, shop?.country ?? null),
        ...effect.dispute,
        status: next.to,
        stage: next.stage,
        final: next.final,
        decision: null,
        version: row.version + 1,
        updated_at: now,
        closed_at: next.final ? now : null,
      };
      const statement = options.statement ? await statementOf(moved, options.statement) : undefined;
      const step = { step: cause, by };
      const facts = await factsAfter(moved, step, statement, effect.transaction?.id);
      const after = told(facts, next.final ? "dispute.closed" : "dispute.updated");
      const done = await stored({
        ...(options.request ?? {
          key: `dispute/${row.id}/${row.version}/${cause}/${ids.next("att")}`,
          hash: hashOf({ dispute: row.id, cause }),
        }),
        ...(options.answer ? { result: options.answer(facts) } : {}),
        ...(effect.booking && effect.booking.legs.length > 0
          ? {
              transfer: {
                id: ids.next("trf"),
                kind: effect.kind,
                // The payer's own statement names the payment by which the money came.
                subject: moved.refund_payment_id ?? row.id,
                legs: effect.booking.legs,
              },
            }
          : {}),
        releases: effect.booking?.releases ?? [],
        rows: [
          disputeWrite(moved, step, statement),
          ...(effect.intent ? [intentRow(effect.intent)] : []),
          ...(effect.transaction ? [effect.transaction.row] : []),
          ...effect.rows,
          ...after.rows,
        ],
        guards: [disputeGuard(row), ...(effect.intent ? [intentGuard(intent)] : [])],
        events: [...effect.events, ...after.events],
        jobs: after.jobs,
      });
      if (done) return moved;
    }
    throw new Refusal("payment.changed_meanwhile");
  }

  /**
   * What a refund of `amount` minor units does to the payment's dispute: it counts against what is in dispute, and what
   * was set aside for that pays it.
   * @returns undefined where no dispute is touched
   */
  async function forRefund(
    intent: Pick<IntentRow, "id" | "dispute_id">,
    amount: bigint,
  ): Promise<RefundOfDisputed | undefined> {
    if (intent.dispute_id === null) return undefined;
    const row = await byId(intent.dispute_id);
    if (!isHeld(row)) return undefined;
    const { parts } = booksOf(row);
    const { left, used, releases, held } = refunding(row.contested, row.holds, amount, parts);
    const over = left === 0n ? disputeMove(row, "refunded") : undefined;
    const now = clock.now();
    const next: DisputeRow = {
      ...row,
      contested: left,
      holds: held,
      ...(over ? { status: over.to, final: true, closed_at: now, decision: null, decide_by: null } : {}),
      version: row.version + 1,
      updated_at: now,
    };
    const step = { step: over ? "refunded" : "reduced_by_refund", by: "merchant" } as const;
    const after = told(await factsAfter(next, step, undefined), over ? "dispute.closed" : "dispute.updated");
    const freed: FreeMoney = { available: 0n, pending: 0n, reserve: 0n };
    for (const one of used) freed[one.part] += one.amount;
    return {
      freed,
      releases,
      rows: [disputeWrite(next, step), ...after.rows],
      guards: [disputeGuard(row)],
      events: after.events,
      jobs: over ? after.jobs : [...after.jobs, { task: dueTask, payload: { disputeId: row.id } }],
    };
  }

  /** Does what is due: a decision, a deadline, a reminder, a hold. Safe to repeat. */
  async function due(disputeId: string): Promise<void> {
    const row = await byId(disputeId);
    if (row.final) return;
    const now = clock.now();
    if (row.decision !== null) {
      await move(row.id, row.decision === "payer" ? "decided_for_payer" : "decided_for_merchant", "operator");
      return;
    }
    if (row.status === "needs_response" && row.answer_by <= now) {
      await move(row.id, "expired", "time", {
        require: (fresh) => {
          if (fresh.status !== "needs_response") throw new Refusal("dispute.not_open");
        },
      });
      return;
    }
    if (row.status === "lost" && row.represent_by !== null && row.represent_by <= now) {
      await move(row.id, "representment_waived", "time");
      return;
    }
    if (
      row.status === "needs_response" &&
      row.reminded_at === null &&
      row.answer_by <= daysAfter(now, remindDays)
    )
      await remind(row, now);
    await secure(row.id);
  }

  async function remind(row: DisputeRow, now: Date): Promise<void> {
    const next: DisputeRow = { ...row, reminded_at: now, version: row.version + 1, updated_at: now };
    await stored({
      key: `dispute/${row.id}/remind`,
      hash: hashOf({ dispute: row.id }),
      rows: [disputeWrite(next)],
      guards: [disputeGuard(row)],
      jobs: row.livemode
        ? [{ task: tellDisputeTask, payload: { disputeId: row.id, version: next.version, reminder: true } }]
        : [],
    });
  }

  return { files, views, byId, factsOf, leftOf, paidAt, open, move, secure, due, forRefund };
}
export type DisputeUseCases = ReturnType<typeof createDisputeUseCases>;
