import type { DomainEvent } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../../platform/clock.ts";
import type { Db, Queryable, Tx } from "../../platform/db.ts";
import { emit, event, type Subscriptions } from "../../platform/events.ts";
import type { Ids } from "../../platform/ids.ts";
import { type Finding, invariants } from "./findings.ts";

/** A finding that was stored. While it is open, no money of its currency leaves to a bank. */
export type Alarm = Finding & {
  id: Id<"alm">;
  foundAt: Date;
  cleared: { at: Date; by: string; note: string } | null;
};
export type AlarmFilter = { open?: boolean | undefined; cursor?: string | undefined; limit: number };

type AlarmDeps = { clock: Clock; ids: Ids; subscriptions: Subscriptions };
type AlarmRow = Finding & {
  id: Id<"alm">;
  found_at: Date;
  cleared_at: Date | null;
  cleared_by: string | null;
  note: string | null;
};
const columns = "id, invariant, currency, subject, expected, found, found_at, cleared_at, cleared_by, note";

/**
 * Stores findings that are not known yet, with an event each, in the caller's transaction. A finding about rows that
 * never change is not told again once a person has cleared it; any other is, as long as it is so.
 * @returns the new alarms
 */
export async function raise(tx: Tx, deps: AlarmDeps, findings: readonly Finding[]): Promise<Alarm[]> {
  if (findings.length === 0) return [];
  const rows = await tx.query<AlarmRow>(
    `INSERT INTO ledger.alarm (id, invariant, currency, subject, expected, found, found_at)
     SELECT f.id, f.invariant, f.currency, f.subject, f.expected, f.found, $2
       FROM jsonb_to_recordset($1::jsonb) AS f(id text, invariant text, currency text, subject text, expected text, found text, lasting boolean)
      WHERE NOT (f.lasting AND EXISTS (
              SELECT FROM ledger.alarm k WHERE k.invariant = f.invariant AND k.subject = f.subject AND k.currency IS NOT DISTINCT FROM f.currency
                 AND k.expected = f.expected AND k.found = f.found))
         ON CONFLICT DO NOTHING RETURNING ${columns}`,
    [
      JSON.stringify(
        findings.map((finding) => ({
          ...finding,
          id: deps.ids.next("alm"),
          lasting: invariants[finding.invariant].lasting,
        })),
      ),
      deps.clock.now(),
    ],
  );
  await emit(
    tx,
    deps.subscriptions,
    rows.map(
      ({ id, invariant, currency }): DomainEvent =>
        event("ledger.alarm_raised", { alarmId: id, invariant, currency }),
    ),
  );
  return rows.map(alarmOf);
}

export async function selectAlarms(db: Queryable, filter: AlarmFilter): Promise<Alarm[]> {
  const rows = await db.query<AlarmRow>(
    `SELECT ${columns} FROM ledger.alarm
      WHERE ($1::boolean IS NULL OR (cleared_at IS NULL) = $1) AND ($2::text IS NULL OR id < $2) ORDER BY id DESC LIMIT $3`,
    [filter.open ?? null, filter.cursor ?? null, filter.limit],
  );
  return rows.map(alarmOf);
}

export async function selectAlarm(db: Queryable, id: string): Promise<Alarm | undefined> {
  const [row] = await db.query<AlarmRow>(`SELECT ${columns} FROM ledger.alarm WHERE id = $1`, [id]);
  return row && alarmOf(row);
}

/** Whether money of a currency must not leave. Reads an index of the open alarms alone: nearly always empty. */
export async function isStopped(db: Db, currency: string): Promise<boolean> {
  const [row] = await db.query<{ stopped: boolean }>(
    "SELECT EXISTS (SELECT FROM ledger.alarm WHERE cleared_at IS NULL AND (currency = $1 OR currency IS NULL)) AS stopped",
    [currency],
  );
  return row?.stopped === true;
}

/** Every currency whose money must not leave now. */
export async function selectStopped(db: Db): Promise<string[]> {
  const rows = await db.query<{ currency: string }>(
    `SELECT DISTINCT coalesce(a.currency, t.currency) AS currency
       FROM ledger.alarm a LEFT JOIN ledger.total t ON a.currency IS NULL
      WHERE a.cleared_at IS NULL AND coalesce(a.currency, t.currency) IS NOT NULL ORDER BY 1`,
  );
  return rows.map((row) => row.currency);
}

function alarmOf(row: AlarmRow): Alarm {
  const { found_at, cleared_at, cleared_by, note, ...finding } = row;
  return {
    ...finding,
    foundAt: found_at,
    cleared: cleared_at ? { at: cleared_at, by: cleared_by ?? "", note: note ?? "" } : null,
  };
}
