/** Accounts as UK Open Banking names them (external code set OBExternalAccountIdentification4Code). */
import type { Queryable } from "../database.ts";
import { britishIban, isIban } from "../iban.ts";
import { type Account, findAccountByIban } from "../ledger/accounts.ts";
import { formatAmount, parseAmount } from "../money.ts";
import type { AmountOfObie } from "./consents.ts";
import { UkError } from "./errors.ts";

const IBAN_SCHEME = "UK.OBIE.IBAN";
const SORT_CODE_SCHEME = "UK.OBIE.SortCodeAccountNumber";

/** The identifiers of an account: IBAN, and sort code with account number where the IBAN is British. */
export function identifiersOf(
  account: Account,
): { SchemeName: string; Identification: string; Name: string }[] {
  const number = /^GB\d{2}[A-Z]{4}(\d{14})$/.exec(account.iban)?.[1];
  const name = account.ownerName;
  return [
    ...(number === undefined ? [] : [{ SchemeName: SORT_CODE_SCHEME, Identification: number, Name: name }]),
    { SchemeName: IBAN_SCHEME, Identification: account.iban, Name: name },
  ];
}

/** The IBAN behind an identifier. Throws UkError for a scheme or number that the bank does not read. */
export function ibanOf(account: { SchemeName: string; Identification: string }, path: string): string {
  const { SchemeName: scheme, Identification: text } = account;
  if (scheme === IBAN_SCHEME || scheme === "IBAN") {
    if (!isIban(text))
      throw new UkError(
        400,
        "Unsupported.AccountIdentifier",
        "That is no IBAN with a right check number.",
        path,
      );
    return text;
  }
  if (scheme === SORT_CODE_SCHEME || scheme === "SortCodeAccountNumber") {
    if (!/^\d{14}$/.test(text))
      throw new UkError(
        400,
        "Unsupported.AccountIdentifier",
        "Sort code and account number have 14 digits.",
        path,
      );
    return britishIban(text);
  }
  throw new UkError(400, "Unsupported.Scheme", `The bank does not read ${scheme}.`, `${path}/SchemeName`);
}

export async function accountOf(
  db: Queryable,
  account: { SchemeName: string; Identification: string },
  path: string,
): Promise<Account | undefined> {
  return findAccountByIban(db, ibanOf(account, path));
}

/** An amount as the standard writes it: the sign stands beside, as CreditDebitIndicator. */
export function amountOf(minor: bigint, currency: string): AmountOfObie {
  return { Amount: formatAmount(minor < 0n ? -minor : minor, currency), Currency: currency };
}

/** Minor units of an amount above zero. Throws UkError. */
export function minorOf(amount: AmountOfObie, path: string): bigint {
  const shortest = amount.Amount.includes(".") ? amount.Amount.replace(/\.?0+$/, "") : amount.Amount;
  const minor = parseAmount(shortest, amount.Currency);
  if (minor === undefined || minor <= 0n)
    throw new UkError(
      400,
      "Field.Invalid",
      "The amount must be above zero, with its currency's decimals.",
      path,
    );
  return minor;
}
