import type { Logger } from "pino";
import type { Db, Queryable, Tx } from "../platform/db.ts";
import { afterCall, type Circuit, unknownCircuit } from "./circuit.ts";

/** What the processes of one deployment tell each other of one bank. */
export type SharedHealth = {
  /**
   * Adds a call's end to what all know, in the order of calling.
   * @returns what all know then; undefined when it could not be told, which fails nothing
   */
  tell(failed: boolean, at: Date): Promise<Circuit | undefined>;
  /** Whether this process is the one to find out if the bank is back. */
  claimProbe(now: Date): Promise<boolean>;
  /** Called with what all know whenever somebody changed it. */
  onNews(listener: (known: Circuit) => void): void;
};

type Row = {
  bank_id: string;
  failures_in_a_row: number;
  pause_ms: number;
  open_until: Date | string | null;
  last_success_at: Date | string | null;
  last_failure_at: Date | string | null;
};

const channel = "jinqiao_bank_health";
/** A probe whose process died is anybody's again after this time; longer than any call takes. */
const probeMs = 60_000;

/** Shares the health of banks through PostgreSQL: a row for each bank, and NOTIFY with what it says now. */
export function createSharedHealth(deps: { db: Db; logger: Logger }): {
  of(bankId: string): SharedHealth;
  /** Begins to hear the other processes; until then, and without it, only what is told comes back. */
  listen(): Promise<void>;
  /** Ends hearing, after what was still to be told. */
  close(): Promise<void>;
} {
  const { db, logger } = deps;
  const listeners = new Map<string, (known: Circuit) => void>();
  // One at a time for each bank, so that what is told arrives in the order in which it happened.
  const telling = new Map<string, Promise<unknown>>();
  let line: { close(): Promise<void> } | undefined;

  const hear = (row: Row) => listeners.get(row.bank_id)?.(circuitOf(row));

  async function store(tx: Tx, bankId: string, failed: boolean, at: Date): Promise<Circuit> {
    await tx.query(
      "INSERT INTO banks.health (bank_id, pause_ms) VALUES ($1, $2) ON CONFLICT (bank_id) DO NOTHING",
      [bankId, unknownCircuit.pauseMs],
    );
    const [before] = await tx.query<Row>("SELECT * FROM banks.health WHERE bank_id = $1 FOR UPDATE", [
      bankId,
    ]);
    const next = afterCall(before === undefined ? unknownCircuit : circuitOf(before), failed, at);
    await tx.query(
      `WITH changed AS (
         UPDATE banks.health SET failures_in_a_row = $2, pause_ms = $3, open_until = $4, last_success_at = $5,
                last_failure_at = $6, probe_until = NULL
          WHERE bank_id = $1 RETURNING *)
       SELECT pg_notify('${channel}', to_jsonb(changed)::text) FROM changed`,
      [bankId, next.failuresInARow, next.pauseMs, next.openUntil, next.lastSuccessAt, next.lastFailureAt],
    );
    return next;
  }

  return {
    of: (bankId) => ({
      tell(failed, at) {
        const told = (telling.get(bankId) ?? Promise.resolve())
          .then(() => db.transaction((tx) => store(tx, bankId, failed, at)))
          .catch((error: unknown) => {
            logger.warn({ err: error, bankId }, "the health of a bank could not be shared");
            return undefined;
          });
        telling.set(bankId, told);
        return told;
      },
      async claimProbe(now) {
        await telling.get(bankId);
        return claim(db, bankId, now).catch((error: unknown) => {
          logger.warn({ err: error, bankId }, "probing a bank without asking the other processes");
          return true;
        });
      },
      onNews(listener) {
        listeners.set(bankId, listener);
      },
    }),
    async listen() {
      line = await db.listen(
        channel,
        (payload) => hear(JSON.parse(payload) as Row),
        // What was said while nobody listened is read.
        () =>
          void db
            .query<Row>("SELECT * FROM banks.health")
            .then((rows) => rows.forEach(hear))
            .catch((error: unknown) => logger.warn({ err: error }, "the health of banks could not be read")),
      );
    },
    async close() {
      await line?.close();
      await Promise.all(telling.values());
    },
  };
}

/** Also where the others think the bank well: what this process knows could then not be told. */
async function claim(db: Queryable, bankId: string, now: Date): Promise<boolean> {
  const rows = await db.query(
    `INSERT INTO banks.health AS h (bank_id, pause_ms, probe_until) VALUES ($1, $4, $3)
     ON CONFLICT (bank_id) DO UPDATE SET probe_until = excluded.probe_until
      WHERE (h.open_until IS NULL OR h.open_until <= $2) AND (h.probe_until IS NULL OR h.probe_until <= $2)
     RETURNING bank_id`,
    [bankId, now, new Date(now.getTime() + probeMs), unknownCircuit.pauseMs],
  );
  return rows.length > 0;
}

/** A row as read, or as it comes in a notification: there instants are text. */
function circuitOf(row: Row): Circuit {
  const instant = (value: Date | string | null) => (value === null ? null : new Date(value));
  return {
    failuresInARow: row.failures_in_a_row,
    pauseMs: row.pause_ms,
    openUntil: instant(row.open_until),
    lastSuccessAt: instant(row.last_success_at),
    lastFailureAt: instant(row.last_failure_at),
  };
}
