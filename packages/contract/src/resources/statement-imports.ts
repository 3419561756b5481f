import { z } from "zod";
import { currency, idOf, instant, LocalText, listOf, listQuery, Money, plainDate } from "../common.ts";
import { route } from "../route.ts";

/** Most bytes of a statement file that is imported. */
export const maxStatementFileBytes = 20 * 1024 * 1024;
/** Most lines of one import. */
export const maxImportedLines = 50_000;

/** In, out, or neither: moved between one's own pockets, or only mentioned. */
const direction = z.enum(["credit", "debit", "none"]);

export const ImportedLine = z
  .object({
    bookingDate: plainDate,
    valueDate: plainDate.nullable(),
    time: z.string().nullable().describe("Time of day at the bank.").meta({ example: "21:32:14" }),
    amount: Money.describe("Never negative; `direction` says which way it went."),
    direction,
    state: z.enum(["booked", "pending", "cancelled"]).describe("`cancelled`: listed, but no money moved."),
    counterpartyName: z.string().nullable(),
    description: z.string().nullable(),
    code: z.string().nullable().describe("The bank's own word for the kind of booking."),
  })
  .meta({ id: "ImportedLine" });

const statementHead = {
  bankName: z.string().nullable(),
  maskedNumber: z.string().nullable().meta({ example: "•• 3021" }),
  currency: z.string(),
  lineCount: z.number().int(),
};

/** One account of a file, before or after it is kept. */
export const StatementPreview = z
  .object({
    ...statementHead,
    accountId: idOf("iac").nullable().describe("The imported account it goes to; null while it is new."),
    needsName: z.boolean().describe("The file does not say which account this is; the customer names it."),
    from: plainDate.nullable(),
    to: plainDate.nullable(),
    opening: Money.nullable(),
    closing: Money.nullable(),
    addsUp: z
      .boolean()
      .nullable()
      .describe(
        "Whether opening and lines give the closing balance; null where the file does not give both.",
      ),
    newCount: z.number().int().describe("Lines that were not imported before."),
    moneyIn: Money,
    moneyOut: Money,
    firstLines: z.array(ImportedLine).max(10),
  })
  .meta({ id: "StatementPreview" });

export const StatementImport = z
  .object({
    id: idOf("imp"),
    status: z
      .enum(["read", "kept"])
      .describe("`read`: shown to the customer, and deleted after a day unless kept."),
    format: z.string().meta({ example: "alipay" }),
    formatName: LocalText,
    fileBytes: z.number().int(),
    accounts: z.array(StatementPreview),
    remarks: z.array(z.object({ line: z.number().int().nullable(), text: LocalText })),
    createdAt: instant,
    keptAt: instant.nullable(),
  })
  .meta({ id: "StatementImport" });
export type StatementImport = z.infer<typeof StatementImport>;

export const ImportedAccount = z
  .object({
    ...statementHead,
    id: idOf("iac"),
    name: z.string(),
    formatName: LocalText,
    countedAsMoney: z.literal(false).describe("Imported accounts are for reading: no balance includes them."),
    from: plainDate.nullable().describe("Day of the first line."),
    to: plainDate.nullable().describe("Day of the last line."),
    closing: Money.nullable().describe("The latest balance that a file stated."),
    closingDate: plainDate.nullable(),
    importedAt: instant,
  })
  .meta({ id: "ImportedAccount" });
export type ImportedAccount = z.infer<typeof ImportedAccount>;

export const ImportedTransaction = z
  .object({
    ...ImportedLine.shape,
    id: idOf("itx"),
    counterpartyAccount: z.string().nullable(),
    bankReference: z.string().nullable().describe("The bank's own id of the booking."),
    balance: Money.nullable(),
    tags: z.array(z.object({ name: z.string(), value: z.string() })).describe("What else the file said."),
  })
  .meta({ id: "ImportedTransaction" });
export type ImportedTransaction = z.infer<typeof ImportedTransaction>;

const importParams = z.object({ importId: idOf("imp") });
const accountParams = z.object({ accountId: idOf("iac") });
const base = { tag: "Statement imports", audience: "customer" } as const;

export const createStatementImport = route({
  ...base,
  id: "createStatementImport",
  method: "POST",
  path: "/v1/statement-imports",
  summary:
    "Read a statement file and show what is in it; nothing is kept yet. The same file gives the same import",
  query: z.object({
    currency: currency.optional().describe("For a file that names none."),
    dateOrder: z.enum(["dmy", "mdy"]).optional().describe("For a file that leaves it open."),
  }),
  acceptsFile: { maxBytes: maxStatementFileBytes },
  status: 201,
  response: StatementImport,
  errors: [
    "statement_import.unreadable",
    "statement_import.currency_missing",
    "statement_import.date_order_unknown",
    "statement_import.too_many_lines",
  ],
});
export const listStatementImports = route({
  ...base,
  id: "listStatementImports",
  method: "GET",
  path: "/v1/statement-imports",
  summary: "Kept imports, newest first",
  status: 200,
  response: z.object({ items: z.array(StatementImport) }),
  errors: [],
});
export const getStatementImport = route({
  ...base,
  id: "getStatementImport",
  method: "GET",
  path: "/v1/statement-imports/{importId}",
  summary: "One import",
  params: importParams,
  status: 200,
  response: StatementImport,
  errors: [],
});
export const keepStatementImport = route({
  ...base,
  id: "keepStatementImport",
  method: "POST",
  path: "/v1/statement-imports/{importId}/keep",
  summary: "Keep what was read as read-only accounts. Safe to repeat",
  params: importParams,
  body: z.strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(60, "field.too_long")
      .optional()
      .describe("Of the account, where the file names none; a name used before adds to that account."),
  }),
  status: 200,
  response: StatementImport,
  errors: ["statement_import.nothing_to_keep", "statement_import.unreadable"],
});
export const deleteStatementImport = route({
  ...base,
  id: "deleteStatementImport",
  method: "DELETE",
  path: "/v1/statement-imports/{importId}",
  summary: "Delete an import with every line that no other import holds",
  params: importParams,
  status: 204,
  errors: [],
});
export const listImportedAccounts = route({
  ...base,
  id: "listImportedAccounts",
  method: "GET",
  path: "/v1/imported-accounts",
  summary: "Imported accounts: read-only, and part of no balance",
  status: 200,
  response: z.object({ items: z.array(ImportedAccount) }),
  errors: [],
});
export const getImportedAccount = route({
  ...base,
  id: "getImportedAccount",
  method: "GET",
  path: "/v1/imported-accounts/{accountId}",
  summary: "One imported account",
  params: accountParams,
  status: 200,
  response: ImportedAccount,
  errors: [],
});
export const listImportedTransactions = route({
  ...base,
  id: "listImportedTransactions",
  method: "GET",
  path: "/v1/imported-accounts/{accountId}/transactions",
  summary: "Lines of an imported account, newest first",
  params: accountParams,
  query: z.object(listQuery),
  status: 200,
  response: listOf(ImportedTransaction),
  errors: [],
});
