import type { Queryable } from "../platform/db.ts";
import type { AccountKind } from "./chart.ts";
import type { AccountStatus } from "./instruction.ts";

export type BalanceRow = {
  code: string;
  currency: string;
  kind: AccountKind;
  status: AccountStatus;
  balance: bigint;
  held: bigint;
};

export function selectBalances(db: Queryable, code: string): Promise<BalanceRow[]> {
  return db.query<BalanceRow>(
    "SELECT code, currency, kind, status, balance, held FROM ledger.account WHERE code = $1 ORDER BY currency",
    [code],
  );
}

export type TrialBalanceRow = {
  currency: string;
  /** Code of an account or, for a branch, of all below it: `transit` sums `transit:in` and `transit:out`. */
  account: string;
  accounts: bigint;
  net_debit: bigint;
  owed: bigint;
} & (
  | { branch: false; kind: AccountKind }
  /** Sums rows that are listed themselves. The kind is null where accounts of several kinds meet. */
  | { branch: true; kind: AccountKind | null }
);

/** Customers' and merchants' own accounts are summed into one row, so that the page stays short and names nobody; test mode too. */
export async function selectTrialBalance(db: Queryable): Promise<TrialBalanceRow[]> {
  const leaves = await db.query<TrialBalanceRow>(`
    SELECT currency, account, false AS branch, kind, count(*) AS accounts,
           sum(normal_sign * balance)::bigint AS net_debit, sum(safeguarding * balance)::bigint AS owed
      FROM (SELECT *, CASE WHEN code LIKE 'customer:%' THEN 'customer:*' WHEN code LIKE 'merchant:%' THEN 'merchant:*'
                                   WHEN code LIKE 'reserve:%' THEN 'reserve:*' WHEN code LIKE 'test:%' THEN 'test:*' ELSE code END AS account
              FROM ledger.account) AS named
     GROUP BY currency, account, kind ORDER BY currency, kind, account`);
  const branches = new Map<string, TrialBalanceRow>();
  for (const leaf of leaves) {
    const parts = leaf.account.split(":");
    for (let depth = 1; depth < parts.length; depth += 1) {
      const account = parts.slice(0, depth).join(":");
      const name = `${leaf.currency} ${account}`;
      const sum = branches.get(name);
      branches.set(name, {
        currency: leaf.currency,
        account,
        branch: true,
        kind: sum && sum.kind !== leaf.kind ? null : leaf.kind,
        accounts: (sum?.accounts ?? 0n) + leaf.accounts,
        net_debit: (sum?.net_debit ?? 0n) + leaf.net_debit,
        owed: (sum?.owed ?? 0n) + leaf.owed,
      });
    }
  }
  return [...leaves, ...branches.values()];
}

/** Assets held for customers and what is owed to them, in one currency. Kept with every posting, so it reads two rows. */
export async function selectSafeguarding(
  db: Queryable,
  currency: string,
): Promise<{ assets: bigint; owed: bigint }> {
  const [row] = await db.query<{ assets: bigint; owed: bigint }>(
    `SELECT coalesce(sum(balance) FILTER (WHERE safeguarding = 1), 0)::bigint AS assets,
            coalesce(sum(balance) FILTER (WHERE safeguarding = -1), 0)::bigint AS owed
       FROM ledger.total WHERE currency = $1`,
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
    `SELECT t.id AS transfer_id, t.kind, t.at, a.code, a.currency, e.amount, e.balance_after
       FROM ledger.transfer t JOIN ledger.entry e ON e.at = t.at AND e.position = t.position
       JOIN ledger.account a ON a.id = e.account_id
      WHERE t.subject = $1 ORDER BY t.position, e.leg`,
    [subject],
  );
}

export type HoldRow = {
  id: string;
  code: string;
  currency: string;
  amount: bigint;
  /** How much of it was used so far. */
  captured: bigint;
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

const selectHold = `SELECT h.id, a.code, a.currency, h.amount, h.captured, h.status, h.at, h.expires_at, h.subject
  FROM ledger.hold h JOIN ledger.account a ON a.id = h.account_id`;

/** What an invariant found. Empty means that the books are whole. */
export type Violation = { invariant: string; subject: string; detail: string };

/**
 * Walks all books that were not moved away. Reads everything: for tests, the demo and audits, not for a hot path.
 * Where months were moved away, an account's entries begin with any number and balance.
 */
export function selectViolations(db: Queryable): Promise<Violation[]> {
  return db.query<Violation>(`
    WITH archived AS (SELECT EXISTS (SELECT FROM ledger.month WHERE archived_at IS NOT NULL) AS is_true),
    walked AS MATERIALIZED (
      SELECT e.account_id, e.sequence, e.balance_after, a.normal_sign * e.amount AS change,
             lag(e.sequence) OVER s AS sequence_before, lag(e.balance_after) OVER s AS balance_before,
             lead(e.sequence) OVER s IS NULL AS last
        FROM ledger.entry e JOIN ledger.account a ON a.id = e.account_id
      WINDOW s AS (PARTITION BY e.account_id ORDER BY e.at, e.sequence))
    SELECT 'transfer sums to zero' AS invariant, coalesce(t.id, 'position ' || s.position) AS subject, s.currency || ' ' || s.difference AS detail
      FROM (SELECT e.position, a.currency, sum(e.amount) AS difference
              FROM ledger.entry e JOIN ledger.account a ON a.id = e.account_id GROUP BY 1, 2 HAVING sum(e.amount) <> 0) AS s
      LEFT JOIN ledger.transfer t ON t.position = s.position
    UNION ALL
    SELECT 'entry has an account', 'position ' || e.position, 'account ' || e.account_id
      FROM ledger.entry e WHERE NOT EXISTS (SELECT FROM ledger.account a WHERE a.id = e.account_id)
    UNION ALL
    SELECT 'transfer has entries', t.id, t.kind FROM ledger.transfer t
     WHERE t.kind <> 'audit_trail' AND NOT EXISTS (SELECT FROM ledger.entry e WHERE e.position = t.position)
    UNION ALL
    SELECT 'entry has a transfer', 'position ' || e.position, 'leg ' || e.leg
      FROM ledger.entry e WHERE NOT EXISTS (SELECT FROM ledger.transfer t WHERE t.position = e.position AND t.at = e.at)
    UNION ALL
    SELECT 'balance is what the last entry left', a.code || ' ' || a.currency, a.balance || ' against ' || coalesce(w.balance_after, 0)
      FROM ledger.account a LEFT JOIN walked w ON w.account_id = a.id AND w.last
     WHERE (w.account_id IS NOT NULL OR NOT (SELECT is_true FROM archived))
       AND (a.balance <> coalesce(w.balance_after, 0) OR a.last_sequence <> coalesce(w.sequence, 0))
    UNION ALL
    SELECT 'running balance is unbroken', a.code || ' ' || a.currency, 'entry ' || w.sequence
      FROM walked w JOIN ledger.account a ON a.id = w.account_id
     WHERE CASE WHEN w.sequence_before IS NOT NULL
                THEN w.sequence <> w.sequence_before + 1 OR w.balance_after <> w.balance_before + w.change
                ELSE NOT (SELECT is_true FROM archived) AND (w.sequence <> 1 OR w.balance_after <> w.change) END
    UNION ALL
    SELECT 'held is the sum of open holds', a.code || ' ' || a.currency, a.held || ' against ' || coalesce(sum(h.amount - h.captured), 0)
      FROM ledger.account a LEFT JOIN ledger.hold h ON h.account_id = a.id AND h.status = 'open'
     GROUP BY a.id HAVING a.held <> coalesce(sum(h.amount - h.captured), 0)
    UNION ALL
    SELECT 'available is not below the floor', code || ' ' || currency, (balance - held) || ' below ' || floor
      FROM ledger.account WHERE balance - held < floor
    UNION ALL
    SELECT 'trial balance is zero', currency, sum(normal_sign * balance)::text
      FROM ledger.account GROUP BY currency HAVING sum(normal_sign * balance) <> 0
    UNION ALL
    SELECT 'totals are the sums of accounts', a.currency, a.sum || ' against ' || coalesce(t.balance, 0)
      FROM (SELECT currency, safeguarding, sum(balance) AS sum FROM ledger.account WHERE safeguarding <> 0 GROUP BY 1, 2) AS a
      LEFT JOIN ledger.total t USING (currency, safeguarding) WHERE a.sum <> coalesce(t.balance, 0)
    UNION ALL
    SELECT 'positions are dense', 'log', h.size || ' against ' || coalesce(max(t.position) + 1, 0)
      FROM ledger.log_head h
      -- Where two months meet, positions of both may mix by a few.
      LEFT JOIN ledger.transfer t ON t.position > coalesce((SELECT max(last_position) FROM ledger.month WHERE archived_at IS NOT NULL), -1)
     GROUP BY h.size
     HAVING h.size <> coalesce(max(t.position) + 1, h.size) OR count(t.position) <> coalesce(max(t.position) - min(t.position) + 1, 0)
    UNION ALL
    SELECT 'custody covers what is owed', currency, sum(safeguarding * balance)::text
      FROM ledger.account GROUP BY currency HAVING sum(safeguarding * balance) < 0`);
}
