import type { BankTransaction, LinkedAccount } from "@jinqiao/contract";
import { type Id, toWire } from "@jinqiao/money";
import type { Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { emit } from "../platform/events.ts";
import type { BankAccount } from "./connector.ts";
import { bankOf, type Deps, maskNumber } from "./context.ts";
import { selectEntryPage } from "./entry-sql.ts";
import { refreshJob, sealIp } from "./job-drafts.ts";
import * as sql from "./sql.ts";
import type { LinkedAccountRecord } from "./types.ts";

const ibanColumn = { table: "banks.linked_account", column: "iban" };
const ibanPlace = (id: string, customerId: string) => ({
  table: "banks.linked_account",
  column: "iban_sealed",
  row: id,
  subject: customerId,
});

/** Stores an account under its new consent; one linked before keeps its id. */
export async function linkAccount(
  deps: Deps,
  tx: Tx,
  consent: sql.ConsentRow,
  account: BankAccount,
): Promise<Id<"lac">> {
  const id = deps.ids.next("lac");
  await deps.vault.ready({ subjects: [consent.customer_id] });
  const stored = await sql.upsertAccount(tx, deps.vault, {
    id,
    customerId: consent.customer_id,
    consentId: consent.id,
    bankId: consent.bank_id,
    resourceId: account.resourceId,
    ibanSealed: deps.vault.seal(ibanPlace(id, consent.customer_id), account.iban),
    ibanIndex: deps.vault.blindIndex(ibanColumn, account.iban),
    maskedNumber: maskNumber(account.iban),
    name: account.name,
    ownerName: account.ownerName,
    currency: account.currency,
    at: deps.clock.now(),
  });
  return stored as Id<"lac">;
}

export async function listLinkedAccounts(deps: Deps, customerId: string): Promise<LinkedAccount[]> {
  const rows = await sql.selectAccountsOf(deps.db, deps.vault, customerId);
  // Accounts that the customer took away are gone from sight; expired ones stay, to be linked again.
  return rows
    .filter((row) => row.status !== "revoked" && deps.banks.has(row.bank_id))
    .map((row) => viewOf(deps, row));
}

export async function getLinkedAccount(
  deps: Deps,
  customerId: string,
  accountId: string,
): Promise<LinkedAccount> {
  return viewOf(deps, await ownAccount(deps, customerId, accountId));
}

/** Asks the bank at once, in the background: the customer is present. */
export async function requestRefresh(
  deps: Deps,
  customer: { id: string; ip: string },
  accountId: string,
): Promise<LinkedAccount> {
  const row = await ownAccount(deps, customer.id, accountId);
  if (row.status !== "active") throw new Refusal("bank.consent_ended");
  await deps.db.transaction((tx) =>
    emit(
      tx,
      deps.subscriptions,
      [],
      [refreshJob(row.id, { sealedIp: sealIp(deps.vault, row.id, customer.ip) })],
    ),
  );
  return viewOf(deps, row);
}

/** A page of the bank's entries, newest first, pending ones on top. */
export async function listTransactions(
  deps: Deps,
  customerId: string,
  accountId: string,
  page: { cursor?: string | undefined; limit?: number | undefined },
): Promise<{ items: BankTransaction[]; nextCursor: string | null }> {
  const account = await ownAccount(deps, customerId, accountId);
  const limit = page.limit ?? 50;
  const rows = await selectEntryPage(deps.db, deps.vault, account.id, positionOf(page.cursor), limit + 1);
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return {
    items: items.map((row) => ({
      id: row.id,
      status: row.status,
      bookingDate: row.booking_date,
      valueDate: row.value_date,
      amount: toWire({ minor: row.amount, currency: row.currency }),
      counterpartyName: row.counterparty_name,
      remittance: row.remittance,
      paymentId: row.payment_id,
    })),
    nextCursor:
      rows.length > limit && last !== undefined
        ? Buffer.from(`${last.sort_date} ${last.sequence}`).toString("base64url")
        : null,
  };
}

function positionOf(cursor: string | undefined): { sortDate: string; sequence: string } | undefined {
  if (cursor === undefined) return undefined;
  const text = Buffer.from(cursor, "base64url").toString();
  const [, sortDate, sequence] = /^(\d{4}-\d{2}-\d{2}) (\d{1,18})$/.exec(text) ?? [];
  if (sortDate === undefined || sequence === undefined || Number.isNaN(Date.parse(sortDate)))
    throw new Refusal("request.invalid", { fields: [{ field: "cursor", code: "field.invalid" }] });
  return { sortDate, sequence };
}

export async function findRecord(
  deps: Deps,
  customerId: string,
  accountId: string,
): Promise<LinkedAccountRecord | undefined> {
  const row = await sql.findAccount(deps.db, deps.vault, accountId);
  return row === undefined || row.customer_id !== customerId ? undefined : recordOf(deps, row);
}

export async function findRecordsOf(deps: Deps, customerId: string): Promise<LinkedAccountRecord[]> {
  return (await sql.selectAccountsOf(deps.db, deps.vault, customerId)).map((row) => recordOf(deps, row));
}

export async function findRecords(
  deps: Deps,
  accountIds: readonly string[],
): Promise<Map<string, LinkedAccountRecord>> {
  const rows = accountIds.length === 0 ? [] : await sql.selectAccountsById(deps.db, deps.vault, accountIds);
  return new Map(rows.map((row) => [row.id, recordOf(deps, row)]));
}

/** The account with its number opened, for those who talk to the bank. */
export function recordOf(deps: Deps, row: sql.AccountRow): LinkedAccountRecord {
  return {
    id: row.id as Id<"lac">,
    customerId: row.customer_id as Id<"cus">,
    consentId: row.consent_id as Id<"cns">,
    bindingId:
      bankOf(deps, row.bank_id).connector.capabilities.linking === "form"
        ? (row.consent_id as Id<"cns">)
        : null,
    bankId: row.bank_id,
    iban: deps.vault.open(ibanPlace(row.id, row.customer_id), row.iban_sealed),
    maskedNumber: row.masked_number,
    name: row.name,
    ownerName: row.owner_name,
    currency: row.currency,
    status: row.status,
  };
}

/** @throws Refusal `request.not_found` also for another customer's account */
async function ownAccount(deps: Deps, customerId: string, accountId: string): Promise<sql.AccountRow> {
  const row = await sql.findAccount(deps.db, deps.vault, accountId);
  if (row === undefined || row.customer_id !== customerId || !deps.banks.has(row.bank_id))
    throw new Refusal("request.not_found");
  return row;
}

function viewOf(deps: Deps, row: sql.AccountRow): LinkedAccount {
  const { currency } = row;
  const { config, connector } = bankOf(deps, row.bank_id);
  return {
    id: row.id,
    consentId: row.consent_id,
    bindingId: connector.capabilities.linking === "form" ? row.consent_id : null,
    bankId: row.bank_id,
    bankName: config.name,
    name: row.name,
    ownerName: row.owner_name,
    maskedNumber: row.masked_number,
    currency,
    status: row.status,
    consentValidUntil: row.valid_until,
    balance:
      row.booked === null
        ? null
        : {
            booked: toWire({ minor: row.booked, currency }),
            available: row.available === null ? null : toWire({ minor: row.available, currency }),
          },
    balanceAsOf: row.balance_as_of?.toISOString() ?? null,
    showsBalance: connector.capabilities.accounts,
  };
}
