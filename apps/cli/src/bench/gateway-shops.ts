import { createHash, randomBytes } from "node:crypto";
import { type Engine, openEngine } from "@jinqiao/server/engine";
import type { BenchShop } from "./gateway-load-process.ts";
import type { Person } from "./http-load-process.ts";

/** Work with the database of a measured server, past the server. */
export async function withEngine<T>(databaseUrl: string, work: (engine: Engine) => Promise<T>): Promise<T> {
  const engine = await openEngine({ databaseUrl });
  try {
    return await work(engine);
  } finally {
    await engine.close();
  }
}

/**
 * Opens shops with a live key each, as if staff had opened them, and lets everybody trust them: what is measured is how
 * payments are judged and pass, not how people type codes.
 */
export async function openShops(
  engine: Engine,
  people: readonly Person[],
  count: number,
): Promise<BenchShop[]> {
  const { db, ids } = engine;
  const shops = Array.from({ length: count }, () => ({
    id: ids.next("mer") as string,
    key: ids.next("key") as string,
    secret: `sk_live_${randomBytes(20).toString("hex")}`,
  }));
  const shopIds = shops.map(({ id }) => id);
  await db.query(
    `INSERT INTO merchants.merchant (id, status, trading_name_en, trading_name_zh, form, country, mcc, time_zone, currency, opened_by, version, created_at, activated_at)
     SELECT id, 'active', 'Bench shop', '测试商店', 'company', 'GB', '5812', 'Europe/London', 'GBP', $2, 1, now(), now() FROM unnest($1::text[]) AS s (id)`,
    [shopIds, people[0]?.id],
  );
  await db.query(
    `INSERT INTO merchants.fee_plan_of (merchant_id, from_at, plan_id)
     SELECT s.id, now(), p.id FROM unnest($1::text[]) AS s (id), merchants.fee_plan p WHERE p.key = 'standard' AND p.version = 1`,
    [shopIds],
  );
  await db.query(
    `INSERT INTO developers.api_key (id, merchant_id, livemode, name_sealed, secret_hash, last_four, api_version, created_at, created_by)
     SELECT k, m, true, '', decode(h, 'hex'), 'test', '2026-11-22', now(), 'bench' FROM unnest($1::text[], $2::text[], $3::text[]) AS t (k, m, h)`,
    [
      shops.map(({ key }) => key),
      shopIds,
      shops.map(({ secret }) => createHash("sha256").update(secret).digest("hex")),
    ],
  );
  await db.query(
    `INSERT INTO identity.trusted_payee (customer_id, payee_id, step_up_id, since)
     SELECT c, s, 'sca_bench_' || c, now() FROM unnest($1::text[]) AS p (c) CROSS JOIN unnest($2::text[]) AS m (s)`,
    [people.map(({ id }) => id), shopIds],
  );
  return shops.map(({ id, secret }) => ({ id, secret }));
}

/** So many payments of one shop over the last 30 days, as they would stand after being paid; set by set. */
export async function fillPayments(engine: Engine, merchantId: string, count: number): Promise<void> {
  const { db } = engine;
  const part = 100_000;
  for (let from = 0; from < count; from += part)
    await db.query(
      `INSERT INTO merchants.intent (id, merchant_id, livemode, status, currency, amount, received, fee, capture_method, reference, origin_kind, method,
         token, balance_transaction_id, version, created_at, updated_at)
       SELECT 'pi_' || lpad(to_hex(n), 26, '0'), $1, true, 'succeeded', 'GBP', 100 + n % 900, 100 + n % 900, 6, 'automatic', 'order ' || n, 'api', 'wallet_balance',
              md5('bench ' || n), 'txn_' || lpad(to_hex(n), 26, '0'), 2, now() - ($4 - n) * (interval '30 days' / $4), now() - ($4 - n) * (interval '30 days' / $4)
         FROM generate_series($2::bigint, $3::bigint - 1) AS n`,
      [merchantId, from, Math.min(from + part, count), count],
    );
  await db.query(
    `INSERT INTO merchants.takings (merchant_id, livemode, currency, quarter, store_id, payments, gross, fees, refunds, refunded)
     SELECT merchant_id, livemode, currency, date_bin('15 minutes', created_at, timestamptz '2000-01-01 00:00:00+00'), '', count(*), sum(received), sum(fee), 0, 0
       FROM merchants.intent WHERE merchant_id = $1 GROUP BY 1, 2, 3, 4`,
    [merchantId],
  );
  await db.query("ANALYZE merchants.intent, merchants.takings");
}
