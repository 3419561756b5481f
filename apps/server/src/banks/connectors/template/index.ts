import type { Logger } from "pino";
import type { Clock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import type { BankConnector } from "../../connector.ts";
import type { HttpOptions } from "../../types.ts";
import type { Dialect } from "../index.ts";
import { type TemplateConfig, templateSettings } from "./settings.ts";

/**
 * Where a new dialect begins: a connector that offers nothing and says so. Copy the folder, rename it, and replace one
 * answer after the other, declaring each capability when its checks pass (docs/new-dialect.md).
 */
export function createTemplateConnector(deps: {
  config: TemplateConfig;
  clock: Clock;
  logger: Logger;
  http?: HttpOptions;
}): BankConnector {
  const notOffered = async (): Promise<never> => {
    throw new Refusal("bank.unavailable", { cause: new Error("this dialect does not do that yet") });
  };
  return {
    capabilities: {
      accounts: false,
      payments: false,
      oneTapTopUp: false,
      statements: false,
      notices: false,
      executionWindowMs: deps.config.executionWindowMs ?? 60_000,
    },

    // Linking. The same `requestId` is the same wish. What `secrets` holds comes back to `completeConsent`, and never
    // reaches the browser. A callback that is not the answer to it is `bank.link_failed`.
    startConsent: notOffered,
    completeConsent: notOffered,
    consentStatus: notOffered,
    // What is over already needs no ending.
    revokeConsent: notOffered,
    refreshAccess: notOffered,

    // Reading. All pages or a refusal: a part must never look like all. Amounts become minor units without floats.
    balance: notOffered,
    entries: notOffered,

    // Payments. These three never throw for what the bank does: a request that may have arrived and got no readable
    // answer is `unknown`; `not_sent` is only said when that is certain; the same order again is the same payment.
    initiatePayment: async () => ({ outcome: "not_sent", why: "this dialect takes no payments yet" }),
    paymentStatus: async () => ({ outcome: "unknown", why: "this dialect takes no payments yet" }),
    cancelPayment: async () => "unknown",
    // `found: false` lets the order be sent anew: say it only after a whole answer without our reference.
    findPayment: async () => ({ found: "unknown", why: "this dialect takes no payments yet" }),

    // The file as the bank wrote it, or null while the day is open there.
    custodyStatement: notOffered,

    close: async () => undefined,
  };
}

export const template = {
  settings: templateSettings,
  create: createTemplateConnector,
} satisfies Dialect<typeof templateSettings>;
