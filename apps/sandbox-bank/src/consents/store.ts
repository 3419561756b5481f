/** Account information consents: what was asked, what the customer gave, and until when. */
import { type Bank, calendarDate } from "../context.ts";
import type { Queryable } from "../database.ts";
import { queueNotice } from "../notices/outbox.ts";
import { isUuid } from "../payments/store.ts";

export type ConsentStatus =
  | "received"
  | "rejected"
  | "valid"
  | "revokedByPsu"
  | "expired"
  | "terminatedByTpp";

export interface AccountReference {
  iban?: string;
  currency?: string;
}

/** NextGenPSD2 accountAccess, as far as this bank offers it. */
export interface AccountAccess {
  accounts?: AccountReference[];
  balances?: AccountReference[];
  transactions?: AccountReference[];
  availableAccounts?: string;
  availableAccountsWithBalance?: string;
  allPsd2?: string;
  additionalInformation?: { ownerName?: AccountReference[]; trustedBeneficiaries?: AccountReference[] };
}

export interface Consent {
  id: string;
  clientId: string;
  psuId: string | null;
  requestedAccess: AccountAccess;
  /** What is granted; equals the request until the customer has chosen. */
  access: AccountAccess;
  recurring: boolean;
  validUntil: string;
  frequencyPerDay: number;
  status: ConsentStatus;
  oidcGrantId: string | null;
  notificationUri: string | null;
  lastActionDate: string;
  /** AIS, or PIIS: may only ask whether an amount is there. Default AIS. */
  kind?: "AIS" | "PIIS";
}

interface Row {
  id: string;
  client_id: string;
  psu_id: string | null;
  requested_access: AccountAccess;
  access: AccountAccess;
  recurring: boolean;
  valid_until: string;
  frequency_per_day: number;
  status: ConsentStatus;
  oidc_grant_id: string | null;
  notification_uri: string | null;
  last_action_date: string;
  kind: "AIS" | "PIIS";
}

/**
 * The consent, or `undefined`. One whose last day is over becomes `expired` here, by the bank's clock.
 * With `lock` the row stays locked until the transaction ends.
 */
export async function findConsent(
  bank: Bank,
  db: Queryable,
  id: string,
  options: { lock?: boolean } = {},
): Promise<Consent | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await db.query<Row>(
    `SELECT * FROM consents WHERE id = $1 ${options.lock ? "FOR UPDATE" : ""}`,
    [id],
  );
  const row = rows[0];
  if (row === undefined) return undefined;
  const consent: Consent = {
    id: row.id,
    clientId: row.client_id,
    psuId: row.psu_id,
    requestedAccess: row.requested_access,
    access: row.access,
    recurring: row.recurring,
    validUntil: row.valid_until,
    frequencyPerDay: row.frequency_per_day,
    status: row.status,
    oidcGrantId: row.oidc_grant_id,
    notificationUri: row.notification_uri,
    lastActionDate: row.last_action_date,
    kind: row.kind,
  };
  const open = consent.status === "received" || consent.status === "valid";
  const today = calendarDate(bank.clock.now(), bank.timeZone);
  if (open && consent.validUntil < today) await setConsentStatus(bank, db, consent, "expired");
  return consent;
}

export async function insertConsent(bank: Bank, db: Queryable, consent: Consent): Promise<void> {
  await db.query(
    `INSERT INTO consents (id, client_id, psu_id, requested_access, access, recurring, valid_until, frequency_per_day,
       status, notification_uri, created_at, last_action_date, kind)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
    [
      consent.id,
      consent.clientId,
      consent.psuId,
      JSON.stringify(consent.requestedAccess),
      JSON.stringify(consent.access),
      consent.recurring,
      consent.validUntil,
      consent.frequencyPerDay,
      consent.status,
      consent.notificationUri,
      bank.clock.now(),
      consent.lastActionDate,
      consent.kind ?? "AIS",
    ],
  );
}

/**
 * Moves a consent and tells the TPP. One that ends takes its refresh tokens along; its access tokens live out their
 * minutes, but every call with them is refused by the consent's status, with the message code that says why.
 */
export async function setConsentStatus(
  bank: Bank,
  db: Queryable,
  consent: Consent,
  status: ConsentStatus,
): Promise<void> {
  const moved = await db.query(
    "UPDATE consents SET status = $2, last_action_date = $3 WHERE id = $1 AND status <> $2",
    [consent.id, status, calendarDate(bank.clock.now(), bank.timeZone)],
  );
  consent.status = status;
  if (moved.rowCount === 0) return;
  if (status !== "valid") {
    await db.query("DELETE FROM trusted_beneficiaries WHERE consent_id = $1", [consent.id]);
    if (consent.oidcGrantId !== null) {
      await db.query(
        "DELETE FROM oidc_records WHERE (grant_id = $1 AND model = 'RefreshToken') OR (model = 'Grant' AND id = $1)",
        [consent.oidcGrantId],
      );
    }
  }
  if (consent.notificationUri !== null) {
    const body = { consentId: consent.id, consentStatus: status };
    await queueNotice(bank, db, { uri: consent.notificationUri, body, endToEndId: null });
  }
}

/** One account that a consent opens, with its rights. */
export interface GrantedAccount {
  accountId: string;
  balances: boolean;
  transactions: boolean;
}

/**
 * Stores what the customer chose and makes the consent valid. The authorisation server's grant is noted, so that
 * it can end with the consent.
 */
export async function grantConsent(
  bank: Bank,
  tx: Queryable,
  consent: Consent,
  grant: {
    psuId: string;
    accounts: (GrantedAccount & { iban: string; currency: string })[];
    oidcGrantId: string | null;
  },
): Promise<void> {
  const references = (wanted: (account: GrantedAccount) => boolean): AccountReference[] =>
    grant.accounts.filter(wanted).map(({ iban, currency }) => ({ iban, currency }));
  const access: AccountAccess =
    consent.requestedAccess.allPsd2 !== undefined ||
    consent.requestedAccess.availableAccounts !== undefined ||
    consent.requestedAccess.availableAccountsWithBalance !== undefined
      ? consent.requestedAccess
      : {
          accounts: references(() => true),
          balances: references((account) => account.balances),
          transactions: references((account) => account.transactions),
        };
  await tx.query("UPDATE consents SET psu_id = $2, access = $3, oidc_grant_id = $4 WHERE id = $1", [
    consent.id,
    grant.psuId,
    JSON.stringify(access),
    grant.oidcGrantId,
  ]);
  for (const account of grant.accounts) {
    await tx.query(
      "INSERT INTO consent_accounts (consent_id, account_id, balances, transactions) VALUES ($1, $2, $3, $4)",
      [consent.id, account.accountId, account.balances, account.transactions],
    );
  }
  consent.psuId = grant.psuId;
  consent.access = access;
  consent.oidcGrantId = grant.oidcGrantId;
  await setConsentStatus(bank, tx, consent, "valid");
}

export async function grantedAccounts(db: Queryable, consentId: string): Promise<GrantedAccount[]> {
  const { rows } = await db.query<{ account_id: string; balances: boolean; transactions: boolean }>(
    "SELECT account_id, balances, transactions FROM consent_accounts WHERE consent_id = $1",
    [consentId],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    balances: row.balances,
    transactions: row.transactions,
  }));
}

/**
 * Counts one access without the customer being present. Answers false when the day's allowance for this resource
 * (operation and account) was used up before. A one-off consent allows each resource once in all.
 */
export async function countAccess(
  bank: Bank,
  db: Queryable,
  consent: Consent,
  resource: string,
): Promise<boolean> {
  const day = consent.recurring ? calendarDate(bank.clock.now(), bank.timeZone) : consent.validUntil;
  const allowed = consent.recurring ? consent.frequencyPerDay : 1;
  const { rowCount } = await db.query(
    `INSERT INTO consent_usage (consent_id, day, resource, calls) VALUES ($1, $2, $3, 1)
     ON CONFLICT (consent_id, day, resource) DO UPDATE SET calls = consent_usage.calls + 1
       WHERE consent_usage.calls < $4`,
    [consent.id, day, resource, allowed],
  );
  return rowCount === 1;
}
