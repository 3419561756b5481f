import type { Db } from "../platform/db.ts";

/** A promise between the ledger and what merchants are shown that does not hold. */
export type MerchantViolation = { invariant: string; subject: string; detail: string };

/**
 * Compares what merchants are shown with the books, to the minor unit, for every merchant, mode and currency. Each row
 * is a promise that does not hold; none when all do.
 *
 * - `settlement_chain`: what the settlements leave is the sum of all they took, less all payouts.
 * - `settlement_lines`: a settlement's arithmetic is that of its own lines.
 * - `payout_lines`: a payout that left, or was given up, stands in the balance once; what came back, as much as came back.
 * - `reserve_kept`: reserves by their lines are what the ledger keeps.
 * - `payout_order`: a payout and its order to the bank are of the same amount and merchant.
 */
export async function settlementViolations(db: Db): Promise<MerchantViolation[]> {
  return db.query<MerchantViolation>(
    `WITH taken AS (
       SELECT merchant_id, livemode, currency, sum(net) AS net FROM merchants.balance_transaction
        WHERE settlement_id IS NOT NULL AND type <> 'payout' GROUP BY 1, 2, 3),
     paid AS (SELECT merchant_id, livemode, currency, sum(amount) AS amount FROM merchants.payout GROUP BY 1, 2, 3),
     lines AS (
       SELECT settlement_id, count(*) AS lines, sum(net) AS net FROM merchants.balance_transaction
        WHERE settlement_id IS NOT NULL AND type <> 'payout' GROUP BY 1),
     booked AS (
       SELECT source_id, coalesce(sum(net) FILTER (WHERE type = 'payout'), 0) AS left, coalesce(sum(net) FILTER (WHERE type = 'payout_failure'), 0) AS back
         FROM merchants.balance_transaction WHERE type IN ('payout', 'payout_failure') GROUP BY 1),
     kept AS (
       SELECT merchant_id, livemode, currency, -sum(net) AS amount FROM merchants.balance_transaction
        WHERE type IN ('reserve_hold', 'reserve_release') GROUP BY 1, 2, 3)
     SELECT 'settlement_chain' AS invariant, concat_ws(' ', b.merchant_id, b.livemode, b.currency) AS subject,
            concat('carried over ', b.carried_over, ', by lines and payouts ', coalesce(t.net, 0) - coalesce(p.amount, 0)) AS detail
       FROM merchants.settlement_book b LEFT JOIN taken t USING (merchant_id, livemode, currency) LEFT JOIN paid p USING (merchant_id, livemode, currency)
      WHERE b.carried_over <> coalesce(t.net, 0) - coalesce(p.amount, 0)
     UNION ALL
     SELECT 'settlement_lines', s.id, concat('lines ', s.lines, ' of ', s.carried_forward - s.carried_over - s.payout, ', found ', coalesce(l.lines, 0), ' of ', coalesce(l.net, 0))
       FROM merchants.settlement s LEFT JOIN lines l ON l.settlement_id = s.id
      WHERE s.lines <> coalesce(l.lines, 0) OR s.carried_forward - s.carried_over - s.payout <> coalesce(l.net, 0)
     UNION ALL
     SELECT 'payout_lines', p.id, concat(p.status, ' ', p.amount, ', returned ', p.returned, ', lines ', coalesce(b.left, 0), ' and ', coalesce(b.back, 0))
       FROM merchants.payout p LEFT JOIN booked b ON b.source_id = p.id
      WHERE coalesce(b.back, 0) <> CASE WHEN p.status IN ('failed', 'canceled') THEN p.amount ELSE p.returned END
         OR (coalesce(b.left, 0) <> -p.amount AND p.status IN ('paid', 'returned', 'failed', 'canceled'))
         OR coalesce(b.left, 0) NOT IN (0, -p.amount)
     UNION ALL
     SELECT 'reserve_kept', concat_ws(' ', k.merchant_id, k.livemode, k.currency), concat('lines keep ', k.amount, ', the ledger ', coalesce(a.balance, 0))
       FROM kept k LEFT JOIN ledger.account a
         ON a.code = CASE WHEN k.livemode THEN '' ELSE 'test:' END || 'reserve:' || k.merchant_id AND a.currency = k.currency
      WHERE k.amount <> coalesce(a.balance, 0)
     UNION ALL
     SELECT 'payout_order', p.id, concat('payout of ', p.amount, ' ', p.currency, ', order of ', o.amount, ' ', o.currency)
       FROM merchants.payout p LEFT JOIN payments.payment o ON o.id = p.payment_id
      WHERE p.livemode AND (o.id IS NULL OR o.kind <> 'payout' OR o.amount <> p.amount OR o.currency <> p.currency OR o.customer_id <> p.merchant_id)
     LIMIT 200`,
  );
}
