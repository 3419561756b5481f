/** Account information: NextGenPSD2 1.3.11, /v1/accounts. */
import type { Bank } from "../context.ts";
import { addDays } from "../context.ts";
import { BANK_BIC } from "../iban.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { wireAmount } from "../money.ts";
import { settleDuePayments } from "../payments/execution.ts";
import { statementsXml } from "../statements/camt053.ts";
import { bookedEntries, type Entry, findEntry, pendingEntries } from "../statements/entries.ts";
import {
  type AisAccess,
  accountAccess,
  countFrequency,
  type VisibleAccount,
  visibleAccount,
} from "./access.ts";
import { formatError, Xs2aError } from "./errors.ts";
import type { Answer, Call, Endpoint } from "./pipeline.ts";

const FIRST_DATE = "1900-01-01";
const MAX_STATEMENT_DAYS = 366;

export function accountEndpoints(bank: Bank): Endpoint[] {
  const open =
    (resource: string, handle: (call: Call, access: AisAccess) => Promise<Answer>) => async (call: Call) => {
      const access = await accountAccess(bank, call.caller, call.headers["consent-id"] ?? "");
      const account = call.path["account-id"];
      if (account !== undefined) visibleAccount(access, account);
      await countFrequency(bank, access, {
        resource: `${resource} ${account ?? ""}`,
        psuPresent: call.headers["psu-ip-address"] !== undefined,
        isNextPage: call.query.cursor !== undefined,
      });
      await settleDuePayments(bank);
      // Read again: the settlement just now may have moved the balances.
      return handle(call, await accountAccess(bank, call.caller, call.headers["consent-id"] ?? ""));
    };
  const at = (call: Call, access: AisAccess) => visibleAccount(access, call.path["account-id"] ?? "");
  return [
    {
      operationId: "getAccountList",
      method: "GET",
      url: "/v1/accounts",
      fault: "accounts",
      handle: open("accounts", async (call, access) => ({
        status: 200,
        body: { accounts: access.accounts.map((account) => details(bank, access, account, call)) },
      })),
    },
    {
      operationId: "readAccountDetails",
      method: "GET",
      url: "/v1/accounts/:accountId",
      fault: "account",
      handle: open("account", async (call, access) => ({
        status: 200,
        body: { account: details(bank, access, at(call, access), call) },
      })),
    },
    {
      operationId: "getBalances",
      method: "GET",
      url: "/v1/accounts/:accountId/balances",
      fault: "balances",
      handle: open("balances", async (call, access) => {
        const account = at(call, access);
        if (!account.mayReadBalances) throw notCovered("balances");
        return { status: 200, body: { account: reference(account), balances: balances(account) } };
      }),
    },
    {
      operationId: "getTransactionList",
      method: "GET",
      url: "/v1/accounts/:accountId/transactions",
      fault: "transactions",
      alsoProduces: "application/xml",
      handle: open("transactions", (call, access) => transactions(bank, call, at(call, access))),
    },
    {
      operationId: "getTransactionDetails",
      method: "GET",
      url: "/v1/accounts/:accountId/transactions/:transactionId",
      fault: "transaction",
      handle: open("transaction", async (call, access) => {
        const account = at(call, access);
        if (!account.mayReadTransactions) throw notCovered("transactions");
        const entry = await findEntry(bank.db, account.id, call.path.transactionId ?? "");
        if (entry === undefined) {
          throw new Xs2aError(
            404,
            "RESOURCE_UNKNOWN",
            "The account has no such transaction.",
            "transactionId",
          );
        }
        return { status: 200, body: { transactionsDetails: transaction(account, entry) } };
      }),
    },
  ];
}

function notCovered(what: string): Xs2aError {
  return new Xs2aError(
    401,
    "CONSENT_INVALID",
    `The consent does not cover ${what} of this account.`,
    "Consent-ID",
  );
}

function details(
  bank: Bank,
  access: AisAccess,
  account: VisibleAccount,
  call: Call,
): Record<string, unknown> {
  const self = `${bank.apiUrl}/v1/accounts/${account.resourceId}`;
  const links: Record<string, { href: string }> = {};
  if (account.mayReadBalances) links.balances = { href: `${self}/balances` };
  if (account.mayReadTransactions) links.transactions = { href: `${self}/transactions` };
  return {
    resourceId: account.resourceId,
    iban: account.iban,
    currency: account.currency,
    name: account.name,
    product: account.product,
    cashAccountType: "CACC",
    status: "enabled",
    bic: BANK_BIC,
    usage: account.kind === "custody" ? "ORGA" : "PRIV",
    ...(access.withOwnerName ? { ownerName: account.ownerName } : {}),
    ...(call.query.withBalance === "true" && account.mayReadBalances ? { balances: balances(account) } : {}),
    _links: links,
  };
}

function reference(account: VisibleAccount): Record<string, string> {
  return { iban: account.iban, currency: account.currency };
}

function balances(account: VisibleAccount): Record<string, unknown>[] {
  const balance = (balanceType: string, minor: bigint) => ({
    balanceAmount: wireAmount(minor, account.currency),
    balanceType,
    lastChangeDateTime: account.lastChangeAt.toISOString(),
  });
  return [
    balance("interimBooked", account.bookedMinor),
    balance("interimAvailable", account.availableMinor),
    balance("expected", account.expectedMinor),
  ];
}

async function transactions(bank: Bank, call: Call, account: VisibleAccount): Promise<Answer> {
  if (!account.mayReadTransactions) throw notCovered("transactions");
  const { bookingStatus = "", dateFrom, dateTo, deltaList, entryReferenceFrom, withBalance } = call.query;
  if (deltaList === "true" || entryReferenceFrom !== undefined) {
    throw new Xs2aError(
      400,
      "PARAMETER_NOT_SUPPORTED",
      "Delta lists are not offered; use dateFrom.",
      "deltaList",
    );
  }
  if (!["booked", "pending", "both"].includes(bookingStatus)) {
    throw new Xs2aError(400, "PARAMETER_NOT_SUPPORTED", "Offered: booked, pending, both.", "bookingStatus");
  }
  if (dateFrom !== undefined && dateTo !== undefined && dateFrom > dateTo) {
    throw new Xs2aError(400, "PERIOD_INVALID", "dateFrom lies after dateTo.", "dateFrom");
  }
  if (wantsXml(call)) return statement(bank, call, account);

  const limit = pageSizeOf(bank, call);
  const before = positionOf(call.query.cursor);
  const today = await businessDate(bank.db);
  const range = {
    from: dateFrom ?? FIRST_DATE,
    to: dateTo ?? today,
    limit: limit + 1,
    ...(before && { before }),
  };
  const withBooked = bookingStatus !== "pending";
  const booked = withBooked ? await bookedEntries(bank.db, account.id, range) : [];
  const page = booked.slice(0, limit);
  const last = page.at(-1);
  // Pending lines come with the first page only: they have no place in the booked order.
  const pending =
    bookingStatus === "booked" || before !== undefined ? [] : await pendingEntries(bank.db, account.id);

  const self = `${bank.apiUrl}/v1/accounts/${account.resourceId}`;
  const links: Record<string, { href: string }> = { account: { href: self } };
  if (booked.length > limit && last !== undefined) {
    const next = new URLSearchParams({ ...call.query, cursor: cursorOf(last.position) });
    links.next = { href: `${self}/transactions?${next}` };
  }
  return {
    status: 200,
    body: {
      account: reference(account),
      transactions: {
        ...(withBooked ? { booked: page.map((entry) => transaction(account, entry)) } : {}),
        ...(bookingStatus === "booked"
          ? {}
          : { pending: pending.map((entry) => transaction(account, entry)) }),
        _links: links,
      },
      ...(withBalance === "true" && account.mayReadBalances ? { balances: balances(account) } : {}),
    },
  };
}

/** One line as NextGenPSD2 shows it: the amount carries the sign, the counterparty stands on its own side. */
function transaction(account: VisibleAccount, entry: Entry): Record<string, unknown> {
  const isDebit = entry.amountMinor < 0n;
  const iban = entry.counterpartyAccount;
  const counterparty = {
    ...(entry.counterpartyName === null
      ? {}
      : { [isDebit ? "creditorName" : "debtorName"]: entry.counterpartyName }),
    ...(iban === null ? {} : { [isDebit ? "creditorAccount" : "debtorAccount"]: accountReference(iban) }),
  };
  return {
    transactionId: entry.transactionId,
    ...(entry.entryReference === null ? {} : { entryReference: entry.entryReference }),
    ...(entry.endToEndId === null ? {} : { endToEndId: entry.endToEndId }),
    ...(entry.bookingDate === null ? {} : { bookingDate: entry.bookingDate }),
    valueDate: entry.valueDate,
    transactionAmount: wireAmount(entry.amountMinor, account.currency),
    ...counterparty,
    ...(entry.remittance === null ? {} : { remittanceInformationUnstructured: entry.remittance }),
    bankTransactionCode: `PMNT-${entry.family.replace("/", "-")}`,
    ...(entry.balanceAfterMinor === null
      ? {}
      : {
          balanceAfterTransaction: {
            balanceAmount: wireAmount(entry.balanceAfterMinor, account.currency),
            balanceType: "interimBooked",
          },
        }),
  };
}

function accountReference(text: string): Record<string, unknown> {
  return /^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/.test(text)
    ? { iban: text }
    : { other: { identification: text.slice(0, 35) } };
}

function wantsXml(call: Call): boolean {
  const types = (call.headers.accept ?? "")
    .split(",")
    .map((part) => part.split(";")[0]?.trim().toLowerCase());
  const xml = types.indexOf("application/xml");
  const json = types.findIndex((type) => type === "application/json" || type === "*/*");
  return xml >= 0 && (json < 0 || xml < json);
}

/** camt.053 of closed days only: a statement that is out never changes. */
async function statement(bank: Bank, call: Call, account: VisibleAccount): Promise<Answer> {
  if (call.query.bookingStatus !== "booked") {
    throw new Xs2aError(
      400,
      "PARAMETER_NOT_SUPPORTED",
      "Statements carry booked lines only.",
      "bookingStatus",
    );
  }
  const lastClosed = addDays(await businessDate(bank.db), -1);
  const to = call.query.dateTo ?? lastClosed;
  const from = call.query.dateFrom ?? to;
  if (to > lastClosed)
    throw new Xs2aError(400, "PERIOD_INVALID", `The last closed day is ${lastClosed}.`, "dateTo");
  if (from > to) throw new Xs2aError(400, "PERIOD_INVALID", "dateFrom lies after dateTo.", "dateFrom");
  if (addDays(from, MAX_STATEMENT_DAYS) < to) {
    throw new Xs2aError(400, "PERIOD_INVALID", `At most ${MAX_STATEMENT_DAYS} days at a time.`, "dateFrom");
  }
  return { status: 200, contentType: "application/xml", body: await statementsXml(bank, account, from, to) };
}

function pageSizeOf(bank: Bank, call: Call): number {
  if (call.query.pageIndex !== undefined) {
    throw new Xs2aError(400, "PARAMETER_NOT_SUPPORTED", "Pages are reached by _links.next.", "pageIndex");
  }
  const asked = Number(call.query.itemsPerPage ?? bank.pageSize);
  if (asked < 1) throw formatError("itemsPerPage must be at least 1.", "itemsPerPage");
  return Math.min(asked, bank.pageSize);
}

/** A cursor is opaque to the TPP: the position of the last line shown. */
function cursorOf(position: bigint): string {
  return Buffer.from(`seq:${position}`).toString("base64url");
}

function positionOf(cursor: string | undefined): bigint | undefined {
  if (cursor === undefined) return undefined;
  const position = /^seq:(\d{1,18})$/.exec(Buffer.from(cursor, "base64url").toString())?.[1];
  if (position === undefined) throw formatError("The cursor is not one of this bank's.", "cursor");
  return BigInt(position);
}
