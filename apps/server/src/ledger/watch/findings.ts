import { type Currency, formatDecimal, isCurrency } from "@jinqiao/money";
import type { Queryable } from "../../platform/db.ts";

/**
 * What must always be true of the books. `unit`: what the expected and the found figure count. `lasting`: it is about
 * rows that are never changed, so it stays as it is; a person who has cleared it is not told again.
 */
export const invariants = {
  /** Positions of the log are taken once each, without gaps, and none lies beyond the head. */
  positions_dense: { unit: "count", lasting: true },
  /** A transfer has its entries, numbered from 1, at its own time; an entry has its transfer. */
  transfer_complete: { unit: "count", lasting: true },
  /** Entries of a transfer sum to zero in each currency. */
  double_entry: { unit: "amount", lasting: true },
  /** Entries of an account are numbered without gaps. */
  entry_sequence: { unit: "count", lasting: true },
  /** The balance after an entry is the one before and the amount. */
  entry_balance: { unit: "amount", lasting: true },
  /** An account counts as many entries as it has. */
  account_sequence: { unit: "count", lasting: false },
  /** An account's balance is what its last entry left. */
  account_balance: { unit: "amount", lasting: false },
  /** What is held of an account is the sum of its open holds. */
  account_held: { unit: "amount", lasting: false },
  /** The available balance is not below the floor. */
  account_floor: { unit: "amount", lasting: false },
  /** Debits and credits of all accounts are equal. */
  trial_balance: { unit: "amount", lasting: false },
  /** The sums kept with each posting are the sums of the accounts. */
  totals: { unit: "amount", lasting: false },
  /** Money held for customers covers what is owed to them. */
  custody: { unit: "amount", lasting: false },
  /** The transparency log goes on from what was signed before. */
  log_consistent: { unit: "text", lasting: true },
} as const satisfies Record<string, { unit: "amount" | "count" | "text"; lasting: boolean }>;

export type Invariant = keyof typeof invariants;

/** One broken invariant. `currency` is null where it cannot be told. Amounts are minor units, as text. */
export type Finding = {
  invariant: Invariant;
  currency: string | null;
  /** Id of a transfer, `position 17`, or an account as `code currency`. */
  subject: string;
  expected: string;
  found: string;
};

type Measured = Pick<Finding, "invariant" | "currency">;

/** What the figures of a finding are. Minor units of a currency that nobody knows are a mere number. */
export function unitOf({ invariant, currency }: Measured): "amount" | "count" | "text" {
  const { unit } = invariants[invariant];
  return unit === "amount" && !(currency !== null && isCurrency(currency)) ? "count" : unit;
}

/** A figure as people read it: amounts in the currency's decimals. */
export function figureOf(finding: Measured, figure: string): string {
  return unitOf(finding) === "amount" ? formatDecimal(BigInt(figure), finding.currency as Currency) : figure;
}

/** At most so many findings of one kind are told at once: more would tell nobody anything new. */
const most = 20;

/**
 * Proves the transfers with `from` ≤ position < `to` and their entries: positions dense, transfers complete, double
 * entry per currency, every entry following the one before it. One statement, so all of it is seen at one moment.
 * Costs what the slice holds, whatever the size of the books.
 */
export function transferFindings(db: Queryable, from: bigint, to: bigint): Promise<Finding[]> {
  return db.query<Finding>(
    `WITH t AS MATERIALIZED (SELECT position, at, id, kind FROM ledger.transfer WHERE position >= $1 AND position < $2),
     e AS MATERIALIZED (
       SELECT e.account_id, e.at, e.sequence, e.position, e.leg, e.amount, e.balance_after, a.code, a.currency,
              a.normal_sign * e.amount AS change, lag(e.sequence) OVER w AS sequence_before, lag(e.balance_after) OVER w AS balance_before
         FROM ledger.entry e LEFT JOIN ledger.account a ON a.id = e.account_id
        WHERE e.position >= $1 AND e.position < $2
       WINDOW w AS (PARTITION BY e.account_id ORDER BY e.at, e.sequence)),
     archived AS (SELECT EXISTS (SELECT FROM ledger.month WHERE archived_at IS NOT NULL) AS is_true),
     -- The first entry of an account in the slice follows one outside of it.
     linked AS (
       SELECT e.code, e.currency, e.sequence, e.balance_after, e.change,
              coalesce(e.sequence_before, b.sequence) AS sequence_before, coalesce(e.balance_before, b.balance_after) AS balance_before
         FROM e LEFT JOIN LATERAL (
           SELECT p.sequence, p.balance_after FROM ledger.entry p
            WHERE p.account_id = e.account_id AND p.at <= e.at AND (p.at, p.sequence) < (e.at, e.sequence)
            ORDER BY p.at DESC, p.sequence DESC LIMIT 1) AS b ON e.sequence_before IS NULL
        WHERE e.code IS NOT NULL),
     known AS (
       -- Before its first entry an account had none, unless that entry was moved away with its month.
       SELECT code, currency, sequence, balance_after, change, coalesce(sequence_before, 0) AS sequence_before, coalesce(balance_before, 0) AS balance_before
         FROM linked WHERE sequence_before IS NOT NULL OR NOT (SELECT is_true FROM archived)),
     counted AS (SELECT position, count(*) AS n FROM t GROUP BY 1),
     legs AS (SELECT position, currency, count(*) AS n FROM e GROUP BY 1, 2),
     dense AS (
       SELECT g.position, coalesce(c.n, 0) AS found
         FROM generate_series($1::bigint, $2::bigint - 1) AS g(position) LEFT JOIN counted c USING (position)
        WHERE coalesce(c.n, 0) <> 1 LIMIT ${most}),
     incomplete AS (
       SELECT t.id, t.position, coalesce(max(e.leg), 1)::bigint AS expected, count(DISTINCT e.leg) FILTER (WHERE e.at = t.at AND e.leg > 0) AS found
         -- Entries of the log that move nothing have no sides.
         FROM t LEFT JOIN e ON e.position = t.position WHERE t.kind <> 'audit_trail' GROUP BY t.id, t.position
       HAVING count(e.leg) = 0 OR count(e.leg) <> max(e.leg) OR count(DISTINCT e.leg) FILTER (WHERE e.at = t.at AND e.leg > 0) <> max(e.leg) LIMIT ${most}),
     unequal AS (
       SELECT position, currency, sum(amount) AS found FROM e GROUP BY 1, 2 HAVING sum(amount) <> 0 OR currency IS NULL LIMIT ${most})
     SELECT 'positions_dense' AS invariant, l.currency, 'position ' || d.position AS subject, '1' AS expected, d.found::text
       FROM dense d LEFT JOIN legs l USING (position)
     UNION ALL
     SELECT 'transfer_complete', l.currency, i.id, i.expected::text, i.found::text FROM incomplete i LEFT JOIN legs l USING (position)
     UNION ALL
     SELECT 'double_entry', u.currency, coalesce((SELECT min(t.id) FROM t WHERE t.position = u.position), 'position ' || u.position), '0', u.found::text
       FROM unequal u
     UNION ALL
     (SELECT 'entry_sequence', currency, code || ' ' || currency, (sequence_before + 1)::text, sequence::text
        FROM known WHERE sequence <> sequence_before + 1 LIMIT ${most})
     UNION ALL
     (SELECT 'entry_balance', currency, code || ' ' || currency || ', entry ' || sequence, (balance_before + change)::text, balance_after::text
        FROM known WHERE balance_after <> balance_before + change LIMIT ${most})`,
    [from, to],
  );
}

/** Transfers and entries beyond the head of the log: nobody but the engine takes positions. */
export function beyondHeadFindings(db: Queryable): Promise<Finding[]> {
  return db.query<Finding>(
    `SELECT 'positions_dense' AS invariant, NULL AS currency, 'position ' || p.position AS subject, '0' AS expected, '1' AS found
       FROM (SELECT position FROM ledger.transfer WHERE position >= (SELECT size FROM ledger.log_head)
             UNION SELECT position FROM ledger.entry WHERE position >= (SELECT size FROM ledger.log_head)
             ORDER BY 1 LIMIT ${most}) AS p`,
  );
}

/**
 * Proves that accounts stand as their last entries and open holds say. One statement: entries and accounts change
 * together, so it is true at every moment, however many postings go on meanwhile.
 * @param ids accounts, a few thousand at most
 */
export function accountFindings(db: Queryable, ids: readonly bigint[]): Promise<Finding[]> {
  return db.query<Finding>(
    `WITH boundary AS (SELECT max(starts) + interval '1 month' AS ends FROM ledger.month WHERE archived_at IS NOT NULL),
     a AS MATERIALIZED (
       SELECT a.code || ' ' || a.currency AS subject, a.currency, a.balance, a.held, a.floor, a.last_sequence,
              coalesce(e.sequence, 0) AS sequence, coalesce(e.balance_after, 0) AS balance_after, coalesce(h.held, 0) AS open_holds,
              -- Its last entry was moved away with its month: nothing here to compare with.
              e.sequence IS NULL AND a.last_sequence > 0 AND to_timestamp(a.last_entry_ms / 1000.0) < (SELECT ends AT TIME ZONE 'UTC' FROM boundary) AS moved
         FROM ledger.account a
         -- When the last entry was booked only spares a look at earlier months: a wrong time finds no entry, and tells.
         LEFT JOIN LATERAL (SELECT sequence, balance_after FROM ledger.entry e
                             WHERE e.account_id = a.id AND e.at >= to_timestamp(a.last_entry_ms / 1000.0)::timestamptz(3)
                             ORDER BY e.at DESC, e.sequence DESC LIMIT 1) AS e ON true
         LEFT JOIN LATERAL (SELECT sum(h.amount - h.captured) AS held FROM ledger.hold h WHERE h.account_id = a.id AND h.status = 'open') AS h ON true
        WHERE a.id = ANY ($1::bigint[]))
     (SELECT 'account_balance' AS invariant, currency, subject, balance_after::text AS expected, balance::text AS found
        FROM a WHERE balance <> balance_after AND moved IS NOT TRUE LIMIT ${most})
     UNION ALL
     (SELECT 'account_sequence', currency, subject, sequence::text, last_sequence::text
        FROM a WHERE last_sequence <> sequence AND moved IS NOT TRUE LIMIT ${most})
     UNION ALL
     (SELECT 'account_held', currency, subject, open_holds::text, held::text FROM a WHERE held <> open_holds LIMIT ${most})
     UNION ALL
     (SELECT 'account_floor', currency, subject, floor::text, (balance - held)::text FROM a WHERE balance - held < floor LIMIT ${most})`,
    [`{${ids.join(",")}}`],
  );
}

/**
 * Proves that all balances of a currency sum to zero, and that the sums kept with each posting are those of the
 * accounts. Reads every account once, in one statement and so at one moment; it locks nothing.
 */
export function sumFindings(db: Queryable): Promise<Finding[]> {
  return db.query<Finding>(
    `WITH s AS MATERIALIZED (
       SELECT currency, safeguarding, sum(normal_sign * balance) AS net, sum(balance) AS balance FROM ledger.account GROUP BY 1, 2)
     SELECT 'trial_balance' AS invariant, currency, currency AS subject, '0' AS expected, sum(net)::text AS found
       FROM s GROUP BY currency HAVING sum(net) <> 0
     UNION ALL
     SELECT 'totals', currency, currency || CASE safeguarding WHEN 1 THEN ' held' ELSE ' owed' END, coalesce(s.balance, 0)::text, coalesce(t.balance, 0)::text
       FROM (SELECT * FROM s WHERE safeguarding <> 0) AS s FULL JOIN ledger.total t USING (currency, safeguarding)
      WHERE coalesce(s.balance, 0) <> coalesce(t.balance, 0)`,
  );
}

/** Proves that money held for customers covers what is owed to them; reads two rows per currency. */
export function custodyFindings(db: Queryable): Promise<Finding[]> {
  return db.query<Finding>(
    `SELECT 'custody' AS invariant, currency, currency AS subject, owed::text AS expected, assets::text AS found
       FROM (SELECT currency, coalesce(sum(balance) FILTER (WHERE safeguarding = 1), 0) AS assets,
                    coalesce(sum(balance) FILTER (WHERE safeguarding = -1), 0) AS owed FROM ledger.total GROUP BY 1) AS s
      WHERE assets < owed`,
  );
}
