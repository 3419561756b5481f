/** Consents of UK Open Banking ("intents"): what a company asked for, and how it stands. */

import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { isUuid } from "../payments/store.ts";

export type ConsentKind =
  | "account"
  | "funds"
  | "domestic-payment"
  | "domestic-vrp"
  | "domestic-scheduled-payment"
  | "domestic-standing-order";
/** AWAU awaiting authorisation · AUTH authorised · RJCT refused · COND consumed · CANC ended · EXPD expired. */
type ConsentStatus = "AWAU" | "AUTH" | "RJCT" | "COND" | "CANC" | "EXPD";

interface AccountIdentification {
  SchemeName: string;
  Identification: string;
  Name?: string;
}
export interface AmountOfObie {
  Amount: string;
  Currency: string;
}
export interface Initiation {
  InstructionIdentification?: string;
  EndToEndIdentification?: string;
  InstructedAmount?: AmountOfObie;
  DebtorAccount?: AccountIdentification;
  CreditorAccount?: AccountIdentification & { Name: string };
  RemittanceInformation?: { Unstructured?: string[] };
  /** Of a payment of a later day. */
  RequestedExecutionDateTime?: string;
  /** Of a standing order. */
  NumberOfPayments?: string;
  FirstPaymentAmount?: AmountOfObie;
  RecurringPaymentAmount?: AmountOfObie;
  FinalPaymentAmount?: AmountOfObie;
  MandateRelatedInformation?: {
    MandateIdentification?: string;
    FirstPaymentDateTime?: string;
    RecurringPaymentDateTime?: string;
    FinalPaymentDateTime?: string;
    Frequency: { Type: string; CountPerPeriod?: number; PointInTime?: string };
  };
}
export interface ControlParameters {
  ValidFromDateTime?: string;
  ValidToDateTime?: string;
  MaximumIndividualAmount: AmountOfObie;
  PeriodicLimits: ({ PeriodType: string; PeriodAlignment: string } & AmountOfObie)[];
  VRPType: string[];
  PSUAuthenticationMethods: string[];
}
/** The `Data` of a consent request, as far as this bank reads it. */
export interface ConsentData {
  Permissions?: string[];
  ExpirationDateTime?: string;
  TransactionFromDateTime?: string;
  TransactionToDateTime?: string;
  Initiation?: Initiation;
  ControlParameters?: ControlParameters;
  DebtorAccount?: AccountIdentification;
}

export interface UkConsent {
  id: string;
  clientId: string;
  kind: ConsentKind;
  request: { Data: ConsentData; Risk?: Record<string, unknown> };
  status: ConsentStatus;
  psuId: string | null;
  debtorAccount: string | null;
  oidcGrantId: string | null;
  expiresAt: Date | null;
  createdAt: Date;
  updatedAt: Date;
}

interface Row {
  id: string;
  client_id: string;
  kind: ConsentKind;
  request: UkConsent["request"];
  status: ConsentStatus;
  psu_id: string | null;
  debtor_account: string | null;
  oidc_grant_id: string | null;
  expires_at: Date | null;
  created_at: Date;
  updated_at: Date;
}

const fromRow = (row: Row): UkConsent => ({
  id: row.id,
  clientId: row.client_id,
  kind: row.kind,
  request: row.request,
  status: row.status,
  psuId: row.psu_id,
  debtorAccount: row.debtor_account,
  oidcGrantId: row.oidc_grant_id,
  expiresAt: row.expires_at,
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

/** Stores a new consent. One that the contract with the company covers is authorised at once. */
export async function insertConsent(
  bank: Bank,
  db: Queryable,
  input: Pick<UkConsent, "clientId" | "kind" | "request"> & {
    status?: ConsentStatus;
    debtorAccount?: string | null;
    expiresAt?: Date | null;
  },
): Promise<UkConsent> {
  const now = bank.clock.now();
  const { rows } = await db.query<Row>(
    `INSERT INTO uk_consents (id, client_id, kind, request, status, debtor_account, expires_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8) RETURNING *`,
    [
      bank.random.uuid(),
      input.clientId,
      input.kind,
      JSON.stringify(input.request),
      input.status ?? "AWAU",
      input.debtorAccount ?? null,
      input.expiresAt ?? null,
      now,
    ],
  );
  return fromRow(rows[0] as Row);
}

/**
 * The consent, or `undefined`. One whose time is over becomes `EXPD` here, by the bank's clock. With `lock` the row
 * stays locked until the transaction ends.
 */
export async function findConsent(
  bank: Bank,
  db: Queryable,
  id: string,
  options: { lock?: boolean } = {},
): Promise<UkConsent | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await db.query<Row>(
    `SELECT * FROM uk_consents WHERE id = $1 ${options.lock ? "FOR UPDATE" : ""}`,
    [id],
  );
  return rows[0] && expire(bank, db, fromRow(rows[0]));
}

/** The consent behind an access token, by the authorisation server's grant. */
export async function findConsentByGrant(
  bank: Bank,
  db: Queryable,
  grantId: string,
): Promise<UkConsent | undefined> {
  const { rows } = await db.query<Row>("SELECT * FROM uk_consents WHERE oidc_grant_id = $1", [grantId]);
  return rows[0] && expire(bank, db, fromRow(rows[0]));
}

async function expire(bank: Bank, db: Queryable, consent: UkConsent): Promise<UkConsent> {
  const over = consent.expiresAt !== null && consent.expiresAt <= bank.clock.now();
  const open = consent.status === "AWAU" || consent.status === "AUTH";
  if (over && open) await setConsentStatus(bank, db, consent, "EXPD");
  return consent;
}

/** Moves a consent; one that ends takes its refresh tokens along. */
export async function setConsentStatus(
  bank: Bank,
  db: Queryable,
  consent: UkConsent,
  status: ConsentStatus,
): Promise<void> {
  await db.query("UPDATE uk_consents SET status = $2, updated_at = $3 WHERE id = $1", [
    consent.id,
    status,
    bank.clock.now(),
  ]);
  consent.status = status;
  consent.updatedAt = bank.clock.now();
  if (status === "AUTH" || status === "COND" || consent.oidcGrantId === null) return;
  await db.query(
    "DELETE FROM oidc_records WHERE (grant_id = $1 AND model = 'RefreshToken') OR (model = 'Grant' AND id = $1)",
    [consent.oidcGrantId],
  );
}

/** Stores what the customer confirmed, with the authorisation server's grant. */
export async function authoriseConsent(
  bank: Bank,
  tx: Queryable,
  consent: UkConsent,
  grant: { psuId: string; accountIds: string[]; debtorAccount: string | null; oidcGrantId: string },
): Promise<void> {
  await tx.query(
    "UPDATE uk_consents SET psu_id = $2, debtor_account = $3, oidc_grant_id = $4 WHERE id = $1",
    [consent.id, grant.psuId, grant.debtorAccount, grant.oidcGrantId],
  );
  for (const accountId of grant.accountIds) {
    await tx.query("INSERT INTO uk_consent_accounts (consent_id, account_id) VALUES ($1, $2)", [
      consent.id,
      accountId,
    ]);
  }
  consent.psuId = grant.psuId;
  consent.debtorAccount = grant.debtorAccount;
  consent.oidcGrantId = grant.oidcGrantId;
  await setConsentStatus(bank, tx, consent, "AUTH");
}

export async function consentAccounts(db: Queryable, consentId: string): Promise<string[]> {
  const { rows } = await db.query<{ account_id: string }>(
    "SELECT account_id FROM uk_consent_accounts WHERE consent_id = $1",
    [consentId],
  );
  return rows.map((row) => row.account_id);
}

/** The customer ends a consent at the bank. Answers false when it is not theirs, unknown, or over. */
export async function endByCustomer(
  bank: Bank,
  tx: Queryable,
  id: string,
  psuId: string | null,
): Promise<boolean> {
  const consent = await findConsent(bank, tx, id, { lock: true });
  if (consent?.status !== "AUTH" || (psuId !== null && consent.psuId !== psuId)) return false;
  await setConsentStatus(bank, tx, consent, "CANC");
  return true;
}

/** Lasting consents that a person has given: account access and standing permissions to pay. */
export async function lastingConsents(
  bank: Bank,
  db: Queryable,
  psuId: string,
): Promise<(UkConsent & { tpp: string })[]> {
  const { rows } = await db.query<Row & { tpp: string }>(
    `SELECT c.*, t.name AS tpp FROM uk_consents c JOIN tpp_clients t ON t.id = c.client_id
      WHERE c.psu_id = $1 AND c.kind IN ('account', 'domestic-vrp', 'funds') ORDER BY c.created_at DESC LIMIT 50`,
    [psuId],
  );
  const consents: (UkConsent & { tpp: string })[] = [];
  for (const row of rows) consents.push({ ...(await expire(bank, db, fromRow(row))), tpp: row.tpp });
  return consents;
}
