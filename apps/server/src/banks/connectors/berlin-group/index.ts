import type { Logger } from "pino";
import { type Clock, dateIn } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import type { BankConnector, ConsentAccess } from "../../connector.ts";
import type { HttpOptions } from "../../types.ts";
import type { Dialect } from "../index.ts";
import { createBankHttp } from "../shared/http.ts";
import { findPayment, readAccounts, readBalance, readCustodyStatement, readEntries } from "./accounts.ts";
import { consentCreated, consentInformation, consentStatusAnswer } from "./messages.ts";
import { createBankOAuth, tokenMarginMs } from "./oauth.ts";
import { cancelPayment, initiatePayment, paymentStatus } from "./payments.ts";
import { type ConsentStates, consentBody, createServices } from "./services.ts";
import { type BerlinGroupConfig, berlinGroupSettings } from "./settings.ts";
import { BankRefused, createXs2a, reading } from "./xs2a.ts";

/** `consentStatus` of NextGenPSD2 1.3.11 in the house's words. Anything else still waits for somebody. */
const consentStates: ConsentStates = {
  received: "awaiting_customer",
  partiallyAuthorised: "awaiting_customer",
  valid: "valid",
  expired: "expired",
  revokedByPsu: "revoked",
  terminatedByTpp: "revoked",
  rejected: "rejected",
};

/**
 * A bank that speaks Berlin Group NextGenPSD2 XS2A 1.3.11. Consents use the OAuth2 SCA approach and payments the
 * redirect approach; decoupled and embedded are among its `services`.
 */
export function createBerlinGroupConnector(deps: {
  config: BerlinGroupConfig;
  clock: Clock;
  logger: Logger;
  http?: HttpOptions;
}): BankConnector {
  const { config, clock, logger } = deps;
  const bankUrl = new URL(config.baseUrl);
  const ownAddress = deps.http?.ownAddress ?? "127.0.0.1";
  const http = createBankHttp({ ...deps.http, bankId: config.id, logger, tls: config.tls });
  const oauth = createBankOAuth({ config, clock, http });
  const xs2a = createXs2a({ config, http, oauth, ownAddress });
  const accounts = { config, xs2a, moved: new Map() };
  const payments = { xs2a, bankUrl, ownAddress, products: new Map() };
  const scopeOf = (bankConsentId: string) => `AIS:${bankConsentId}`;
  const consentPath = (bankConsentId: string) => `v1/consents/${encodeURIComponent(bankConsentId)}`;

  return {
    capabilities: {
      accounts: true,
      payments: true,
      oneTapTopUp: true,
      statements: true,
      notices: true,
      executionWindowMs: deps.config.executionWindowMs ?? 60_000,
      scaApproaches: ["redirect", "decoupled", "embedded"],
      instantCurrencies: ["EUR"],
      signedRequests: config.seal !== undefined,
    },
    // As in `consentBody`: what a bank's entry in `banks.json` asks beyond the usual is told to the customer too.
    ...(config.readTrustedBeneficiaries === true
      ? {
          consentData: [
            "accounts",
            "owner_name",
            "balances",
            "transactions",
            "trusted_beneficiaries",
          ] as const,
        }
      : {}),
    services: createServices({ ...accounts, ...payments, consentStates }),
    startConsent: (input) =>
      reading(async () => {
        const { consentId } = await xs2a.json(consentCreated, {
          operation: "createConsent",
          method: "POST",
          path: "v1/consents",
          requestId: input.requestId,
          customerIp: input.customerIp,
          headers: {
            "tpp-redirect-preferred": "true",
            "tpp-redirect-uri": input.redirectUri,
            "tpp-nok-redirect-uri": input.redirectUri,
            "tpp-notification-uri": input.noticeUrl,
          },
          body: consentBody(config.readTrustedBeneficiaries === true, input),
        });
        const { state, redirectUri } = input;
        const { url, codeVerifier } = await oauth.authorisationUrl({
          scope: scopeOf(consentId),
          state,
          redirectUri,
        });
        return { bankConsentId: consentId, authorisationUrl: url, secrets: { codeVerifier, state } };
      }),
    completeConsent: ({ bankConsentId, callbackUrl, secrets, customerIp }) =>
      reading(async () => {
        const tokens = await oauth.exchangeCode({
          callbackUrl,
          state: secrets.state ?? "",
          codeVerifier: secrets.codeVerifier ?? "",
          scope: scopeOf(bankConsentId),
        });
        const access: ConsentAccess = { bankConsentId, ...tokens };
        const consent = await xs2a.json(consentInformation, {
          operation: "getConsent",
          path: consentPath(bankConsentId),
        });
        if (consent.consentStatus !== "valid") throw new Refusal("bank.link_failed");
        return {
          access,
          validUntil: consent.validUntil,
          frequencyPerDay: consent.frequencyPerDay,
          accounts: await readAccounts(accounts, access, customerIp),
        };
      }),
    consentStatus: (bankConsentId) =>
      reading(async () => {
        try {
          const { consentStatus } = await xs2a.json(consentStatusAnswer, {
            operation: "consentStatus",
            path: `${consentPath(bankConsentId)}/status`,
          });
          return consentStates[consentStatus] ?? "awaiting_customer";
        } catch (error) {
          if (isGone(error)) return "revoked";
          throw error;
        }
      }),
    revokeConsent: (bankConsentId) =>
      reading(async () => {
        try {
          await xs2a.send({
            operation: "deleteConsent",
            method: "DELETE",
            path: consentPath(bankConsentId),
          });
        } catch (error) {
          // What is over already needs no ending.
          const over = error instanceof BankRefused && error.code.startsWith("CONSENT_");
          if (!over && !isGone(error)) throw error;
        }
      }),
    async refreshAccess(access, { force = false } = {}) {
      // A permission without OAuth2 has no token of its own; the consent alone decides.
      if (access.accessToken === "") return access;
      const leftMs = Date.parse(access.expiresAt) - clock.now().getTime();
      if (!force && leftMs > tokenMarginMs) return access;
      if (access.refreshToken === null) throw new Refusal("bank.consent_ended");
      return { bankConsentId: access.bankConsentId, ...(await oauth.refresh(access.refreshToken)) };
    },
    balance: (access, account, customerIp) => readBalance(accounts, access, account, customerIp),
    entries: (access, account, range, customerIp) =>
      readEntries(accounts, access, account, range, dateIn(config.timeZone, clock.now()), customerIp),
    initiatePayment(order, access) {
      const preferred = config.preferredSca;
      // Without a token the bank would not know whom to ask in its app.
      const usual = preferred === undefined || access === null ? {} : { sca: { approach: preferred } };
      return initiatePayment(payments, { ...usual, ...order }, access);
    },
    paymentStatus: (bankPaymentId, currency) => paymentStatus(payments, bankPaymentId, currency),
    cancelPayment: (bankPaymentId, currency) => cancelPayment(payments, bankPaymentId, currency),
    findPayment: (reference, custody, since) => findPayment(accounts, reference, custody, since),
    custodyStatement: (custody, date) => readCustodyStatement(accounts, custody, date),
    close: http.close,
  };
}

function isGone(error: unknown): boolean {
  return (
    error instanceof BankRefused && (error.code === "CONSENT_UNKNOWN" || error.code === "RESOURCE_UNKNOWN")
  );
}

export const berlinGroup = {
  settings: berlinGroupSettings,
  create: createBerlinGroupConnector,
} satisfies Dialect<typeof berlinGroupSettings>;
