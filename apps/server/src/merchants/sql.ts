import type { Queryable } from "../platform/db.ts";
import type { BalanceTransactionRow, IntentRow, RefundRow } from "./rows.ts";

export function selectIntents(db: Queryable, ids: readonly string[]): Promise<IntentRow[]> {
  return db.query<IntentRow>(
    "SELECT * FROM merchants.intent WHERE id = ANY ($1)",
    [ids],
    "merchants.intents_by_id",
  );
}
export function selectIntentsByToken(db: Queryable, tokens: readonly string[]): Promise<IntentRow[]> {
  return db.query<IntentRow>(
    "SELECT * FROM merchants.intent WHERE token = ANY ($1)",
    [tokens],
    "merchants.intents_by_token",
  );
}
/** The intent that a payer's purchase or refund belongs to, or that a top-up was made for. */
export async function selectIntentByPayment(
  db: Queryable,
  paymentId: string,
): Promise<IntentRow | undefined> {
  return (
    await db.query<IntentRow>(
      "SELECT i.* FROM payments.payment p JOIN merchants.intent i ON i.id = p.intent_id WHERE p.id = $1",
      [paymentId],
    )
  )[0];
}

export type IntentFilter = {
  merchantId: string;
  livemode: boolean;
  status?: string | undefined;
  refunded?: boolean | undefined;
  disputed?: boolean | undefined;
  storeId?: string | undefined;
  customer?: string | undefined;
  from?: string | undefined;
  to?: string | undefined;
  reference?: string | undefined;
  /** An id, a reference, or an amount in minor units of any currency. */
  search?: { text: string; amounts: readonly { minor: string; currency: string }[] } | undefined;
  cursor?: string | undefined;
  limit: number;
};

/** Newest first. Conditions are written as they are asked for, so that each list goes by its own index. */
export function selectIntentPage(db: Queryable, filter: IntentFilter): Promise<IntentRow[]> {
  const values: unknown[] = [];
  const value = (one: unknown) => `$${values.push(one)}`;
  const where = [`merchant_id = ${value(filter.merchantId)}`, `livemode = ${value(filter.livemode)}`];
  if (filter.status) where.push(`status = ${value(filter.status)}`);
  if (filter.refunded) where.push("refunded > 0");
  if (filter.disputed) where.push("dispute_id IS NOT NULL");
  if (filter.storeId) where.push(`store_id = ${value(filter.storeId)}`);
  if (filter.customer) where.push(`shopper_id = ${value(filter.customer)}`);
  if (filter.from) where.push(`created_at >= ${value(filter.from)}`);
  if (filter.to) where.push(`created_at < ${value(filter.to)}`);
  if (filter.reference) where.push(`reference = ${value(filter.reference)}`);
  if (filter.search) {
    const text = value(filter.search.text);
    const any = [`id = ${text}`, `reference = ${text}`];
    if (filter.search.amounts.length > 0) {
      const currencies = value(filter.search.amounts.map(({ currency }) => currency));
      const minors = value(filter.search.amounts.map(({ minor }) => minor));
      any.push(`(currency, amount) IN (SELECT * FROM unnest(${currencies}::text[], ${minors}::bigint[]))`);
    }
    where.push(`(${any.join(" OR ")})`);
  }
  if (filter.cursor) where.push(`id < ${value(filter.cursor)}`);
  return db.query<IntentRow>(
    `SELECT * FROM merchants.intent WHERE ${where.join(" AND ")} ORDER BY id DESC LIMIT ${value(filter.limit)}`,
    values,
  );
}

/** Unpaid intents whose time is over, and held ones that nobody captured. */
export async function selectExpiredIntents(db: Queryable, now: Date, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    `(SELECT id FROM merchants.intent WHERE status IN ('requires_payment_method', 'requires_action') AND expires_at <= $1 ORDER BY expires_at LIMIT $2)
     UNION ALL
     (SELECT id FROM merchants.intent WHERE status = 'requires_capture' AND capture_before <= $1 ORDER BY capture_before LIMIT $2)`,
    [now, limit],
  );
  return rows.map(({ id }) => id);
}

/** Intents that wait for money from a bank, changed last before a moment: a safety net under the jobs. */
export async function selectWaitingForBank(db: Queryable, before: Date, limit: number): Promise<string[]> {
  const rows = await db.query<{ id: string }>(
    "SELECT id FROM merchants.intent WHERE status = 'processing' AND updated_at < $1 ORDER BY updated_at LIMIT $2",
    [before, limit],
  );
  return rows.map(({ id }) => id);
}

export function selectRefunds(db: Queryable, ids: readonly string[]): Promise<RefundRow[]> {
  return db.query<RefundRow>("SELECT * FROM merchants.refund WHERE id = ANY ($1)", [ids]);
}
export function selectRefundPage(
  db: Queryable,
  filter: {
    merchantId: string;
    livemode: boolean;
    intentId?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  },
): Promise<RefundRow[]> {
  return db.query<RefundRow>(
    `SELECT * FROM merchants.refund WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR intent_id = $3)
        AND ($4::text IS NULL OR id < $4) ORDER BY id DESC LIMIT $5`,
    [filter.merchantId, filter.livemode, filter.intentId ?? null, filter.cursor ?? null, filter.limit],
  );
}

export async function selectBalanceTransaction(
  db: Queryable,
  id: string,
): Promise<BalanceTransactionRow | undefined> {
  return (
    await db.query<BalanceTransactionRow>("SELECT * FROM merchants.balance_transaction WHERE id = $1", [id])
  )[0];
}
export function selectBalanceTransactionPage(
  db: Queryable,
  filter: {
    merchantId: string;
    livemode: boolean;
    type?: string | undefined;
    currency?: string | undefined;
    source?: string | undefined;
    settlement?: string | undefined;
    from?: string | undefined;
    to?: string | undefined;
    cursor?: string | undefined;
    limit: number;
  },
): Promise<BalanceTransactionRow[]> {
  return db.query<BalanceTransactionRow>(
    `SELECT * FROM merchants.balance_transaction WHERE merchant_id = $1 AND livemode = $2
        AND ($3::text IS NULL OR type = $3) AND ($4::text IS NULL OR currency = $4) AND ($5::text IS NULL OR source_id = $5)
        AND ($6::text IS NULL OR settlement_id = $6) AND ($7::timestamptz IS NULL OR created_at >= $7)
        AND ($8::timestamptz IS NULL OR created_at < $8) AND ($9::text IS NULL OR id < $9)
      ORDER BY id DESC LIMIT $10`,
    [
      filter.merchantId,
      filter.livemode,
      filter.type ?? null,
      filter.currency ?? null,
      filter.source ?? null,
      filter.settlement ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.cursor ?? null,
      filter.limit,
    ],
  );
}

export type TakingsRow = {
  at: Date;
  currency: string;
  store_id: string;
  payments: bigint;
  gross: bigint;
  fees: bigint;
  refunds: bigint;
  refunded: bigint;
};

const steps = { quarter_hour: "", hour: "hour", day: "day" } as const;

/** Takings step by step, oldest first. Quarters of an hour fit every time zone there is. */
export function selectTakings(
  db: Queryable,
  asked: {
    merchantId: string;
    livemode: boolean;
    from: string;
    to: string;
    step: keyof typeof steps;
    timeZone: string;
    currency?: string | undefined;
    storeId?: string | undefined;
    byStore: boolean;
  },
): Promise<TakingsRow[]> {
  const at =
    asked.step === "quarter_hour"
      ? "quarter"
      : `date_trunc('${steps[asked.step]}', quarter AT TIME ZONE $5) AT TIME ZONE $5`;
  return db.query<TakingsRow>(
    `SELECT ${at} AS at, currency, ${asked.byStore ? "store_id" : "''"} AS store_id, sum(payments)::bigint AS payments,
            sum(gross)::bigint AS gross, sum(fees)::bigint AS fees, sum(refunds)::bigint AS refunds, sum(refunded)::bigint AS refunded
       FROM merchants.takings
      WHERE merchant_id = $1 AND livemode = $2 AND quarter >= $3 AND quarter < $4 AND $5::text IS NOT NULL
        AND ($6::text IS NULL OR currency = $6) AND ($7::text IS NULL OR store_id = $7)
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
    [
      asked.merchantId,
      asked.livemode,
      asked.from,
      asked.to,
      asked.timeZone,
      asked.currency ?? null,
      asked.storeId ?? null,
    ],
  );
}

export type Violation = { invariant: string; subject: string; detail: string };

/**
 * Every broken promise between the books and what merchants are shown. Reads everything: for tests, the demo and audits.
 */
export function selectViolations(db: Queryable): Promise<Violation[]> {
  return db.query<Violation>(`
    WITH books AS (
      SELECT m[3] AS merchant_id, m[1] IS NULL AS livemode, currency,
             sum(CASE m[2] WHEN 'receivable' THEN -balance WHEN 'reserve' THEN 0 ELSE balance END) AS free,
             sum(CASE WHEN m[2] = 'reserve' THEN balance ELSE 0 END) AS reserve
        FROM ledger.account a, regexp_match(a.code, '^(test:)?(merchant|reserve|receivable):(mer_[0-9a-z]+)(:pending|:available)?$') AS m
       WHERE m IS NOT NULL GROUP BY 1, 2, 3),
    told AS (
      SELECT merchant_id, livemode, currency, sum(net) AS free,
             -coalesce(sum(net) FILTER (WHERE type IN ('reserve_hold', 'reserve_release')), 0) AS reserve
        FROM merchants.balance_transaction GROUP BY 1, 2, 3),
    payments AS (
      SELECT i.*, coalesce((SELECT sum(amount) FROM merchants.refund r WHERE r.intent_id = i.id AND r.status = 'succeeded'), 0) AS told,
             coalesce((SELECT sum(fee) FROM merchants.refund r WHERE r.intent_id = i.id AND r.status = 'succeeded'), 0) AS told_fee
        FROM merchants.intent i)
    SELECT 'balance transactions sum to pending + available - receivable' AS invariant,
           concat_ws(' ', merchant_id, CASE WHEN livemode THEN 'live' ELSE 'test' END, currency) AS subject,
           coalesce(b.free, 0) || ' in the books, ' || coalesce(t.free, 0) || ' told' AS detail
      FROM books b FULL JOIN told t USING (merchant_id, livemode, currency) WHERE coalesce(b.free, 0) <> coalesce(t.free, 0)
    UNION ALL
    SELECT 'reserve holds less releases are the reserve',
           concat_ws(' ', merchant_id, CASE WHEN livemode THEN 'live' ELSE 'test' END, currency),
           coalesce(b.reserve, 0) || ' in the books, ' || coalesce(t.reserve, 0) || ' told'
      FROM books b FULL JOIN told t USING (merchant_id, livemode, currency) WHERE coalesce(b.reserve, 0) <> coalesce(t.reserve, 0)
    UNION ALL
    SELECT 'refunds of a payment are what it says', id, refunded || ' and ' || fee_refunded || ', refunds say ' || told || ' and ' || told_fee
      FROM payments WHERE refunded <> told OR fee_refunded <> told_fee
    UNION ALL
    SELECT 'a payment that was taken has its movement', i.id, i.received || ' received'
      FROM merchants.intent i LEFT JOIN merchants.balance_transaction b ON b.id = i.balance_transaction_id
     WHERE i.status = 'succeeded' AND (b.amount, b.fee, b.source_id) IS DISTINCT FROM (i.received, i.fee, i.id)
    UNION ALL
    SELECT 'a live payment is in its payer''s wallet', i.id, coalesce(p.status, 'no payment')
      FROM merchants.intent i LEFT JOIN payments.payment p ON p.id = i.payment_id
     WHERE i.livemode AND i.status = 'succeeded'
       AND (p.status, p.kind, p.amount, p.customer_id) IS DISTINCT FROM ('settled', 'purchase', i.received, i.payer_id)
    UNION ALL
    SELECT 'what is held for a payment is held in the books', i.id, coalesce(h.status, 'no hold')
      FROM merchants.intent i LEFT JOIN ledger.hold h ON h.id = i.hold_id
     WHERE i.livemode AND i.status = 'requires_capture' AND (h.status, h.amount - h.captured) IS DISTINCT FROM ('open', i.capturable)
    UNION ALL
    SELECT 'takings are the charges and refunds', concat_ws(' ', merchant_id, CASE WHEN livemode THEN 'live' ELSE 'test' END, currency),
           coalesce(s.gross, 0) || ' - ' || coalesce(s.refunded, 0) || ' counted, ' || coalesce(b.gross, 0) || ' - ' || coalesce(b.refunded, 0) || ' booked'
      FROM (SELECT merchant_id, livemode, currency, sum(gross) AS gross, sum(refunded) AS refunded, sum(fees) AS fees FROM merchants.takings GROUP BY 1, 2, 3) AS s
      FULL JOIN (SELECT merchant_id, livemode, currency, coalesce(sum(amount) FILTER (WHERE type = 'charge'), 0) AS gross,
                        coalesce(-sum(amount) FILTER (WHERE type = 'refund'), 0) AS refunded, sum(fee) AS fees
                   FROM merchants.balance_transaction WHERE type IN ('charge', 'refund') GROUP BY 1, 2, 3) AS b USING (merchant_id, livemode, currency)
     WHERE (coalesce(s.gross, 0), coalesce(s.refunded, 0), coalesce(s.fees, 0)) IS DISTINCT FROM (coalesce(b.gross, 0), coalesce(b.refunded, 0), coalesce(b.fees, 0))`);
}
