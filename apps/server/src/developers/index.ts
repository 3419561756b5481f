import type { Id } from "@jinqiao/money";
import type { Identity } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import type { PersonalTable, Vault } from "../vault/index.ts";
import { keyRoutes } from "./key-routes.ts";
import { keyData } from "./key-sql.ts";
import { createKeys, type Keys } from "./keys.ts";

export type { InMode, KeyActor, KeyDraft, Keys } from "./keys.ts";

export const developersMigrations: ModuleMigrations = {
  module: "developers",
  folder: new URL("./migrations/", import.meta.url),
};

/** Tables of this module with personal data. */
export const developersData: readonly PersonalTable[] = [keyData];

export type DevelopersDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  identity: Pick<Identity, "audit" | "messages" | "requireConfirmed">;
  /** Who is told when keys change or an endpoint is paused. */
  ownersOf(merchantId: Id<"mer">): Promise<readonly Id<"cus">[]>;
  random?: RandomBytes;
};

/** What a shop's programmers use: keys, events, webhooks, the log of their requests. */
export type Developers = {
  keys: Keys;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

export function createDevelopers(deps: DevelopersDeps): Developers {
  const keys = createKeys({ ...deps, audit: deps.identity.audit, async notify() {} });
  return { keys, routes: keyRoutes({ keys, identity: deps.identity }), jobs: {}, cron: [] };
}
