import type { Banks } from "../banks/index.ts";
import type { Identity } from "../identity/index.ts";
import type { Ledger, Watch } from "../ledger/index.ts";
import type { Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { Subscriptions } from "../platform/events.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { PlainRoute } from "../platform/http/plain-routes.ts";
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
import { createBalance } from "./balance.ts";
import { checkoutSealed, createCheckoutPart } from "./checkout-part.ts";
import { createShopOf } from "./code-shop.ts";
import { createCodes } from "./codes.ts";
import { createDisputes, disputesSealed } from "./disputes.ts";
import { createIntentCore } from "./intent-core.ts";
import { intentRoutes } from "./intent-routes.ts";
import { createIntentViews } from "./intent-views.ts";
import { createIntents } from "./intents.ts";
import { settlementViolations } from "./merchant-books.ts";
import { createMerchantStatements } from "./merchant-statement.ts";
import { createPayCodes, payCodeData } from "./pay-codes.ts";
import { createPayouts } from "./payouts.ts";
import { createProfiles, type ProfileMemory } from "./profiles.ts";
import { createRefunds } from "./refunds.ts";
import { createSettlements } from "./settlement.ts";
import type { TestPayment } from "./settlement-account.ts";
import { createTerms } from "./settlement-terms.ts";
import { sendTestPayment } from "./settlement-test-payment.ts";
import { shopData } from "./shop-data.ts";
import { selectViolations, selectWaitingForBank } from "./sql.ts";
import type { BalanceOf, Intents, PaymentIntentView, Refunds } from "./types.ts";

export { accountsOf } from "./books.ts";
export { eventObject, type MerchantEventRow } from "./events.ts";
export { createProfileMemory } from "./profiles.ts";
export type { BalanceTransactionRow, IntentRow, RefundRow } from "./rows.ts";
export {
  createShops,
  type OpenMerchant,
  type Shop,
  type ShopDeps,
  type Shops,
  type TestPayment,
} from "./shops.ts";
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
  { table: "merchants.code_key", column: "sealed", id: "id" },
  ...sealedColumnsOf(payCodeData),
  ...shopData.flatMap(sealedColumnsOf),
  ...checkoutSealed,
  ...disputesSealed,
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
  watch: Pick<Watch, "isStopped">;
  memory: ProfileMemory;
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
  /** Sends the cent with which an account for payouts is proved; again for the same account changes nothing. */
  sendTestPayment(payment: TestPayment): Promise<void>;
  /** Every broken promise between the books and what merchants are shown; empty when all hold. */
  violations(): Promise<{ invariant: string; subject: string; detail: string }[]>;
  routes: RouteHandler[];
  /** What browsers fetch to call the wallet from a shop's page. */
  files: PlainRoute[];
  jobs: JobHandlers;
  cron: CronJob[];
};

/**
 * Wires what shops ask for and are paid. Others add their parts by a line each: a file that makes the part from `deps`
 * and the parts before it, its routes, jobs and clock times.
 */
export function createMerchants(deps: MerchantsDeps): Merchants {
  const { db, clock } = deps;
  const profiles = createProfiles(deps);
  const core = createIntentCore({ ...deps, profiles, views: createIntentViews(deps) });
  const intents = createIntents(core);
  const balance = createBalance(deps);
  const disputes = createDisputes({
    ...deps,
    intentsById: intents.byIds,
    intentOfPayment: intents.byPayment,
    intentView: async (intent) => (await intents.views([intent]))[0] as PaymentIntentView,
  });
  const refunds = createRefunds(core, { balanceOf: balance.of, disputed: disputes.forRefund });
  const shopOf = createShopOf(deps);
  const codes = createCodes({ ...deps, intents, shopOf });
  const payCodes = createPayCodes({
    ...deps,
    intents,
    shopOf,
    freezes: deps.identity.freezes,
    hasDevice: deps.identity.hasDevice,
  });
  const checkout = createCheckoutPart(deps, intents);
  const terms = createTerms(deps);
  const settlements = createSettlements({ ...deps, terms });
  const payouts = createPayouts({ ...deps, terms, settlements });
  const statements = createMerchantStatements(deps);
  deps.subscriptions.subscribe("purchase.funding_changed", "merchants.fund");

  return {
    intents,
    refunds,
    balance,
    sendTestPayment: (payment) => sendTestPayment(deps, payment),
    violations: async () => [
      ...(await selectViolations(db)),
      ...(await settlementViolations(db)),
      ...(await disputes.violations()),
    ],
    routes: [
      ...intentRoutes(core, intents, refunds, payCodes.confirm),
      ...balance.routes,
      ...payouts.routes,
      ...statements.routes,
      ...checkout.routes,
      ...codes.routes,
      ...payCodes.routes,
      ...disputes.routes,
    ],
    files: checkout.files,
    jobs: {
      ...settlements.jobs,
      ...payouts.jobs,
      ...checkout.jobs,
      ...disputes.jobs,
      ...payCodes.jobs,
      "merchants.fund": (payload) => intents.payment.fund(String(payload.intentId)),
      "merchants.end_over": async () => {
        await intents.endOver();
      },
      // A safety net under the events: money that came is never left waiting because a job was lost.
      "merchants.catch_up": async () => {
        const before = new Date(clock.now().getTime() - 5 * 60_000);
        for (const id of await selectWaitingForBank(db, before, 200)) await intents.payment.fund(id);
      },
    },
    cron: [
      ...settlements.cron,
      ...disputes.cron,
      ...payCodes.cron,
      { task: "merchants.end_over", pattern: "* * * * *" },
      { task: "merchants.catch_up", pattern: "*/5 * * * *" },
    ],
  };
}
