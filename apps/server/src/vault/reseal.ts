import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { DataKeys } from "./data-keys.ts";
import * as sql from "./sql.ts";
import { type SealedColumn, type Vault, type VaultContext, VaultError } from "./types.ts";

/** Small, so that a batch never holds locks for long. */
const batch = 200;
/** Passes over a column at most: rows that were written while a pass ran are found by the next one. */
const passes = 5;
/** After so long no process seals with an older key any more. */
const settleMs = 3_600_000;

export type ResealResult = {
  /** Values that are sealed with the active key now. */
  resealed: number;
  /** Values that do not open, by column: they are damaged, or were sealed with a key that is lost. */
  failed: { table: string; column: string; row: string; reason: string }[];
  /** Values whose subject was erased: nobody can read them, and nothing is to be done. */
  shredded: number;
};
export type ResealProgress = { table: string; column: string; resealed: number };

export type Reseal = {
  /** Values that an older key sealed, by column; reads every registered column once. */
  left(): Promise<{ table: string; column: string; rows: number }[]>;
  /**
   * Seals with the active keys what older ones sealed, while everything else goes on. It may be stopped at any moment
   * and begun again, and several may run: each value is written only over the one that was read.
   * @param options.class one table alone
   * @param options.subject one person's values alone
   */
  run(options?: {
    class?: string;
    subject?: string;
    onProgress?: (progress: ResealProgress) => void;
    signal?: AbortSignal;
  }): Promise<ResealResult>;
  /** True while a class may hold values of an older key: no pass has looked for them since its key became active. */
  isDue(): Promise<boolean>;
};

export function createReseal(deps: {
  db: Db;
  clock: Clock;
  keys: DataKeys;
  vault: Vault;
  columns: readonly SealedColumn[];
}): Reseal {
  const { db, clock, keys, vault, columns } = deps;

  async function resealColumn(
    column: SealedColumn,
    options: { subject?: string | undefined; signal?: AbortSignal | undefined },
    found: (result: ResealResult) => void,
  ): Promise<void> {
    for (let pass = 0; pass < passes; pass += 1) {
      const result: ResealResult = { resealed: 0, failed: [], shredded: 0 };
      let after = "";
      for (;;) {
        options.signal?.throwIfAborted();
        const activeId = keys.active(column.table).id;
        const rows = await sql.selectStale(db, column, {
          activeId,
          after,
          limit: batch,
          subject: options.subject,
        });
        const last = rows.at(-1);
        if (last === undefined) break;
        after = last.id;
        await vault.ready({ subjects: rows.flatMap((row) => row.subject ?? []) });
        const values: { id: string; before: string; after: string }[] = [];
        for (const row of rows) {
          const context: VaultContext = {
            table: column.table,
            column: column.column,
            row: row.id,
            ...(row.subject === null ? {} : { subject: row.subject }),
          };
          try {
            values.push({
              id: row.id,
              before: row.sealed,
              after: vault.seal(context, vault.openBytes(context, row.sealed)),
            });
          } catch (error) {
            if (!(error instanceof VaultError)) throw error;
            if (error.shredded) result.shredded += 1;
            else
              result.failed.push({
                table: column.table,
                column: column.column,
                row: row.id,
                reason: error.message,
              });
          }
        }
        const written = await sql.replaceSealed(db, column, values);
        result.resealed += written.length;
        found({ resealed: written.length, failed: [], shredded: 0 });
        if (rows.length < batch) break;
      }
      if (result.resealed === 0) {
        // Only the last pass tells what cannot be done; earlier ones would count it again.
        found({ resealed: 0, failed: result.failed, shredded: result.shredded });
        return;
      }
    }
  }

  return {
    async left() {
      await keys.load();
      const counts = [];
      for (const column of columns)
        counts.push({
          table: column.table,
          column: column.column,
          rows: await sql.countStale(db, column, keys.active(column.table).id),
        });
      return counts;
    },
    async run({ class: only, subject, onProgress, signal } = {}) {
      await keys.load();
      const total: ResealResult = { resealed: 0, failed: [], shredded: 0 };
      const chosen = columns.filter(
        (column) =>
          (only === undefined || column.table === only) &&
          (subject === undefined || column.subject !== undefined),
      );
      for (const table of new Set(chosen.map((column) => column.table))) {
        const key = keys.active(table);
        const startedAt = clock.now();
        let failed = 0;
        for (const column of chosen.filter((one) => one.table === table))
          await resealColumn(column, { subject, signal }, (result) => {
            total.resealed += result.resealed;
            total.shredded += result.shredded;
            total.failed.push(...result.failed);
            failed += result.failed.length;
            onProgress?.({ table, column: column.column, resealed: total.resealed });
          });
        if (subject === undefined && failed === 0) await sql.updateSwept(db, key.id, startedAt);
      }
      await keys.load();
      return total;
    },
    async isDue() {
      await keys.load();
      const now = clock.now().getTime();
      return columns.some((column) => {
        const { sweptAt, activeFrom } = keys.active(column.table);
        // A process whose clock is slow may seal with the older key for a while, so a pass soon after the change is
        // repeated later.
        const settled = activeFrom.getTime() + settleMs;
        return sweptAt === null || (sweptAt.getTime() < settled && now >= settled);
      });
    },
  };
}
