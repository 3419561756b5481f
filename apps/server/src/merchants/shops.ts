import type { RouteHandler } from "../platform/http/handler.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import { createAccounts } from "./accounts.ts";
import { type OpenMerchant, openAtOnce } from "./accounts-demo.ts";
import { noticeJobs } from "./accounts-notices.ts";
import { merchantDesk } from "./accounts-staff.ts";
import { createShoppers, type Shoppers } from "./customers.ts";
import { createFeePlans, createShopLookup, type FeePlans, type Shop } from "./fee-plans.ts";
import { createMembers, type Members } from "./members.ts";
import { createSettlementAccounts, type SettlementAccounts } from "./settlement-account.ts";
import { createDesk, type ShopDeps } from "./shop-desk.ts";
import { createStores, type Stores } from "./stores.ts";

export type { OpenMerchant } from "./accounts-demo.ts";
export type { Fee, FeeMethod, Shop } from "./fee-plans.ts";
export type { TestPayment } from "./settlement-account.ts";
export type { ShopDeps } from "./shop-desk.ts";

/** Who sells: merchants, their teams, stores, accounts, plans and customers. */
export type Shops = {
  /** What other parts ask of a merchant before money moves: its state, names, zone, and the plan that holds now. */
  shopOf(merchantId: string): Promise<Shop | undefined>;
  /** Owners who can act, for notices. */
  ownersOf: (merchantId: string) => ReturnType<ReturnType<typeof createDesk>["ownersOf"]>;
  ofMember: Members["ofMember"];
  planAt: FeePlans["planAt"];
  stores: Pick<Stores, "find" | "byIds">;
  shoppers: Pick<Shoppers, "find">;
  settlementAccounts: Pick<SettlementAccounts, "verifiedAccountOf" | "byId" | "knowTestPayments">;
  /** Opens a merchant without review: demo installations and tests. @returns its id */
  openAtOnce(draft: OpenMerchant): ReturnType<typeof openAtOnce>;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

export function createShops(deps: ShopDeps): Shops {
  const desk = createDesk(deps);
  const members = createMembers(desk);
  const plans = createFeePlans(desk);
  const stores = createStores(desk);
  const shoppers = createShoppers(desk);
  const accounts = createAccounts(desk, plans);
  const settlementAccounts = createSettlementAccounts(desk);
  const staff = merchantDesk(desk, { accounts, plans, settlementAccounts });
  return {
    shopOf: createShopLookup(desk),
    ownersOf: desk.ownersOf,
    ofMember: members.ofMember,
    planAt: plans.planAt,
    stores,
    shoppers,
    openAtOnce: (draft) => openAtOnce(desk, plans, draft),
    settlementAccounts,
    routes: [
      ...accounts.routes,
      ...members.routes,
      ...plans.routes,
      ...stores.routes,
      ...shoppers.routes,
      ...settlementAccounts.routes,
      ...staff.routes,
    ],
    jobs: { ...settlementAccounts.jobs, ...noticeJobs(desk) },
    cron: [],
  };
}
