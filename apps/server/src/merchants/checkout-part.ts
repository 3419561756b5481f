import type { Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { PlainRoute } from "../platform/http/plain-routes.ts";
import type { Ids } from "../platform/ids.ts";
import type { JobHandlers } from "../platform/jobs.ts";
import { type SealedColumn, sealedColumnsOf, type Vault } from "../vault/index.ts";
import { createCheckouts } from "./checkout.ts";
import { paymentMethodFiles } from "./checkout-payment-method.ts";
import { checkoutRoutes } from "./checkout-routes.ts";
import { checkoutData, checkoutSecretData } from "./checkout-rows.ts";
import { createCheckoutSettings } from "./checkout-settings.ts";
import type { IntentUseCases } from "./intents.ts";

/** Columns that the vault seals for checkouts. */
export const checkoutSealed: readonly SealedColumn[] = [checkoutData, checkoutSecretData].flatMap((table) =>
  sealedColumnsOf(table),
);

/** Hosted checkouts as a part of the module: routes, the job that follows their intents, and files for browsers. */
export function createCheckoutPart(
  deps: {
    db: Db;
    clock: Clock;
    ids: Ids;
    vault: Vault;
    ledger: Pick<Ledger, "commit">;
    publicUrl: string;
  },
  intents: IntentUseCases,
): { routes: RouteHandler[]; jobs: JobHandlers; files: PlainRoute[] } {
  const settings = createCheckoutSettings(deps);
  const checkouts = createCheckouts({ ...deps, intents, settings });
  return {
    routes: checkoutRoutes({
      checkouts,
      settings,
      intents,
      payInTestMode: (merchant, request, intentId, outcome) =>
        intents.payment.confirmTest(merchant, intentId, request, outcome),
    }),
    jobs: { "merchants.follow_checkout": (payload) => checkouts.follow(String(payload.intentId)) },
    files: paymentMethodFiles(deps.publicUrl),
  };
}
