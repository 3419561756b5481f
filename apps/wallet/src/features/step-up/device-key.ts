/**
 * The secret by which this device makes codes for payments. It lies in the browser's IndexedDB as a key that can be
 * used and never read, not by a script of this page either. One for each customer who uses this browser.
 */
const databaseName = "jinqiao-device-keys";
const storeName = "keys";

type DeviceKey = { tokenId: string; key: CryptoKey };

/** Keeps the secret that the server told once, base64. */
export async function keepDeviceKey(customerId: string, tokenId: string, secret: string): Promise<void> {
  const bytes = Uint8Array.from(atob(secret), (sign) => sign.charCodeAt(0));
  const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  await inStore("readwrite", (store) => store.put({ tokenId, key }, customerId));
}

/** Undefined where this browser has none, or keeps none. */
export async function deviceKey(customerId: string): Promise<DeviceKey | undefined> {
  try {
    return await inStore<DeviceKey | undefined>("readonly", (store) => store.get(customerId));
  } catch {
    return undefined;
  }
}

export async function forgetDeviceKey(customerId: string): Promise<void> {
  await inStore("readwrite", (store) => store.delete(customerId));
}

/** HMAC-SHA-256 of a payment's digest, 32 bytes. */
export async function macOf(key: CryptoKey, digest: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, digest));
}

function inStore<Result>(
  mode: IDBTransactionMode,
  work: (store: IDBObjectStore) => IDBRequest,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(databaseName, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(storeName);
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
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
