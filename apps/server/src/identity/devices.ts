import type { Device } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { Context } from "../platform/http/handler.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import type { Memory } from "../platform/memory.ts";
import type { Vault } from "../vault/index.ts";
import { deviceNameOf } from "./device-name.ts";
import { hashOfToken, newToken } from "./tokens.ts";

/** For so long after a second factor a password alone is enough: PSD2 RTS (EU) 2018/389, Art. 10, in milliseconds. */
const trustedForMs = 180 * 86_400_000;
const cookieSeconds = 400 * 86_400;
/** One browser may be the device of several customers: the cookie holds a token of each, newest first. */
const maxTokens = 4;

export type KnownDevice = { id: Id<"dev">; trusted: boolean };

export type Devices = {
  /** The device of this browser for a customer. The work is the same for a customer that nobody knows. */
  known(context: Context, customerId: string | undefined): Promise<KnownDevice | undefined>;
  /**
   * Notes that a customer has signed in with this browser; the answer's cookie names it. Only a token that we gave to
   * this very customer is taken over: one that somebody planted in the browser becomes nobody's device.
   * @param trust a second factor was given
   */
  arrive(
    tx: Queryable,
    context: Context,
    customerId: Id<"cus">,
    trust: boolean,
  ): Promise<{ id: Id<"dev">; isNew: boolean; name: string }>;
  list(customerId: string, current: string | null): Promise<Device[]>;
  /** Whether it is a device of the customer, and was not removed. */
  has(customerId: string, id: string): Promise<boolean>;
  /** @throws Refusal `request.not_found` */
  rename(customerId: string, id: string, name: string, current: string | null): Promise<Device>;
  /** Ends its sessions with it. @throws Refusal `request.not_found` */
  remove(customerId: string, id: string): Promise<void>;
  /** From now on a password alone is enough on none of them (but the one given). */
  trustNone(tx: Queryable, customerId: string, but?: string | null): Promise<void>;
};

type DeviceRow = {
  id: Id<"dev">;
  name_sealed: string;
  first_seen_at: Date;
  last_seen_at: Date;
  trusted_until: Date | null;
  signed_in: boolean;
};

export function createDevices(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  random: RandomBytes;
  vault: Vault;
  /** What is remembered of sessions; those of a device end with it. */
  memory: Pick<Memory<never>, "clear">;
}): Devices {
  const { db, clock, vault, memory } = deps;
  const place = (row: string, customerId: string) => ({
    table: "identity.device",
    column: "name_sealed",
    row,
    subject: customerId,
  });
  const tokensIn = (context: Context): string[] =>
    (context.cookie("jinqiao_device") ?? "")
      .split(".", maxTokens)
      .filter((token) => hashOfToken(token) !== undefined);
  const find = async (of: Queryable, context: Context, customerId: string | undefined) => {
    const rows = await of.query<{ id: Id<"dev">; token_hash: Buffer; trusted_until: Date | null }>(
      `SELECT id, token_hash, trusted_until FROM identity.device
        WHERE customer_id = $1 AND token_hash = ANY($2::bytea[])`,
      [customerId ?? null, tokensIn(context).map(hashOfToken)],
    );
    return rows[0];
  };
  const viewOf = (row: DeviceRow, customerId: string, current: string | null): Device => ({
    id: row.id,
    name: vault.open(place(row.id, customerId), row.name_sealed),
    firstSeenAt: row.first_seen_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    current: row.id === current,
    signedIn: row.signed_in,
    trustedUntil:
      row.trusted_until !== null && row.trusted_until > clock.now() ? row.trusted_until.toISOString() : null,
  });
  const list: Devices["list"] = async (customerId, current) => {
    await vault.ready({ subjects: [customerId] });
    const rows = await db.query<DeviceRow>(
      `SELECT d.*, EXISTS (SELECT FROM identity.session s WHERE s.device_id = d.id AND s.expires_at > $2) AS signed_in
         FROM identity.device d WHERE customer_id = $1 ORDER BY last_seen_at DESC, id DESC LIMIT 100`,
      [customerId, clock.now()],
    );
    return rows.map((row) => viewOf(row, customerId, current));
  };

  return {
    async known(context, customerId) {
      const row = await find(db, context, customerId);
      return row && { id: row.id, trusted: row.trusted_until !== null && row.trusted_until > clock.now() };
    },
    async arrive(tx, context, customerId, trust) {
      const now = clock.now();
      const trustedUntil = trust ? new Date(now.getTime() + trustedForMs) : null;
      const name = deviceNameOf(context.userAgent);
      const tokens = tokensIn(context);
      const row = await find(tx, context, customerId);
      if (row !== undefined) {
        await tx.query(
          "UPDATE identity.device SET last_seen_at = $2, trusted_until = coalesce($3, trusted_until) WHERE id = $1",
          [row.id, now, trustedUntil],
        );
        context.setCookie("jinqiao_device", tokens.join("."), cookieSeconds);
        return { id: row.id, isNew: false, name };
      }
      const id = deps.ids.next("dev");
      const token = newToken(deps.random);
      await tx.query(
        `INSERT INTO identity.device (id, customer_id, token_hash, name_sealed, first_seen_at, last_seen_at, trusted_until)
         VALUES ($1, $2, $3, $4, $5, $5, $6)`,
        [id, customerId, hashOfToken(token), vault.seal(place(id, customerId), name), now, trustedUntil],
      );
      context.setCookie("jinqiao_device", [token, ...tokens].slice(0, maxTokens).join("."), cookieSeconds);
      return { id, isNew: true, name };
    },
    list,
    async has(customerId, id) {
      const rows = await db.query("SELECT FROM identity.device WHERE id = $1 AND customer_id = $2", [
        id,
        customerId,
      ]);
      return rows.length === 1;
    },
    async rename(customerId, id, name, current) {
      await vault.ready({ subjects: [customerId] });
      await db.query("UPDATE identity.device SET name_sealed = $3 WHERE id = $1 AND customer_id = $2", [
        id,
        customerId,
        vault.seal(place(id, customerId), name),
      ]);
      const device = (await list(customerId, current)).find((one) => one.id === id);
      if (device === undefined) throw new Refusal("request.not_found");
      return device;
    },
    async remove(customerId, id) {
      const rows = await db.query(
        "DELETE FROM identity.device WHERE id = $1 AND customer_id = $2 RETURNING id",
        [id, customerId],
      );
      if (rows.length === 0) throw new Refusal("request.not_found");
      memory.clear();
    },
    async trustNone(tx, customerId, but = null) {
      await tx.query(
        `UPDATE identity.device SET trusted_until = NULL
          WHERE customer_id = $1 AND ($2::text IS NULL OR id <> $2)`,
        [customerId, but],
      );
    },
  };
}
