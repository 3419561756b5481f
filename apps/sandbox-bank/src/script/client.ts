/** Typed client of the script API, for tests, the launcher and the demonstration. */
import type { FaultRule, StoredFault } from "../faults/faults.ts";
import type { ClosedDay } from "../ledger/end-of-day.ts";
import type { Credential } from "../tls/authority.ts";
import type { ClientKind, ServerKind } from "../tls/entrance.ts";

export type { CallAction, FaultOperation } from "../faults/faults.ts";
export type { ClientKind, ServerKind } from "../tls/entrance.ts";

export interface ScriptPsu {
  username: string;
  psuId: string;
  name: string;
  accounts: { iban: string; currency: string; resourceId: string }[];
}

export interface CustodyAccount {
  currency: string;
  iban: string;
  resourceId: string;
  /** Consent-ID for reading this account with the TPP's own token. */
  consentId: string;
}

export interface AccountState {
  iban: string;
  currency: string;
  kind: string;
  resourceId: string;
  ownerName: string;
  /** Exact minor units as decimal integers. */
  bookedMinor: string;
  availableMinor: string;
  expectedMinor: string;
}

export interface AlterationInput {
  iban: string;
  endToEndId?: string;
  change: {
    amount?: string;
    remove?: boolean;
    add?: { amount: string; direction: "credit" | "debit"; reference: string; counterparty: string };
  };
}

export interface AuthoriseInput {
  username: string;
  /** Default: the sandbox's public demo password. */
  password?: string;
  /** Accounts to tick; all offered ones when empty. */
  accountIbans?: string[];
  /** Daily amount for top-ups without asking, in each account's currency. */
  trustTopUpsPerDay?: string;
  /** Presses Cancel once logged in. */
  refuse?: boolean;
}

export interface ScriptClient {
  /**
   * Registers a company, or finds it by name. The secret is answered when new or rotated, else `null`. `jwks`: its
   * public keys, for dialects whose companies prove themselves by signature.
   */
  tppClient(input: {
    name: string;
    redirectUris: string[];
    rotate?: boolean;
    jwks?: { keys: object[] };
    /** PEM of the QSEAL certificate (XS2A); from then on every request of the company must be signed with it. */
    certificate?: string;
  }): Promise<{
    clientId: string;
    clientSecret: string | null;
  }>;
  custodyAccounts(input: { clientId: string; currencies: string[] }): Promise<CustodyAccount[]>;
  psus(input?: { limit?: number; withHistory?: boolean }): Promise<ScriptPsu[]>;
  /** Walks the real pages of an authorisation request; answers where the bank sends the person. */
  authorise(input: AuthoriseInput & { authorizationUrl: string }): Promise<{ redirectUrl: string }>;
  /** The same for a payment's SCA page, as the account's owner. */
  authorisePayment(paymentId: string, input?: { password?: string }): Promise<{ redirectUrl: string }>;
  rejectPayment(paymentId: string, input?: { password?: string }): Promise<{ redirectUrl: string }>;
  /** The customer ends a consent in the bank's online banking. */
  revokeConsent(consentId: string): Promise<{ status: string }>;
  /** The customer stops a payment of a later day, or a standing order, in the bank's online banking. */
  cancelOrder(paymentId: string): Promise<void>;
  endOfDay(): Promise<ClosedDay>;
  /** Puts the bank's clock ahead (or back, below zero) of the true time. */
  setClock(offsetMs: number): Promise<{ now: string }>;
  businessDate(): Promise<{ date: string; timeZone: string }>;
  addFault(rule: FaultRule): Promise<StoredFault>;
  faults(): Promise<StoredFault[]>;
  clearFaults(): Promise<void>;
  alterStatement(input: AlterationInput): Promise<{ id: string }>;
  account(iban: string): Promise<AccountState>;
  /** From now on the interface shows the account under another id, as after a move to another core system. */
  newResourceId(iban: string): Promise<{ resourceId: string }>;
  /**
   * The other bank, or the debtor, takes a booked payment back, whole or (`amount`) in part; the next statement shows
   * it. `reason` by ISO 20022, e.g. AC04.
   */
  returnPayment(input: { endToEndId: string; reason: string; amount?: string }): Promise<void>;
  /** The entrance over TLS, or null where the bank has none. `authority`: PEM. */
  tls(): Promise<{ url: string; authority: string } | null>;
  /** From now on the bank shows this kind of certificate of its own. */
  showCertificate(kind: ServerKind): Promise<void>;
  /** A certificate for a company, PEM. */
  clientCertificate(input: { kind: ClientKind; name: string }): Promise<Credential>;
  /** At a bank that exchanges files: how its folder is reached by SFTP. */
  sftp(): Promise<{ port: number; username: string; fingerprint: string }>;
  /** Per currency: the sum of all balances of all accounts, the bank's own included. Always zero. */
  trialBalance(): Promise<{ currency: string; sumMinor: string }[]>;
}

/** Makes a client. Every call throws with the bank's own words when it is refused. */
export function createScriptClient(url: string, token: string): ScriptClient {
  async function call<Result>(method: string, path: string, body?: unknown): Promise<Result> {
    const response = await fetch(`${url}/script${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /script${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as Result;
  }
  return {
    tppClient: (input) => call("POST", "/tpp-clients", input),
    custodyAccounts: (input) => call("POST", "/custody-accounts", input),
    psus: (input = {}) => {
      const query = new URLSearchParams();
      if (input.limit !== undefined) query.set("limit", String(input.limit));
      if (input.withHistory !== undefined) query.set("withHistory", String(input.withHistory));
      return call("GET", `/psus?${query}`);
    },
    authorise: (input) => call("POST", "/authorise", input),
    authorisePayment: (id, input = {}) => call("POST", `/payments/${id}/authorise`, input),
    rejectPayment: (id, input = {}) => call("POST", `/payments/${id}/reject`, input),
    revokeConsent: (id) => call("POST", `/consents/${id}/revoke`, {}),
    cancelOrder: (id) => call("POST", `/orders/${id}/cancel`, {}),
    setClock: (offsetMs) => call("POST", "/clock", { offsetMs }),
    endOfDay: () => call("POST", "/end-of-day", {}),
    businessDate: () => call("GET", "/business-date"),
    addFault: (rule) => call("POST", "/faults", rule),
    faults: () => call("GET", "/faults"),
    clearFaults: () => call("DELETE", "/faults"),
    alterStatement: (input) => call("POST", "/statement-alterations", input),
    account: (iban) => call("GET", `/accounts/${iban}`),
    newResourceId: (iban) => call("POST", `/accounts/${iban}/new-resource-id`, {}),
    returnPayment: (input) => call("POST", "/returns", input),
    tls: () => call("GET", "/tls"),
    showCertificate: (kind) => call("POST", "/tls/server-certificate", { kind }),
    clientCertificate: (input) => call("POST", "/tls/client-certificates", input),
    sftp: () => call("GET", "/sftp"),
    trialBalance: () => call("GET", "/trial-balance"),
  };
}
