import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable } from "../platform/db.ts";
import type { RandomBytes } from "../platform/ids.ts";
import { derive } from "./sealing.ts";
import * as sql from "./sql.ts";
import { VaultError } from "./types.ts";

/** Table, column and class of the sealed secrets. */
export const subjectColumn = { table: "vault.subject", column: "secret_sealed", id: "id" } as const;

/** Subjects whose secrets are in memory at most; a list of a thousand people uses a thousand. */
const usualLimit = 50_000;

export type Subjects = {
  ready(ids: Iterable<string>): Promise<void>;
  shred(tx: Queryable, id: string): Promise<void>;
  /** True when the subject is known to be erased. */
  isShredded(id: string): boolean;
  /** The key of a subject under a data key. @throws VaultError when it is not ready, or shredded */
  keyFor(id: string, dataKey: { id: string; secret: Buffer }): Buffer;
  /** What another process told. */
  forget(id: string): void;
  /** Asks which of the loaded subjects were erased while nobody could tell us. */
  recheck(): Promise<void>;
};

type Kept = { secret: Buffer; keys: Map<string, Buffer> } | "shredded";

/**
 * Secrets of people, the most recently used in memory. A subject's key comes from its secret and the data key
 * together: without the secret nothing of the person opens, and rotating data keys leaves the secrets as they are.
 */
export function createSubjects(deps: {
  db: Db;
  clock: Clock;
  random: RandomBytes;
  tenant: string;
  sealSecret(id: string, secret: Uint8Array): string;
  openSecret(id: string, sealed: string): Buffer;
  limit?: number;
}): Subjects {
  const { db, tenant, limit = usualLimit } = deps;
  const kept = new Map<string, Kept>();
  const erased = (id: string) => new VaultError(`The data of ${id} was erased.`, { shredded: true });

  /** The most recently used stand last, and the first ones go. */
  function keep(id: string, value: Kept): void {
    kept.delete(id);
    kept.set(id, value);
    if (kept.size <= limit) return;
    for (const oldest of kept.keys()) {
      kept.delete(oldest);
      break;
    }
  }

  async function load(ids: readonly string[]): Promise<string[]> {
    const rows = await sql.selectSubjects(db, tenant, ids);
    for (const { id, secret_sealed: sealed } of rows) {
      // A notice that came meanwhile is newer than what was read.
      if (kept.get(id) === "shredded") continue;
      keep(id, sealed === null ? "shredded" : { secret: deps.openSecret(id, sealed), keys: new Map() });
    }
    const found = new Set(rows.map((row) => row.id));
    return ids.filter((id) => !found.has(id));
  }

  return {
    async ready(ids) {
      const missing: string[] = [];
      for (const id of new Set(ids)) {
        const value = kept.get(id);
        if (value === undefined) missing.push(id);
        else keep(id, value);
      }
      if (missing.length === 0) return;
      const unknown = await load(missing);
      if (unknown.length === 0) return;
      const made = unknown.map((id) => ({ id, sealed: deps.sealSecret(id, deps.random(32)) }));
      await sql.insertSubjects(db, tenant, made, deps.clock.now());
      // Another process may have been first: only what is in the database counts.
      await load(unknown);
    },
    async shred(tx, id) {
      await sql.shredSubject(tx, tenant, id, deps.clock.now());
      // Should the transaction roll back, the secret is read again.
      kept.delete(id);
    },
    isShredded: (id) => kept.get(id) === "shredded",
    keyFor(id, dataKey) {
      const value = kept.get(id);
      if (value === "shredded") throw erased(id);
      if (value === undefined)
        throw new VaultError(`The key of ${id} is not loaded: call vault.ready({ subjects }) before.`);
      let key = value.keys.get(dataKey.id);
      if (key === undefined) {
        key = derive(dataKey.secret, value.secret, "jinqiao/v2/subject");
        value.keys.set(dataKey.id, key);
      }
      return key;
    },
    forget: (id) => keep(id, "shredded"),
    async recheck() {
      const rows = await sql.selectShredded(db, tenant, [...kept.keys()]);
      for (const { id } of rows) keep(id, "shredded");
    },
  };
}
