import type { Logger } from "pino";
import type { Clock } from "../../../platform/clock.ts";
import { Refusal } from "../../../platform/errors.ts";
import type { BankConnector, ConsentAccess, StandingPermission } from "../../connector.ts";
import type { HttpOptions } from "../../types.ts";
import type { Dialect } from "../index.ts";
import { createBankHttp } from "../shared/http.ts";
import { findPayment, readAccounts, readBalance, readCustodyStatement, readEntries } from "./accounts.ts";
import { paymentStatus } from "./answers.ts";
import { createEvents } from "./events.ts";
import { createFunds } from "./funds.ts";
import { consentResponse } from "./messages.ts";
import { createUkOAuth, tokenMarginMs } from "./oauth.ts";
import { BankRefused, createObie, reading } from "./obie.ts";
import { createOrders } from "./orders.ts";
import { cancelPayment, completePayment, initiatePayment } from "./payments.ts";
import { type UkOpenBankingConfig, ukOpenBankingSettings } from "./settings.ts";
import { createSigning } from "./signing.ts";
import { createSealing } from "./state.ts";

/** Status of an account access consent, v4.0 codes and v3.1 words. Anything else still waits for somebody. */
const consentStates: Record<string, Awaited<ReturnType<BankConnector["consentStatus"]>>> = {
  AWAU: "awaiting_customer",
  AwaitingAuthorisation: "awaiting_customer",
  AUTH: "valid",
  Authorised: "valid",
  RJCT: "rejected",
  Rejected: "rejected",
  CANC: "revoked",
  Revoked: "revoked",
  EXPD: "expired",
  Expired: "expired",
};

/** What is asked for and nothing more: names and numbers, balances, entries of both directions. */
const permissions = [
  "ReadAccountsDetail",
  "ReadBalances",
  "ReadTransactionsBasic",
  "ReadTransactionsDetail",
  "ReadTransactionsCredits",
  "ReadTransactionsDebits",
];

/** A bank that speaks UK Open Banking v4.0 (v3.1 answers are understood), with FAPI security as `oauth.ts` says. */
export function createUkOpenBankingConnector(deps: {
  config: UkOpenBankingConfig;
  clock: Clock;
  logger: Logger;
  http?: HttpOptions;
}): BankConnector {
  const { config, clock, logger } = deps;
  const http = createBankHttp({ ...deps.http, bankId: config.id, logger, tls: config.tls });
  const oauth = createUkOAuth({ config, clock, http });
  const signing = createSigning({
    config,
    now: () => clock.now(),
    jwksUri: oauth.jwksUri,
    fetch: oauth.fetch,
  });
  const obie = createObie({ config, http, oauth, signing });
  const sealing = createSealing(config);
  const events = createEvents({ config, obie, signing, logger });
  const accounts = { config, obie };
  const payments = { config, obie, oauth, sealing };
  const consentPath = (id: string) => `aisp/account-access-consents/${encodeURIComponent(id)}`;
  const endsSoon = (expiresAt: string) => Date.parse(expiresAt) - clock.now().getTime() <= tokenMarginMs;

  async function refreshed<T extends Pick<ConsentAccess, "accessToken" | "refreshToken" | "expiresAt">>(
    kept: T,
    force: boolean,
  ): Promise<T> {
    if (!force && !endsSoon(kept.expiresAt)) return kept;
    if (kept.refreshToken === null) throw new Refusal("bank.consent_ended");
    return { ...kept, ...(await oauth.refresh(kept.refreshToken)) };
  }

  /** Standing permissions that can still be used, with usable tokens. */
  async function refreshedStanding(
    kept: Record<string, StandingPermission>,
    force: boolean,
  ): Promise<Record<string, StandingPermission>> {
    const usable: Record<string, StandingPermission> = {};
    for (const [iban, permission] of Object.entries(kept)) {
      try {
        const path = `pisp/domestic-vrp-consents/${encodeURIComponent(permission.consentId)}`;
        if (force) {
          const { data } = await obie.exchange(consentResponse, {
            operation: "vrpConsent",
            path,
            signed: true,
          });
          if (consentStates[data.Data.Status] !== "valid") continue;
        }
        usable[iban] = await refreshed(permission, force);
      } catch (error) {
        // One that the bank has ended is dropped; one that cannot be asked about now is kept as it is.
        const ended = error instanceof Refusal && error.code === "bank.consent_ended";
        if (!ended && !(error instanceof BankRefused)) usable[iban] = permission;
      }
    }
    return usable;
  }

  return {
    capabilities: {
      accounts: true,
      payments: true,
      oneTapTopUp: config.sweeping !== undefined,
      statements: true,
      notices: true,
      executionWindowMs: config.executionWindowMs ?? 60_000,
    },
    startConsent: (input) =>
      reading(async () => {
        const { data } = await obie.exchange(consentResponse, {
          operation: "createConsent",
          method: "POST",
          path: "aisp/account-access-consents",
          customerIp: input.customerIp,
          body: {
            Data: { Permissions: permissions, ExpirationDateTime: `${input.validUntil}T23:59:59Z` },
            Risk: {},
          },
        });
        const consentId = data.Data.ConsentId;
        events.subscribeSoon(input.noticeUrl);
        const { codeVerifier, nonce } = sealing.secretsOf(input.state);
        const authorisationUrl = await oauth.authorisationUrl({
          consentId,
          scope: "accounts",
          state: input.state,
          nonce,
          codeVerifier,
          redirectUri: input.redirectUri,
        });
        return {
          bankConsentId: consentId,
          authorisationUrl,
          secrets: { state: input.state, nonce, codeVerifier },
        };
      }),
    completeConsent: ({ bankConsentId, callbackUrl, secrets, customerIp }) =>
      reading(async () => {
        const tokens = await oauth.exchangeCode({
          callbackUrl,
          consentId: bankConsentId,
          state: secrets.state ?? "",
          nonce: secrets.nonce ?? "",
          codeVerifier: secrets.codeVerifier ?? "",
        });
        const access: ConsentAccess = { bankConsentId, ...tokens };
        const { data } = await obie.exchange(consentResponse, {
          operation: "getConsent",
          path: consentPath(bankConsentId),
        });
        if (consentStates[data.Data.Status] !== "valid") throw new Refusal("bank.link_failed");
        return {
          access,
          validUntil: data.Data.ExpirationDateTime?.slice(0, 10) ?? null,
          frequencyPerDay: null,
          accounts: await readAccounts(accounts, access, customerIp),
        };
      }),
    consentStatus: (bankConsentId) =>
      reading(async () => {
        try {
          const { data } = await obie.exchange(consentResponse, {
            operation: "consentStatus",
            path: consentPath(bankConsentId),
          });
          return consentStates[data.Data.Status] ?? "awaiting_customer";
        } catch (error) {
          if (isGone(error)) return "revoked";
          throw error;
        }
      }),
    revokeConsent: (bankConsentId) =>
      reading(async () => {
        try {
          await obie.send({ operation: "deleteConsent", method: "DELETE", path: consentPath(bankConsentId) });
        } catch (error) {
          // What is over already needs no ending.
          if (!isGone(error)) throw error;
        }
      }),
    endStanding: (consentId) =>
      reading(async () => {
        try {
          await obie.send({
            operation: "deleteVrpConsent",
            method: "DELETE",
            path: `pisp/domestic-vrp-consents/${encodeURIComponent(consentId)}`,
          });
        } catch (error) {
          if (!isGone(error)) throw error;
        }
      }),
    async refreshAccess(access, { force = false } = {}) {
      const fresh = await refreshed(access, force);
      if (access.standing === undefined) return fresh;
      return { ...fresh, standing: await refreshedStanding(access.standing, force) };
    },
    balance: (access, account, customerIp) => readBalance(accounts, access, account, customerIp),
    entries: (access, account, range, customerIp) =>
      readEntries(accounts, access, account, range, customerIp),
    initiatePayment: (order, access) => initiatePayment(payments, order, access),
    readNotice: (body) => events.read(body),
    paymentReturn(state) {
      const opened = sealing.open(state);
      return opened === undefined || opened.kind === "funds" ? undefined : { reference: opened.reference };
    },
    async completePayment({ callbackUrl, state: sealed, requestId }) {
      const state = sealing.open(sealed);
      if (state === undefined || state.kind === "funds")
        return { answer: { outcome: "unknown", why: "a state that is not ours", answered: true } };
      return completePayment(payments, {
        callbackUrl,
        sealed,
        state: { ...state, kind: state.kind },
        requestId,
      });
    },
    paymentStatus: (bankPaymentId) => paymentStatus(payments, bankPaymentId),
    cancelPayment: (bankPaymentId) => cancelPayment(payments, bankPaymentId),
    findPayment: (reference, custody, since) => findPayment(accounts, reference, custody, since),
    custodyStatement: (custody, date) => readCustodyStatement(accounts, custody, date),
    services: {
      ...createOrders({ ...payments, clock }),
      funds: createFunds({ ...payments, consentStates }),
      accounts: (access, customerIp) => reading(() => readAccounts(accounts, access, customerIp)),
    },
    close: http.close,
  };
}

function isGone(error: unknown): boolean {
  return error instanceof BankRefused && error.code === "Resource.NotFound";
}

export const ukOpenBanking = {
  settings: ukOpenBankingSettings,
  create: createUkOpenBankingConnector,
} satisfies Dialect<typeof ukOpenBankingSettings>;
