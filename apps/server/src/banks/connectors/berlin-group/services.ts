import { formatDecimal } from "@jinqiao/money";
import { Refusal } from "../../../platform/errors.ts";
import type { BankConnector } from "../../connector.ts";
import type { BankServices, BulkOrder, PeriodicOrder } from "../../connector-services.ts";
import { type AccountDeps, readAccounts, readTrustedBeneficiaries } from "./accounts.ts";
import { createCards } from "./cards.ts";
import {
  basketCreated,
  basketStatus,
  consentCreated,
  consentInformation,
  consentStatusAnswer,
  fundsAnswer,
} from "./messages.ts";
import { cancelWithCustomer, groupStatus, type PaymentDeps, productOf, shorten, submit } from "./payments.ts";
import { createSca, openedStep, scaHeaders } from "./sca.ts";
import { BankRefused, reading } from "./xs2a.ts";

type Deps = AccountDeps & PaymentDeps & { consentStates: ConsentStates };
export type ConsentStates = Record<string, Awaited<ReturnType<BankConnector["consentStatus"]>>>;

/** `frequencyCode` of the definition (ISO 20022 EventFrequency7Code). */
const frequencies: Record<PeriodicOrder["frequency"], string> = {
  daily: "Daily",
  weekly: "Weekly",
  every_two_weeks: "EveryTwoWeeks",
  monthly: "Monthly",
  every_two_months: "EveryTwoMonths",
  quarterly: "Quarterly",
  semi_annual: "SemiAnnual",
  annual: "Annual",
};

/** What NextGenPSD2 1.3.11 and its extended services offer beside accounts and single payments. */
export function createServices(deps: Deps): BankServices {
  const { xs2a } = deps;
  const sca = createSca(deps);
  return {
    sca,
    accounts: (access, customerIp) => reading(() => readAccounts(deps, access, customerIp)),
    consentBySteps: consentBySteps(deps),
    cancelWithCustomer: (payment, wish) => cancelWithCustomer(deps, sca, payment, wish),
    funds: funds(deps),
    periodicPayments: {
      initiate: (order, access) =>
        submit(deps, {
          service: "periodic-payments",
          product: productOf(order.currency),
          order,
          access,
          body: periodicBody(order),
        }),
      status: (bankPaymentId, currency) => groupStatus(deps, "periodic-payments", bankPaymentId, currency),
    },
    bulkPayments: {
      initiate: (order, access) =>
        submit(deps, {
          service: "bulk-payments",
          product: productOf(order.currency),
          order,
          access,
          body: bulkBody(order),
        }),
      status: (bankPaymentId, currency) => groupStatus(deps, "bulk-payments", bankPaymentId, currency),
    },
    signingBaskets: signingBaskets(deps),
    cards: createCards({ xs2a }),
    trustedBeneficiaries: (access, account, customerIp) =>
      readTrustedBeneficiaries(deps, access, account, customerIp),
  };
}

/** Consents whose authentication is decoupled or embedded: no OAuth2, so afterwards we read as ourselves. */
function consentBySteps(deps: Deps): NonNullable<BankServices["consentBySteps"]> {
  const { xs2a, config } = deps;
  const pathOf = (id: string) => `v1/consents/${encodeURIComponent(id)}`;
  return {
    start: (input) =>
      reading(async () => {
        const { data, header } = await xs2a.exchange(consentCreated, {
          operation: "createConsent",
          method: "POST",
          path: "v1/consents",
          requestId: input.requestId,
          customerIp: input.customerIp,
          headers: {
            ...scaHeaders(input.wish, input.returnUrl),
            "tpp-notification-uri": input.noticeUrl,
          },
          body: consentBody(config.readTrustedBeneficiaries === true, input),
        });
        const resource = `${pathOf(data.consentId)}/authorisations`;
        const step = openedStep(deps, resource, data, header("aspsp-sca-approach"));
        return { bankConsentId: data.consentId, step, resource };
      }),
    complete: ({ bankConsentId, customerIp }) =>
      reading(async () => {
        const consent = await xs2a.json(consentInformation, {
          operation: "getConsent",
          path: pathOf(bankConsentId),
        });
        if (consent.consentStatus !== "valid") throw new Refusal("bank.link_failed");
        const end = new Date(`${consent.validUntil}T23:59:59Z`).toISOString();
        const access = { bankConsentId, accessToken: "", refreshToken: null, expiresAt: end };
        return {
          access,
          validUntil: consent.validUntil,
          frequencyPerDay: consent.frequencyPerDay,
          accounts: await readAccounts(deps, access, customerIp),
        };
      }),
  };
}

/** Body of createConsent: empty lists, so that the customer chooses the accounts at the bank. */
export function consentBody(
  withTrusted: boolean,
  input: { validUntil: string; frequencyPerDay: number },
): Record<string, unknown> {
  return {
    access: {
      accounts: [],
      balances: [],
      transactions: [],
      // The holder's name is what a payee is verified by before money goes there.
      additionalInformation: { ownerName: [], ...(withTrusted ? { trustedBeneficiaries: [] } : {}) },
    },
    recurringIndicator: true,
    validUntil: input.validUntil,
    frequencyPerDay: input.frequencyPerDay,
    combinedServiceIndicator: false,
  };
}

/** Confirmation of funds: consent API 2.0, and POST /v1/funds-confirmations. */
function funds(deps: Deps): NonNullable<BankServices["funds"]> {
  const { xs2a, consentStates } = deps;
  const root = "v2/consents/confirmation-of-funds";
  const pathOf = (id: string) => `${root}/${encodeURIComponent(id)}`;
  return {
    askConsent: (input) =>
      reading(async () => {
        const { data, header } = await xs2a.exchange(consentCreated, {
          operation: "createFundsConsent",
          method: "POST",
          path: root,
          requestId: input.requestId,
          customerIp: input.customerIp,
          headers: scaHeaders(input.wish, input.returnUrl),
          body: { account: { iban: input.iban, currency: input.currency } },
        });
        const resource = `${pathOf(data.consentId)}/authorisations`;
        const step = openedStep(deps, resource, data, header("aspsp-sca-approach"));
        return { bankConsentId: data.consentId, step, resource };
      }),
    consentStatus: (bankConsentId) =>
      reading(async () => {
        const { consentStatus } = await xs2a.json(consentStatusAnswer, {
          operation: "fundsConsentStatus",
          path: `${pathOf(bankConsentId)}/status`,
        });
        return consentStates[consentStatus] ?? "awaiting_customer";
      }),
    revokeConsent: (bankConsentId) =>
      reading(async () => {
        try {
          await xs2a.send({ operation: "deleteFundsConsent", method: "DELETE", path: pathOf(bankConsentId) });
        } catch (error) {
          // What is over already needs no ending.
          if (!(error instanceof BankRefused && error.code.startsWith("CONSENT_"))) throw error;
        }
      }),
    available: ({ bankConsentId, iban, amountMinor, currency }) =>
      reading(async () => {
        const { fundsAvailable } = await xs2a.json(fundsAnswer, {
          operation: "fundsConfirmation",
          method: "POST",
          path: "v1/funds-confirmations",
          consentId: bankConsentId,
          body: {
            account: { iban },
            instructedAmount: { amount: formatDecimal(amountMinor, currency), currency },
          },
        });
        return fundsAvailable;
      }),
  };
}

/** Signing baskets (NextGenPSD2 1.3.11, /v1/signing-baskets). */
function signingBaskets(deps: Deps): NonNullable<BankServices["signingBaskets"]> {
  const { xs2a } = deps;
  const pathOf = (id: string) => `v1/signing-baskets/${encodeURIComponent(id)}`;
  return {
    open: (input) =>
      reading(async () => {
        const { data, header } = await xs2a.exchange(basketCreated, {
          operation: "createSigningBasket",
          method: "POST",
          path: "v1/signing-baskets",
          requestId: input.requestId,
          customerIp: input.customerIp,
          headers: scaHeaders(input.wish, input.returnUrl),
          body: { paymentIds: input.bankPaymentIds },
        });
        const resource = `${pathOf(data.basketId)}/authorisations`;
        const step = openedStep(deps, resource, data, header("aspsp-sca-approach"));
        return { basketId: data.basketId, step, resource };
      }),
    status: (basketId) =>
      reading(async () => {
        const { transactionStatus } = await xs2a.json(basketStatus, {
          operation: "signingBasketStatus",
          path: `${pathOf(basketId)}/status`,
        });
        if (transactionStatus === "RJCT") return "refused";
        if (transactionStatus === "CANC") return "cancelled";
        return transactionStatus === "ACTC" || transactionStatus === "ACSC" ? "confirmed" : "waiting";
      }),
    dissolve: (basketId) =>
      reading(async () => {
        await xs2a.send({ operation: "deleteSigningBasket", method: "DELETE", path: pathOf(basketId) });
      }),
  };
}

/** `periodicPaymentInitiation_json` */
function periodicBody(order: PeriodicOrder): Record<string, unknown> {
  return {
    ...elementBody(order, order.currency),
    debtorAccount: { iban: order.debtorIban },
    startDate: order.startDate,
    frequency: frequencies[order.frequency],
    ...(order.endDate === null ? {} : { endDate: order.endDate }),
    ...(order.dayOfExecution === undefined ? {} : { dayOfExecution: String(order.dayOfExecution) }),
    ...(order.executionRule === undefined ? {} : { executionRule: order.executionRule }),
  };
}

/** `bulkPaymentInitiation_json` */
function bulkBody(order: BulkOrder): Record<string, unknown> {
  return {
    // One line for each payment on the statement, so that each is found again by its own reference.
    batchBookingPreferred: false,
    debtorAccount: { iban: order.debtorIban },
    payments: order.payments.map((payment) => elementBody(payment, order.currency)),
  };
}

function elementBody(payment: BulkOrder["payments"][number], currency: string): Record<string, unknown> {
  return {
    endToEndIdentification: payment.reference,
    instructedAmount: { amount: formatDecimal(payment.amountMinor, currency), currency },
    creditorAccount: { iban: payment.creditorIban },
    creditorName: shorten(payment.creditorName, 70),
    remittanceInformationUnstructured: shorten(payment.remittance, 140),
  };
}
