import { addsUp, type Balance, type StatementFile, type StatementLine } from "./statement.ts";
import { decimalText } from "./values.ts";

/** The normal form as JSON values: amounts as exact decimal text with their currency, absent values as null. */
export function toJson(file: StatementFile) {
  return {
    format: file.format,
    statements: file.statements.map((statement) => ({
      ...statement,
      opening: balanceJson(statement.opening),
      closing: balanceJson(statement.closing),
      available: balanceJson(statement.available),
      addsUp: addsUp(statement),
      lines: statement.lines.map(lineJson),
    })),
    remarks: file.remarks,
  };
}

function balanceJson(balance: Balance | null) {
  if (balance === null) return null;
  const { amountMinor, currency, date } = balance;
  return { amount: decimalText(amountMinor, currency), currency, date };
}

function lineJson({ amountMinor, currency, balanceMinor, ...rest }: StatementLine) {
  return {
    ...rest,
    amount: { amount: decimalText(amountMinor, currency), currency },
    balance: balanceMinor === null ? null : { amount: decimalText(balanceMinor, currency), currency },
  };
}
