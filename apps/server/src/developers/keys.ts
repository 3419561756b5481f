import { randomBytes } from "node:crypto";
import {
  type ApiKey,
  ApiVersion,
  latestApiVersion,
  type MerchantScope,
  merchantScopes,
  peopleOnly,
} from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Audit } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { MerchantCaller } from "../platform/http/sessions.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import { createLookup } from "../platform/lookup.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { hashOfSecret, newSecret } from "./key-secrets.ts";
import * as sql from "./key-sql.ts";

/** A merchant in one of its two worlds. */
export type InMode = { merchantId: Id<"mer">; livemode: boolean };

export type KeyDraft = {
  name: string;
  /** Absent: everything that a key may do. */
  scopes?: readonly MerchantScope[] | undefined;
  expiresAt?: Date | undefined;
};

/** Who changes a key: a member of the team, or a part of ours such as `seed`. */
export type KeyActor = { id: string; customerId?: Id<"cus"> };

export type Keys = {
  /** Who a key speaks for; undefined when it is unknown or has ended. What ends elsewhere is over here within a second. */
  ofKey(secret: string): Promise<MerchantCaller | undefined>;
  /**
   * Makes a key; the secret is in this answer alone.
   * @throws Refusal `key.too_many`, `request.invalid` when it would end in the past
   */
  create(of: InMode, draft: KeyDraft, by: KeyActor): Promise<{ key: ApiKey; secret: string }>;
  /** @throws Refusal `request.not_found`, `key.over`, `key.too_many` */
  roll(
    of: InMode,
    keyId: string,
    overlapHours: number,
    by: KeyActor,
  ): Promise<{ key: ApiKey; secret: string }>;
  /** @throws Refusal `request.not_found`, `key.over` */
  revoke(of: InMode, keyId: string, by: KeyActor): Promise<ApiKey>;
  list(
    of: InMode,
    page: { cursor?: string | undefined; limit?: number | undefined },
  ): Promise<{ items: ApiKey[]; nextCursor: string | null }>;
};

export type KeyChange = "created" | "rolled" | "revoked";

/** A key that was found is not looked up again for so long: shorter than the second in which a revoked one is over. */
const rememberedMs = 900;
const mostRemembered = 10_000;
const mostKeys = 50;
const endedShownMs = 30 * 86_400_000;
const hourMs = 3_600_000;
const keyScopes: ReadonlySet<MerchantScope> = new Set(
  merchantScopes.filter((scope) => !peopleOnly.includes(scope)),
);

export function createKeys(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  audit: Pick<Audit, "record">;
  random?: RandomBytes | undefined;
  /** Reads whom to tell, and answers what tells them in the transaction of the change. */
  notifier(of: InMode): Promise<(tx: Tx, change: KeyChange, masked: string) => Promise<void>>;
}): Keys {
  const { db, clock, ids } = deps;
  const random = deps.random ?? randomBytes;
  const names = personalData(deps.vault, sql.keyData);

  const atDoor = createLookup(async (hashes) => {
    const rows = await sql.selectByHash(db, hashes, clock.now());
    return new Map(rows.map((row) => [row.hash, row]));
  });

  const found = new Map<string, { row: sql.KeyAtDoor; readAt: number }>();
  /** The row of a key that works now, as it was read within the last moment. */
  async function rowOf(hash: string): Promise<sql.KeyAtDoor | undefined> {
    const known = found.get(hash);
    if (known !== undefined && performance.now() - known.readAt < rememberedMs) {
      const { expires_at: expiresAt } = known.row;
      return expiresAt !== null && expiresAt <= clock.now() ? undefined : known.row;
    }
    const readAt = performance.now();
    const row = await atDoor(hash);
    if (found.size >= mostRemembered) found.clear();
    if (row === undefined) found.delete(hash);
    else found.set(hash, { row, readAt });
    return row;
  }

  const masked = (livemode: boolean, lastFour: string) => `sk_${livemode ? "live" : "test"}_…${lastFour}`;
  const nameOf = (row: sql.KeyRow) => names.open("name", { id: row.id }, row.name_sealed, "");

  function view(row: sql.KeyRow): ApiKey {
    const now = clock.now();
    const status =
      row.revoked_at !== null
        ? "revoked"
        : row.expires_at !== null && row.expires_at <= now
          ? "expired"
          : row.replaced_by !== null
            ? "rolling"
            : "active";
    return {
      object: "api_key",
      id: row.id,
      livemode: row.livemode,
      name: nameOf(row),
      masked: masked(row.livemode, row.last_four),
      scopes: row.scopes,
      apiVersion: ApiVersion.parse(row.api_version),
      status,
      createdAt: row.created_at.toISOString(),
      expiresAt: row.expires_at?.toISOString() ?? null,
      revokedAt: row.revoked_at?.toISOString() ?? null,
      replacedBy: row.replaced_by,
      lastUsedAt: row.last_used_at?.toISOString() ?? null,
      version: row.version,
    };
  }

  async function insert(tx: Tx, of: InMode, draft: KeyDraft & { apiVersion: string }, by: KeyActor) {
    const now = clock.now();
    if ((await sql.countWorking(tx, of, now)) >= mostKeys) throw new Refusal("key.too_many");
    const id = ids.next("key");
    const secret = newSecret(random, of.livemode);
    const row = await sql.insertKey(tx, {
      id,
      merchant_id: of.merchantId,
      livemode: of.livemode,
      name_sealed: names.seal("name", { id }, draft.name),
      secret_hash: hashOfSecret(secret),
      last_four: secret.slice(-4),
      scopes: draft.scopes === undefined ? null : [...new Set(draft.scopes)],
      api_version: draft.apiVersion,
      created_at: now,
      created_by: by.id,
      expires_at: draft.expiresAt ?? null,
    });
    return { row, secret };
  }

  /** The trail and the owners learn of a change in the transaction that makes it. */
  async function changed(
    of: InMode,
    by: KeyActor,
    change: KeyChange,
    work: (tx: Tx) => Promise<{ row: sql.KeyRow; secret: string }>,
  ): Promise<{ key: ApiKey; secret: string }> {
    // Read before: a transaction that waits for a second connection may wait for ever.
    const notify = await deps.notifier(of);
    const changed = await db.transaction(async (tx) => {
      const { row, secret } = await work(tx);
      await record(tx, of, change, row, by);
      await notify(tx, change, masked(row.livemode, row.last_four));
      return { key: view(row), secret };
    });
    // This process knows at once, the others within the second.
    found.clear();
    return changed;
  }

  async function record(tx: Tx, of: InMode, change: KeyChange, row: sql.KeyRow, by: KeyActor): Promise<void> {
    await deps.audit.record(tx, {
      actor: by.customerId ? { kind: "customer", id: by.customerId } : { kind: "system", id: by.id },
      action: `api_key.${change}`,
      subject: row.id,
      details: { merchantId: of.merchantId, mode: of.livemode ? "live" : "test" },
    });
  }

  /** A key that still works, locked. */
  async function working(tx: Tx, of: InMode, keyId: string): Promise<sql.KeyRow> {
    const row = await sql.lockKey(tx, of, keyId);
    if (row === undefined) throw new Refusal("request.not_found");
    const ended = row.revoked_at !== null || (row.expires_at !== null && row.expires_at <= clock.now());
    if (ended) throw new Refusal("key.over");
    return row;
  }

  return {
    async ofKey(secret) {
      const row = await rowOf(hashOfSecret(secret).toString("hex"));
      if (row === undefined) return undefined;
      return {
        merchantId: row.merchant_id,
        livemode: row.livemode,
        by: { kind: "key", keyId: row.id },
        // What people alone do stays shut for keys, whatever the row says.
        scopes: row.scopes === null ? keyScopes : new Set(row.scopes.filter((scope) => keyScopes.has(scope))),
        apiVersion: row.api_version,
      };
    },
    async create(of, draft, by) {
      if (draft.expiresAt !== undefined && draft.expiresAt <= clock.now())
        throw new Refusal("request.invalid", { fields: [{ field: "expiresAt", code: "field.invalid" }] });
      return changed(of, by, "created", (tx) =>
        insert(tx, of, { ...draft, apiVersion: latestApiVersion }, by),
      );
    },
    roll: (of, keyId, overlapHours, by) =>
      changed(of, by, "rolled", async (tx) => {
        const old = await working(tx, of, keyId);
        if (old.replaced_by !== null) throw new Refusal("key.over");
        const draft = {
          name: nameOf(old),
          ...(old.scopes === null ? {} : { scopes: old.scopes }),
          ...(old.expires_at === null ? {} : { expiresAt: old.expires_at }),
          apiVersion: old.api_version,
        };
        const made = await insert(tx, of, draft, by);
        const expiresAt = new Date(clock.now().getTime() + overlapHours * hourMs);
        await sql.endKey(tx, old.id, { expiresAt, replacedBy: made.row.id });
        return made;
      }),
    revoke: async (of, keyId, by) => {
      const { key } = await changed(of, by, "revoked", async (tx) => {
        const old = await working(tx, of, keyId);
        return { row: await sql.endKey(tx, old.id, { revokedAt: clock.now() }), secret: "" };
      });
      return key;
    },
    async list(of, { cursor, limit = 20 }) {
      const since = new Date(clock.now().getTime() - endedShownMs);
      const rows = await sql.selectKeys(db, of, { before: cursor, limit: limit + 1, since });
      const shown = rows.slice(0, limit);
      return {
        items: shown.map(view),
        nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    },
  };
}
