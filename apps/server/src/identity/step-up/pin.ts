import type { Clock } from "../../platform/clock.ts";
import type { Db, Queryable } from "../../platform/db.ts";
import { Refusal } from "../../platform/errors.ts";
import type { Vault } from "../../vault/index.ts";
import { isSame } from "./digest.ts";

/** Wrong tries in a row before the PIN is locked until the customer confirms in a stronger way. */
const maxTries = 5;

export type PinState = { set: boolean; locked: boolean; changedAt: Date | null };
export type Pins = {
  state(customerId: string): Promise<PinState>;
  /** @throws Refusal `sca.pin_too_easy` */
  set(db: Queryable, customerId: string, pin: string): Promise<void>;
  remove(db: Queryable, customerId: string): Promise<void>;
  /** Judges a PIN and counts the try; false when it is wrong, locked or not set. */
  check(customerId: string, pin: string): Promise<boolean>;
  unlock(db: Queryable, customerId: string): Promise<void>;
};

/**
 * The payment PIN: six digits for small sums on a known device. It is kept as HMAC-SHA-256 under a key of the vault
 * and not as argon2id: a million PINs are tried through any hash in minutes, and without the key through none.
 */
export function createPins(deps: { db: Db; clock: Clock; vault: Vault }): Pins {
  const { db } = deps;
  const hashOf = (customerId: string, pin: string) =>
    deps.vault.blindIndex(
      { table: "identity.payment_pin", column: "hash" },
      JSON.stringify([customerId, pin]),
    );
  const unlock = async (tx: Queryable, customerId: string) => {
    await tx.query("UPDATE identity.payment_pin SET failures = 0 WHERE customer_id = $1 AND failures > 0", [
      customerId,
    ]);
  };
  return {
    unlock,
    async state(customerId) {
      const [row] = await db.query<{ failures: number; changed_at: Date }>(
        "SELECT failures, changed_at FROM identity.payment_pin WHERE customer_id = $1",
        [customerId],
      );
      if (row === undefined) return { set: false, locked: false, changedAt: null };
      return { set: true, locked: row.failures >= maxTries, changedAt: row.changed_at };
    },
    async set(tx, customerId, pin) {
      if (isEasy(pin)) throw new Refusal("sca.pin_too_easy");
      await tx.query(
        `INSERT INTO identity.payment_pin (customer_id, hash, changed_at) VALUES ($1, $2, $3)
         ON CONFLICT (customer_id) DO UPDATE SET hash = excluded.hash, failures = 0, changed_at = excluded.changed_at`,
        [customerId, hashOf(customerId, pin), deps.clock.now()],
      );
    },
    async remove(tx, customerId) {
      await tx.query("DELETE FROM identity.payment_pin WHERE customer_id = $1", [customerId]);
    },
    async check(customerId, pin) {
      // The try is taken before the PIN is looked at: guesses sent at once count as many.
      const [row] = await db.query<{ hash: Buffer }>(
        "UPDATE identity.payment_pin SET failures = failures + 1 WHERE customer_id = $1 AND failures < $2 RETURNING hash",
        [customerId, maxTries],
      );
      if (row === undefined || !isSame(row.hash, hashOf(customerId, pin))) return false;
      await unlock(db, customerId);
      return true;
    },
  };
}

/** Often chosen without being a row, a repetition or a date. */
const popular = new Set([
  "147258",
  "258369",
  "159753",
  "789456",
  "456789",
  "112358",
  "314159",
  "520131",
  "131420",
]);

/**
 * Whether a thief who knows a little about the owner would try it early: one or two digits repeated, halves that are
 * alike, rows, and anything that reads as a date (year, month and day in the orders people write them).
 */
export function isEasy(pin: string): boolean {
  const digits = [...pin].map(Number);
  const steps = digits.slice(1).map((digit, index) => digit - (digits[index] as number));
  const isRow = steps.every((step) => step === 1) || steps.every((step) => step === -1);
  return (
    new Set(digits).size <= 2 ||
    isRow ||
    pin.slice(0, 3) === pin.slice(3) ||
    (pin.slice(0, 2) === pin.slice(2, 4) && pin.slice(2, 4) === pin.slice(4)) ||
    pin.slice(0, 3) === [...pin.slice(3)].reverse().join("") ||
    /^(\d)\1(\d)\2(\d)\3$/.test(pin) ||
    /^(\d)\1\1(\d)\2\2$/.test(pin) ||
    popular.has(pin) ||
    isDate(pin)
  );
}

/** YYMMDD, DDMMYY, MMDDYY, or a year of somebody's life with a month before or after it. */
function isDate(pin: string): boolean {
  const [a, b, c] = [pin.slice(0, 2), pin.slice(2, 4), pin.slice(4)].map(Number) as [number, number, number];
  const isMonth = (value: number) => value >= 1 && value <= 12;
  const isDay = (value: number) => value >= 1 && value <= 31;
  const isYear = (text: string) => Number(text) >= 1930 && Number(text) <= 2039;
  return (
    (isMonth(b) && (isDay(c) || isDay(a))) ||
    (isMonth(a) && isDay(b)) ||
    (isYear(pin.slice(0, 4)) && isMonth(c)) ||
    (isMonth(a) && isYear(pin.slice(2)))
  );
}
