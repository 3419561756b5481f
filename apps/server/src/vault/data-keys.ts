import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { RandomBytes } from "../platform/ids.ts";
import * as sql from "./sql.ts";
import { type KeyProvider, VaultError } from "./types.ts";

/** A key that seals the columns of one table. */
export type DataKey = {
  id: string;
  class: string;
  generation: number;
  createdAt: Date;
  activeFrom: Date;
  sweptAt: Date | null;
  provider: string;
  kek: string;
  wrapped: string;
  /** The key itself, 32 bytes; only ever in memory. */
  secret: Buffer;
};

export type DataKeys = {
  /** Reads the keys of the database that are not known yet. @throws VaultError when one does not unwrap */
  load(): Promise<void>;
  /** Makes the first key of classes that have none; `secret` where it is not to be a random one. */
  ensure(classes: Iterable<string>, secret?: Uint8Array): Promise<void>;
  /** The key that seals now. @throws VaultError when the class was never made ready */
  active(dataClass: string): DataKey;
  /** The key of a class that seals or will; undefined where there is none. */
  newest(dataClass: string): DataKey | undefined;
  /** The key of a class whose time has come; undefined where there is none. */
  activated(dataClass: string): DataKey | undefined;
  /** Makes the next generation of a class, the first where there is none. */
  add(dataClass: string, activeFrom: Date): Promise<DataKey>;
  /** Every key by its id. */
  byId(id: string): DataKey | undefined;
  all(): DataKey[];
  /** Makes the next generation of a class, which seals once `delayMs` has passed. */
  rotate(dataClass: string, delayMs: number): Promise<DataKey>;
  /** Wraps what an older key-encryption key, or another provider, has wrapped. */
  rewrap(onProgress?: (done: number, total: number) => void): Promise<number>;
};

/**
 * The data keys of one tenant, unwrapped in memory.
 * @param deps.providers the first one wraps; the others unwrap what they wrapped before it took their place
 */
export function createDataKeys(deps: {
  db: Db;
  clock: Clock;
  random: RandomBytes;
  tenant: string;
  providers: readonly KeyProvider[];
}): DataKeys {
  const { db, clock, random, tenant, providers } = deps;
  const byId = new Map<string, DataKey>();
  const byClass = new Map<string, DataKey[]>();

  /** A wrapped key is worth nothing in another row. */
  const contextOf = (key: { id: string; class: string }) => JSON.stringify([tenant, key.class, key.id]);

  async function unwrap(row: sql.DataKeyRow): Promise<Buffer> {
    const provider = providers.find(({ name }) => name === row.provider);
    if (provider === undefined)
      throw new VaultError(
        `The data key of ${row.class} was wrapped by the key provider "${row.provider}", which is not configured: set it up again, and move its keys with "npx jinqiao keys rewrap" before it goes.`,
      );
    return provider.unwrap(row.wrapped, contextOf(row));
  }

  async function load(): Promise<void> {
    for (const row of await sql.selectDataKeys(db, tenant)) {
      const known = byId.get(row.id);
      if (known !== undefined) {
        Object.assign(known, {
          wrapped: row.wrapped,
          provider: row.provider,
          kek: row.kek,
          activeFrom: row.active_from,
          sweptAt: row.swept_at,
        });
        continue;
      }
      const key: DataKey = {
        id: row.id,
        class: row.class,
        generation: row.generation,
        createdAt: row.created_at,
        activeFrom: row.active_from,
        sweptAt: row.swept_at,
        provider: row.provider,
        kek: row.kek,
        wrapped: row.wrapped,
        secret: await unwrap(row),
      };
      // Two loads may run side by side.
      if (byId.has(row.id)) continue;
      byId.set(row.id, key);
      const others = byClass.get(row.class) ?? [];
      byClass.set(
        row.class,
        [...others, key].sort((a, b) => a.generation - b.generation),
      );
    }
  }

  async function make(dataClass: string, generation: number, activeFrom: Date, secret: Uint8Array) {
    const id = Buffer.from(random(8)).toString("base64url");
    const provider = providers[0] as KeyProvider;
    const { wrapped, kek } = await provider.wrap(secret, contextOf({ id, class: dataClass }));
    // Another process may have been first: then its key is the one.
    await sql.insertDataKey(db, tenant, {
      id,
      class: dataClass,
      generation,
      wrapped,
      provider: provider.name,
      kek,
      created_at: clock.now(),
      active_from: activeFrom,
    });
  }

  return {
    load,
    async ensure(classes, secret) {
      const missing = [...classes].filter((name) => !byClass.has(name));
      if (missing.length === 0) return;
      for (const name of missing) await make(name, 1, clock.now(), secret ?? random(32));
      await load();
    },
    active(dataClass) {
      const keys = byClass.get(dataClass);
      if (keys === undefined)
        throw new VaultError(
          `No data key for ${dataClass}: register its sealed columns in sealed-columns.ts.`,
        );
      const now = clock.now();
      return keys.findLast((key) => key.activeFrom <= now) ?? (keys[0] as DataKey);
    },
    newest: (dataClass) => byClass.get(dataClass)?.at(-1),
    activated: (dataClass) => byClass.get(dataClass)?.findLast((key) => key.activeFrom <= clock.now()),
    async add(dataClass, activeFrom) {
      await make(dataClass, (byClass.get(dataClass)?.at(-1)?.generation ?? 0) + 1, activeFrom, random(32));
      await load();
      return byClass.get(dataClass)?.at(-1) as DataKey;
    },
    byId: (id) => byId.get(id),
    all: () => [...byId.values()],
    async rotate(dataClass, delayMs) {
      await load();
      const latest = byClass.get(dataClass)?.at(-1);
      if (latest === undefined) throw new VaultError(`There is no data key for ${dataClass}.`);
      // Asked twice: the one that is about to seal is new enough.
      if (latest.activeFrom > clock.now()) return latest;
      await make(dataClass, latest.generation + 1, new Date(clock.now().getTime() + delayMs), random(32));
      await load();
      return byClass.get(dataClass)?.at(-1) as DataKey;
    },
    async rewrap(onProgress) {
      await load();
      const provider = providers[0] as KeyProvider;
      const { id: kek } = await provider.describe();
      const old = [...byId.values()].filter((key) => key.provider !== provider.name || key.kek !== kek);
      let done = 0;
      for (const key of old) {
        const next = await provider.wrap(key.secret, contextOf(key));
        await sql.updateWrapped(db, {
          id: key.id,
          before: key.wrapped,
          ...next,
          provider: provider.name,
          at: clock.now(),
        });
        done += 1;
        onProgress?.(done, old.length);
      }
      await load();
      return done;
    },
  };
}
