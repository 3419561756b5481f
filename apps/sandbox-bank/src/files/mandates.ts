/**
 * Direct-debit mandates that people sign on the bank's page (e-mandates). A mandate is one of the bank's consents, so
 * that the person finds and ends it where every other permission is found and ended. The creditor chooses the mandate's
 * reference: 32 hexadecimal digits, which are the consent's id without its dashes.
 */
import { type Consent, findConsent, insertConsent, setConsentStatus } from "../consents/store.ts";
import { addDays, type Bank, calendarDate } from "../context.ts";
import type { Queryable } from "../database.ts";
import type { Account } from "../ledger/accounts.ts";
import { findTppClient } from "../oauth/clients.ts";
import { mandateAcceptance, mandateEnded, queueReport } from "./reports.ts";

/** A mandate that is not used for 36 months lapses (EPC016-06, SEPA core direct debit rulebook, section 4.1). */
const LIFE_DAYS = 36 * 30;

export interface Mandate {
  consent: Consent;
  redirectUri: string;
  state: string;
}

/** The number under which the company signs its files: 32 digits, since ISO 20022 leaves room for 35 characters. */
export function companyNumber(clientId: string): string {
  return clientId.replace(/^tpp-/, "").replaceAll("-", "");
}

export function clientIdOf(companyNumber: string): string {
  return `tpp-${dashed(companyNumber)}`;
}

export function mandateIdOf(consentId: string): string {
  return consentId.replaceAll("-", "");
}

const consentIdOf = dashed;

function dashed(digits: string): string {
  return digits.replace(/^(\w{8})(\w{4})(\w{4})(\w{4})(\w{12})$/, "$1-$2-$3-$4-$5");
}

/** Opens a mandate for signing, or finds it. `undefined` when it is another company's or is over. */
export async function openMandate(
  bank: Bank,
  asked: { mandateId: string; clientId: string; redirectUri: string; state: string },
): Promise<Mandate | undefined> {
  if (!/^[0-9a-f]{32}$/.test(asked.mandateId)) return undefined;
  const id = consentIdOf(asked.mandateId);
  await bank.db.transaction(async (tx) => {
    if ((await findConsent(bank, tx, id)) !== undefined) return;
    const today = calendarDate(bank.clock.now(), bank.timeZone);
    await insertConsent(bank, tx, {
      id,
      clientId: asked.clientId,
      psuId: null,
      requestedAccess: {},
      access: {},
      recurring: true,
      validUntil: addDays(today, LIFE_DAYS),
      frequencyPerDay: 1,
      status: "received",
      oidcGrantId: null,
      notificationUri: null,
      lastActionDate: today,
    });
    await tx.query("INSERT INTO file_mandates (consent_id, redirect_uri, state) VALUES ($1, $2, $3)", [
      id,
      asked.redirectUri,
      asked.state,
    ]);
  });
  const mandate = await findMandate(bank, asked.mandateId);
  return mandate?.consent.clientId === asked.clientId ? mandate : undefined;
}

/** A mandate that waits for its signature. */
export async function findMandate(bank: Bank, mandateId: string): Promise<Mandate | undefined> {
  const consent = await findConsent(bank, bank.db, consentIdOf(mandateId));
  if (consent?.status !== "received") return undefined;
  const { rows } = await bank.db.query<{ redirect_uri: string; state: string }>(
    "SELECT redirect_uri, state FROM file_mandates WHERE consent_id = $1",
    [consent.id],
  );
  const row = rows[0];
  return row && { consent, redirectUri: row.redirect_uri, state: row.state };
}

/**
 * The person's signature or refusal. The creditor is told by a file (pain.012); its id goes along with the person, so
 * that the creditor can hold the two against each other.
 * @returns that id, or `undefined` when the mandate moved on meanwhile
 */
export async function decideMandate(
  bank: Bank,
  mandate: Mandate,
  signed: { psuId: string; account: Account } | null,
): Promise<string | undefined> {
  const acceptanceId = bank.random.uuid().replaceAll("-", "");
  return bank.db.transaction(async (tx) => {
    const consent = await findConsent(bank, tx, mandate.consent.id, { lock: true });
    if (consent?.status !== "received") return undefined;
    if (signed !== null) {
      await tx.query("UPDATE consents SET psu_id = $2 WHERE id = $1", [consent.id, signed.psuId]);
      await tx.query(
        "INSERT INTO consent_accounts (consent_id, account_id, balances, transactions) VALUES ($1, $2, false, false)",
        [consent.id, signed.account.id],
      );
    }
    await setConsentStatus(bank, tx, consent, signed === null ? "rejected" : "valid");
    await tx.query("UPDATE file_mandates SET acceptance_id = $2, told_status = $3 WHERE consent_id = $1", [
      consent.id,
      acceptanceId,
      signed === null ? "rejected" : "valid",
    ]);
    const creditor = await findTppClient(tx, consent.clientId);
    const report = mandateAcceptance(bank, {
      acceptanceId,
      mandateId: mandateIdOf(consent.id),
      creditorName: creditor?.name ?? "",
      accepted: signed && {
        debtorName: signed.account.ownerName,
        iban: signed.account.iban,
        currency: signed.account.currency,
        accountName: signed.account.name,
      },
    });
    await queueReport(bank, tx, report, null);
    return acceptanceId;
  });
}

/** Id of the account that a valid mandate of the company opens for collections. */
export async function accountOfMandate(
  bank: Bank,
  tx: Queryable,
  clientId: string,
  mandateId: string,
): Promise<string | undefined> {
  const consent = await findConsent(bank, tx, consentIdOf(mandateId));
  if (consent?.status !== "valid" || consent.clientId !== clientId) return undefined;
  const { rows } = await tx.query<{ account_id: string }>(
    "SELECT account_id FROM consent_accounts WHERE consent_id = $1",
    [consent.id],
  );
  return rows[0]?.account_id;
}

/** The creditor ends a mandate (pain.011). Ending one that is over changes nothing. */
export async function endMandateByCreditor(
  bank: Bank,
  tx: Queryable,
  clientId: string,
  mandateId: string,
): Promise<void> {
  const consent = await findConsent(bank, tx, consentIdOf(mandateId), { lock: true });
  if (consent === undefined || consent.clientId !== clientId) return;
  if (consent.status !== "received" && consent.status !== "valid") return;
  await setConsentStatus(bank, tx, consent, "terminatedByTpp");
  // The creditor knows; there is nothing to tell.
  await tx.query("UPDATE file_mandates SET told_status = 'terminatedByTpp' WHERE consent_id = $1", [
    consent.id,
  ]);
}

/** Tells the creditor of mandates that people ended at the bank, or that lapsed. */
export async function tellEndedMandates(bank: Bank): Promise<void> {
  const { rows } = await bank.db.query<{ consent_id: string }>(
    `SELECT m.consent_id FROM file_mandates m JOIN consents c ON c.id = m.consent_id
      WHERE m.told_status = 'valid' AND c.status IN ('revokedByPsu', 'expired') LIMIT 100`,
  );
  for (const { consent_id: id } of rows) {
    await bank.db.transaction(async (tx) => {
      const told = await tx.query(
        `UPDATE file_mandates m SET told_status = c.status FROM consents c
          WHERE m.consent_id = $1 AND c.id = m.consent_id AND m.told_status = 'valid'`,
        [id],
      );
      if (told.rowCount === 1) await queueReport(bank, tx, mandateEnded(bank, mandateIdOf(id)), null);
    });
  }
}
