/** Who calls, and what a call may touch: bearer tokens, consents, accounts. */
import type Provider from "oidc-provider";
import { isGlobal } from "../consents/requests.ts";
import { type Consent, countAccess, findConsent, grantedAccounts } from "../consents/store.ts";
import type { Bank } from "../context.ts";
import { type Account, custodyAccountsOf, findAccounts } from "../ledger/accounts.ts";
import { consentIdOf, TPP_SCOPE } from "../oauth/provider.ts";
import { Xs2aError } from "./errors.ts";

/** A caller with a valid token: the TPP itself, or the TPP with a customer's consent. */
export interface Caller {
  clientId: string;
  /** Consent behind the token; `null` for the TPP's own token. */
  consentId: string | null;
}

/** Reads the bearer token (RFC 6750). Throws TOKEN_UNKNOWN or TOKEN_INVALID. */
export async function authenticate(provider: Provider, authorization: string | undefined): Promise<Caller> {
  const token = /^Bearer ([A-Za-z0-9._~+/=-]+)$/i.exec(authorization ?? "")?.[1];
  if (token === undefined)
    throw new Xs2aError(401, "TOKEN_UNKNOWN", "A bearer token is needed.", "Authorization");
  const own = await provider.ClientCredentials.find(token);
  if (own?.clientId !== undefined && own.scope?.split(" ").includes(TPP_SCOPE)) {
    return { clientId: own.clientId, consentId: null };
  }
  const customers = await provider.AccessToken.find(token);
  const consentId = consentIdOf(customers?.scope);
  if (customers?.clientId === undefined || consentId === undefined) {
    throw new Xs2aError(401, "TOKEN_INVALID", "The token is unknown, expired or revoked.", "Authorization");
  }
  return { clientId: customers.clientId, consentId };
}

/** An account together with what the caller may see of it. */
export interface VisibleAccount extends Account {
  mayReadBalances: boolean;
  mayReadTransactions: boolean;
}

/** What an account information call may touch. */
export interface AisAccess {
  accounts: VisibleAccount[];
  consent: Consent | null;
  withOwnerName: boolean;
}

/** Consent-ID that stands for the contract between the bank and the TPP company about the company's own accounts. */
export function contractConsentId(clientId: string): string {
  return `contract-${clientId}`;
}

/**
 * Resolves Consent-ID and token to accounts. Throws CONSENT_UNKNOWN, CONSENT_EXPIRED, CONSENT_INVALID or
 * TOKEN_INVALID. The TPP's own token opens the company's own custody accounts only.
 */
export async function accountAccess(bank: Bank, caller: Caller, consentHeader: string): Promise<AisAccess> {
  if (caller.consentId === null) return corporateAccess(bank, caller, consentHeader);
  const consent = await findConsent(bank, bank.db, consentHeader);
  if (consent?.clientId !== caller.clientId) {
    throw new Xs2aError(403, "CONSENT_UNKNOWN", "The bank knows no such consent of this TPP.", "Consent-ID");
  }
  if (consent.id !== caller.consentId) {
    throw new Xs2aError(401, "TOKEN_INVALID", "The token was given for another consent.", "Authorization");
  }
  return consentedAccess(bank, consent);
}

async function consentedAccess(bank: Bank, consent: Consent): Promise<AisAccess> {
  if (consent.kind === "PIIS")
    throw new Xs2aError(
      401,
      "CONSENT_INVALID",
      "The consent is for confirmation of funds only.",
      "Consent-ID",
    );
  assertValid(consent);
  const granted = new Map(
    (await grantedAccounts(bank.db, consent.id)).map((grant) => [grant.accountId, grant]),
  );
  const accounts = await findAccounts(bank.db, [...granted.keys()]);
  const access = consent.requestedAccess;
  const withOwnerName =
    access.additionalInformation?.ownerName !== undefined ||
    [access.allPsd2, access.availableAccounts, access.availableAccountsWithBalance].includes(
      "allAccountsWithOwnerName",
    );
  return {
    consent,
    withOwnerName,
    accounts: accounts.map((account) => ({
      ...account,
      mayReadBalances: granted.get(account.id)?.balances === true,
      mayReadTransactions: granted.get(account.id)?.transactions === true,
    })),
  };
}

/** Refuses a consent that is not valid, with the message code that says why. */
export function assertValid(consent: Consent): void {
  if (consent.status === "valid") return;
  if (consent.status === "expired")
    throw new Xs2aError(401, "CONSENT_EXPIRED", "The consent has expired.", "Consent-ID");
  throw new Xs2aError(401, "CONSENT_INVALID", `The consent is not valid (${consent.status}).`, "Consent-ID");
}

/**
 * Counts a call that the customer is not present at (no PSU-IP-Address). Throws ACCESS_EXCEEDED when the day's
 * number is used up. Pages after the first belong to the call that opened the list.
 */
export async function countFrequency(
  bank: Bank,
  access: AisAccess,
  call: { resource: string; psuPresent: boolean; isNextPage: boolean },
): Promise<void> {
  const { consent } = access;
  if (consent === null || call.isNextPage) return;
  if (call.psuPresent && consent.recurring) return;
  if (!(await countAccess(bank, bank.db, consent, call.resource))) {
    throw new Xs2aError(429, "ACCESS_EXCEEDED", "The consent's number of accesses per day is used up.");
  }
}

/** The account of the path, if the caller may see it. */
export function visibleAccount(access: AisAccess, resourceId: string): VisibleAccount {
  const account = access.accounts.find((candidate) => candidate.resourceId === resourceId);
  if (account === undefined) {
    throw new Xs2aError(404, "RESOURCE_UNKNOWN", "The consent opens no such account.", "account-id");
  }
  return account;
}

async function corporateAccess(bank: Bank, caller: Caller, consentHeader: string): Promise<AisAccess> {
  if (consentHeader !== contractConsentId(caller.clientId)) {
    const consent = await findConsent(bank, bank.db, consentHeader);
    if (consent === undefined || consent.clientId !== caller.clientId) {
      throw new Xs2aError(
        403,
        "CONSENT_UNKNOWN",
        "The bank knows no such consent of this TPP.",
        "Consent-ID",
      );
    }
    // Decoupled and embedded consents come without OAuth: the customer authenticated, the TPP calls as itself.
    if (consent.psuId !== null && consent.oidcGrantId === null) return consentedAccess(bank, consent);
    if (consent.psuId !== null || isGlobal(consent.access)) {
      throw new Xs2aError(
        401,
        "TOKEN_INVALID",
        "A customer's accounts need the customer's token.",
        "Authorization",
      );
    }
    assertValid(consent);
  }
  const accounts = await custodyAccountsOf(bank.db, caller.clientId);
  return {
    consent: null,
    withOwnerName: true,
    accounts: accounts.map((account) => ({ ...account, mayReadBalances: true, mayReadTransactions: true })),
  };
}
