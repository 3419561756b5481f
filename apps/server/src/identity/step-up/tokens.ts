import { createHmac } from "node:crypto";
import { dynamicCode } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { HOTP, Secret } from "otpauth";
import type { Clock } from "../../platform/clock.ts";
import type { Db, Queryable } from "../../platform/db.ts";
import type { Ids, RandomBytes } from "../../platform/ids.ts";
import type { Vault } from "../../vault/index.ts";
import { isSame } from "./digest.ts";

/** How many codes a hardware token may be ahead (RFC 4226, section 7.4), and where two in a row are looked for. */
const lookAhead = 10;
const resyncAhead = 200;

type TokenRow = {
  id: Id<"tok">;
  kind: "in_app" | "hardware";
  customer_id: string | null;
  name: string;
  secret: string;
  digits: 6 | 8;
  counter: bigint;
  connected_at: Date;
  last_used_at: Date | null;
};
export type TokenView = {
  id: Id<"tok">;
  kind: "in_app" | "hardware";
  name: string;
  createdAt: string;
  lastUsedAt: string | null;
};
export type NewHardwareToken = { serial: string; secret: string; counter: number; digits: 6 | 8 };

/** What makes dynamic codes: devices of the customer (a code over a payment's digest) and hardware tokens (HOTP). */
export type Tokens = {
  list(customerId: string): Promise<TokenView[]>;
  addInApp(tx: Queryable, customerId: string, name: string): Promise<{ token: TokenView; secret: string }>;
  /** Takes tokens into stock; a serial number that is known already stays as it is. */
  importHardware(
    tx: Queryable,
    tokens: readonly NewHardwareToken[],
  ): Promise<{ added: number; known: number }>;
  /** Gives a token from stock to a customer who holds it; undefined when it is not there or the codes do not fit. */
  connect(
    tx: Queryable,
    customerId: string,
    serial: string,
    codes: readonly [string, string],
  ): Promise<TokenView | undefined>;
  /** Finds the counter of a token that is far ahead; undefined when the codes do not follow one another. */
  resync(
    customerId: string,
    tokenId: string,
    codes: readonly [string, string],
  ): Promise<TokenView | undefined>;
  remove(tx: Queryable, customerId: string, tokenId: string): Promise<boolean>;
  /** Whether a code is the one that a device of the customer shows for the digest. */
  checkInApp(customerId: string, digest: Uint8Array, code: string): Promise<boolean>;
  /** Whether a hardware token of the customer shows the code; each code once. */
  checkHardware(customerId: string, code: string): Promise<boolean>;
};

export function createTokens(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  random: RandomBytes;
}): Tokens {
  const { db, vault } = deps;
  const place = (row: string, column: string) => ({ table: "identity.token", column, row });
  const secretOf = (row: TokenRow) => vault.openBytes(place(row.id, "secret"), row.secret);
  const select = (where: string, values: unknown[], of: Queryable = db) =>
    of.query<TokenRow>(`SELECT * FROM identity.token WHERE ${where}`, values);
  const viewOf = (row: TokenRow): TokenView => ({
    id: row.id,
    kind: row.kind,
    name: row.kind === "in_app" ? vault.open(place(row.id, "name"), row.name) : row.name,
    createdAt: row.connected_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  });

  /** Moves a counter on, unless somebody else has: a code counts once. */
  async function advance(tx: Queryable, row: TokenRow, next: bigint): Promise<TokenRow | undefined> {
    const rows = await tx.query<TokenRow>(
      "UPDATE identity.token SET counter = $3, last_used_at = $4 WHERE id = $1 AND counter = $2 RETURNING *",
      [row.id, row.counter, next, deps.clock.now()],
    );
    return rows[0];
  }
  /** The counter after two codes in a row, within the window; undefined when they are nowhere in it. */
  function counterAfter(row: TokenRow, codes: readonly [string, string]): bigint | undefined {
    const secret = secretOf(row);
    for (let step = 0; step < resyncAhead; step += 1) {
      const counter = row.counter + BigInt(step);
      if (
        isCode(codes[0], hotp(secret, counter, row.digits)) &&
        isCode(codes[1], hotp(secret, counter + 1n, row.digits))
      )
        return counter + 2n;
    }
    return undefined;
  }

  return {
    async list(customerId) {
      return (await select("customer_id = $1 ORDER BY id", [customerId])).map(viewOf);
    },
    async addInApp(tx, customerId, name) {
      const id = deps.ids.next("tok");
      const secret = Buffer.from(deps.random(32));
      const now = deps.clock.now();
      const [row] = await tx.query<TokenRow>(
        `INSERT INTO identity.token (id, kind, customer_id, name, secret, digits, created_at, connected_at)
         VALUES ($1, 'in_app', $2, $3, $4, 8, $5, $5) RETURNING *`,
        [id, customerId, vault.seal(place(id, "name"), name), vault.seal(place(id, "secret"), secret), now],
      );
      return { token: viewOf(row as TokenRow), secret: secret.toString("base64") };
    },
    async importHardware(tx, tokens) {
      const now = deps.clock.now();
      let added = 0;
      for (const token of tokens) {
        const id = deps.ids.next("tok");
        const sealed = vault.seal(place(id, "secret"), Buffer.from(token.secret, "hex"));
        const rows = await tx.query(
          `INSERT INTO identity.token (id, kind, name, secret, digits, counter, created_at)
           VALUES ($1, 'hardware', $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING RETURNING id`,
          [id, token.serial, sealed, token.digits, token.counter, now],
        );
        added += rows.length;
      }
      return { added, known: tokens.length - added };
    },
    async connect(tx, customerId, serial, codes) {
      const [row] = await select("kind = 'hardware' AND name = $1 AND customer_id IS NULL", [serial], tx);
      const counter = row && counterAfter(row, codes);
      if (row === undefined || counter === undefined) return undefined;
      const rows = await tx.query<TokenRow>(
        `UPDATE identity.token SET customer_id = $2, counter = $4, connected_at = $5
          WHERE id = $1 AND counter = $3 AND customer_id IS NULL RETURNING *`,
        [row.id, customerId, row.counter, counter, deps.clock.now()],
      );
      return rows[0] && viewOf(rows[0]);
    },
    async resync(customerId, tokenId, codes) {
      const [row] = await select("kind = 'hardware' AND id = $1 AND customer_id = $2", [tokenId, customerId]);
      const counter = row && counterAfter(row, codes);
      const moved = row && counter !== undefined ? await advance(db, row, counter) : undefined;
      return moved && viewOf(moved);
    },
    async remove(tx, customerId, tokenId) {
      // A hardware token that was somebody's is not handed on: its codes may have been seen.
      const rows = await tx.query(
        "DELETE FROM identity.token WHERE id = $1 AND customer_id = $2 RETURNING id",
        [tokenId, customerId],
      );
      return rows.length === 1;
    },
    async checkInApp(customerId, digest, code) {
      const rows = await select("kind = 'in_app' AND customer_id = $1", [customerId]);
      const found = rows.filter((row) => isCode(code, inAppCode(secretOf(row), digest)));
      if (found.length === 0) return false;
      await db.query("UPDATE identity.token SET last_used_at = $2 WHERE id = ANY ($1)", [
        found.map(({ id }) => id),
        deps.clock.now(),
      ]);
      return true;
    },
    async checkHardware(customerId, code) {
      for (const row of await select("kind = 'hardware' AND customer_id = $1", [customerId])) {
        const secret = secretOf(row);
        for (let step = 0; step <= lookAhead; step += 1) {
          const counter = row.counter + BigInt(step);
          if (isCode(code, hotp(secret, counter, row.digits)))
            return (await advance(db, row, counter + 1n)) !== undefined;
        }
      }
      return false;
    },
  };
}

/** RFC 4226: HMAC-SHA-1 of the counter, cut to so many digits. */
export function hotp(secret: Uint8Array, counter: bigint, digits: 6 | 8): string {
  const bytes = new Uint8Array(secret);
  return HOTP.generate({ secret: new Secret({ buffer: bytes.buffer }), counter: Number(counter), digits });
}

/** The code that a device shows for a payment. */
export function inAppCode(secret: Uint8Array, digest: Uint8Array): string {
  return dynamicCode(createHmac("sha256", secret).update(digest).digest());
}

function isCode(given: string, expected: string): boolean {
  return isSame(Buffer.from(given.replaceAll(/\s/g, "")), Buffer.from(expected));
}
