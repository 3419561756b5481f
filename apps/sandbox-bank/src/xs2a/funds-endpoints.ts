/**
 * Confirmation of funds: POST /v1/funds-confirmations (NextGenPSD2 1.3.11) under a consent of
 * /v2/consents/confirmation-of-funds (consent API 2.0).
 */
import {
  type Consent,
  findConsent,
  grantedAccounts,
  insertConsent,
  setConsentStatus,
} from "../consents/store.ts";
import { type Bank, calendarDate } from "../context.ts";
import { findAccountByIban, findAccounts } from "../ledger/accounts.ts";
import { parseAmount } from "../money.ts";
import { assertValid } from "./access.ts";
import { authorisationEndpoints } from "./authorisation-endpoints.ts";
import { formatError, Xs2aError } from "./errors.ts";
import type { Answer, Call, Endpoint } from "./pipeline.ts";
import { answerOnce } from "./requests.ts";
import { announceSca, type ScaTarget } from "./sca.ts";

/** Consents for confirmation of funds have no end of their own (PSD2 art. 65): they last until they are revoked. */
const NO_END = "9999-12-31";

export function fundsEndpoints(bank: Bank): Endpoint[] {
  const url = "/v2/consents/confirmation-of-funds";
  const fault = "fundsConsents";
  const one = `${url}/:consentId`;
  return [
    {
      operationId: "checkAvailabilityOfFunds",
      method: "POST",
      url: "/v1/funds-confirmations",
      fault: "fundsConfirmation",
      handle: (call) => confirm(bank, call),
    },
    {
      operationId: "createConsentConfirmationOfFunds",
      method: "POST",
      url,
      fault,
      handle: (call) => create(bank, call),
    },
    {
      operationId: "getConsentConfirmationOfFunds",
      method: "GET",
      url: one,
      fault,
      handle: async (call) => {
        const { access, status } = await own(bank, call);
        return { status: 200, body: { account: access.accounts?.[0] ?? {}, consentStatus: status } };
      },
    },
    {
      operationId: "getConsentConfirmationOfFundsStatus",
      method: "GET",
      url: `${one}/status`,
      fault,
      handle: async (call) => ({ status: 200, body: { consentStatus: (await own(bank, call)).status } }),
    },
    {
      operationId: "deleteConsentConfirmationOfFunds",
      method: "DELETE",
      url: one,
      fault,
      handle: (call) => terminate(bank, call),
    },
    ...authorisationEndpoints(bank, {
      url: `${one}/authorisations`,
      fault,
      operations: {
        start: "startConsentAuthorisation",
        list: "getConsentAuthorisation",
        status: "getConsentScaStatus",
        update: "updateConsentsPsuData",
      },
      target: async (call) => {
        const consent = await own(bank, call);
        return { target: targetOf(bank, consent.id), waits: consent.status === "received" };
      },
    }),
  ];
}

async function own(bank: Bank, call: Call): Promise<Consent> {
  const consent = await findConsent(bank, bank.db, call.path.consentId ?? "");
  if (consent?.clientId !== call.caller.clientId || consent.kind !== "PIIS")
    throw new Xs2aError(403, "CONSENT_UNKNOWN", "The bank knows no such consent of this TPP.", "consentId");
  return consent;
}

async function create(bank: Bank, call: Call): Promise<Answer> {
  const { account } = call.body as { account: { iban?: string; currency?: string } };
  const named = account.iban === undefined ? undefined : await findAccountByIban(bank.db, account.iban);
  if (named?.kind !== "customer")
    throw new Xs2aError(400, "RESOURCE_UNKNOWN", "The bank knows no such account.", "account.iban");
  return answerOnce(bank, call, "createFundsConsent", async (tx) => {
    const access = { accounts: [{ iban: named.iban, currency: named.currency }] };
    const consent: Consent = {
      id: bank.random.uuid(),
      clientId: call.caller.clientId,
      psuId: null,
      requestedAccess: access,
      access,
      recurring: true,
      validUntil: NO_END,
      frequencyPerDay: 1,
      status: "received",
      oidcGrantId: null,
      notificationUri: null,
      lastActionDate: calendarDate(bank.clock.now(), bank.timeZone),
      kind: "PIIS",
    };
    await insertConsent(bank, tx, consent);
    const self = `${bank.apiUrl}/v2/consents/confirmation-of-funds/${consent.id}`;
    const sca = await announceSca(bank, tx, call, targetOf(bank, consent.id));
    const { psuMessage } = sca.body;
    return {
      status: 201,
      headers: { location: self, ...sca.headers },
      body: {
        consentStatus: consent.status,
        consentId: consent.id,
        _links: { self: { href: self }, status: { href: `${self}/status` }, ...sca.links },
        ...(psuMessage === undefined ? {} : { psuMessage }),
      },
    };
  });
}

async function terminate(bank: Bank, call: Call): Promise<Answer> {
  await own(bank, call);
  await bank.db.transaction(async (tx) => {
    const consent = await findConsent(bank, tx, call.path.consentId ?? "", { lock: true });
    if (consent?.status === "valid" || consent?.status === "received")
      await setConsentStatus(bank, tx, consent, "terminatedByTpp");
  });
  return { status: 204 };
}

/** Says yes or no and nothing more: neither the balance nor why. */
async function confirm(bank: Bank, call: Call): Promise<Answer> {
  const { account, instructedAmount } = call.body as {
    account: { iban?: string; currency?: string };
    instructedAmount: { amount: string; currency: string };
  };
  const consent = await findConsent(bank, bank.db, call.headers["consent-id"] ?? "");
  if (consent?.clientId !== call.caller.clientId || consent.kind !== "PIIS")
    throw new Xs2aError(403, "CONSENT_UNKNOWN", "The bank knows no such consent of this TPP.", "Consent-ID");
  assertValid(consent);
  const granted = (await grantedAccounts(bank.db, consent.id)).map(({ accountId }) => accountId);
  const found = (await findAccounts(bank.db, granted)).find(({ iban }) => iban === account.iban);
  if (found === undefined)
    throw new Xs2aError(401, "CONSENT_INVALID", "The consent does not cover this account.", "account.iban");
  const minor = parseAmount(instructedAmount.amount, instructedAmount.currency);
  if (minor === undefined || minor < 0n)
    throw formatError("The amount is no amount of its currency.", "instructedAmount.amount");
  const fundsAvailable = instructedAmount.currency === found.currency && minor <= found.availableMinor;
  return { status: 200, body: { fundsAvailable } };
}

function targetOf(bank: Bank, id: string): ScaTarget {
  return {
    column: "consent_id",
    id,
    purpose: "confirm",
    list: `${bank.apiUrl}/v2/consents/confirmation-of-funds/${id}/authorisations`,
    redirect: { name: "scaRedirect", page: `${bank.baseUrl}/sca/authorisations` },
  };
}
