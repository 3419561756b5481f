/** Confirmation of funds (v4.0, cbpii): whether an amount is there, yes or no, under a consent of its own. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { findAccounts } from "../ledger/accounts.ts";
import { insertConsent, setConsentStatus, type UkConsent } from "./consents.ts";
import { UkError } from "./errors.ts";
import { accountOf, minorOf } from "./identifiers.ts";
import { ownConsent } from "./payment-consents.ts";
import type { UkAnswer, UkCall, UkEndpoint } from "./pipeline.ts";

const BASE = "/open-banking/v4.0/cbpii";
const CONSENTS = "/funds-confirmation-consents";

export function fundsEndpoints(bank: Bank): UkEndpoint[] {
  const scope = "fundsconfirmations" as const;
  return [
    {
      operationId: "CreateFundsConfirmationConsents",
      method: "POST",
      url: `${BASE}${CONSENTS}`,
      scope,
      fault: "fundsConsents",
      handleOnce: (call, tx) => createConsent(bank, call, tx),
    },
    {
      operationId: "GetFundsConfirmationConsentsConsentId",
      method: "GET",
      url: `${BASE}${CONSENTS}/:consentId`,
      scope,
      fault: "fundsConsents",
      handle: async (call) => consentAnswer(bank, await ownConsent(bank, bank.db, call, "funds"), 200),
    },
    {
      operationId: "DeleteFundsConfirmationConsentsConsentId",
      method: "DELETE",
      url: `${BASE}${CONSENTS}/:consentId`,
      scope,
      fault: "fundsConsents",
      handle: async (call) => {
        const consent = await ownConsent(bank, bank.db, call, "funds");
        if (consent.status === "AWAU" || consent.status === "AUTH")
          await setConsentStatus(bank, bank.db, consent, "CANC");
        return { status: 204 };
      },
    },
    {
      operationId: "CreateFundsConfirmations",
      method: "POST",
      url: `${BASE}/funds-confirmations`,
      scope,
      fault: "fundsConfirmation",
      handle: (call) => confirm(bank, call),
    },
  ];
}

async function createConsent(bank: Bank, call: UkCall, tx: Queryable): Promise<UkAnswer> {
  const request = call.body as UkConsent["request"];
  const { DebtorAccount: named, ExpirationDateTime: end } = request.Data;
  const path = "Data.DebtorAccount";
  const account = named && (await accountOf(tx, named, path));
  if (account?.kind !== "customer")
    throw new UkError(400, "Unsupported.AccountIdentifier", "The bank knows no such debtor account.", path);
  if (end !== undefined && new Date(end) <= bank.clock.now())
    throw new UkError(400, "Field.InvalidDate", "The end lies in the past.", "Data.ExpirationDateTime");
  const consent = await insertConsent(bank, tx, {
    clientId: call.caller.clientId,
    kind: "funds",
    request,
    debtorAccount: account.id,
    expiresAt: end === undefined ? null : new Date(end),
  });
  return consentAnswer(bank, consent, 201);
}

function consentAnswer(bank: Bank, consent: UkConsent, status: number): UkAnswer {
  return {
    status,
    body: {
      Data: {
        ...consent.request.Data,
        ConsentId: consent.id,
        CreationDateTime: consent.createdAt.toISOString(),
        Status: consent.status,
        StatusUpdateDateTime: consent.updatedAt.toISOString(),
      },
      Links: { Self: `${bank.apiUrl}${BASE}${CONSENTS}/${consent.id}` },
      Meta: {},
    },
  };
}

async function confirm(bank: Bank, call: UkCall): Promise<UkAnswer> {
  const { Data: asked } = call.body as {
    Data: { ConsentId: string; Reference: string; InstructedAmount: { Amount: string; Currency: string } };
  };
  const { consent } = call;
  // Only the customer's own token says for which account the question may be asked.
  if (consent?.kind !== "funds" || consent.id !== asked.ConsentId)
    throw new UkError(403, "Resource.ConsentMismatch", "The token was given for another consent.");
  if (consent.status !== "AUTH")
    throw new UkError(403, "Resource.InvalidConsentStatus", `The consent is ${consent.status}.`);
  const [account] = await findAccounts(bank.db, [consent.debtorAccount ?? ""]);
  if (account === undefined) throw new Error("an authorised consent without its account");
  if (asked.InstructedAmount.Currency !== account.currency)
    throw new UkError(
      400,
      "Unsupported.Currency",
      "The amount is not in the currency of the account.",
      "Data.InstructedAmount",
    );
  const id = bank.random.uuid();
  return {
    status: 201,
    body: {
      Data: {
        ...asked,
        FundsConfirmationId: id,
        CreationDateTime: bank.clock.now().toISOString(),
        FundsAvailable: account.availableMinor >= minorOf(asked.InstructedAmount, "Data.InstructedAmount"),
      },
      Links: { Self: `${bank.apiUrl}${BASE}/funds-confirmations/${id}` },
      Meta: {},
    },
  };
}
