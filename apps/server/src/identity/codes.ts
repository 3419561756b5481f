import { createHmac, timingSafeEqual } from "node:crypto";
import type { Clock } from "../platform/clock.ts";
import type { Queryable, Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import type { RandomBytes } from "../platform/ids.ts";

/** How long a code works, in milliseconds. */
export const codeLifeMs = 5 * 60_000;
/** How often somebody may guess at one code. */
const maxTries = 5;
/** How many codes for the same purpose, subject and binding within an hour. */
const maxIssued = 5;
const issuedWithinMs = 60 * 60_000;

/** What a code is for. It works for exactly that and nothing else. */
export type CodeUse = {
  /** Whom it concerns: a customer's id, or an address that nobody is known by yet. */
  subject: string;
  /** What it permits, e.g. `sign_in`. */
  purpose: string;
  /** To what it is bound: id of the sign-in, digest of the payment, the very phone number. */
  bindTo: string;
};

export type Codes = {
  /**
   * Makes a code of six digits that works for five minutes; one made before for the same use ends. The caller sends
   * it on in the same transaction.
   * @throws Refusal `rate.limited` after five within an hour
   */
  issue(tx: Tx, use: CodeUse): Promise<{ code: string; expiresAt: Date }>;
  /**
   * Uses a code. Every call counts as a try, before it is judged, so that tries at once do not slip past each other;
   * the right code works once, also when two bring it at the same time. Give a connection that is not in a transaction
   * that may roll back: a failed try must stay counted.
   * @throws Refusal `identity.code_invalid`, and `identity.code_tries_used` once five tries were wrong
   */
  check(db: Queryable, use: CodeUse, code: string): Promise<void>;
  /** As `check`, but the right code is no try and goes on working; a wrong one is one. */
  peek(db: Queryable, use: CodeUse, code: string): Promise<void>;
};

/** @param deps.secret keys the hashes: without it, six digits could be tried against a copy of the database */
export function createCodes(deps: { clock: Clock; secret: Buffer; random: RandomBytes }): Codes {
  const { clock } = deps;
  const mac = (...parts: (string | Buffer)[]): Buffer =>
    createHmac("sha256", deps.secret)
      .update(JSON.stringify(["code", ...parts.map((part) => part.toString("base64"))]))
      .digest();
  const slotOf = ({ subject, purpose, bindTo }: CodeUse) => mac(subject, purpose, bindTo);

  async function judge(db: Queryable, use: CodeUse, code: string, keep: boolean): Promise<void> {
    const slot = slotOf(use);
    const hash = mac(slot, code);
    // One statement: the try is counted and the right code used up under the same row lock.
    const [row] = await db.query<{ hash: Buffer; tries: number; won: boolean }>(
      `UPDATE identity.code
          SET tries = tries + CASE WHEN $5 AND hash = $2 THEN 0 ELSE 1 END, used = hash = $2 AND NOT $5 AND tries < $4
        WHERE slot = $1 AND NOT used AND expires_at > $3
        RETURNING hash, tries, hash = $2 AND tries <= $4 AND ($5 = false OR tries < $4) AS won`,
      [slot, hash, clock.now(), maxTries, keep],
    );
    // Compared here once more in constant time; the statement above compares keyed hashes, which tell nothing.
    if (row?.won && timingSafeEqual(row.hash, hash)) return;
    throw new Refusal(
      row !== undefined && row.tries >= maxTries ? "identity.code_tries_used" : "identity.code_invalid",
    );
  }

  return {
    async issue(tx, use) {
      const slot = slotOf(use);
      const code = sixDigits(deps.random);
      const now = clock.now();
      const expiresAt = new Date(now.getTime() + codeLifeMs);
      const rows = await tx.query(
        `INSERT INTO identity.code AS c (slot, hash, tries, used, issued, since, expires_at)
         VALUES ($1, $2, 0, false, 1, $3, $4)
         ON CONFLICT (slot) DO UPDATE SET hash = $2, tries = 0, used = false, expires_at = $4,
           issued = CASE WHEN c.since <= $5 THEN 1 ELSE c.issued + 1 END,
           since = CASE WHEN c.since <= $5 THEN $3 ELSE c.since END
         WHERE c.since <= $5 OR c.issued < $6
         RETURNING slot`,
        [slot, mac(slot, code), now, expiresAt, new Date(now.getTime() - issuedWithinMs), maxIssued],
      );
      if (rows.length === 0) throw new Refusal("rate.limited", { retryAfterSeconds: 600 });
      return { code, expiresAt };
    },
    check: (db, use, code) => judge(db, use, code, false),
    peek: (db, use, code) => judge(db, use, code, true),
  };
}

/** Every number from 000000 to 999999 is equally likely: what would favour some is thrown away. */
function sixDigits(random: RandomBytes): string {
  const fair = 2 ** 32 - (2 ** 32 % 1_000_000);
  for (;;) {
    const number = Buffer.from(random(4)).readUInt32BE();
    if (number < fair) return String(number % 1_000_000).padStart(6, "0");
  }
}
