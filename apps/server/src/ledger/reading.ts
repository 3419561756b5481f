import type { Queryable } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import type { AccountRef } from "./instruction.ts";

/** One entry of an account as its owner reads it. Minor units in the account's normal direction. */
export type StatementLine = {
  sequence: bigint;
  at: Date;
  transferId: string;
  kind: string;
  subject: string | null;
  /** Positive raises the balance, negative lowers it. */
  amount: bigint;
  balance: bigint;
  /** Code of the account on the other side, where the transfer has just one. */
  counterparty: string | null;
};

/** `cursor` is what an earlier page gave. Newest first unless `order` says otherwise. `limit` 1 to 1000, default 50. */
export type PageRequest = {
  cursor?: string;
  limit?: number;
  order?: "newest" | "oldest";
  from?: Date;
  to?: Date;
};
export type EntryPage = { lines: StatementLine[]; next: string | null };

export type Statement = {
  account: AccountRef;
  from: Date;
  to: Date;
  opening: bigint;
  closing: bigint;
  /** Sum of what raised and of what lowered the balance (the latter as a positive number), and how many lines. */
  raised: bigint;
  lowered: bigint;
  count: bigint;
  lines(): AsyncIterable<StatementLine>;
};

export type Flow = { forth: bigint; back: bigint; transfers: bigint };

const find = (account: AccountRef): [string, string] => [account.code, account.currency];
const theAccount = "(SELECT id FROM ledger.account WHERE code = $1 AND currency = $2)";

/** Balance after the last entry at or before an instant. */
export async function balanceAt(db: Queryable, account: AccountRef, at: Date): Promise<bigint> {
  return (await lastEntry(db, account, at, "<="))?.balance_after ?? carried(await movedAway(db, account), at);
}

/** What of an account is no longer here: its entries before `until`, which left it with `balance`. */
type MovedAway = { until: Date; balance: bigint };

/**
 * Undefined where no entry of the account was moved away with its month. The balance it had then follows from its
 * first entry that is still here, or, where there was none since, is the balance it has.
 */
async function movedAway(db: Queryable, account: AccountRef): Promise<MovedAway | undefined> {
  const [row] = await db.query<MovedAway>(
    `SELECT m.until, coalesce(e.balance_after - a.normal_sign * e.amount, a.balance) AS balance
       FROM (SELECT (max(starts) + interval '1 month') AT TIME ZONE 'UTC' AS until FROM ledger.month WHERE archived_at IS NOT NULL) AS m
       JOIN ledger.account a ON a.code = $1 AND a.currency = $2
       LEFT JOIN LATERAL (SELECT * FROM ledger.entry WHERE account_id = a.id ORDER BY at, sequence LIMIT 1) AS e ON true
      WHERE m.until IS NOT NULL AND coalesce(e.sequence > 1, a.last_sequence > 0)`,
    find(account),
  );
  return row;
}

/** Balance before the first entry that is still here. @throws Refusal `ledger.period_archived` for an earlier time */
function carried(moved: MovedAway | undefined, at: Date): bigint {
  requireKept(moved, at);
  return moved?.balance ?? 0n;
}
function requireKept(moved: MovedAway | undefined, from: Date): void {
  if (moved && from < moved.until) throw new Refusal("ledger.period_archived");
}

async function lastEntry(
  db: Queryable,
  account: AccountRef,
  at: Date,
  side: "<" | "<=",
): Promise<{ balance_after: bigint; sequence: bigint } | undefined> {
  const [row] = await db.query<{ balance_after: bigint; sequence: bigint }>(
    `SELECT balance_after, sequence FROM ledger.entry
      WHERE account_id = ${theAccount} AND at ${side} $3 ORDER BY at DESC, sequence DESC LIMIT 1`,
    [...find(account), at],
  );
  return row;
}

/**
 * One page by keyset: the index of an account's entries is entered at the cursor, however far back that is. Without
 * `from`, the pages end where months were moved away.
 * @throws Refusal `ledger.period_archived` for a `from` before that
 */
export async function entries(
  db: Queryable,
  account: AccountRef,
  page: PageRequest = {},
): Promise<EntryPage> {
  const limit = Math.min(Math.max(page.limit ?? 50, 1), 1000);
  const newest = (page.order ?? "newest") === "newest";
  const cursor = page.cursor === undefined ? undefined : parseCursor(page.cursor);
  const [direction, beyond] = newest ? ["DESC", "<"] : ["ASC", ">"];
  // Where a cursor stands, it takes the place of the period's bound on its side: PostgreSQL enters the index at the
  // first bound it is given, and beside the wider one it would walk over every page before.
  const [from, to] = [page.from ?? new Date(0), page.to ?? endOfTime];
  if (cursor && (cursor.at < from || cursor.at >= to)) throw badCursor();
  const within = !cursor
    ? "at >= $3 AND at < $4"
    : `${newest ? "at >= $3" : "at < $3"} AND at ${beyond}= $4 AND (at, sequence) ${beyond} ($4, $6)`;
  if (page.from) requireKept(await movedAway(db, account), page.from);
  const rows = await db.query<StatementLine>(
    `SELECT e.sequence, e.at, t.id AS "transferId", t.kind, t.subject, a.normal_sign * e.amount AS amount,
            e.balance_after AS balance, c.code AS counterparty
       FROM (SELECT * FROM ledger.entry
              WHERE account_id = ${theAccount} AND ${within}
              ORDER BY at ${direction}, sequence ${direction} LIMIT $5) AS e
       JOIN ledger.account a ON a.id = e.account_id
       -- Looked up line by line, in the one month of each: a plain join of a long page reads every transfer there is.
       CROSS JOIN LATERAL (SELECT id, kind, subject FROM ledger.transfer
                            WHERE at = e.at AND position = e.position LIMIT 1) AS t
       LEFT JOIN LATERAL (SELECT code FROM ledger.account WHERE id = e.counterparty_id LIMIT 1) AS c ON true
      ORDER BY e.at ${direction}, e.sequence ${direction}`,
    [
      ...find(account),
      ...(cursor ? [newest ? from : to, cursor.at] : [from, to]),
      limit + 1,
      ...(cursor ? [cursor.sequence] : []),
    ],
  );
  const lines = rows.slice(0, limit);
  const last = lines.at(-1);
  return { lines, next: rows.length > limit && last ? cursorOf(last) : null };
}

const endOfTime = new Date("9999-12-31T00:00:00Z");
const cursorOf = (line: StatementLine): string =>
  Buffer.from(`${line.at.getTime()}.${line.sequence}`).toString("base64url");

const badCursor = () =>
  new Refusal("request.invalid", { fields: [{ field: "cursor", code: "field.invalid" }] });

/** @throws Refusal `request.invalid` where the cursor is none of ours */
function parseCursor(cursor: string): { at: Date; sequence: bigint } {
  const match = /^(\d{1,15})\.(\d{1,18})$/.exec(Buffer.from(cursor, "base64url").toString("latin1"));
  if (!match) throw badCursor();
  return { at: new Date(Number(match[1])), sequence: BigInt(match[2] as string) };
}

/**
 * What a statement says, with its lines to be walked. New entries meanwhile do not change it.
 * @throws Refusal `ledger.period_archived` where entries of the period were moved away
 */
export async function statement(
  db: Queryable,
  account: AccountRef,
  { from, to }: { from: Date; to: Date },
): Promise<Statement> {
  const moved = await movedAway(db, account);
  requireKept(moved, from);
  const before = await lastEntry(db, account, from, "<");
  const last = await lastEntry(db, account, to, "<");
  const [sums] = await db.query<{ raised: bigint; lowered: bigint; count: bigint }>(
    `SELECT coalesce(sum(greatest(a.normal_sign * e.amount, 0)), 0)::bigint AS raised,
            coalesce(sum(greatest(-a.normal_sign * e.amount, 0)), 0)::bigint AS lowered, count(*) AS count
       FROM ledger.entry e JOIN ledger.account a ON a.id = e.account_id
      WHERE e.account_id = ${theAccount} AND e.at >= $3 AND e.at < $4 AND e.sequence <= $5`,
    [...find(account), from, to, last?.sequence ?? 0n],
  );
  assert(sums, "an aggregate answers one row");
  return {
    account,
    from,
    to,
    opening: before?.balance_after ?? moved?.balance ?? 0n,
    closing: last?.balance_after ?? moved?.balance ?? 0n,
    ...sums,
    async *lines() {
      let cursor: string | null | undefined;
      do {
        const page = await entries(db, account, {
          order: "oldest",
          limit: 1000,
          from,
          to,
          ...(cursor ? { cursor } : {}),
        });
        for (const line of page.lines) if (line.sequence <= (last?.sequence ?? 0n)) yield line;
        cursor = page.next;
      } while (cursor);
    },
  };
}

/** Money debited from one account and credited to the other (`forth`) and the reverse, in transfers that touch both. */
export async function flows(
  db: Queryable,
  one: AccountRef,
  other: AccountRef,
  { from, to }: { from: Date; to: Date },
): Promise<Flow> {
  for (const account of [one, other]) requireKept(await movedAway(db, account), from);
  const [row] = await db.query<Flow>(
    `SELECT coalesce(sum(greatest(least(mine, -theirs), 0)), 0)::bigint AS forth,
            coalesce(sum(greatest(least(-mine, theirs), 0)), 0)::bigint AS back, count(*) AS transfers
       FROM (SELECT position, at, sum(amount)::bigint AS mine FROM ledger.entry
              WHERE account_id = ${theAccount} AND at >= $5 AND at < $6 GROUP BY 1, 2) AS m
       JOIN LATERAL (SELECT sum(amount)::bigint AS theirs FROM ledger.entry e
              WHERE e.position = m.position AND e.at = m.at
                AND e.account_id = (SELECT id FROM ledger.account WHERE code = $3 AND currency = $4)
             HAVING count(*) > 0) AS t ON true`,
    [...find(one), ...find(other), from, to],
  );
  return row as Flow;
}
