/** International bank account numbers (ISO 13616) of this bank: Czech shape, fictional bank codes 99… */
import type { DialectName } from "./dialects.ts";

const COUNTRY = "CZ";
const BRITISH_CODE = "ALBN";
/** Bank codes of the banks that run side by side: accounts of the same number at two of them are two accounts. */
const BANK_CODES: Record<DialectName, string> = {
  "berlin-group": "9999",
  "uk-open-banking": BRITISH_CODE,
  "iso20022-files": "9998",
  "quick-payment": "9997",
};

/** The bank code in the account numbers of a bank that speaks the dialect, where it is not given another one. */
export function bankCodeOf(dialect: DialectName): string {
  return BANK_CODES[dialect];
}

/** Business identifier code of the sandbox bank (ISO 9362 shape; not a registered one). */
export const BANK_BIC = "HARBCZPP";

/** The IBAN of this bank's account with that number (at most 16 digits). */
export function bankIban(accountNumber: bigint | number, bankCode = BANK_CODES["berlin-group"]): string {
  const bban = bankCode + accountNumber.toString().padStart(16, "0");
  const check = 98n - remainder(`${bban}${letters(COUNTRY)}00`);
  return `${COUNTRY}${check.toString().padStart(2, "0")}${bban}`;
}

/**
 * A British IBAN: bank code, then sort code and account number in 14 digits. ALBN is no registered bank code, and no
 * real sort code begins with 99.
 */
export function britishIban(sortCodeAndNumber: string): string {
  const bban = `${BRITISH_CODE}${sortCodeAndNumber}`;
  const check = 98n - remainder(letters(`${bban}GB00`));
  return `GB${check.toString().padStart(2, "0")}${bban}`;
}

/** The IBAN of an account with that number (at most 12 digits), of the country whose interface the bank speaks. */
export function accountIban(bank: { dialect: string; code: string }, number: bigint): string {
  return bank.dialect === "uk-open-banking"
    ? britishIban(`99${number.toString().padStart(12, "0")}`)
    : bankIban(number, bank.code);
}

/** Whether the text is an IBAN with a right check number (ISO 7064 mod 97-10). */
export function isIban(text: string): boolean {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
  return remainder(letters(text.slice(4) + text.slice(0, 4))) === 1n;
}

/** The IBAN in groups of four, as people read it. */
export function groupIban(iban: string): string {
  return iban.replace(/(.{4})(?=.)/g, "$1 ");
}

function letters(text: string): string {
  return text.replace(/[A-Z]/g, (letter) => (letter.charCodeAt(0) - 55).toString());
}

function remainder(digits: string): bigint {
  return BigInt(digits) % 97n;
}
