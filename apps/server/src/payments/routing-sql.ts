import type { Queryable } from "../platform/db.ts";

/** How the last payments by a bank's rail ended. */
export type RecordRow = { bank_id: string; rail: string; payments: bigint; succeeded: bigint };

/**
 * Of the last payments of each bank, how many went well by each rail. What the customer ended, or was refused for a
 * reason of the customer's, says nothing of the bank; a payment that had to be sent another way counts against the first.
 */
export function selectRecords(
  db: Queryable,
  input: { kinds: readonly string[]; bankIds: readonly string[]; faults: readonly string[]; last: number },
): Promise<RecordRow[]> {
  return db.query<RecordRow>(
    `WITH told AS (
       SELECT b.bank_id, p.route ->> 'rail' AS rail,
              CASE WHEN p.status IN ('submitted', 'settled', 'returned') THEN true
                   WHEN p.status = 'unknown' OR (p.status = 'rejected' AND p.reason_code = ANY ($3)) THEN false END AS well
         FROM unnest($2::text[]) AS b(bank_id) CROSS JOIN LATERAL (
           SELECT status, reason_code, route FROM payments.payment
            WHERE bank_id = b.bank_id AND kind = ANY ($1) ORDER BY id DESC LIMIT $4) AS p
       UNION ALL
       SELECT b.bank_id, p.route -> 'from' ->> 'rail', false
         FROM unnest($2::text[]) AS b(bank_id) CROSS JOIN LATERAL (
           SELECT route FROM payments.payment
            WHERE route -> 'from' ->> 'bankId' = b.bank_id AND kind = ANY ($1)
              AND (route -> 'from' ->> 'why' = 'not_sent' OR route -> 'from' ->> 'code' = ANY ($3)) ORDER BY id DESC LIMIT $4) AS p
     )
     SELECT bank_id, rail, count(*) AS payments, count(*) FILTER (WHERE well) AS succeeded
       FROM told WHERE rail IS NOT NULL AND well IS NOT NULL GROUP BY bank_id, rail`,
    [input.kinds, input.bankIds, input.faults, input.last],
  );
}

/** What went by a bank's rail since a moment, and was not refused or called off; minor units. */
export async function selectSentSince(
  db: Queryable,
  input: {
    bankId: string;
    rail: string;
    kinds: readonly string[];
    currency: string;
    since: Date;
    except: string | null;
  },
): Promise<bigint> {
  const [row] = await db.query<{ sum: bigint }>(
    `SELECT coalesce(sum(amount), 0)::bigint AS sum FROM payments.payment
      WHERE bank_id = $1 AND kind = ANY ($3) AND currency = $4 AND created_at >= $5 AND route ->> 'rail' = $2
        AND status NOT IN ('rejected', 'cancelled', 'expired', 'declined') AND id IS DISTINCT FROM $6`,
    [input.bankId, input.rail, input.kinds, input.currency, input.since, input.except],
  );
  return row?.sum ?? 0n;
}

/** Withdrawals ordered from a bank's custody that it has not accepted yet, by bank; minor units. */
export async function selectUnderWay(
  db: Queryable,
  input: { bankIds: readonly string[]; currency: string; except: string | null },
): Promise<Map<string, bigint>> {
  const rows = await db.query<{ bank_id: string; sum: bigint }>(
    `SELECT bank_id, sum(amount)::bigint AS sum FROM payments.payment
      WHERE bank_id = ANY ($1) AND currency = $2 AND kind IN ('withdrawal', 'payout')
        AND status IN ('authorised', 'unknown', 'action_required') AND id IS DISTINCT FROM $3
      GROUP BY bank_id`,
    [input.bankIds, input.currency, input.except],
  );
  return new Map(rows.map((row) => [row.bank_id, row.sum]));
}
