/**
 * Trusted beneficiaries: payments from an account to a TPP company's own accounts at this bank need no strong
 * authentication up to a daily limit, because the customer said so with strong authentication (RTS (EU) 2018/389
 * art. 13). The exemption ends with the consent it was given with.
 */
import type { Queryable } from "../database.ts";

export async function trustBeneficiary(
  db: Queryable,
  trust: { accountId: string; clientId: string; consentId: string; limitPerDayMinor: bigint; now: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO trusted_beneficiaries (account_id, client_id, consent_id, limit_per_day_minor, created_at)
     VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (account_id, client_id) DO UPDATE SET consent_id = EXCLUDED.consent_id,
       limit_per_day_minor = EXCLUDED.limit_per_day_minor, created_at = EXCLUDED.created_at`,
    [trust.accountId, trust.clientId, trust.consentId, trust.limitPerDayMinor, trust.now],
  );
}

/**
 * Whether a payment of that amount is exempt on that business date. The caller holds the lock on the debtor account,
 * so that two payments cannot use the same remainder of the limit.
 */
export async function isExempt(
  tx: Queryable,
  payment: {
    debtorAccount: string;
    clientId: string;
    amountMinor: bigint;
    businessDate: string;
    today: string;
  },
): Promise<boolean> {
  const { rows } = await tx.query<{ limit_per_day_minor: bigint; used: bigint }>(
    `SELECT t.limit_per_day_minor,
            (SELECT coalesce(sum(p.amount_minor), 0) FROM payments p
              WHERE p.debtor_account = t.account_id AND p.client_id = t.client_id
                AND p.exemption = 'trustedBeneficiary' AND p.executed_on = $3) AS used
       FROM trusted_beneficiaries t JOIN consents c ON c.id = t.consent_id
      WHERE t.account_id = $1 AND t.client_id = $2 AND c.status = 'valid' AND c.valid_until >= $4`,
    [payment.debtorAccount, payment.clientId, payment.businessDate, payment.today],
  );
  const trust = rows[0];
  return trust !== undefined && trust.used + payment.amountMinor <= trust.limit_per_day_minor;
}
