import type { Banks } from "../banks/index.ts";
import type { Identity } from "../identity/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { Subscriptions } from "../platform/events.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { Logger } from "../platform/logger.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import {
  type IndexedColumn,
  indexedColumnsOf,
  type SealedColumn,
  sealedColumnsOf,
  type Vault,
} from "../vault/index.ts";
import { shopData } from "./shop-data.ts";
import type { BalanceOf, Intents, Refunds } from "./types.ts";

export { accountsOf } from "./books.ts";
export {
  eventObject,
  type MerchantEventRow,
  type MerchantEventType,
  merchantEventTypes,
} from "./events.ts";
export type { BalanceTransactionRow, IntentRow, RefundRow } from "./rows.ts";
export { createShops, type OpenMerchant, type Shop, type ShopDeps, type Shops } from "./shops.ts";
export type * from "./types.ts";

export const merchantsMigrations: ModuleMigrations = {
  module: "merchants",
  folder: new URL("./migrations/", import.meta.url),
};

/** Columns that the vault seals here. */
export const merchantsSealed: readonly SealedColumn[] = [
  { table: "merchants.intent", column: "description_sealed", id: "id" },
  { table: "merchants.intent", column: "metadata_sealed", id: "id" },
  { table: "merchants.refund", column: "metadata_sealed", id: "id" },
  { table: "merchants.event", column: "data_sealed", id: "id" },
  ...shopData.flatMap(sealedColumnsOf),
];

/** Of them, those that are found by equal value. */
export const merchantsIndexed: readonly IndexedColumn[] = shopData.flatMap(indexedColumnsOf);

/** What every part of this module is made with. */
export type MerchantsDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Ledger;
  logger: Logger;
  subscriptions: Subscriptions;
  identity: Identity;
  banks: Banks;
  payments: Payments;
  /** Address people open, without a trailing slash. */
  publicUrl: string;
};

/** Shops: what they ask for, what they are paid, what they give back, and what they have. */
export type Merchants = {
  intents: Intents;
  refunds: Refunds;
  balance: {
    /** What a merchant has, by currency. */
    of(merchantId: string, livemode: boolean): Promise<BalanceOf[]>;
  };
  /** Every broken promise between the books and what merchants are shown; empty when all hold. */
  violations(): Promise<{ invariant: string; subject: string; detail: string }[]>;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};
