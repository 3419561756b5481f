/** Quick payment by signed agreement (快捷支付): our own published format, see docs/quick-payment.md. */
import type { SandboxDialect } from "../dialects.ts";
import { bindingStatus, confirmBinding, endBinding, startBinding } from "./bindings.ts";
import { issueCards } from "./cards.ts";
import { type BankKeys, loadBankKeys } from "./keys.ts";
import { deliverQuickNotices } from "./notices.ts";
import {
  advanceOrders,
  cancelOrder,
  createPayment,
  createPayout,
  createRefund,
  queryOrder,
} from "./orders.ts";
import { registerQuickPages } from "./pages.ts";
import { type Operation, registerOperations } from "./pipeline.ts";
import { reconciliationFile } from "./reconciliation.ts";
import { loadSchemas } from "./schemas.ts";
import { registerQuickScript } from "./script.ts";

const NONCE_LIFE_MS = 15 * 60_000;
const CLEANING_ROUNDS = 1_500;

export function quickPayment(): SandboxDialect {
  let keys: BankKeys | undefined;
  let rounds = 0;
  return {
    apiPaths: ["/quick-payment/"],
    async register(app, bank, { validateResponses }) {
      keys = await loadBankKeys(bank.db);
      await issueCards(bank);
      const own = keys;
      const schemas = loadSchemas();
      const deps = { bank, keys: own, schemas };
      const operations: Operation[] = [
        {
          name: "binding-start",
          fault: "createConsent",
          handle: (who, message) => startBinding(deps, who, message),
        },
        {
          name: "binding-confirm",
          fault: "consentAuthorisations",
          handle: (who, message) => confirmBinding(deps, who, message),
        },
        {
          name: "binding-status",
          fault: "consentStatus",
          handle: (who, message) => bindingStatus(deps, who, message),
        },
        {
          name: "binding-end",
          fault: "deleteConsent",
          handle: (who, message) => endBinding(deps, who, message),
        },
        {
          name: "payment-create",
          fault: "initiatePayment",
          handle: (who, message, refuse) => createPayment(bank, who, message, refuse),
        },
        {
          name: "payout-create",
          fault: "initiatePayment",
          handle: (who, message, refuse) => createPayout(bank, who, message, refuse),
        },
        {
          name: "refund-create",
          fault: "initiatePayment",
          handle: (who, message, refuse) => createRefund(bank, who, message, refuse),
        },
        {
          name: "order-query",
          fault: "paymentStatus",
          handle: (who, message) => queryOrder(bank, who, message),
        },
        {
          name: "order-cancel",
          fault: "cancelPayment",
          handle: (who, message) => cancelOrder(bank, who, message),
        },
        {
          name: "reconciliation-file",
          fault: "transactions",
          handle: (who, message) => reconciliationFile(bank, own, who, message),
        },
      ];
      await app.register(async (scope) => {
        // The signature is over the very bytes, so bodies stay text until it is checked.
        scope.removeAllContentTypeParsers();
        scope.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) =>
          done(null, text),
        );
        registerOperations(scope, { bank, keys: own, schemas, validateResponses }, operations);
      });
      await app.register(async (scope) => registerQuickScript(scope, bank, own));
    },
    async registerPages(scope, bank) {
      registerQuickPages(scope, bank);
    },
    async tick(bank) {
      if (keys === undefined) return;
      await advanceOrders(bank);
      await deliverQuickNotices(bank, keys);
      rounds += 1;
      if (rounds % CLEANING_ROUNDS === 0)
        await bank.db.query("DELETE FROM quick_nonces WHERE at < $1", [
          new Date(bank.clock.now().getTime() - NONCE_LIFE_MS),
        ]);
    },
  };
}
