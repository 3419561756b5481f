import type { Id } from "@jinqiao/money";
import type { Identity } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { Logger } from "../platform/logger.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import type { PersonalTable, Vault } from "../vault/index.ts";
import { type Resolve, resolveByDns } from "./addresses.ts";
import { createDeliveries } from "./deliveries.ts";
import { deliveryData } from "./delivery-sql.ts";
import { createDispatcher, type Dispatcher } from "./dispatcher.ts";
import { createEndpoints, type Endpoints } from "./endpoints.ts";
import { keyRoutes } from "./key-routes.ts";
import { keyData } from "./key-sql.ts";
import { createKeys, type Keys } from "./keys.ts";
import { createRequestLog, type RequestLog } from "./request-log.ts";
import { createSender } from "./sender.ts";
import { webhookRoutes } from "./webhook-routes.ts";
import { endpointData } from "./webhook-sql.ts";

export type { EndpointActor, EndpointDraft, Endpoints } from "./endpoints.ts";
export type { InMode, KeyActor, KeyDraft, Keys } from "./keys.ts";

export const developersMigrations: ModuleMigrations = {
  module: "developers",
  folder: new URL("./migrations/", import.meta.url),
};

/** Tables of this module with sealed columns. */
export const developersData: readonly PersonalTable[] = [keyData, endpointData, deliveryData];

export type DevelopersDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  logger: Logger;
  identity: Pick<Identity, "audit" | "messages" | "requireConfirmed">;
  /** Who is told when keys change or an endpoint is paused. */
  ownersOf(merchantId: Id<"mer">): Promise<readonly Id<"cus">[]>;
  /** How people know the merchant, for what they are told. */
  shopNameOf(merchantId: Id<"mer">): Promise<{ en: string; zh: string } | undefined>;
  /** Webhooks may go to this very machine: for a demo or for development. */
  allowLoopback?: boolean;
  resolve?: Resolve;
  timeoutMs?: number;
  random?: RandomBytes;
};

/** What a shop's programmers use: keys, events, webhooks, the log of their calls. */
export type Developers = {
  keys: Keys;
  endpoints: Endpoints;
  dispatcher: Dispatcher;
  requestLog: RequestLog;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
  /** Waits for what is under way. */
  close(): Promise<void>;
};

const forgetTask = "developers.forget";

export function createDevelopers(deps: DevelopersDeps): Developers {
  const { db, clock, identity } = deps;
  type Content = Parameters<Identity["messages"]["queue"]>[1]["content"];
  /** Reads who owns a merchant, and answers what tells them in a transaction. */
  async function ownersOf(merchantId: Id<"mer">) {
    const [customerIds, name] = await Promise.all([deps.ownersOf(merchantId), deps.shopNameOf(merchantId)]);
    const shop = { shopEn: name?.en ?? merchantId, shopZh: name?.zh ?? merchantId };
    return async (tx: Tx, contentOf: (shop: { shopEn: string; shopZh: string }) => Content) => {
      for (const customerId of customerIds)
        await identity.messages.queue(tx, { to: { customerId }, content: contentOf(shop) });
    };
  }
  const basis = {
    ...deps,
    audit: identity.audit,
    resolve: deps.resolve ?? resolveByDns,
    allowLoopback: deps.allowLoopback ?? false,
  };
  const keys = createKeys({
    ...basis,
    async notifier({ merchantId }) {
      const tell = await ownersOf(merchantId);
      return (tx, change, key) =>
        tell(tx, (shop) => ({
          kind: "notice.merchant_key",
          change,
          ...shop,
          key,
          at: clock.now().toISOString(),
        }));
    },
  });
  const endpoints = createEndpoints(basis);
  const deliveries = createDeliveries(basis);
  const sender = createSender(basis);
  const requestLog = createRequestLog(basis);
  const dispatcher = createDispatcher({
    ...basis,
    sender,
    endpoints,
    async pauseNotifier(endpoint) {
      const tell = await ownersOf(endpoint.merchant_id);
      const { host } = new URL(endpoints.urlOf(endpoint));
      return (tx) =>
        tell(tx, (shop) => ({
          kind: "notice.webhook_paused",
          ...shop,
          host,
          at: clock.now().toISOString(),
        }));
    },
  });
  return {
    keys,
    endpoints,
    dispatcher,
    requestLog,
    routes: [
      ...keyRoutes({ keys, identity }),
      ...webhookRoutes({ db, vault: deps.vault, endpoints, deliveries, identity }),
      ...requestLog.routes,
    ],
    jobs: {
      [forgetTask]: async () => {
        await deliveries.forget();
        await requestLog.forget();
      },
    },
    cron: [{ task: forgetTask, pattern: "23 * * * *" }],
    async close() {
      await dispatcher.close();
      await sender.close();
      await requestLog.flush();
    },
  };
}
