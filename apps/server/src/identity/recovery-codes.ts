import { createHmac } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable, Tx } from "../platform/db.ts";
import type { RandomBytes } from "../platform/ids.ts";

const howMany = 10;
/** Crockford's base 32 in lower case: no letter that looks like a digit. */
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

/** Codes on paper for the day when phone and passkeys are gone: 80 random bits each, each works once. */
export type RecoveryCodes = {
  /** Makes ten, shown this once; older ones end. As `abcd-efgh-jkmn-pqrs`. */
  make(tx: Tx, customerId: string): Promise<string[]>;
  /** Uses one, however it is spaced or written. False when it is none of the customer's, or used. */
  use(customerId: string, code: string): Promise<boolean>;
  left(customerId: string): Promise<number>;
  removeAll(db: Queryable, customerId: string): Promise<void>;
};

export function createRecoveryCodes(deps: {
  db: Db;
  clock: Clock;
  secret: Buffer;
  random: RandomBytes;
}): RecoveryCodes {
  const { db } = deps;
  const hashOf = (customerId: string, code: string): Buffer =>
    createHmac("sha256", deps.secret).update(`recovery code ${customerId} ${code}`).digest();
  const removeAll: RecoveryCodes["removeAll"] = async (of, customerId) => {
    await of.query("DELETE FROM identity.recovery_code WHERE customer_id = $1", [customerId]);
  };
  return {
    async make(tx, customerId) {
      const codes = Array.from({ length: howMany }, () =>
        // One byte a digit, of which five bits count: every digit is equally likely.
        [...deps.random(16)].map((byte) => alphabet[byte & 31]).join(""),
      );
      await removeAll(tx, customerId);
      await tx.query(
        "INSERT INTO identity.recovery_code (customer_id, hash) SELECT $1, unnest($2::bytea[])",
        [customerId, codes.map((code) => hashOf(customerId, code))],
      );
      return codes.map((code) => code.replaceAll(/.{4}(?=.)/g, "$&-"));
    },
    async use(customerId, code) {
      const written = code
        .toLowerCase()
        .replaceAll(/[\s-]/g, "")
        .replaceAll("o", "0")
        .replaceAll(/[il]/g, "1");
      const rows = await db.query(
        `UPDATE identity.recovery_code SET used_at = $3
          WHERE customer_id = $1 AND hash = $2 AND used_at IS NULL RETURNING hash`,
        [customerId, hashOf(customerId, written), deps.clock.now()],
      );
      return rows.length === 1;
    },
    async left(customerId) {
      const [row] = await db.query<{ count: bigint }>(
        "SELECT count(*) FROM identity.recovery_code WHERE customer_id = $1 AND used_at IS NULL",
        [customerId],
      );
      return Number(row?.count ?? 0n);
    },
    removeAll,
  };
}
