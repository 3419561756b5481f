import { randomBytes } from "node:crypto";
import { type MerchantEventType, merchantRoleScopes } from "@jinqiao/contract";
import { type Id, makeId } from "@jinqiao/money";
import { pino } from "pino";
import { createTestServer } from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { createIdentity } from "../../identity/index.ts";
import { eventRow } from "../../merchants/events.ts";
import { manualClock } from "../../platform/clock.ts";
import { createSubscriptions } from "../../platform/events.ts";
import { createIds } from "../../platform/ids.ts";
import { createVault } from "../../vault/index.ts";
import { createDeliveries } from "../deliveries.ts";
import { createDevelopers, type DevelopersDeps, type InMode } from "../index.ts";

export type DevelopersWorld = Awaited<ReturnType<typeof createDevelopersWorld>>;

/** The real module on a real database behind the real HTTP server; a person is a member of whatever merchant they name. */
export async function createDevelopersWorld(more: Partial<DevelopersDeps> = {}) {
  const database = await createServerDatabase();
  const clock = manualClock("2026-06-01T09:00:00.000Z");
  const ids = createIds(clock);
  const vault = createVault({ masterKey: Buffer.alloc(32, 8).toString("base64") });
  const identity = createIdentity({
    db: database.db,
    clock,
    ids,
    subscriptions: createSubscriptions(),
    secret: Buffer.alloc(32, 7),
    vault,
    publicUrl: "http://localhost:7300",
  });
  const owners: Id<"cus">[] = [];
  const deps: DevelopersDeps = {
    db: database.db,
    clock,
    ids,
    vault,
    identity,
    logger: pino({ level: "silent" }),
    allowLoopback: true,
    ownersOf: async () => owners,
    shopNameOf: async () => ({ en: "Corner Shop", zh: "街角小店" }),
    ...more,
  };
  const developers = createDevelopers(deps);
  const memberId = makeId("mbr", clock.now().getTime(), randomBytes(10));
  const server = await createTestServer(database.db, {
    clock,
    handlers: developers.routes,
    onKeyCall: developers.requestLog.note,
    merchants: {
      ofKey: developers.keys.ofKey,
      ofMember: async (customerId, { merchantId, livemode }) => ({
        merchantId: merchantId as Id<"mer">,
        livemode,
        by: { kind: "member", memberId, customerId, role: "owner" },
        scopes: new Set(merchantRoleScopes.owner),
      }),
    },
  });
  const owner = await server.customer("owner@shop.example");
  owners.push(owner.id as Id<"cus">);
  /** Signs the owner in; a session ends after five minutes without a request, and tests move the clock. */
  const signIn = () => server.enter("owner@shop.example");
  const newMerchant = (livemode = false): InMode => ({ merchantId: ids.next("mer"), livemode });
  return {
    database,
    db: database.db,
    clock,
    ids,
    vault,
    identity,
    developers,
    deliveries: createDeliveries(deps),
    /** The same module once more, as another process has it. */
    another: (change: Partial<DevelopersDeps> = {}) => createDevelopers({ ...deps, ...change }),
    server,
    signIn,
    newMerchant,
    /** Writes events as a commit of the gateway does; answers their ids. */
    async happen(
      { merchantId, livemode }: InMode,
      objects: readonly { id: string; version: number; status?: string }[],
      type: MerchantEventType = "payment_intent.succeeded",
    ): Promise<string[]> {
      const rows = objects.map(
        (object) => eventRow({ ids, vault, now: clock.now() }, { merchantId, livemode, type, object }).row,
      );
      await database.db.query("SELECT merchants.write_events($1)", [JSON.stringify(rows)]);
      return rows.map(({ id }) => String(id));
    },
    /** Headers of the owner who acts for a merchant. */
    asOwner: ({ merchantId, livemode }: InMode) => ({
      "jinqiao-merchant": merchantId,
      "jinqiao-mode": livemode ? "live" : "test",
    }),
    async close() {
      await developers.close();
      await server.close();
      await database.drop();
    },
  };
}
