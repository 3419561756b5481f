import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable, Tx } from "../platform/db.ts";

/** One month of transfers and entries; months are those of UTC. */
export type Month = {
  /** `2026-03` */
  month: string;
  status: "kept" | "archived" | "moved_away";
  /** How many; for a month that is still kept, about how many where it is large. */
  transfers: bigint;
  entries: bigint;
  /** On disk with its indexes; 0 once its tables have left this database. */
  bytes: bigint;
  archivedAt: Date | null;
};

/** Why a month cannot be moved, in words for the person who asked. */
export class MonthError extends Error {
  readonly text: { en: string; zh: string };
  constructor(text: { en: string; zh: string }) {
    super(text.en);
    this.name = "MonthError";
    this.text = text;
  }
}

/** Months that stay before the current one, unless the operator says otherwise: a whole year, and one to compare. */
export const usualKeepMonths = 13;

/**
 * Entries by month. Balances live in the accounts, so a month can be taken out of the books and moved away, oldest
 * first: posting, balances and statements of later months do not need it.
 */
export type Months = {
  list(): Promise<Month[]>;
  /** Makes this month and the next ready, so that no posting waits for it. */
  prepare(): Promise<void>;
  /**
   * Takes a month out of the books: its two tables stand in the schema `ledger_archive` from then on, where a backup
   * takes them and they may be dropped. Postings go on meanwhile.
   * @throws MonthError when it is too young, not the oldest, not proven by the watch or not in the signed log
   */
  archive(month: string, options?: { keepMonths?: number }): Promise<Month>;
  /**
   * Puts the month that was archived last back into the books; the watch then reads it again.
   * @throws MonthError when its tables are not in `ledger_archive`, or are not what was taken out
   */
  restore(month: string): Promise<Month>;
};

type MonthRow = {
  starts: string;
  archived_at: Date | null;
  first_position: bigint | null;
  last_position: bigint | null;
  transfers: bigint | null;
  entries: bigint | null;
};
type Content = {
  first_position: bigint | null;
  last_position: bigint | null;
  transfers: bigint;
  entries: bigint;
};

/** Postings hold the locks that are needed for a moment only; whoever waits longer than this lets them pass. */
const lockTimeoutMs = 200;
const lockAttempts = 100;

export function createMonths({ db, clock }: { db: Db; clock: Clock }): Months {
  async function list(): Promise<Month[]> {
    const rows = await db.query<MonthRow>("SELECT * FROM ledger.month ORDER BY starts");
    const months: Month[] = [];
    for (const row of rows) months.push(await describe(row));
    return months;
  }

  async function describe(row: MonthRow): Promise<Month> {
    const schema = row.archived_at ? "ledger_archive" : "ledger";
    const [transfer, entry] = await Promise.all([
      sizeOf(schema, "transfer", row),
      sizeOf(schema, "entry", row),
    ]);
    return {
      month: nameOf(row.starts),
      status: !row.archived_at ? "kept" : transfer && entry ? "archived" : "moved_away",
      transfers: row.transfers ?? transfer?.rows ?? 0n,
      entries: row.entries ?? entry?.rows ?? 0n,
      bytes: (transfer?.bytes ?? 0n) + (entry?.bytes ?? 0n),
      archivedAt: row.archived_at,
    };
  }

  /** Undefined where there is no such table. */
  async function sizeOf(
    schema: string,
    parent: string,
    row: MonthRow,
  ): Promise<{ rows: bigint; bytes: bigint } | undefined> {
    const table = `${schema}.${parent}_${suffixOf(row.starts)}`;
    const [size] = await db.query<{ bytes: bigint; about: number }>(
      "SELECT pg_total_relation_size(c.oid) AS bytes, c.reltuples AS about FROM pg_class c WHERE c.oid = to_regclass($1)",
      [table],
    );
    if (size === undefined) return undefined;
    // Counting a large table reads all of it; the planner knows well enough how many rows it has.
    if (size.about > 100_000) return { rows: BigInt(Math.round(size.about)), bytes: size.bytes };
    const [count] = await db.query<{ rows: bigint }>(`SELECT count(*) AS rows FROM ${table}`);
    return { rows: count?.rows ?? 0n, bytes: size.bytes };
  }

  async function find(month: string): Promise<MonthRow> {
    if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(month))
      throw new MonthError({
        en: `"${month}" is no month: write it as 2026-03.`,
        zh: `“${month}”不是月份，请写成 2026-03 的形式。`,
      });
    const [row] = await db.query<MonthRow>("SELECT * FROM ledger.month WHERE starts = $1", [`${month}-01`]);
    if (row) return row;
    throw new MonthError({ en: `The books have no month ${month}.`, zh: `账本中没有 ${month} 这个月。` });
  }

  async function requireArchivable(row: MonthRow, keepMonths: number): Promise<void> {
    const month = nameOf(row.starts);
    if (row.archived_at)
      throw new MonthError({ en: `${month} is archived already.`, zh: `${month} 已经归档。` });
    const oldestKept = monthsBefore(clock.now(), keepMonths);
    if (month >= oldestKept)
      throw new MonthError({
        en: `${month} is too young: the last ${keepMonths} months stay, so that months before ${oldestKept} can be archived.`,
        zh: `${month} 距今太近：最近 ${keepMonths} 个月须保留，只能归档 ${oldestKept} 之前的月份。`,
      });
    const [older] = await db.query<{ starts: string }>(
      "SELECT starts FROM ledger.month WHERE archived_at IS NULL AND starts < $1 ORDER BY starts LIMIT 1",
      [row.starts],
    );
    if (older) {
      const first = nameOf(older.starts);
      throw new MonthError({
        en: `Archive the oldest month first: ${first} is still in the books.`,
        zh: `请先归档最早的月份：${first} 仍在账本中。`,
      });
    }
    const [alarm] = await db.query("SELECT FROM ledger.alarm WHERE cleared_at IS NULL LIMIT 1");
    if (alarm)
      throw new MonthError({
        en: "An alarm is open: look into it and clear it in the console before anything is archived.",
        zh: "有未解除的警报：请先在控制台查明并解除，再进行归档。",
      });
  }

  /** The watch has proven it and the signed log has it: from then on nothing about it can change unseen. */
  async function requireProven(content: Content, month: string): Promise<void> {
    const last = content.last_position;
    if (last === null) return;
    const [state] = await db.query<{ proven: bigint; signed: bigint | null; signs: boolean }>(
      `SELECT next_position AS proven, (SELECT max(size) FROM ledger.checkpoint) AS signed, EXISTS (SELECT FROM ledger.log_key) AS signs
         FROM ledger.watch`,
    );
    if (state === undefined || state.proven <= last)
      throw new MonthError({
        en: `The watch has not proven ${month} to its end yet. It runs every minute while the server runs: try again later.`,
        zh: `${month} 尚未全部通过账务监视核验。服务运行时每分钟核验一次，请稍后再试。`,
      });
    if (state.signs && (state.signed ?? 0n) <= last)
      throw new MonthError({
        en: `The signed log does not cover ${month} to its end yet. The server goes on with it by itself: try again later.`,
        zh: `签名日志尚未覆盖 ${month} 的全部记录。服务会自动继续，请稍后再试。`,
      });
  }

  return {
    list,
    async prepare() {
      const now = clock.now();
      const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
      for (const at of [now, next]) await db.query("SELECT ledger.ensure_partition($1)", [at]);
    },
    async archive(month, { keepMonths = usualKeepMonths } = {}) {
      const row = await find(month);
      await requireArchivable(row, keepMonths);
      const [transfer, entry] = tablesOf(row.starts);
      await db.transaction(async (tx) => {
        // One at a time: whoever comes second finds it archived.
        await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('ledger.months', 0))");
        const [still] = await tx.query("SELECT FROM ledger.month WHERE starts = $1 AND archived_at IS NULL", [
          row.starts,
        ]);
        if (!still) throw new MonthError({ en: `${month} is archived already.`, zh: `${month} 已经归档。` });
        // Nothing is written to a month as old as this; should a clock be wrong, it waits here and not elsewhere.
        await tx.query(`LOCK TABLE ledger.${transfer}, ledger.${entry} IN SHARE MODE`);
        const content = await contentOf(tx, "ledger", row.starts);
        await requireProven(content, month);
        await lockParents(tx);
        for (const [parent, table] of [
          ["transfer", transfer],
          ["entry", entry],
        ]) {
          await tx.query(`ALTER TABLE ledger.${parent} DETACH PARTITION ledger.${table}`);
          await tx.query(`ALTER TABLE ledger.${table} SET SCHEMA ledger_archive`);
        }
        await tx.query(
          "UPDATE ledger.month SET archived_at = $2, first_position = $3, last_position = $4, transfers = $5, entries = $6 WHERE starts = $1",
          [
            row.starts,
            clock.now(),
            content.first_position,
            content.last_position,
            content.transfers,
            content.entries,
          ],
        );
      });
      return describe(await find(month));
    },
    async restore(month) {
      const row = await find(month);
      if (!row.archived_at)
        throw new MonthError({ en: `${month} is in the books already.`, zh: `${month} 已在账本中。` });
      const [later] = await db.query<{ starts: string }>(
        "SELECT starts FROM ledger.month WHERE archived_at IS NOT NULL AND starts > $1 ORDER BY starts DESC LIMIT 1",
        [row.starts],
      );
      if (later) {
        const last = nameOf(later.starts);
        throw new MonthError({
          en: `Restore the youngest archived month first: ${last}.`,
          zh: `请先恢复最近归档的月份：${last}。`,
        });
      }
      const [transfer, entry] = tablesOf(row.starts);
      const [found] = await db.query<{ both: boolean }>(
        "SELECT to_regclass($1) IS NOT NULL AND to_regclass($2) IS NOT NULL AS both",
        [`ledger_archive.${transfer}`, `ledger_archive.${entry}`],
      );
      if (!found?.both)
        throw new MonthError({
          en: `The tables of ${month} are not in this database: bring ledger_archive.${transfer} and ledger_archive.${entry} back with pg_restore first.`,
          zh: `本数据库中没有 ${month} 的数据表：请先用 pg_restore 恢复 ledger_archive.${transfer} 与 ledger_archive.${entry}。`,
        });
      const from = `${row.starts}T00:00:00Z`;
      const to = monthAfter(row.starts);
      await db.transaction(async (tx) => {
        await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('ledger.months', 0))");
        const content = await contentOf(tx, "ledger_archive", row.starts);
        const same =
          content.transfers === row.transfers &&
          content.entries === row.entries &&
          content.first_position === row.first_position &&
          content.last_position === row.last_position;
        if (!same)
          throw new MonthError({
            en: `These tables are not what was taken out: ${row.transfers} transfers with ${row.entries} entries left, ${content.transfers} with ${content.entries} came back.`,
            zh: `这些数据表与移出时不符：移出 ${row.transfers} 笔账务转移、${row.entries} 条分录，现为 ${content.transfers} 笔、${content.entries} 条。`,
          });
        for (const [parent, table] of [
          ["transfer", transfer],
          ["entry", entry],
        ] as const) {
          await tx.query(`ALTER TABLE ledger_archive.${table} SET SCHEMA ledger`);
          await tx.query(
            `ALTER TABLE ledger.${parent} ATTACH PARTITION ledger.${table} FOR VALUES FROM ('${from}') TO ('${to}')`,
          );
          // A table that was away may have come back without its guards.
          await tx.query(
            `CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.${table} FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()`,
          );
        }
        await tx.query(
          `CREATE OR REPLACE TRIGGER double_entry AFTER INSERT ON ledger.${entry} REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_double_entry()`,
        );
        await tx.query(
          "UPDATE ledger.month SET archived_at = NULL, first_position = NULL, last_position = NULL, transfers = NULL, entries = NULL WHERE starts = $1",
          [row.starts],
        );
        // Who knows what happened to it while it was away: the watch reads it again from its beginning.
        if (row.first_position !== null)
          await tx.query("UPDATE ledger.watch SET reread_position = $1", [row.first_position]);
      });
      return describe(await find(month));
    },
  };
}

async function contentOf(db: Queryable, schema: string, starts: string): Promise<Content> {
  const [transfer, entry] = tablesOf(starts);
  const [content] = await db.query<Content>(
    `SELECT min(position) AS first_position, max(position) AS last_position, count(*) AS transfers,
            (SELECT count(*) FROM ${schema}.${entry}) AS entries FROM ${schema}.${transfer}`,
  );
  return content as Content;
}

/**
 * Takes the locks under which a month is detached. Who waits for such a lock makes every posting wait behind it, so
 * it waits for a moment only, lets the postings pass, and tries again; it never waits as long as PostgreSQL takes to
 * look for deadlocks, so no posting is ever the one that gives way.
 */
async function lockParents(tx: Tx): Promise<void> {
  await tx.query(`SET LOCAL lock_timeout = '${lockTimeoutMs}ms'`);
  for (let attempt = 1; ; attempt += 1) {
    await tx.query("SAVEPOINT locking");
    try {
      await tx.query("LOCK TABLE ONLY ledger.transfer, ONLY ledger.entry IN ACCESS EXCLUSIVE MODE");
      await tx.query("SET LOCAL lock_timeout = DEFAULT");
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== "55P03") throw error;
      if (attempt === lockAttempts)
        throw new MonthError({
          en: "The books were too busy for the short lock this takes. Nothing was changed: try again at a quieter time.",
          zh: "账本过于繁忙，未能取得所需的短暂锁定。未作任何改动，请在较空闲时再试。",
        });
      await tx.query("ROLLBACK TO SAVEPOINT locking");
      await sleep(50 + 5 * attempt);
    }
  }
}

const nameOf = (starts: string): string => starts.slice(0, 7);
const suffixOf = (starts: string): string => starts.slice(0, 4) + starts.slice(5, 7);
const tablesOf = (starts: string): [transfer: string, entry: string] => [
  `transfer_${suffixOf(starts)}`,
  `entry_${suffixOf(starts)}`,
];
const monthsBefore = (now: Date, count: number): string =>
  new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - count, 1)).toISOString().slice(0, 7);
const monthAfter = (starts: string): string =>
  new Date(Date.UTC(Number(starts.slice(0, 4)), Number(starts.slice(5, 7)), 1)).toISOString();
