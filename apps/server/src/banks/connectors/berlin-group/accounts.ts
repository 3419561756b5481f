import { type Currency, isCurrency, parseDecimal } from "@jinqiao/money";
import type { BankAccount, BankBalance, BankEntry, ConsentAccess, Sighting } from "../../connector.ts";
import type { BankServices } from "../../connector-services.ts";
import { BankCallError } from "../shared/http.ts";
import {
  accountList,
  balanceAnswer,
  type Transaction,
  type TransactionList,
  transactionList,
  trustedList,
} from "./messages.ts";
import type { BerlinGroupConfig } from "./settings.ts";
import { BankRefused, reading, tokenOf, type Xs2a } from "./xs2a.ts";

/** Pages of one list at most: a bank whose links run in a circle must not keep us for ever. */
const maxPages = 1_000;
/** Banks may refuse older entries without a fresh log-in (RTS (EU) 2018/389 art. 10: 90 days). */
const alwaysReadableDays = 89;

export type AccountDeps = { config: BerlinGroupConfig; xs2a: Xs2a; moved: MovedAccounts };
type Deps = AccountDeps;
type Reader = { token?: string | undefined; consentId: string; customerIp: string | null };
/** Ids that the bank no longer knows, and those that took their place (by consent and old id). */
export type MovedAccounts = Map<string, string>;
type Account = { resourceId: string; currency?: string; iban?: string };

/** How a reader of the customer's accounts is known to the bank. */
export function readerOf(access: ConsentAccess, customerIp: string | null): Reader {
  return { token: tokenOf(access), consentId: access.bankConsentId, customerIp };
}

/** `currency` of an account that is kept in several (NextGenPSD2 1.3.11, multi-currency accounts). */
const severalCurrencies = "XXX";

/**
 * The accounts that the consent opens, one for each currency. A multi-currency account that is shown with its
 * sub-accounts is left out for them; one that is shown alone is split by the currencies of its balances.
 */
export async function readAccounts(
  deps: Pick<Deps, "xs2a">,
  access: ConsentAccess,
  customerIp: string | null,
): Promise<BankAccount[]> {
  const reader = readerOf(access, customerIp);
  const { accounts } = await deps.xs2a.json(accountList, {
    operation: "accounts",
    path: "v1/accounts",
    ...reader,
  });
  const found: BankAccount[] = [];
  for (const { resourceId, iban, currency, name, displayName, product, ownerName } of accounts) {
    // An account that cannot be paid from or to, or not be asked about, is of no use to a wallet.
    if (resourceId === undefined || iban === undefined) continue;
    const ownName = [displayName, name, product].find((text) => text !== undefined && text.trim() !== "");
    const account = { resourceId, iban, name: ownName ?? "", ownerName: ownerName ?? null };
    if (isCurrency(currency)) found.push({ ...account, currency });
    else if (currency === severalCurrencies) {
      const hasParts = accounts.some((other) => other.iban === iban && other.currency !== severalCurrencies);
      if (hasParts) continue;
      const { balances } = await deps.xs2a.json(balanceAnswer, balancesOf(resourceId, reader));
      const currencies = new Set(balances.map(({ balanceAmount }) => balanceAmount.currency));
      for (const each of currencies) if (isCurrency(each)) found.push({ ...account, currency: each });
    }
  }
  return found;
}

function balancesOf(resourceId: string, reader: Reader) {
  return {
    operation: "balances",
    path: `v1/accounts/${encodeURIComponent(resourceId)}/balances`,
    ...reader,
  };
}

/**
 * Reads something of an account, and once more under its new id where the bank no longer knows the old one: ids may
 * change (a bank's core system is replaced), account number and currency stay.
 */
async function atAccount<T>(
  deps: Deps,
  access: ConsentAccess,
  account: Account,
  customerIp: string | null,
  read: (resourceId: string) => Promise<T>,
): Promise<T> {
  const key = `${access.bankConsentId} ${account.resourceId}`;
  try {
    return await read(deps.moved.get(key) ?? account.resourceId);
  } catch (error) {
    const isGone = error instanceof BankRefused && error.status === 404;
    if (!isGone || account.iban === undefined) throw error;
    const now = (await readAccounts(deps, access, customerIp)).find(
      ({ iban, currency }) =>
        iban === account.iban && (account.currency === undefined || currency === account.currency),
    );
    if (now === undefined) throw error;
    deps.moved.set(key, now.resourceId);
    return read(now.resourceId);
  }
}

/** Balance types in the order in which they say best what is booked, and what can be spent. */
const bookedTypes = ["interimBooked", "closingBooked", "openingBooked", "nonInvoiced", "expected"];
const availableTypes = ["interimAvailable", "forwardAvailable", "closingAvailable"];

export function readBalance(
  deps: Deps,
  access: ConsentAccess,
  account: { resourceId: string; currency: string; iban?: string },
  customerIp: string | null,
): Promise<BankBalance> {
  const reader = readerOf(access, customerIp);
  return reading(async () => {
    const { balances } = await atAccount(deps, access, account, customerIp, (resourceId) =>
      deps.xs2a.json(balanceAnswer, balancesOf(resourceId, reader)),
    );
    const pick = (types: readonly string[]) =>
      types
        .map((type) =>
          balances.find(
            (balance) => balance.balanceType === type && balance.balanceAmount.currency === account.currency,
          ),
        )
        .find((balance) => balance !== undefined);
    const booked = pick(bookedTypes);
    if (booked === undefined) throw new BankCallError("maybe", "no booked balance in the account's currency");
    const available = pick(availableTypes);
    return {
      booked: minorOf(booked.balanceAmount),
      available: available === undefined ? null : minorOf(available.balanceAmount),
    };
  });
}

export function readEntries(
  deps: Deps,
  access: ConsentAccess,
  account: Account,
  range: { from: string; to?: string },
  today: string,
  customerIp: string | null,
): Promise<BankEntry[]> {
  const reader = readerOf(access, customerIp);
  return reading(() =>
    atAccount(deps, access, account, customerIp, async (resourceId) => {
      try {
        return await collect(deps, reader, resourceId, range);
      } catch (error) {
        const earliest = daysBefore(today, alwaysReadableDays);
        if (!(error instanceof BankRefused && error.code === "PERIOD_INVALID" && range.from < earliest))
          throw error;
        return collect(deps, reader, resourceId, { ...range, from: earliest });
      }
    }),
  );
}

/** GET /v1/trusted-beneficiaries (list of trusted beneficiaries 1.0.0). */
export function readTrustedBeneficiaries(
  deps: Deps,
  access: ConsentAccess,
  account: { resourceId: string },
  customerIp: string | null,
): ReturnType<NonNullable<BankServices["trustedBeneficiaries"]>> {
  return reading(async () => {
    const { trustedBeneficiaries } = await deps.xs2a.json(trustedList, {
      operation: "trustedBeneficiaries",
      path: "v1/trusted-beneficiaries",
      query: { "account-id": account.resourceId },
      ...readerOf(access, customerIp),
    });
    return trustedBeneficiaries.map(({ trustedBeneficiaryId, creditorAccount, creditorName }) => ({
      id: trustedBeneficiaryId,
      name: creditorName,
      iban: creditorAccount.iban ?? null,
      currency: creditorAccount.currency ?? null,
    }));
  });
}

/** Looks for our reference among the custody account's entries, booked and pending. */
export async function findPayment(
  deps: Deps,
  reference: string,
  custody: { resourceId: string; currency: string },
  since: string,
): Promise<Sighting> {
  try {
    let found: BankEntry["status"] | undefined;
    for await (const page of pages(deps, custodyReader(deps.config, custody), custody.resourceId, {
      from: since,
    })) {
      const match = page.filter(({ endToEndId }) => endToEndId === reference);
      if (match.some(({ status }) => status === "booked")) return { found: true, status: "booked" };
      if (match.length > 0) found = "pending";
    }
    return found === undefined ? { found: false } : { found: true, status: found };
  } catch (error) {
    // No answer is no proof of absence.
    return { found: "unknown", why: error instanceof Error ? error.message : "no answer" };
  }
}

/** The closed day's camt.053, or null while the bank says that the day is not closed (`PERIOD_INVALID`). */
export function readCustodyStatement(
  deps: Deps,
  custody: { resourceId: string; currency: string },
  date: string,
): Promise<string | null> {
  return reading(async () => {
    try {
      const answer = await deps.xs2a.send({
        operation: "statement",
        path: `v1/accounts/${encodeURIComponent(custody.resourceId)}/transactions`,
        query: { bookingStatus: "booked", dateFrom: date, dateTo: date },
        consentId: custodyReader(deps.config, custody).consentId,
        accept: "application/xml",
        patience: 3,
      });
      if (!answer.mediaType.endsWith("xml")) throw new BankCallError("maybe", "a statement that is not XML");
      return answer.text;
    } catch (error) {
      if (error instanceof BankRefused && error.code === "PERIOD_INVALID") return null;
      throw error;
    }
  });
}

function custodyReader(config: BerlinGroupConfig, custody: { resourceId: string }): Reader {
  const account = config.custodyAccounts.find(({ resourceId }) => resourceId === custody.resourceId);
  return { consentId: account?.consentId ?? `contract-${config.clientId}`, customerIp: null };
}

async function collect(
  deps: Deps,
  reader: Reader,
  resourceId: string,
  range: { from: string; to?: string },
): Promise<BankEntry[]> {
  const all: BankEntry[] = [];
  for await (const page of pages(deps, reader, resourceId, range)) all.push(...page);
  return all;
}

async function* pages(
  deps: Deps,
  reader: Reader,
  resourceId: string,
  range: { from: string; to?: string },
): AsyncGenerator<BankEntry[]> {
  const seen = new Set<string>();
  let next: string | undefined = `v1/accounts/${encodeURIComponent(resourceId)}/transactions`;
  let query: Record<string, string | undefined> = {
    bookingStatus: "both",
    dateFrom: range.from,
    dateTo: range.to,
  };
  while (next !== undefined) {
    if (seen.has(next) || seen.size >= maxPages) throw new BankCallError("maybe", "the pages have no end");
    seen.add(next);
    const page: TransactionList = await deps.xs2a.json(transactionList, {
      operation: "transactions",
      path: next,
      query,
      ...reader,
    });
    const { transactions } = page;
    yield [
      ...(transactions.booked ?? []).map((item) => entryOf(item, "booked")),
      ...(transactions.pending ?? []).map((item) => entryOf(item, "pending")),
    ];
    next = transactions._links?.next?.href;
    // The link carries the whole query itself.
    query = {};
  }
}

function entryOf(item: Transaction, status: BankEntry["status"]): BankEntry {
  const { amount, currency } = item.transactionAmount;
  const amountMinor = minorOf({ amount, currency });
  const [name, account] =
    amountMinor < 0n ? [item.creditorName, item.creditorAccount] : [item.debtorName, item.debtorAccount];
  const structured = item.remittanceInformationStructured;
  return {
    status,
    bankId: textOrNull(item.transactionId) ?? textOrNull(item.entryReference),
    endToEndId: endToEndOrNull(item.endToEndId),
    bookingDate: dateOrNull(item.bookingDate),
    valueDate: dateOrNull(item.valueDate),
    amountMinor,
    currency,
    counterpartyName: textOrNull(name),
    counterpartyIban: textOrNull(account?.iban),
    remittance:
      textOrNull(item.remittanceInformationUnstructured) ??
      textOrNull(typeof structured === "string" ? structured : structured?.reference) ??
      textOrNull(item.additionalInformation),
  };
}

/** Exact minor units; zeros beyond the currency's decimals, which some banks write, change nothing. */
export function minorOf({ amount, currency }: { amount: string; currency: string }): bigint {
  try {
    const shortest = amount.includes(".") ? amount.replace(/\.?0+$/, "") : amount;
    return parseDecimal(shortest, currency as Currency);
  } catch (error) {
    throw new BankCallError("maybe", "an amount that cannot be read exactly", { cause: error });
  }
}

/** Blank ids are no ids: some banks send `" "` for every entry. */
export function textOrNull(text: string | undefined): string | null {
  const trimmed = text?.trim() ?? "";
  return trimmed === "" ? null : trimmed;
}

/** SEPA writes NOTPROVIDED where the payer gave no reference (EPC 115-06, AT-41). */
function endToEndOrNull(text: string | undefined): string | null {
  const trimmed = textOrNull(text);
  return trimmed === null || /^not ?provided$/i.test(trimmed) ? null : trimmed;
}

export function dateOrNull(text: string | undefined): string | null {
  return text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))
    ? text
    : null;
}

function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}
