import { randomBytes } from "node:crypto";
import { createDevelopers } from "./developers/index.ts";
import { createIdentity } from "./identity/index.ts";
import { migrations } from "./migrations.ts";
import { systemClock } from "./platform/clock.ts";
import { createDb } from "./platform/db.ts";
import { requireDurable } from "./platform/durability.ts";
import { createSubscriptions } from "./platform/events.ts";
import { createIds } from "./platform/ids.ts";
import { createLogger } from "./platform/logger.ts";
import { migrate } from "./platform/migrations.ts";
import { createVault, personalData } from "./vault/index.ts";

/** Webhooks by themselves, for the bench that measures them: a merchant, an endpoint and the part that sends. */
export type WebhookLoad = {
  /** Writes so many events of the size of a payment, as a commit of the gateway does; nothing is sent yet. */
  happen(count: number): Promise<void>;
  /** Sends all that is due and waits until every answer stands in the database. */
  deliver(): Promise<{ seconds: number }>;
  /** How many deliveries were answered with success, and how many are left. */
  counts(): Promise<{ delivered: number; left: number }>;
  close(): Promise<void>;
};

/** Opens webhooks to one receiver on this machine. @throws when the database may forget what it has confirmed */
export async function openWebhookLoad(options: {
  databaseUrl: string;
  receiver: string;
}): Promise<WebhookLoad> {
  const db = createDb({ url: options.databaseUrl, applicationName: "jinqiao-webhooks" });
  try {
    await requireDurable(db);
    await migrate(db, migrations);
  } catch (error) {
    await db.close();
    throw error;
  }
  const clock = systemClock;
  const ids = createIds(clock);
  const vault = createVault({ masterKey: randomBytes(32).toString("base64") });
  const identity = createIdentity({
    db,
    clock,
    ids,
    subscriptions: createSubscriptions(),
    secret: randomBytes(32),
    vault,
    publicUrl: "http://localhost",
  });
  const developers = createDevelopers({
    db,
    clock,
    ids,
    vault,
    identity,
    logger: createLogger({ level: "silent" }),
    ownersOf: async () => [],
    shopNameOf: async () => undefined,
    allowLoopback: true,
  });
  const merchant = { merchantId: ids.next("mer"), livemode: false };
  const draft = { url: options.receiver, eventTypes: ["*"] };
  await developers.endpoints.create(merchant, draft, { id: "bench" });
  const data = personalData(vault, { table: "merchants.event", id: "id", columns: ["data"] });
  const event = () => {
    const id = ids.next("evt");
    const objectId = ids.next("pi");
    const object = { object: "payment_intent", id: objectId, version: 2, note: "x".repeat(1_200) };
    return {
      id,
      merchant_id: merchant.merchantId,
      livemode: false,
      type: "payment_intent.succeeded",
      object_id: objectId,
      object_version: 2,
      data_sealed: data.seal("data", { id }, JSON.stringify(object)),
      created_at: clock.now(),
    };
  };
  return {
    async happen(count) {
      for (let left = count; left > 0; left -= 500) {
        const rows = Array.from({ length: Math.min(500, left) }, event);
        await db.query("SELECT merchants.write_events($1)", [JSON.stringify(rows)]);
      }
    },
    async deliver() {
      const began = performance.now();
      await developers.dispatcher.drain();
      return { seconds: (performance.now() - began) / 1_000 };
    },
    async counts() {
      const [row] = await db.query<{ delivered: number; left: number }>(
        `SELECT count(*) FILTER (WHERE status = 'delivered')::int AS delivered,
                count(*) FILTER (WHERE status <> 'delivered')::int AS left
           FROM developers.delivery WHERE merchant_id = $1`,
        [merchant.merchantId],
      );
      return row ?? { delivered: 0, left: 0 };
    },
    async close() {
      await developers.close();
      await db.close();
    },
  };
}
