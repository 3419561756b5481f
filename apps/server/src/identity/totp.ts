import { Secret, TOTP } from "otpauth";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { RandomBytes } from "../platform/ids.ts";
import type { Vault } from "../vault/index.ts";

/** RFC 6238, section 4: steps of 30 seconds; and 5.2: one step before and after for clocks that differ. */
const periodSeconds = 30;
const window = 1;
/** How long setting up may take, and how many first codes may be wrong. */
const setUpMs = 15 * 60_000;
const setUpTries = 5;

/** Authenticator apps that people bring (RFC 6238 with SHA-1 and six digits, which all of them know). */
export type Totps = {
  /** Makes a secret that counts once it is confirmed. @throws Refusal `identity.totp_exists` */
  begin(customerId: string, name: string): Promise<{ secret: string; uri: string; expiresAt: Date }>;
  /**
   * Takes the first code.
   * @throws Refusal `identity.totp_not_started`, `identity.totp_exists`, `identity.code_invalid`, `identity.code_tries_used`
   */
  confirm(customerId: string, code: string): Promise<void>;
  /** Whether the app shows the code. Each step's code works once. */
  use(customerId: string, code: string): Promise<boolean>;
  /** Null: no app is set up. */
  addedAt(customerId: string): Promise<Date | null>;
  /** False when there was none. */
  remove(db: Queryable, customerId: string): Promise<boolean>;
};

type TotpRow = { secret_sealed: string; started_at: Date; confirmed_at: Date | null; tries: number };

export function createTotps(deps: { db: Db; clock: Clock; vault: Vault; random: RandomBytes }): Totps {
  const { db, clock, vault } = deps;
  const place = (customerId: string) => ({
    table: "identity.totp",
    column: "secret_sealed",
    row: customerId,
    subject: customerId,
  });
  const rowOf = async (customerId: string): Promise<TotpRow | undefined> => {
    const rows = await db.query<TotpRow>(
      "SELECT secret_sealed, started_at, confirmed_at, tries FROM identity.totp WHERE customer_id = $1",
      [customerId],
    );
    return rows[0];
  };
  /** The step whose code it is; undefined when it is none's within the window. */
  const stepOf = async (customerId: string, row: TotpRow, code: string): Promise<number | undefined> => {
    await vault.ready({ subjects: [customerId] });
    const secret = new Secret({
      buffer: Uint8Array.from(vault.openBytes(place(customerId), row.secret_sealed)).buffer,
    });
    const timestamp = clock.now().getTime();
    const delta = totpOf(secret).validate({ token: code, timestamp, window });
    return delta === null ? undefined : Math.floor(timestamp / 1_000 / periodSeconds) + delta;
  };

  return {
    async begin(customerId, name) {
      const bytes = Uint8Array.from(deps.random(20));
      const secret = new Secret({ buffer: bytes.buffer });
      const now = clock.now();
      await vault.ready({ subjects: [customerId] });
      const rows = await db.query(
        `INSERT INTO identity.totp AS t (customer_id, secret_sealed, started_at) VALUES ($1, $2, $3)
         ON CONFLICT (customer_id) DO UPDATE SET secret_sealed = $2, started_at = $3, tries = 0, last_step = -1
           WHERE t.confirmed_at IS NULL RETURNING customer_id`,
        [customerId, vault.seal(place(customerId), bytes), now],
      );
      if (rows.length === 0) throw new Refusal("identity.totp_exists");
      return {
        secret: secret.base32,
        uri: totpOf(secret, name).toString(),
        expiresAt: new Date(now.getTime() + setUpMs),
      };
    },
    async confirm(customerId, code) {
      const now = clock.now();
      const [row] = await db.query<TotpRow>(
        `UPDATE identity.totp SET tries = tries + 1 WHERE customer_id = $1 AND confirmed_at IS NULL AND started_at > $2
         RETURNING secret_sealed, started_at, confirmed_at, tries`,
        [customerId, new Date(now.getTime() - setUpMs)],
      );
      if (row === undefined)
        throw new Refusal(
          (await rowOf(customerId))?.confirmed_at ? "identity.totp_exists" : "identity.totp_not_started",
        );
      if (row.tries > setUpTries) throw new Refusal("identity.code_tries_used");
      const step = await stepOf(customerId, row, code);
      if (step === undefined) throw new Refusal("identity.code_invalid");
      await db.query(
        "UPDATE identity.totp SET confirmed_at = $2, last_step = $3 WHERE customer_id = $1 AND confirmed_at IS NULL",
        [customerId, now, step],
      );
    },
    async use(customerId, code) {
      const row = await rowOf(customerId);
      if (row?.confirmed_at == null || !/^\d{6}$/.test(code)) return false;
      const step = await stepOf(customerId, row, code);
      if (step === undefined) return false;
      // RFC 6238, section 5.2: a code is not accepted a second time. Two at once: one of them finds it used.
      const used = await db.query(
        "UPDATE identity.totp SET last_step = $2 WHERE customer_id = $1 AND last_step < $2 RETURNING customer_id",
        [customerId, step],
      );
      return used.length === 1;
    },
    async addedAt(customerId) {
      return (await rowOf(customerId))?.confirmed_at ?? null;
    },
    async remove(tx, customerId) {
      const rows = await tx.query("DELETE FROM identity.totp WHERE customer_id = $1 RETURNING confirmed_at", [
        customerId,
      ]);
      return rows.length === 1;
    },
  };
}

function totpOf(secret: Secret, label = ""): TOTP {
  return new TOTP({
    issuer: "Jinqiao 金桥",
    label,
    secret,
    algorithm: "SHA1",
    digits: 6,
    period: periodSeconds,
  });
}
