import { randomBytes } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import { createDb } from "../platform/db.ts";
import type { RandomBytes } from "../platform/ids.ts";
import type { Logger } from "../platform/logger.ts";
import { createDataKeys } from "./data-keys.ts";
import { indexBy, indexClassOf, reindex } from "./reindex.ts";
import { createReseal, type Reseal } from "./reseal.ts";
import { bound, decrypt, encrypt, fromBase64url, plainForm, subjectForm } from "./sealing.ts";
import { createVault } from "./single-key.ts";
import * as sql from "./sql.ts";
import { createSubjects, subjectColumn } from "./subjects.ts";
import {
  type IndexedColumn,
  type KeyEncryptionKey,
  type KeyProvider,
  type SealedColumn,
  type Vault,
  type VaultContext,
  VaultError,
} from "./types.ts";

/** Classes that seal nothing: the root of blind indexes, and the master key of the first releases. */
const indexRoot = "vault.index";
const firstMaster = "vault.v1";

/** How long a new data key is known everywhere before it seals. */
export const publishMs = 15_000;
/** Processes ask again this often, in case a notice did not reach them. */
const recheckMs = 20_000;

/** One data key, as the operator and the console see it. */
export type KeyStatus = {
  id: string;
  class: string;
  generation: number;
  /** `pending` = published, not sealing yet; `retired` = opens what it sealed. */
  status: "pending" | "active" | "retired" | "root";
  provider: string;
  /** The key-encryption key that wrapped it. */
  kek: string;
  createdAt: Date;
  activeFrom: Date;
  /** When nothing older was left. */
  sweptAt: Date | null;
};

/** The vault of a server: data keys in the database, wrapped by a key provider. */
export type OpenVault = Vault & {
  /** Data keys without their secrets, and the key that wraps them. */
  keys(): Promise<{ keyEncryptionKey: KeyEncryptionKey; dataKeys: KeyStatus[] }>;
  /**
   * Makes a new data key for a class, or for all. It seals after `publishMs`, so that no process meets a value whose
   * key it does not know; older keys open what they sealed.
   * @returns the keys that seal from then on
   */
  rotate(options?: { class?: string; delayMs?: number }): Promise<KeyStatus[]>;
  /** Makes a new key-encryption key and wraps every data key with it. Data stays as it is. */
  rotateKeyEncryptionKey(): Promise<{ keyEncryptionKey: KeyEncryptionKey; rewrapped: number }>;
  /** Wraps the data keys that an older key-encryption key or another provider has wrapped. */
  rewrap(onProgress?: (done: number, total: number) => void): Promise<number>;
  /** Seals values again that an older data key sealed. */
  reseal: Reseal;
  /**
   * Gives the blind indexes of a column, e.g. `identity.customer.email`, a new key. Servers must stand still.
   * @returns how many were computed
   */
  reindex(name: string, onProgress?: (done: number) => void): Promise<number>;
  close(): Promise<void>;
};

/**
 * Opens the vault of a database, making what is missing: keys for every registered table, the root of blind indexes.
 * @param options.providers the first one wraps; the others unwrap what they wrapped before
 * @param options.columns every sealed column; a table that is not among them is not sealed for
 * @param options.indexed of them, those whose blind indexes can be computed anew
 * @param options.firstMaster master key of a release before data keys, 32 bytes: it goes into the database, wrapped,
 * when something it sealed is there
 * @param options.listen false for a command that ends soon
 * @throws VaultError when a key does not unwrap
 */
export async function openVault(options: {
  databaseUrl: string;
  providers: readonly KeyProvider[];
  columns: readonly SealedColumn[];
  indexed?: readonly IndexedColumn[];
  firstMaster?: Uint8Array;
  clock: Clock;
  random?: RandomBytes;
  tenant?: string;
  logger?: Logger;
  listen?: boolean;
}): Promise<OpenVault> {
  const { clock, random = randomBytes, tenant = "main", logger } = options;
  // A pool of its own: keys must load also when every connection is in a transaction that waits for them.
  const db = createDb({ url: options.databaseUrl, maxConnections: 2, applicationName: "jinqiao-vault" });
  const undo: (() => Promise<void>)[] = [() => db.close()];
  for (const provider of options.providers) undo.push(() => provider.close());
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    const keys = createDataKeys({ db, clock, random, tenant, providers: options.providers });
    await keys.load();
    const columns = [...options.columns, subjectColumn];
    const rooted = keys.all().some((key) => key.class === indexRoot);
    if (!rooted) {
      // Indexes of the first releases were made with their master key: it stays the root of them where there are any.
      const upgraded = options.firstMaster !== undefined && (await sql.holdsFirstForm(db, options.columns));
      if (upgraded) await keys.ensure([firstMaster], options.firstMaster);
      await keys.ensure([indexRoot], upgraded ? options.firstMaster : undefined);
    }
    await keys.ensure(new Set(columns.map((column) => column.table)));
    // Most indexes come from one root; a column that was indexed anew has a key of its own.
    const indexers = new Map<string, Vault["blindIndex"]>();
    const blindIndex: Vault["blindIndex"] = (column, value) => {
      const key = keys.activated(indexClassOf(column)) ?? keys.active(indexRoot);
      const indexer = indexers.get(key.id) ?? indexBy(key);
      indexers.set(key.id, indexer);
      return indexer(column, value);
    };
    const kept = keys.all().find((key) => key.class === firstMaster)?.secret ?? options.firstMaster;
    const first = kept && createVault({ masterKey: Buffer.from(kept).toString("base64") });

    const additionalData = (context: VaultContext, subject: string) =>
      bound(tenant, context.table, context.column, context.row, subject);

    function seal(context: VaultContext, plaintext: string | Uint8Array): string {
      const key = keys.active(context.table);
      const { subject } = context;
      const sealed = encrypt(
        subject === undefined ? key.secret : subjects.keyFor(subject, key),
        plaintext,
        additionalData(context, subject ?? ""),
        random,
      );
      return `${subject === undefined ? plainForm : subjectForm}.${key.id}.${sealed.toString("base64url")}`;
    }

    function openBytes(context: VaultContext, sealed: string): Buffer {
      const { subject } = context;
      if (subject !== undefined && subjects.isShredded(subject))
        throw new VaultError(`The data of ${subject} was erased.`, { shredded: true });
      const [form, id = "", payload = "", ...rest] = sealed.split(".");
      if (form === "v1" && first !== undefined) return first.openBytes(context, sealed);
      if ((form !== plainForm && form !== subjectForm) || rest.length > 0)
        throw new VaultError("The sealed value is not in a known form.");
      const key = keys.byId(id);
      if (key === undefined) {
        // It may be newer than what we have read, should notices be late: the next try finds it.
        void keys.load().catch(() => {});
        throw new VaultError(`The sealed value of ${context.table} needs data key ${id}, which is not here.`);
      }
      if (key.class !== context.table)
        throw new VaultError(`The sealed value does not belong to ${context.table}.`);
      if (form === plainForm) return decrypt(key.secret, fromBase64url(payload), additionalData(context, ""));
      if (subject === undefined)
        throw new VaultError(`The sealed value of ${context.table}.${context.column} belongs to a subject.`);
      return decrypt(subjects.keyFor(subject, key), fromBase64url(payload), additionalData(context, subject));
    }

    const secretPlace = (id: string): VaultContext => ({ ...subjectColumn, row: id });
    const subjects = createSubjects({
      db,
      clock,
      random,
      tenant,
      sealSecret: (id, secret) => seal(secretPlace(id), secret),
      openSecret: (id, sealed) => openBytes(secretPlace(id), sealed),
    });

    const vault: Vault = {
      seal,
      openBytes,
      open: (context, sealed) => openBytes(context, sealed).toString("utf8"),
      blindIndex,
      ready: (needs) => subjects.ready(needs.subjects),
      shred: subjects.shred,
    };

    if (options.listen ?? true) {
      const refresh = () =>
        Promise.all([keys.load(), subjects.recheck()]).catch((error: unknown) =>
          logger?.error({ err: error }, "keys of the vault not read again"),
        );
      const listening = await db.listen(
        sql.channel,
        (payload) => {
          if (payload.startsWith("subject:")) subjects.forget(payload.slice("subject:".length));
          else void refresh();
        },
        // Notices sent while nobody listened are lost.
        () => void refresh(),
      );
      undo.push(() => listening.close());
      const timer = setInterval(() => void refresh(), recheckMs);
      timer.unref();
      undo.push(async () => clearInterval(timer));
    }

    const current = options.providers[0] as KeyProvider;
    const statusOf = (key: ReturnType<typeof keys.all>[number]): KeyStatus => {
      const root = key.class.startsWith(indexRoot) || key.class === firstMaster;
      const active = keys.active(key.class);
      return {
        id: key.id,
        class: key.class,
        generation: key.generation,
        status: root
          ? "root"
          : key === active
            ? "active"
            : key.generation > active.generation
              ? "pending"
              : "retired",
        provider: key.provider,
        kek: key.kek,
        createdAt: key.createdAt,
        activeFrom: key.activeFrom,
        sweptAt: key.sweptAt,
      };
    };
    const rewrap: OpenVault["rewrap"] = (onProgress) => keys.rewrap(onProgress);

    return {
      ...vault,
      async keys() {
        await keys.load();
        return { keyEncryptionKey: await current.describe(), dataKeys: keys.all().map(statusOf) };
      },
      async rotate({ class: only, delayMs = publishMs } = {}) {
        const classes = only === undefined ? [...new Set(columns.map(({ table }) => table))] : [only];
        if (only !== undefined && !columns.some(({ table }) => table === only))
          throw new VaultError(
            `"${only}" has no data keys. Tables that have: ${[...new Set(columns.map(({ table }) => table))].join(", ")}.`,
          );
        const made = [];
        for (const name of classes) made.push(await keys.rotate(name, delayMs));
        return made.map(statusOf);
      },
      async rotateKeyEncryptionKey() {
        const keyEncryptionKey = await current.rotate();
        return { keyEncryptionKey, rewrapped: await rewrap() };
      },
      rewrap,
      reindex: (name, onProgress) =>
        reindex({ db, clock, keys, vault, indexed: options.indexed ?? [] }, name, onProgress),
      reseal: createReseal({ db, clock, keys, vault, columns }),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}
