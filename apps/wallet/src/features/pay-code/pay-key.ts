import { unwrap } from "@jinqiao/contract/client";
import { payCodeCheck, payCodeDigits, payCodeMessage, payCodeMoment } from "@jinqiao/qr";
import { api } from "../../api.ts";
import { payKeyDatabase } from "../../attempts.ts";

/**
 * What makes this phone's pay codes. The secret lies in the browser's IndexedDB as a key that can be used and never
 * read, not by a script of this page either; signing out deletes it.
 */
export type PayKey = {
  customerId: string;
  keyId: string;
  handle: string;
  key: CryptoKey;
  /** Unix milliseconds. */
  expiresAt: number;
  /** What the server's clock shows more than this phone's, in milliseconds. */
  clockAheadMs: number;
  /** The most that is charged without asking, by currency: exact decimal text. */
  small: { amount: string; currency: string }[];
};

const storeName = "keys";
const place = "current";
/** A key that ends within a week is replaced while there is a network. */
const renewBeforeMs = 7 * 86_400_000;

/** The key of whoever signed in here last; undefined where there is none, or it has run out. */
export async function storedPayKey(): Promise<PayKey | undefined> {
  const kept = await inStore<PayKey | undefined>("readonly", (store) => store.get(place));
  return kept && kept.expiresAt > Date.now() + kept.clockAheadMs ? kept : undefined;
}

/**
 * The key of this customer on this phone: the one that is kept while the server still takes it, else a new one.
 * @throws ApiError, or a DOMException where the browser keeps nothing
 */
export async function payKeyFor(customerId: string): Promise<PayKey> {
  const kept = await storedPayKey();
  if (kept?.customerId === customerId && kept.expiresAt - Date.now() > renewBeforeMs) {
    const { items } = await unwrap(api.GET("/v1/pay-code-keys"));
    if (items.some(({ id, current }) => id === kept.keyId && current)) return kept;
  }
  const asked = Date.now();
  const issued = await unwrap(api.POST("/v1/pay-code-keys"));
  const secret = Uint8Array.from(atob(issued.secret), (sign) => sign.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", secret, { name: "HMAC", hash: "SHA-256" }, false, [
    "sign",
  ]);
  secret.fill(0);
  const made: PayKey = {
    customerId,
    keyId: issued.id,
    handle: issued.handle,
    key,
    expiresAt: Date.parse(issued.expiresAt),
    // The answer was on its way for half the time that asking took.
    clockAheadMs: Date.parse(issued.now) - (asked + Date.now()) / 2,
    small: issued.withoutConfirmation.map(({ perPayment }) => perPayment),
  };
  await inStore("readwrite", (store) => store.put(made, place));
  return made;
}

let last: { moment: number; number: number } | undefined;

/** A new code, without asking anybody: 24 digits, and when by this phone's clock it was made. */
export async function makePayCode(payKey: PayKey): Promise<{ digits: string; madeAt: number }> {
  const madeAt = Date.now();
  const moment = payCodeMoment(madeAt + payKey.clockAheadMs);
  // Of two codes in the same five seconds the second must not be the one that was just used.
  const number =
    last?.moment === moment ? last.number + 1 : (crypto.getRandomValues(new Uint16Array(1))[0] ?? 0);
  last = { moment, number };
  const suffix = String(number % 100).padStart(2, "0");
  const message = payCodeMessage(payKey.handle, moment, suffix);
  const mac = new Uint8Array(await crypto.subtle.sign("HMAC", payKey.key, message));
  return {
    digits: payCodeDigits({ handle: payKey.handle, moment, suffix, check: payCodeCheck(mac) }),
    madeAt,
  };
}

function inStore<Result>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(payKeyDatabase, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      // Deleting it, when somebody signs out in another tab, must not wait for this one.
      database.onversionchange = () => database.close();
      const transaction = database.transaction(storeName, mode);
      const request = work(transaction.objectStore(storeName));
      transaction.oncomplete = () => {
        database.close();
        resolve(request.result as Result);
      };
      transaction.onabort = () => {
        database.close();
        reject(transaction.error);
      };
    };
  });
}
