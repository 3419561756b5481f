import type { Logger } from "pino";
import type { Clock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import type { BankConnector } from "../../connector.ts";
import type { HttpOptions } from "../../types.ts";
import type { Dialect } from "../index.ts";
import { createBankHttp } from "../shared/http.ts";
import { createBinding } from "./binding.ts";
import { BankRefused, createExchange, reading, version } from "./exchange.ts";
import { bindingState, noticeContent, reconciliationAnswer, signedNotice } from "./messages.ts";
import { cancelPayment, findPayment, initiatePayment, paymentStatus, refundPayment } from "./orders.ts";
import { readReconciliationFile } from "./reconciliation-file.ts";
import { type QuickPaymentConfig, quickPaymentSettings } from "./settings.ts";
import { bankKeyOf, isSignedBy } from "./signatures.ts";

const bindingStates = {
  code_sent: "awaiting_customer",
  signed: "valid",
  ended: "revoked",
  expired: "expired",
  failed: "rejected",
} as const;

/** A bank that takes payments by signed agreement (快捷支付), in the format of docs/quick-payment.md. */
export function createQuickPaymentConnector(deps: {
  config: QuickPaymentConfig;
  clock: Clock;
  logger: Logger;
  http?: HttpOptions;
}): BankConnector {
  const { config, clock, logger } = deps;
  const http = createBankHttp({ ...deps.http, bankId: config.id, logger, tls: config.tls });
  const exchange = createExchange({ config, clock, http, logger });
  const orders = { exchange, bankUrl: new URL(config.baseUrl) };

  /** Cards show neither balance nor entries, and people agree in our form: nobody asks for these. */
  const notOffered = async (): Promise<never> => {
    throw new Refusal("bank.unavailable", { cause: new Error("not part of quick payment") });
  };
  return {
    capabilities: {
      accounts: false,
      linking: "form",
      cardPrefixes: config.cardPrefixes,
      payments: true,
      oneTapTopUp: true,
      statements: true,
      notices: true,
      executionWindowMs: config.executionWindowMs ?? 60_000,
    },
    consentData: ["owner_name", "collections"],
    bind: createBinding({ config, exchange }),
    startConsent: notOffered,
    completeConsent: notOffered,
    consentStatus: (bindingId) =>
      reading(async () => {
        try {
          const { data } = await exchange("binding-status", bindingState, { bindingId });
          return bindingStates[data.status];
        } catch (error) {
          if (error instanceof BankRefused && error.code === "BINDING_UNKNOWN") return "revoked";
          throw error;
        }
      }),
    revokeConsent: (bindingId) =>
      reading(async () => {
        try {
          await exchange("binding-end", bindingState, { bindingId });
        } catch (error) {
          // What is over already needs no ending.
          if (!(error instanceof BankRefused && error.code === "BINDING_UNKNOWN")) throw error;
        }
      }),
    // An agreement number is good until the agreement ends; there is nothing to exchange for a newer one.
    async refreshAccess(access, { force = false } = {}) {
      if (force) throw new Refusal("bank.consent_ended");
      return access;
    },
    balance: notOffered,
    entries: notOffered,
    initiatePayment: (order, access) => initiatePayment(orders, order, access),
    refundPayment: (order) => refundPayment(orders, order),
    paymentStatus: (bankPaymentId) => paymentStatus(orders, bankPaymentId),
    cancelPayment: (bankPaymentId) => cancelPayment(orders, bankPaymentId),
    findPayment: (reference) => findPayment(orders, reference),
    custodyStatement: (custody, date) =>
      reading(async () => {
        const { data } = await exchange(
          "reconciliation-file",
          reconciliationAnswer,
          { account: custody.resourceId, date },
          { patience: 6 },
        );
        return data.outcome === "ready" ? data.file : null;
      }),
    readCustodyStatement: async (file, wanted) => readReconciliationFile(config, file, wanted),
    readNotice(body) {
      const notice = signedNotice.safeParse(body);
      if (!notice.success) return null;
      const { content, merchantId, timestamp, nonce, keySerial, algorithm, signature } = notice.data;
      const key = bankKeyOf(config, keySerial, algorithm);
      const signed = [version, "NOTICE", merchantId, timestamp, nonce, keySerial, algorithm, content].join(
        "\n",
      );
      if (key === undefined || merchantId !== config.merchantId || !isSignedBy(key, signed, signature))
        return null;
      try {
        const { paymentId, bindingId } = noticeContent.parse(JSON.parse(content));
        return { bankPaymentId: paymentId ?? null, bankConsentId: bindingId ?? null };
      } catch {
        return null;
      }
    },
    close: http.close,
  };
}

export const quickPayment = {
  settings: quickPaymentSettings,
  create: createQuickPaymentConnector,
} satisfies Dialect<typeof quickPaymentSettings>;
