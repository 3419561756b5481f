import type { TrialBalance } from "@jinqiao/contract";

/**
 * The trial balance as CSV (RFC 4180: CRLF, quotes doubled) with one header line, amounts as exact decimal text.
 * It begins with a byte order mark, because spreadsheets otherwise misread Chinese text as a local code page.
 */
export function trialBalanceCsv(trial: TrialBalance): string {
  const header = ["as_of", "currency", "account", "kind", "accounts", "debit", "credit"];
  const rows = trial.currencies.flatMap((book) => [
    ...book.rows.map((row) => [
      trial.asOf,
      book.currency,
      row.account,
      row.kind,
      String(row.accounts),
      row.debit.amount,
      row.credit.amount,
    ]),
    [trial.asOf, book.currency, "total", "", "", book.totalDebit.amount, book.totalCredit.amount],
    [trial.asOf, book.currency, "difference", "", "", book.difference.amount, ""],
  ]);
  return `\uFEFF${[header, ...rows].map((row) => `${row.map(csvField).join(",")}\r\n`).join("")}`;
}

/** One field. Text that a spreadsheet would run as a formula gets an apostrophe; a negative number stays a number. */
export function csvField(text: string): string {
  const isNumber = /^-?[0-9]+(\.[0-9]+)?$/.test(text);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
