import type { Id } from "@jinqiao/money";
import type { Identity } from "../identity/index.ts";
import type { Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { Logger } from "../platform/logger.ts";

/** How often at most payments are looked for, and how long after an event its neighbours may still appear. */
const everyMs = 2_000;
const settledMs = 60_000;
const atOnce = 200;

type Due = { id: bigint; customer_id: Id<"cus">; payment_id: Id<"pay"> };

/**
 * Queues notices of settled payments for those who want them. It reads the events of payments after their commit
 * instead of having a job queued in it: most people have no channel on, and a payment must not pay for that
 * (docs/decisions, "Notices of payments follow the outbox").
 */
export function createPaymentNotices(deps: {
  db: Db;
  clock: Clock;
  logger: Logger;
  messages: Identity["messages"];
  payments: Pick<Payments, "byId" | "views">;
}) {
  const { db, clock, messages, payments } = deps;

  /** @returns how many notices were queued */
  async function follow(): Promise<number> {
    return db.transaction(async (tx) => {
      const from = await lockPosition(tx);
      // Another process is at it.
      if (from === undefined) return 0;
      let told = 0;
      const dues = (await anybodyListens(tx)) ? await selectDue(tx, from) : [];
      for (const due of dues) told += await tell(tx, due);
      // The rest has its turn first.
      if (dues.length === atOnce) return told;
      // What was committed in the last minute is looked at again: a neighbour with a lower number may come later.
      await tx.query(
        `UPDATE notifications.followed SET event_id = greatest(event_id, coalesce(
           (SELECT max(id) FROM platform.outbox WHERE id > $1 AND at < now() - $2 * interval '1 millisecond'), 0))`,
        [from, settledMs],
      );
      return told;
    });
  }

  async function tell(tx: Tx, { customer_id: customerId, payment_id: paymentId }: Due): Promise<number> {
    const row = await payments.byId(paymentId);
    const [view] = row ? await payments.views([row], customerId) : [];
    if (view === undefined) return 0;
    const kind = view.direction === "out" ? ("payment.sent" as const) : ("payment.received" as const);
    const isNew = await tx.query(
      `INSERT INTO notifications.told (customer_id, payment_id, kind, at) VALUES ($1, $2, $3, $4)
       ON CONFLICT DO NOTHING RETURNING 1`,
      [customerId, paymentId, kind, clock.now()],
    );
    if (isNew.length === 0) return 0;
    const common = {
      paymentId,
      amount: `${view.amount.amount} ${view.amount.currency}`,
      at: view.updatedAt,
    };
    const { name, bankName } = view.counterparty;
    const other = name || bankName?.en || "?";
    await messages.queue(tx, {
      to: { customerId },
      content:
        kind === "payment.sent" ? { kind, ...common, payee: other } : { kind, ...common, payer: other },
    });
    return 1;
  }

  return {
    follow,
    /** Follows what other processes and this one commit, until it is closed. */
    async start(): Promise<{ close(): Promise<void> }> {
      let timer: NodeJS.Timeout | undefined;
      let closed = false;
      let following: Promise<unknown> = Promise.resolve();
      const soon = () => {
        if (closed) return;
        timer ??= setTimeout(() => {
          timer = undefined;
          following = following
            .then(follow)
            .catch((error: unknown) =>
              deps.logger.warn({ err: error }, "payments could not be followed; the next minute tries again"),
            );
        }, everyMs);
      };
      const line = await db.listen("jinqiao_outbox", soon, soon);
      return {
        async close() {
          closed = true;
          clearTimeout(timer);
          await line.close();
          await following;
        },
      };
    },
  };
}

/** Of several processes one follows. The first time it begins with now: nobody is told of the past. */
async function lockPosition(tx: Tx): Promise<bigint | undefined> {
  const [row] = await tx.query<{ event_id: bigint }>(
    "SELECT event_id FROM notifications.followed FOR UPDATE SKIP LOCKED",
  );
  if (row) return row.event_id;
  const [first] = await tx.query<{ event_id: bigint }>(
    `INSERT INTO notifications.followed (event_id) SELECT coalesce(max(id), 0) FROM platform.outbox
     ON CONFLICT DO NOTHING RETURNING event_id`,
  );
  return first?.event_id;
}

async function anybodyListens(tx: Tx): Promise<boolean> {
  const [row] = await tx.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM notifications.push_subscription)
         OR EXISTS (SELECT FROM notifications.setting WHERE payments_email) AS any`,
  );
  return row?.any ?? false;
}

function selectDue(tx: Tx, from: bigint): Promise<Due[]> {
  return tx.query<Due>(
    `SELECT DISTINCT ON (customer_id, payment_id) id, customer_id, payment_id
       FROM (SELECT id, payload ->> 'customerId' AS customer_id, payload ->> 'paymentId' AS payment_id
               FROM platform.outbox
              WHERE id > $1 AND name = 'payment.changed' AND payload ->> 'status' = 'settled') AS settled
       LEFT JOIN notifications.setting s USING (customer_id)
      WHERE (s.payments_email
             OR (coalesce(s.payments_push, true)
                 AND EXISTS (SELECT FROM notifications.push_subscription p WHERE p.customer_id = settled.customer_id)))
        AND NOT EXISTS (SELECT FROM notifications.told t
                         WHERE t.customer_id = settled.customer_id AND t.payment_id = settled.payment_id)
      ORDER BY customer_id, payment_id, id LIMIT $2`,
    [from, atOnce],
  );
}
