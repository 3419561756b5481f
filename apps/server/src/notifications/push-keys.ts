import webPush from "web-push";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert } from "../platform/errors.ts";
import type { Vault } from "../vault/index.ts";
import type { PushKeys } from "./senders/web-push.ts";

const id = "vapid";
const place = { table: "notifications.push_key", column: "sealed", row: id };

/**
 * The server's key pair for Web Push (RFC 8292), made once for all processes. Browsers subscribe for this very key, so
 * that it never changes; it signs who we are and reads nothing.
 */
export function createPushKeys(deps: { db: Db; clock: Clock; vault: Vault }): () => Promise<PushKeys> {
  const { db, clock, vault } = deps;
  let known: Promise<PushKeys> | undefined;
  async function load(): Promise<PushKeys> {
    const read = () => db.query<{ sealed: string }>("SELECT sealed FROM notifications.push_key");
    if ((await read()).length === 0)
      await db.query(
        "INSERT INTO notifications.push_key (id, sealed, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        [id, vault.seal(place, JSON.stringify(webPush.generateVAPIDKeys())), clock.now()],
      );
    // Another process may have been first.
    const [row] = await read();
    assert(row, "the key for push was stored");
    return JSON.parse(vault.open(place, row.sealed)) as PushKeys;
  }
  return () => {
    known ??= load().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
