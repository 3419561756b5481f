import { parseDecimal } from "@jinqiao/money";
import { StatementError } from "../../statements/camt053.ts";
import type { CustodyStatement, StatementEntry } from "../../types.ts";
import { version } from "./exchange.ts";
import type { QuickPaymentConfig } from "./settings.ts";
import { bankKeyOf, isSignedBy } from "./signatures.ts";

/**
 * Reads the daily reconciliation file (docs/quick-payment.md, "Reconciliation file"): a head, lines, totals and a
 * signature over all before it. Strict: signed by the bank, of the account and day asked for, complete, and adding up to the minor unit.
 * @throws StatementError naming the line
 */
export function readReconciliationFile(
  config: QuickPaymentConfig,
  file: string,
  wanted: { iban: string; currency: string; date: string },
): Omit<CustodyStatement, "sha256"> {
  const { currency, date } = wanted;
  if (!file.endsWith("\n")) throw new StatementError("The file is cut off: its last line does not end.");
  const rows = file.slice(0, -1).split("\n");
  const [head = [], ...body] = rows.map((row) => row.split("|").map(unescaped));
  const signature = body.pop() ?? [];
  const totals = body.pop() ?? [];
  if (signature[0] !== "S" || totals[0] !== "T" || head[0] !== "H")
    throw new StatementError("The file is cut off: head, totals or signature are missing.");
  const [, serial = "", algorithm = "", value = ""] = signature;
  const key = bankKeyOf(config, serial, algorithm);
  const signed = file.slice(0, file.lastIndexOf("\nS|") + 1);
  if (key === undefined || !isSignedBy(key, signed, value))
    throw new StatementError("The file does not bear the bank's signature.");

  const [, fileVersion, merchantId, account = "", fileCurrency, fileDate, opening = "", closing = ""] = head;
  if (fileVersion !== version) throw new StatementError(`The file has version ${fileVersion}.`);
  const resourceId = config.custodyAccounts.find((one) => one.iban === wanted.iban)?.resourceId;
  if (merchantId !== config.merchantId || account !== resourceId)
    throw new StatementError("The file is about another account.");
  if (fileCurrency !== currency || fileDate !== date)
    throw new StatementError(
      `The file is of ${fileDate} in ${fileCurrency}; asked was ${date} in ${currency}.`,
    );

  const entries = body.map((fields, index) => entryOf(fields, index + 1, currency));
  const sum = (direction: StatementEntry["direction"]) =>
    entries
      .filter((entry) => entry.direction === direction)
      .reduce((total, entry) => total + entry.amountMinor, 0n);
  const [, count, credits = "", debits = ""] = totals;
  const amount = (text: string, what: string) => amountOf(text, currency, what);
  if (Number(count) !== entries.length)
    throw new StatementError(`The file promises ${count} lines and holds ${entries.length}.`);
  if (amount(credits, "the total in") !== sum("credit") || amount(debits, "the total out") !== sum("debit"))
    throw new StatementError("The lines of the file do not add up to its totals.");
  const openingMinor = amount(opening, "the opening balance");
  const closingMinor = amount(closing, "the closing balance");
  const off = closingMinor - openingMinor - sum("credit") + sum("debit");
  if (off !== 0n)
    throw new StatementError(
      `The statement of ${date} does not add up: its closing balance is off by ${off} minor units.`,
    );
  return { iban: wanted.iban, currency, date, openingMinor, closingMinor, entries };
}

function entryOf(fields: string[], sequence: number, currency: string): StatementEntry {
  const [
    mark,
    number,
    kind,
    sign,
    amount = "",
    reference,
    bankReference,
    bookedOn = "",
    valueDate,
    name,
    subject,
  ] = fields;
  const where = `line ${sequence + 1}`;
  if (mark !== "L" || fields.length !== 11) throw new StatementError(`The file's ${where} is not a line.`);
  if (Number(number) !== sequence)
    throw new StatementError(`The file's ${where} bears the number ${number}.`);
  if (sign !== "C" && sign !== "D") throw new StatementError(`The file's ${where} has no direction.`);
  if (!/^\d{4}-\d{2}-\d{2}$/.test(bookedOn)) throw new StatementError(`The file's ${where} has no date.`);
  const amountMinor = amountOf(amount, currency, where);
  if (amountMinor <= 0n) throw new StatementError(`The file's ${where} has no amount above zero.`);
  return {
    sequence,
    direction: sign === "C" ? "credit" : "debit",
    amountMinor,
    bookingDate: bookedOn,
    valueDate: valueDate || null,
    endToEndId: reference || null,
    bankReference: bankReference || null,
    counterpartyName: name || null,
    remittance: subject || null,
    // The subject of a return begins with the reason, a code of ISO 20022.
    ...(kind === "RETURN"
      ? { returned: { code: /^[A-Z0-9]{4}(?= |$)/.exec(subject ?? "")?.[0] ?? null } }
      : {}),
  };
}

function amountOf(text: string, currency: string, what: string): bigint {
  try {
    return parseDecimal(text, currency);
  } catch {
    throw new StatementError(`The file's amount at ${what} cannot be read.`);
  }
}

const escapes: Record<string, string> = { "\\\\": "\\", "\\p": "|", "\\n": "\n" };

function unescaped(field: string): string {
  return field.replace(/\\[\\pn]/g, (sign) => escapes[sign] ?? sign);
}
