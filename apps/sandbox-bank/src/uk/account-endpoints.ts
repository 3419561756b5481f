/** Account information: account access consents, accounts, balances, transactions, statements (v4.0, aisp). */
import { addDays, type Bank, calendarDate } from "../context.ts";
import { type Account, custodyAccountsOf, findAccounts } from "../ledger/accounts.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { settleDuePayments } from "../payments/execution.ts";
import { statementsXml } from "../statements/camt053.ts";
import { bookedEntries, type Entry, pendingEntries } from "../statements/entries.ts";
import {
  type ConsentData,
  consentAccounts,
  findConsent,
  insertConsent,
  setConsentStatus,
  type UkConsent,
} from "./consents.ts";
import { UkError } from "./errors.ts";
import { amountOf, identifiersOf } from "./identifiers.ts";
import type { UkAnswer, UkCall, UkEndpoint } from "./pipeline.ts";

const BASE = "/open-banking/v4.0/aisp";
const FIRST_DATE = "1900-01-01";
const LATEST_STATEMENTS = 400;

export function accountEndpoints(bank: Bank): UkEndpoint[] {
  const get = (
    operationId: string,
    path: string,
    fault: string,
    handle: UkEndpoint["handle"],
  ): UkEndpoint => ({
    operationId,
    method: "GET",
    url: `${BASE}${path}`,
    scope: "accounts",
    fault,
    ...(handle && { handle }),
  });
  const account = "/accounts/:accountId";
  return [
    {
      operationId: "CreateAccountAccessConsents",
      method: "POST",
      url: `${BASE}/account-access-consents`,
      scope: "accounts",
      fault: "createConsent",
      handleOnce: (call, tx) => createConsent(bank, call, tx),
    },
    get(
      "GetAccountAccessConsentsConsentId",
      "/account-access-consents/:consentId",
      "consentStatus",
      async (call) =>
        answer(bank, `/account-access-consents/${call.path.ConsentId}`, consentData(await own(bank, call)), {
          Risk: {},
        }),
    ),
    {
      operationId: "DeleteAccountAccessConsentsConsentId",
      method: "DELETE",
      url: `${BASE}/account-access-consents/:consentId`,
      scope: "accounts",
      fault: "deleteConsent",
      handle: async (call) => {
        const consent = await own(bank, call);
        if (consent.status === "AWAU" || consent.status === "AUTH")
          await setConsentStatus(bank, bank.db, consent, "CANC");
        return { status: 204 };
      },
    },
    get("GetAccounts", "/accounts", "accounts", async (call) => {
      const access = await accessOf(bank, call);
      return answer(bank, "/accounts", { Account: access.accounts.map((one) => details(access, one)) });
    }),
    get("GetAccountsAccountId", account, "account", async (call) => {
      const { access, one } = await accountOf(bank, call);
      return answer(bank, `/accounts/${one.id}`, { Account: [details(access, one)] });
    }),
    get("GetAccountsAccountIdBalances", `${account}/balances`, "balances", async (call) => {
      const { access, one } = await accountOf(bank, call);
      need(access, "ReadBalances");
      return answer(bank, `/accounts/${one.id}/balances`, { Balance: balances(one) });
    }),
    get("GetAccountsAccountIdTransactions", `${account}/transactions`, "transactions", (call) =>
      transactions(bank, call),
    ),
    get("GetAccountsAccountIdStatements", `${account}/statements`, "transactions", (call) =>
      statements(bank, call),
    ),
    get(
      "GetAccountsAccountIdStatementsStatementIdFile",
      `${account}/statements/:statementId/file`,
      "transactions",
      (call) => statementFile(bank, call),
    ),
  ];
}

/** An answer with the links that v4.0 gives every one. */
function answer(
  bank: Bank,
  path: string,
  data: Record<string, unknown>,
  more: Record<string, unknown> = {},
  links: Record<string, string> = {},
  status = 200,
): UkAnswer {
  return {
    status,
    body: { Data: data, ...more, Links: { Self: `${bank.apiUrl}${BASE}${path}`, ...links }, Meta: {} },
  };
}

async function createConsent(
  bank: Bank,
  call: UkCall,
  tx: Parameters<typeof insertConsent>[1],
): Promise<UkAnswer> {
  const { Data, Risk } = call.body as UkConsent["request"];
  const expires = Data.ExpirationDateTime === undefined ? null : new Date(Data.ExpirationDateTime);
  if (expires !== null && expires <= bank.clock.now())
    throw new UkError(400, "Field.InvalidDate", "The expiry lies in the past.", "Data.ExpirationDateTime");
  const permissions = Data.Permissions ?? [];
  const has = (name: string) => permissions.some((permission) => permission.startsWith(name));
  // Account and Transaction API profile 4.0, Permissions: these combinations make no sense and are refused.
  if (!has("ReadAccounts"))
    throw new UkError(
      400,
      "Field.Invalid",
      "ReadAccountsBasic or ReadAccountsDetail is needed.",
      "Data.Permissions",
    );
  const directions = has("ReadTransactionsCredits") || has("ReadTransactionsDebits");
  const depths = has("ReadTransactionsBasic") || has("ReadTransactionsDetail");
  if (directions !== depths)
    throw new UkError(400, "Field.Invalid", "Transactions need a depth and a direction.", "Data.Permissions");
  const consent = await insertConsent(bank, tx, {
    clientId: call.caller.clientId,
    kind: "account",
    request: { Data, ...(Risk && { Risk }) },
    expiresAt: expires,
  });
  return answer(bank, `/account-access-consents/${consent.id}`, consentData(consent), { Risk: {} }, {}, 201);
}

async function own(bank: Bank, call: UkCall): Promise<UkConsent> {
  const consent = await findConsent(bank, bank.db, call.path.ConsentId ?? "");
  if (consent?.clientId !== call.caller.clientId || consent.kind !== "account")
    throw new UkError(
      400,
      "Resource.NotFound",
      "The bank knows no such consent of this company.",
      "ConsentId",
    );
  return consent;
}

function consentData(consent: UkConsent): Record<string, unknown> {
  const { Permissions, ExpirationDateTime, TransactionFromDateTime, TransactionToDateTime } = consent.request
    .Data as ConsentData;
  return {
    ConsentId: consent.id,
    CreationDateTime: consent.createdAt.toISOString(),
    Status: consent.status,
    StatusUpdateDateTime: consent.updatedAt.toISOString(),
    Permissions,
    ...(ExpirationDateTime && { ExpirationDateTime }),
    ...(TransactionFromDateTime && { TransactionFromDateTime }),
    ...(TransactionToDateTime && { TransactionToDateTime }),
  };
}

interface Access {
  accounts: Account[];
  /** `null`: everything, because the accounts are the company's own. */
  permissions: readonly string[] | null;
}

/** What a token opens: a customer's consent its accounts, the company's own token its own (by contract). */
async function accessOf(bank: Bank, call: UkCall): Promise<Access> {
  await settleDuePayments(bank);
  if (call.consent === null)
    return { accounts: await custodyAccountsOf(bank.db, call.caller.clientId), permissions: null };
  if (call.consent.kind !== "account")
    throw new UkError(403, "Resource.ConsentMismatch", "The token is not for account information.");
  if (call.consent.status === "EXPD") throw new UkError(403, "Reauthenticate", "The consent has expired.");
  if (call.consent.status !== "AUTH")
    throw new UkError(
      403,
      "Resource.InvalidConsentStatus",
      `The consent is not valid (${call.consent.status}).`,
    );
  return {
    accounts: await findAccounts(bank.db, await consentAccounts(bank.db, call.consent.id)),
    permissions: call.consent.request.Data.Permissions ?? [],
  };
}

async function accountOf(bank: Bank, call: UkCall): Promise<{ access: Access; one: Account }> {
  const access = await accessOf(bank, call);
  const one = access.accounts.find(({ id }) => id === call.path.AccountId);
  if (one === undefined)
    throw new UkError(400, "Resource.NotFound", "The consent opens no such account.", "AccountId");
  return { access, one };
}

function allowed(access: Access, permission: string): boolean {
  return access.permissions === null || access.permissions.includes(permission);
}

function need(access: Access, ...permissions: string[]): void {
  if (!permissions.some((permission) => allowed(access, permission)))
    throw new UkError(
      403,
      "Resource.ConsentMismatch",
      `The consent does not cover ${permissions.join(" or ")}.`,
    );
}

function details(access: Access, account: Account): Record<string, unknown> {
  const isBusiness = account.kind === "custody";
  return {
    AccountId: account.id,
    Status: "Enabled",
    Currency: account.currency,
    AccountCategory: isBusiness ? "Business" : "Personal",
    AccountTypeCode: account.product === "Savings account" ? "SVGS" : "CACC",
    Nickname: account.name.slice(0, 70),
    ...(allowed(access, "ReadAccountsDetail") ? { Account: identifiersOf(account) } : {}),
  };
}

function balances(account: Account): Record<string, unknown>[] {
  const balance = (type: string, minor: bigint) => ({
    AccountId: account.id,
    CreditDebitIndicator: minor < 0n ? "Debit" : "Credit",
    Type: type,
    DateTime: account.lastChangeAt.toISOString(),
    Amount: amountOf(minor, account.currency),
  });
  // ITBD interim booked, ITAV interim available, XPCD expected (ISO 20022 external balance type codes).
  return [
    balance("ITBD", account.bookedMinor),
    balance("ITAV", account.availableMinor),
    balance("XPCD", account.expectedMinor),
  ];
}

async function transactions(bank: Bank, call: UkCall): Promise<UkAnswer> {
  const { access, one } = await accountOf(bank, call);
  need(access, "ReadTransactionsBasic", "ReadTransactionsDetail");
  const dateOf = (text: string | undefined, name: string) => {
    if (text === undefined) return undefined;
    // The standard says to ignore a time zone in filters: the text is the bank's own time.
    const date = /^(\d{4}-\d{2}-\d{2})T/.exec(text)?.[1];
    if (date === undefined) throw new UkError(400, "Field.InvalidDate", "That is no date and time.", name);
    return date;
  };
  const { fromBookingDateTime, toBookingDateTime, page } = call.query;
  const from = dateOf(fromBookingDateTime, "fromBookingDateTime") ?? FIRST_DATE;
  const to = dateOf(toBookingDateTime, "toBookingDateTime") ?? (await businessDate(bank.db));
  const before = page === undefined ? undefined : BigInt(/^\d{1,18}$/.exec(page)?.[0] ?? "0");
  const limit = bank.pageSize;
  const booked = await bookedEntries(bank.db, one.id, {
    from,
    to,
    limit: limit + 1,
    ...(before !== undefined && { before }),
  });
  const shown = booked.slice(0, limit);
  // Pending lines come with the first page only: they have no place in the booked order.
  const pending = before === undefined ? await pendingEntries(bank.db, one.id) : [];
  const last = shown.at(-1);
  const path = `/accounts/${one.id}/transactions`;
  const links: Record<string, string> = {};
  if (booked.length > limit && last !== undefined) {
    const next = new URLSearchParams({ ...call.query, page: last.position.toString() });
    links.Next = `${bank.apiUrl}${BASE}${path}?${next}`;
  }
  const visible = [...shown, ...pending].filter(({ amountMinor }) =>
    allowed(access, amountMinor < 0n ? "ReadTransactionsDebits" : "ReadTransactionsCredits"),
  );
  const withDetail = allowed(access, "ReadTransactionsDetail");
  const items = visible.map((entry) => transaction(bank, one, entry, withDetail));
  return answer(bank, path, { Transaction: items }, {}, links);
}

function transaction(
  bank: Bank,
  account: Account,
  entry: Entry,
  withDetail: boolean,
): Record<string, unknown> {
  const isDebit = entry.amountMinor < 0n;
  const counterparty = {
    ...(entry.counterpartyName === null ? {} : { Name: entry.counterpartyName }),
    ...(entry.counterpartyAccount === null
      ? {}
      : { SchemeName: "UK.OBIE.IBAN", Identification: entry.counterpartyAccount }),
  };
  return {
    AccountId: account.id,
    TransactionId: entry.transactionId,
    // The payer's end-to-end reference, where there is one (OBTransaction6, TransactionReference).
    ...(entry.endToEndId === null ? {} : { TransactionReference: entry.endToEndId }),
    CreditDebitIndicator: isDebit ? "Debit" : "Credit",
    Status: entry.status === "booked" ? "BOOK" : "PDNG",
    TransactionMutability: entry.status === "booked" ? "Immutable" : "Mutable",
    BookingDateTime: dayStart(entry.bookingDate ?? calendarDate(bank.clock.now(), bank.timeZone)),
    ValueDateTime: dayStart(entry.valueDate),
    Amount: amountOf(entry.amountMinor, account.currency),
    ...(withDetail && entry.remittance !== null
      ? { TransactionInformation: entry.remittance.slice(0, 500) }
      : {}),
    ...(withDetail && Object.keys(counterparty).length > 0
      ? { [isDebit ? "CreditorAccount" : "DebtorAccount"]: counterparty }
      : {}),
  };
}

const dayStart = (date: string) => `${date}T00:00:00Z`;

/** One statement per closed day; its id is the day. */
async function statements(bank: Bank, call: UkCall): Promise<UkAnswer> {
  const { access, one } = await accountOf(bank, call);
  need(access, "ReadStatementsBasic", "ReadStatementsDetail");
  const lastClosed = addDays(await businessDate(bank.db), -1);
  const day = (text: string | undefined) => /^(\d{4}-\d{2}-\d{2})T/.exec(text ?? "")?.[1];
  const to = [day(call.query.toStatementDateTime) ?? lastClosed, lastClosed].sort()[0] as string;
  const from = day(call.query.fromStatementDateTime) ?? addDays(to, -30);
  if (addDays(from, LATEST_STATEMENTS) < to)
    throw new UkError(400, "Field.InvalidDate", `At most ${LATEST_STATEMENTS} days at a time.`);
  const items: Record<string, unknown>[] = [];
  for (let date = from; date <= to; date = addDays(date, 1)) {
    items.push({
      AccountId: one.id,
      StatementId: date,
      Type: "RegularPeriodic",
      StartDateTime: dayStart(date),
      EndDateTime: `${date}T23:59:59Z`,
      CreationDateTime: dayStart(addDays(date, 1)),
    });
  }
  return answer(bank, `/accounts/${one.id}/statements`, { Statement: items });
}

/** The closed day as camt.053. A statement that is out never changes. */
async function statementFile(bank: Bank, call: UkCall): Promise<UkAnswer> {
  const { access, one } = await accountOf(bank, call);
  need(access, "ReadStatementsDetail");
  const date = call.path.StatementId ?? "";
  const lastClosed = addDays(await businessDate(bank.db), -1);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(Date.parse(date)) || date > lastClosed)
    throw new UkError(
      400,
      "Resource.NotFound",
      `There is no such statement; the last is ${lastClosed}.`,
      "StatementId",
    );
  return { status: 200, contentType: "application/xml", body: await statementsXml(bank, one, date, date) };
}
