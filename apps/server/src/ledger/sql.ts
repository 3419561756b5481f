import type { Queryable } from "../platform/db.ts";
import type { AccountKind } from "./chart.ts";

export type BalanceRow = { code: string; currency: string; balance: bigint; held: bigint };

export function selectBalances(db: Queryable, code: string): Promise<BalanceRow[]> {
  return db.query<BalanceRow>(
    "SELECT code, currency, balance, held FROM ledger.account WHERE code = $1 ORDER BY currency",
    [code],
  );
}

export type TrialBalanceRow = {
  currency: string;
  account: string;
  kind: AccountKind;
  accounts: bigint;
  net_debit: bigint;
  owed: bigint;
};

/** Customers' and merchants' own accounts are summed into one row, so that the page stays short and names nobody. */
export function selectTrialBalance(db: Queryable): Promise<TrialBalanceRow[]> {
  return db.query<TrialBalanceRow>(`
    SELECT currency, account, kind, count(*) AS accounts,
           sum(normal_sign * balance)::bigint AS net_debit, sum(safeguarding * balance)::bigint AS owed
      FROM (SELECT *, CASE WHEN code LIKE 'customer:%' THEN 'customer:*' WHEN code LIKE 'merchant:%' THEN 'merchant:*' ELSE code END AS account
              FROM ledger.account) AS named
     GROUP BY currency, account, kind ORDER BY currency, kind, account`);
}

/** Assets held for customers and what is owed to them, in one currency. */
export async function selectSafeguarding(
  db: Queryable,
  currency: string,
): Promise<{ assets: bigint; owed: bigint }> {
  const [row] = await db.query<{ assets: bigint; owed: bigint }>(
    `SELECT coalesce(sum(balance) FILTER (WHERE safeguarding = 1), 0)::bigint AS assets,
            coalesce(sum(balance) FILTER (WHERE safeguarding = -1), 0)::bigint AS owed
       FROM ledger.account WHERE currency = $1 AND safeguarding <> 0`,
    [currency],
  );
  return row as { assets: bigint; owed: bigint };
}

export type EntryRow = {
  transfer_id: string;
  kind: string;
  at: Date;
  code: string;
  currency: string;
  amount: bigint;
  balance_after: bigint;
};

export function selectEntriesOf(db: Queryable, subject: string): Promise<EntryRow[]> {
  return db.query<EntryRow>(
    `SELECT t.id AS transfer_id, t.kind, t.at, a.code, e.currency, e.amount, e.balance_after
       FROM ledger.transfer t JOIN ledger.entry e ON e.transfer_id = t.id JOIN ledger.account a ON a.id = e.account_id
      WHERE t.subject = $1 ORDER BY t.at, t.id, e.amount DESC`,
    [subject],
  );
}

export type HoldRow = {
  id: string;
  code: string;
  currency: string;
  amount: bigint;
  status: "open" | "captured" | "voided" | "expired";
  at: Date;
  expires_at: Date;
  subject: string | null;
};

export function selectHoldsOf(db: Queryable, subject: string): Promise<HoldRow[]> {
  return db.query<HoldRow>(`${selectHold} WHERE h.subject = $1 ORDER BY h.at, h.id`, [subject]);
}

export function selectExpiredHolds(db: Queryable, now: Date, limit: number): Promise<HoldRow[]> {
  return db.query<HoldRow>(
    `${selectHold} WHERE h.status = 'open' AND h.expires_at <= $1 ORDER BY h.expires_at LIMIT $2`,
    [now, limit],
  );
}

const selectHold = `SELECT h.id, a.code, a.currency, h.amount, h.status, h.at, h.expires_at, h.subject
  FROM ledger.hold h JOIN ledger.account a ON a.id = h.account_id`;

/** What an invariant found. Empty means that the books are whole. */
export type Violation = { invariant: string; subject: string; detail: string };

/** Walks all books. Reads everything: for tests, the demo and audits, not for a hot path. */
export function selectViolations(db: Queryable): Promise<Violation[]> {
  return db.query<Violation>(`
    SELECT 'transfer sums to zero' AS invariant, transfer_id AS subject, currency || ' ' || sum(amount) AS detail
      FROM ledger.entry GROUP BY transfer_id, currency HAVING sum(amount) <> 0
    UNION ALL
    SELECT 'transfer has entries', t.id, t.kind FROM ledger.transfer t
     WHERE NOT EXISTS (SELECT FROM ledger.entry e WHERE e.transfer_id = t.id)
    UNION ALL
    SELECT 'balance is the sum of entries', a.code || ' ' || a.currency, a.balance || ' against ' || coalesce(sum(a.normal_sign * e.amount), 0)
      FROM ledger.account a LEFT JOIN ledger.entry e ON e.account_id = a.id
     GROUP BY a.id HAVING a.balance <> coalesce(sum(a.normal_sign * e.amount), 0) OR a.last_sequence <> count(e.sequence)
    UNION ALL
    SELECT 'running balance is unbroken', a.code || ' ' || a.currency, 'entry ' || w.sequence
      FROM (SELECT *, lag(balance_after, 1, 0::bigint) OVER s AS before, row_number() OVER s AS expected
              FROM ledger.entry WINDOW s AS (PARTITION BY account_id ORDER BY sequence)) AS w
      JOIN ledger.account a ON a.id = w.account_id
     WHERE w.balance_after <> w.before + a.normal_sign * w.amount OR w.sequence <> w.expected
    UNION ALL
    SELECT 'held is the sum of open holds', a.code || ' ' || a.currency, a.held || ' against ' || coalesce(sum(h.amount), 0)
      FROM ledger.account a LEFT JOIN ledger.hold h ON h.account_id = a.id AND h.status = 'open'
     GROUP BY a.id HAVING a.held <> coalesce(sum(h.amount), 0)
    UNION ALL
    SELECT 'available is not below the floor', code || ' ' || currency, (balance - held) || ' below ' || floor
      FROM ledger.account WHERE balance - held < floor
    UNION ALL
    SELECT 'trial balance is zero', currency, sum(normal_sign * balance)::text
      FROM ledger.account GROUP BY currency HAVING sum(normal_sign * balance) <> 0
    UNION ALL
    SELECT 'custody covers what is owed', currency, sum(safeguarding * balance)::text
      FROM ledger.account GROUP BY currency HAVING sum(safeguarding * balance) < 0`);
}
