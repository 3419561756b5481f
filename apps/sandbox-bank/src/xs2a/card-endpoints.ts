/**
 * Card accounts: NextGenPSD2 1.3.11, /v1/card-accounts. Every customer account with card payments has one card; its
 * card account shows those payments and what of them is not invoiced yet.
 */
import { createHash } from "node:crypto";
import { addDays, type Bank } from "../context.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { wireAmount } from "../money.ts";
import { settleDuePayments } from "../payments/execution.ts";
import { bookedEntries, type Entry, pendingEntries } from "../statements/entries.ts";
import { type AisAccess, accountAccess, countFrequency, type VisibleAccount } from "./access.ts";
import { formatError, Xs2aError } from "./errors.ts";
import type { Answer, Call, Endpoint } from "./pipeline.ts";

interface Card {
  resourceId: string;
  maskedPan: string;
  account: VisibleAccount;
}

const MAX_LINES = 10_000;

export function cardEndpoints(bank: Bank): Endpoint[] {
  const url = "/v1/card-accounts";
  const fault = "cardAccounts";
  const one = `${url}/:accountId`;
  const open =
    (handle: (call: Call, cards: Card[], access: AisAccess) => Promise<Answer>) => async (call: Call) => {
      const header = call.headers["consent-id"] ?? "";
      const access = await accountAccess(bank, call.caller, header);
      const resource = `card-accounts ${call.path["account-id"] ?? ""}`;
      const psuPresent = call.headers["psu-ip-address"] !== undefined;
      await countFrequency(bank, access, { resource, psuPresent, isNextPage: false });
      await settleDuePayments(bank);
      return handle(call, await cardsOf(bank, await accountAccess(bank, call.caller, header)), access);
    };
  const at = (call: Call, cards: Card[]): Card => {
    const card = cards.find(({ resourceId }) => resourceId === call.path["account-id"]);
    if (card === undefined)
      throw new Xs2aError(404, "RESOURCE_UNKNOWN", "The consent opens no such card account.", "account-id");
    return card;
  };
  return [
    {
      operationId: "getCardAccountList",
      method: "GET",
      url,
      fault,
      handle: open(async (_call, cards, access) => ({
        status: 200,
        body: { cardAccounts: cards.map((card) => details(bank, card, access)) },
      })),
    },
    {
      operationId: "readCardAccountDetails",
      method: "GET",
      url: one,
      fault,
      handle: open(async (call, cards, access) => ({
        status: 200,
        body: { cardAccount: details(bank, at(call, cards), access) },
      })),
    },
    {
      operationId: "getCardAccountBalances",
      method: "GET",
      url: `${one}/balances`,
      fault,
      handle: open(async (call, cards) => ({ status: 200, body: await balances(bank, at(call, cards)) })),
    },
    {
      operationId: "getCardAccountTransactionList",
      method: "GET",
      url: `${one}/transactions`,
      fault,
      handle: open((call, cards) => transactions(bank, call, at(call, cards))),
    },
  ];
}

async function cardsOf(bank: Bank, access: AisAccess): Promise<Card[]> {
  const { rows } = await bank.db.query<{ account_id: string }>(
    "SELECT DISTINCT account_id FROM entries WHERE account_id = ANY ($1::uuid[]) AND family LIKE 'CCRD/%'",
    [access.accounts.map(({ id }) => id)],
  );
  const withCard = new Set(rows.map(({ account_id }) => account_id));
  return access.accounts
    .filter(({ id, kind }) => kind === "customer" && withCard.has(id))
    .map((account) => ({
      resourceId: cardId(account.id),
      maskedPan: `499900xxxxxx${account.iban.slice(-4)}`,
      account,
    }));
}

/** A card's own id, always the same for the same account and telling nothing about it. */
function cardId(accountId: string): string {
  const hex = createHash("sha256").update(`card ${accountId}`).digest("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

function details(bank: Bank, { resourceId, maskedPan, account }: Card, access: AisAccess): object {
  const self = `${bank.apiUrl}/v1/card-accounts/${resourceId}`;
  return {
    resourceId,
    maskedPan,
    currency: account.currency,
    name: account.name,
    product: "Debit card",
    debitAccounting: true,
    status: "enabled",
    usage: "PRIV",
    ...(access.withOwnerName ? { ownerName: account.ownerName } : {}),
    _links: {
      ...(account.mayReadBalances ? { balances: { href: `${self}/balances` } } : {}),
      ...(account.mayReadTransactions ? { transactions: { href: `${self}/transactions` } } : {}),
    },
  };
}

async function balances(bank: Bank, { maskedPan, account }: Card): Promise<object> {
  if (!account.mayReadBalances) throw notCovered("balances");
  const today = await businessDate(bank.db);
  const booked = await cardLines(bank, account.id, `${today.slice(0, 7)}-01`, today);
  const pending = (await pendingEntries(bank.db, account.id)).filter(isCard);
  const sum = [...booked, ...pending].reduce((total, { amountMinor }) => total - amountMinor, 0n);
  return {
    cardAccount: { maskedPan, currency: account.currency },
    // Spending is what is owed: positive here, as debitAccounting says.
    debitAccounting: true,
    balances: [{ balanceAmount: wireAmount(sum, account.currency), balanceType: "nonInvoiced" }],
  };
}

async function transactions(
  bank: Bank,
  call: Call,
  { resourceId, maskedPan, account }: Card,
): Promise<Answer> {
  if (!account.mayReadTransactions) throw notCovered("transactions");
  const today = await businessDate(bank.db);
  const { bookingStatus = "", dateFrom = addDays(today, -89), dateTo = today } = call.query;
  if (dateFrom > dateTo) throw formatError("dateFrom lies after dateTo.", "dateFrom");
  const withBooked = bookingStatus !== "pending";
  const withPending = bookingStatus !== "booked";
  const line = (entry: Entry) => ({
    // At most 35 characters (cardTransactionId): the id without its hyphens.
    cardTransactionId: entry.transactionId.replaceAll("-", ""),
    transactionDate: entry.valueDate,
    ...(entry.bookingDate === null ? {} : { bookingDate: entry.bookingDate }),
    transactionAmount: wireAmount(-entry.amountMinor, account.currency),
    maskedPAN: maskedPan,
    transactionDetails: entry.counterpartyName ?? entry.remittance ?? "",
    invoiced: entry.bookingDate !== null && entry.bookingDate < `${today.slice(0, 7)}-01`,
  });
  const booked = withBooked ? await cardLines(bank, account.id, dateFrom, dateTo) : [];
  const pending = withPending ? (await pendingEntries(bank.db, account.id)).filter(isCard) : [];
  return {
    status: 200,
    body: {
      cardAccount: { maskedPan, currency: account.currency },
      debitAccounting: true,
      cardTransactions: {
        ...(withBooked ? { booked: booked.map(line) } : {}),
        ...(withPending ? { pending: pending.map(line) } : {}),
        _links: { cardAccount: { href: `${bank.apiUrl}/v1/card-accounts/${resourceId}` } },
      },
    },
  };
}

async function cardLines(bank: Bank, accountId: string, from: string, to: string): Promise<Entry[]> {
  return (await bookedEntries(bank.db, accountId, { from, to, limit: MAX_LINES })).filter(isCard);
}

function isCard({ family }: Entry): boolean {
  return family.startsWith("CCRD/");
}

function notCovered(what: string): Xs2aError {
  return new Xs2aError(401, "CONSENT_INVALID", `The consent does not cover ${what}.`, "Consent-ID");
}
