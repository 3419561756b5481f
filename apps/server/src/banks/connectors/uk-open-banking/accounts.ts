import { type Currency, isCurrency, parseDecimal } from "@jinqiao/money";
import { addDays, dateIn } from "../../../platform/clock.ts";
import type { BankAccount, BankBalance, BankEntry, ConsentAccess, Sighting } from "../../connector.ts";
import { BankCallError } from "../shared/http.ts";
import {
  accountsResponse,
  balancesResponse,
  statementsResponse,
  type Transaction,
  transactionsResponse,
} from "./messages.ts";
import { type Obie, reading } from "./obie.ts";
import type { UkOpenBankingConfig } from "./settings.ts";

/** Pages of one list at most: a bank whose links run in a circle must not keep us for ever. */
const maxPages = 1_000;

type Deps = { config: UkOpenBankingConfig; obie: Obie };
type Reader = { token?: string; customerIp: string | null };

const ibanSchemes = ["UK.OBIE.IBAN", "IBAN"];
const sortCodeSchemes = ["UK.OBIE.SortCodeAccountNumber", "SortCodeAccountNumber"];

/** How an account is named to the bank: IBAN, or sort code with account number (14 digits). */
export function identificationOf(number: string): { SchemeName: string; Identification: string } {
  return /^\d{14}$/.test(number)
    ? { SchemeName: "UK.OBIE.SortCodeAccountNumber", Identification: number }
    : { SchemeName: "UK.OBIE.IBAN", Identification: number };
}

export async function readAccounts(
  deps: Deps,
  access: Pick<ConsentAccess, "accessToken">,
  customerIp: string | null,
): Promise<BankAccount[]> {
  const { data } = await deps.obie.exchange(accountsResponse, {
    operation: "accounts",
    path: "aisp/accounts",
    token: access.accessToken,
    customerIp,
  });
  return (data.Data.Account ?? []).flatMap((item) => {
    const named = (schemes: string[]) =>
      item.Account?.find(({ SchemeName: scheme }) => schemes.includes(scheme ?? ""));
    const identity = named(ibanSchemes) ?? named(sortCodeSchemes);
    const { Currency: currency = "" } = item;
    // An account that cannot be paid from or to is of no use to a wallet.
    if (identity?.Identification === undefined || !isCurrency(currency)) return [];
    return [
      {
        resourceId: item.AccountId,
        iban: identity.Identification,
        currency,
        name: textOrNull(item.Nickname) ?? textOrNull(item.Description) ?? "",
        ownerName: textOrNull(identity.Name),
      },
    ];
  });
}

/** Balance types in the order in which they say best what is booked, and what can be spent; v4.0 and v3.1 names. */
const bookedTypes = [
  ["ITBD", "InterimBooked"],
  ["CLBD", "ClosingBooked"],
  ["OPBD", "OpeningBooked"],
  ["PRCD", "PreviouslyClosedBooked"],
  ["XPCD", "Expected"],
];
const availableTypes = [
  ["ITAV", "InterimAvailable"],
  ["CLAV", "ClosingAvailable"],
  ["FWAV", "ForwardAvailable"],
  ["OPAV", "OpeningAvailable"],
];

export function readBalance(
  deps: Deps,
  access: ConsentAccess,
  account: { resourceId: string; currency: string },
  customerIp: string | null,
): Promise<BankBalance> {
  return reading(async () => {
    const { data } = await deps.obie.exchange(balancesResponse, {
      operation: "balances",
      path: `aisp/accounts/${encodeURIComponent(account.resourceId)}/balances`,
      token: access.accessToken,
      customerIp,
    });
    const own = data.Data.Balance.filter(({ Amount: amount }) => amount.Currency === account.currency);
    const pick = (types: string[][]) =>
      types
        .map((names) => own.find(({ Type: type }) => names.includes(type)))
        .find((found) => found !== undefined);
    const booked = pick(bookedTypes);
    if (booked === undefined) throw new BankCallError("maybe", "no booked balance in the account's currency");
    const available = pick(availableTypes);
    return {
      booked: signedMinor(booked),
      available: available === undefined ? null : signedMinor(available),
    };
  });
}

export function readEntries(
  deps: Deps,
  access: ConsentAccess,
  account: { resourceId: string },
  range: { from: string; to?: string },
  customerIp: string | null,
): Promise<BankEntry[]> {
  return reading(async () => {
    const all: BankEntry[] = [];
    const reader = { token: access.accessToken, customerIp };
    for await (const page of pages(deps, reader, account.resourceId, range)) all.push(...page);
    return all;
  });
}

/** Looks for our reference among the custody account's entries, booked and pending. */
export async function findPayment(
  deps: Deps,
  reference: string,
  custody: { resourceId: string },
  since: string,
): Promise<Sighting> {
  try {
    let found: BankEntry["status"] | undefined;
    for await (const page of pages(deps, { customerIp: null }, custody.resourceId, { from: since })) {
      const match = page.filter(
        ({ endToEndId, remittance }) => endToEndId === reference || remittance?.includes(reference),
      );
      if (match.some(({ status }) => status === "booked")) return { found: true, status: "booked" };
      if (match.length > 0) found = "pending";
    }
    return found === undefined ? { found: false } : { found: true, status: found };
  } catch (error) {
    // No answer is no proof of absence.
    return { found: "unknown", why: error instanceof Error ? error.message : "no answer" };
  }
}

/** The closed day's statement file as camt.053, or null while the bank has no statement of that day. */
export function readCustodyStatement(
  deps: Deps,
  custody: { resourceId: string },
  date: string,
): Promise<string | null> {
  return reading(async () => {
    const path = `aisp/accounts/${encodeURIComponent(custody.resourceId)}/statements`;
    const { data } = await deps.obie.exchange(statementsResponse, {
      operation: "statements",
      path,
      query: { fromStatementDateTime: `${date}T00:00:00Z`, toStatementDateTime: `${date}T23:59:59Z` },
    });
    const day = (text: string) => text.slice(0, 10);
    const statement = (data.Data.Statement ?? []).find(
      ({ StartDateTime: start, EndDateTime: end }) =>
        day(start) === date && (day(end) === date || day(end) === addDays(date, 1)),
    );
    if (statement?.StatementId === undefined) return null;
    const file = await deps.obie.send({
      operation: "statement",
      path: `${path}/${encodeURIComponent(statement.StatementId)}/file`,
      accept: "application/xml",
      patience: 3,
    });
    if (!file.mediaType.endsWith("xml")) throw new BankCallError("maybe", "a statement that is not XML");
    return file.text;
  });
}

async function* pages(
  deps: Deps,
  reader: Reader,
  resourceId: string,
  range: { from: string; to?: string },
): AsyncGenerator<BankEntry[]> {
  const seen = new Set<string>();
  let next: string | undefined = `aisp/accounts/${encodeURIComponent(resourceId)}/transactions`;
  let query: Record<string, string | undefined> = {
    fromBookingDateTime: `${range.from}T00:00:00Z`,
    toBookingDateTime: range.to === undefined ? undefined : `${range.to}T23:59:59Z`,
  };
  while (next !== undefined) {
    if (seen.has(next) || seen.size >= maxPages) throw new BankCallError("maybe", "the pages have no end");
    seen.add(next);
    const {
      data,
    }: {
      data: {
        Data: { Transaction?: Transaction[] | undefined };
        Links?: { Next?: string | undefined } | undefined;
      };
    } = await deps.obie.exchange(transactionsResponse, {
      operation: "transactions",
      path: next,
      query,
      ...reader,
    });
    yield (data.Data.Transaction ?? []).flatMap((item) => entryOf(deps.config, item));
    next = data.Links?.Next;
    // The link carries the whole query itself.
    query = {};
  }
}

/** v4.0 and v3.1 names. What is only announced (INFO, FUTR) or refused (RJCT) is no entry. */
const statuses: Record<string, BankEntry["status"]> = {
  BOOK: "booked",
  Booked: "booked",
  PDNG: "pending",
  Pending: "pending",
};

function entryOf(config: UkOpenBankingConfig, item: Transaction): BankEntry[] {
  const status = statuses[item.Status];
  if (status === undefined) return [];
  const amountMinor = signedMinor(item);
  const other = amountMinor < 0n ? item.CreditorAccount : item.DebtorAccount;
  const dateOf = (text: string | undefined) => {
    const instant = new Date(text ?? Number.NaN);
    return Number.isNaN(instant.getTime()) ? null : dateIn(config.timeZone, instant);
  };
  return [
    {
      status,
      bankId: textOrNull(item.TransactionId),
      endToEndId: textOrNull(item.TransactionReference),
      bookingDate: status === "booked" ? dateOf(item.BookingDateTime) : null,
      valueDate: dateOf(item.ValueDateTime),
      amountMinor,
      currency: item.Amount.Currency,
      counterpartyName: textOrNull(other?.Name),
      counterpartyIban: ibanSchemes.includes(other?.SchemeName ?? "")
        ? textOrNull(other?.Identification)
        : null,
      remittance: textOrNull(item.TransactionInformation),
    },
  ];
}

/** Exact minor units with the sign that the standard writes beside; zeros beyond the currency's decimals change nothing. */
function signedMinor(item: {
  Amount: { Amount: string; Currency: string };
  CreditDebitIndicator: "Credit" | "Debit";
}): bigint {
  const { Amount: text, Currency: currency } = item.Amount;
  try {
    const shortest = text.includes(".") ? text.replace(/\.?0+$/, "") : text;
    const minor = parseDecimal(shortest, currency as Currency);
    return item.CreditDebitIndicator === "Debit" ? -minor : minor;
  } catch (error) {
    throw new BankCallError("maybe", "an amount that cannot be read exactly", { cause: error });
  }
}

/** Blank ids are no ids: some banks send `" "` for every entry. */
function textOrNull(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}
