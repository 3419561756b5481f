import { createCaller, type JinqiaoOptions } from "./client.ts";

export { type CheckoutResult, verifyCheckoutReturn } from "./checkout-return.ts";
export type { GatewayPaths, JinqiaoOptions, List } from "./client.ts";
export { JinqiaoConnectionError, JinqiaoError, type Problem } from "./errors.ts";
export type { Answer, Body, CallOptions, Item, OperationId, Query } from "./operations.ts";
export {
  type VerifyOptions,
  verifyWebhook,
  type WebhookEvent,
  WebhookVerificationError,
} from "./webhooks.ts";

export type Jinqiao = ReturnType<typeof createJinqiao>;

/**
 * Everything that a shop's server asks of Jinqiao, typed by its contract. Requests that fail on the way are sent again
 * under the same idempotency key, so that nothing is done twice.
 * @throws TypeError when `apiKey` has not the form of a key
 */
export function createJinqiao(options: JinqiaoOptions) {
  const { api, create, retrieve, act, read, list } = createCaller(options);
  return {
    /** Every operation as OpenAPI has it, with errors in the answer instead of thrown. */
    api,
    paymentIntents: {
      create: create("createPaymentIntent"),
      retrieve: retrieve("getPaymentIntent"),
      list: list("listPaymentIntents"),
      confirm: act("confirmPaymentIntent"),
      capture: act("capturePaymentIntent"),
      cancel: act("cancelPaymentIntent"),
    },
    refunds: {
      create: create("createRefund"),
      retrieve: retrieve("getRefund"),
      list: list("listRefunds"),
    },
    checkoutSessions: {
      create: create("createCheckoutSession"),
      retrieve: retrieve("getCheckoutSession"),
      list: list("listCheckoutSessions"),
      expire: act("expireCheckoutSession"),
    },
    customers: {
      create: create("createMerchantCustomer"),
      retrieve: retrieve("getMerchantCustomer"),
      update: act("updateMerchantCustomer"),
      list: list("listMerchantCustomers"),
    },
    balance: { retrieve: read("getMerchantBalance") },
    balanceTransactions: {
      retrieve: retrieve("getBalanceTransaction"),
      list: list("listBalanceTransactions"),
    },
    payouts: {
      create: create("createPayout"),
      retrieve: retrieve("getPayout"),
      list: list("listPayouts"),
      cancel: act("cancelPayout"),
    },
    disputes: {
      retrieve: retrieve("getDispute"),
      list: list("listDisputes"),
      submitEvidence: act("submitDisputeEvidence"),
      accept: act("acceptDispute"),
    },
    codes: {
      create: create("createCode"),
      retrieve: retrieve("getCode"),
      list: list("listCodes"),
      revoke: act("revokeCode"),
    },
    events: { retrieve: retrieve("getMerchantEvent"), list: list("listMerchantEvents") },
    webhookEndpoints: {
      create: create("createWebhookEndpoint"),
      retrieve: retrieve("getWebhookEndpoint"),
      update: act("updateWebhookEndpoint"),
      list: list("listWebhookEndpoints"),
      remove: act("deleteWebhookEndpoint"),
      rotateSecret: act("rotateWebhookSecret"),
      ping: act("pingWebhookEndpoint"),
      replay: act("replayWebhooks"),
    },
    webhookDeliveries: {
      retrieve: retrieve("getWebhookDelivery"),
      list: list("listWebhookDeliveries"),
      replay: act("replayWebhookDelivery"),
    },
  };
}
