import { isCurrency } from "@jinqiao/money";
import { z } from "zod";
import { idOf, instant, listOf, listQuery, locale, Money, plainDate } from "../common.ts";
import { route } from "../route.ts";

/** Most lines a statement may have as a PDF; longer ones are given as CSV or JSON. */
export const maxPdfLines = 5_000;

/** Longest period of one statement, in calendar years. */
export const maxStatementYears = 5;

export const WalletStatementLine = z
  .object({
    sequence: z.string().describe("Place of the line in the account's life, from 1, without gaps."),
    at: instant,
    localTime: z
      .string()
      .describe("The same moment in the statement's time zone, ISO 8601 with its offset from UTC.")
      .meta({ example: "2026-03-29T03:15:00+02:00" }),
    kind: z.string().meta({ example: "top_up.settle" }),
    description: z.string().describe("What it was, in the statement's language."),
    counterparty: z
      .string()
      .nullable()
      .describe("The person or the bank account on the other side, as far as the customer may know it."),
    note: z.string().nullable(),
    reference: z.string().nullable().describe("Our reference of the payment."),
    paymentId: idOf("pay").nullable(),
    transferId: idOf("trf"),
    moneyIn: Money.nullable(),
    moneyOut: Money.nullable(),
    balance: Money.describe("Balance after this line."),
  })
  .meta({ id: "WalletStatementLine" });
export type WalletStatementLine = z.infer<typeof WalletStatementLine>;

const summary = {
  holder: z.string(),
  account: z.string().describe("Code of the account in the books."),
  currency: z.string(),
  from: plainDate,
  to: plainDate.describe("The first day that is no longer part of it."),
  timeZone: z.string().meta({ example: "Asia/Shanghai" }),
  start: instant.describe("The moment the first day begins in that zone."),
  end: instant.describe("The moment the last day ends in that zone."),
  asOf: instant.describe("When it was made. While this is before `end`, the period still goes on."),
  opening: Money,
  moneyIn: Money,
  moneyOut: Money,
  closing: Money,
  count: z.number().int().describe("How many lines."),
};

export const WalletStatementSummary = z.object(summary).meta({
  id: "WalletStatementSummary",
  description: "A statement without its lines: opening + money in − money out = closing.",
});
export type WalletStatementSummary = z.infer<typeof WalletStatementSummary>;

export const WalletStatement = z
  .object({ ...summary, language: locale, lines: z.array(WalletStatementLine) })
  .meta({ id: "WalletStatement", description: "Lines are in the order of the books, oldest first." });
export type WalletStatement = z.infer<typeof WalletStatement>;

/** A name of the IANA time zone database, such as `Europe/Berlin`; bare offsets know no clock changes and are refused. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z][A-Za-z0-9_+\-/]{0,63}$/.test(name)) return false;
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

const timeZone = z
  .string()
  .refine(isTimeZone, "field.time_zone")
  .describe("IANA time zone whose days the period counts; UTC when absent.")
  .meta({ example: "Asia/Shanghai" });
const day = plainDate.refine((date) => date >= "1970-01-01", "field.invalid");

const period = {
  currency: z
    .string()
    .refine(isCurrency, "amount.unknown_currency")
    .describe("ISO 4217 alphabetic code.")
    .meta({ example: "CNY" }),
  from: day.describe("First day.").meta({ example: "2026-03-01" }),
  to: day.describe("The day after the last one.").meta({ example: "2026-04-01" }),
  timeZone: timeZone.optional(),
};

/** @returns the plain date some years later; 29 February becomes 1 March where the year has none */
function yearsAfter(date: string, years: number): string {
  const later = new Date(`${date}T00:00:00Z`);
  later.setUTCFullYear(later.getUTCFullYear() + years);
  return later.toISOString().slice(0, 10);
}

/** Holds `to` behind `from` and not too far behind. */
function checkPeriod(
  query: { from: string; to: string },
  context: { addIssue(issue: { code: "custom"; path: string[]; message: string }): void },
): void {
  // Rules between fields are asked also where a field by itself is wrong, which is said already.
  if (!plainDate.safeParse(query.from).success || !plainDate.safeParse(query.to).success) return;
  const wrong = (message: string) => context.addIssue({ code: "custom", path: ["to"], message });
  if (query.from >= query.to) wrong("field.period_order");
  else if (query.to > yearsAfter(query.from, maxStatementYears)) wrong("field.period_too_long");
}

const language = locale
  .optional()
  .describe("Language of the texts; the customer's own when absent.")
  .meta({ example: "zh" });

export const getWalletStatement = route({
  id: "getWalletStatement",
  method: "GET",
  path: "/v1/wallet/statements",
  tag: "Statements",
  audience: "customer",
  produces: "file",
  mediaTypes: ["text/csv", "application/pdf"],
  summary: "Statement of one's wallet account as JSON, CSV (RFC 4180, UTF-8 with byte order mark) or PDF",
  query: z
    .object({ ...period, language, format: z.enum(["json", "csv", "pdf"]).optional() })
    .superRefine(checkPeriod),
  status: 200,
  response: WalletStatement,
  errors: ["statement.too_long_for_pdf", "ledger.period_archived"],
});
export const getWalletStatementSummary = route({
  id: "getWalletStatementSummary",
  method: "GET",
  path: "/v1/wallet/statements/summary",
  tag: "Statements",
  audience: "customer",
  summary: "Opening, money in, money out and closing of a period",
  query: z.object(period).superRefine(checkPeriod),
  status: 200,
  response: WalletStatementSummary,
  errors: ["ledger.period_archived"],
});
export const listWalletStatementLines = route({
  id: "listWalletStatementLines",
  method: "GET",
  path: "/v1/wallet/statements/lines",
  tag: "Statements",
  audience: "customer",
  summary: "Lines of a period, newest first, a page at a time",
  query: z.object({ ...period, language, ...listQuery }).superRefine(checkPeriod),
  status: 200,
  response: listOf(WalletStatementLine),
  errors: ["ledger.period_archived"],
});
