import { isCurrency } from "@jinqiao/money";
import { z } from "zod";
import { idOf, instant, listOf, listQuery, Money } from "../common.ts";
import { route } from "../route.ts";
import { ConsoleRoute } from "./payment-routes.ts";
import { Payment, PaymentKind, PaymentStatus } from "./payments.ts";
import { RecallState } from "./recalls.ts";
import { StatementLine } from "./reconciliation.ts";

export const LedgerEntry = z
  .object({
    accountCode: z.string(),
    direction: z.enum(["debit", "credit"]),
    amount: Money,
    balanceAfter: Money,
  })
  .meta({ id: "LedgerEntry" });
export const LedgerTransfer = z
  .object({
    id: idOf("trf"),
    kind: z.string().meta({ example: "top_up.instant_credit" }),
    at: instant,
    entries: z.array(LedgerEntry),
  })
  .meta({ id: "LedgerTransfer" });
export const LedgerHold = z
  .object({
    id: idOf("hld"),
    accountCode: z.string(),
    amount: Money,
    status: z.enum(["open", "captured", "voided", "expired"]),
    expiresAt: instant,
    at: instant,
  })
  .meta({ id: "LedgerHold" });
export const BankMessage = z
  .object({
    id: idOf("msg"),
    at: instant,
    direction: z.enum(["sent", "received"]),
    kind: z.string().meta({ example: "payment.initiate" }),
    outcome: z.string().nullable(),
    httpStatus: z.number().int().nullable(),
    durationMs: z.number().int().nullable(),
    content: z.unknown().describe("The message without secrets and with account numbers masked."),
  })
  .meta({ id: "BankMessage" });
/** On answers to staff that name a customer. */
export const namesHidden = z
  .boolean()
  .describe(
    "True: names are masked and the customer's note is left out, because whoever asks has given no reason for this customer within the last 30 minutes.",
  );
export const ConsolePayment = z
  .object({
    payment: Payment,
    customerId: idOf("cus"),
    customerName: z.string(),
    namesHidden,
    bankId: z.string().nullable(),
    route: ConsoleRoute.nullable(),
    holds: z.array(LedgerHold),
    transfers: z.array(LedgerTransfer),
    bankMessages: z.array(BankMessage),
    statementLines: z.array(StatementLine),
    breakIds: z.array(idOf("brk")),
    recall: RecallState,
  })
  .meta({ id: "ConsolePayment", description: "One payment with everything that belongs to it." });
export type ConsolePayment = z.infer<typeof ConsolePayment>;

export const TrialBalance = z
  .object({
    asOf: instant,
    currencies: z.array(
      z.object({
        currency: z.string(),
        rows: z.array(
          z.object({
            account: z.string().describe("Account code; customers' accounts are summed into one row."),
            kind: z.enum(["asset", "liability", "income", "expense", "equity"]),
            accounts: z.number().int(),
            debit: Money,
            credit: Money,
          }),
        ),
        branches: z
          .array(
            z.object({
              account: z.string().meta({ example: "transit" }),
              kind: z
                .enum(["asset", "liability", "income", "expense", "equity"])
                .nullable()
                .describe("Null where accounts of several kinds meet."),
              accounts: z.number().int(),
              debit: Money,
              credit: Money,
            }),
          )
          .describe(
            "Sums by the parts of account codes; every one of them adds up rows that are listed too.",
          ),
        totalDebit: Money,
        totalCredit: Money,
        difference: Money.describe("Debits less credits: zero, or the books are wrong."),
        safeguarding: z.object({
          assets: Money,
          owed: Money,
          surplus: Money,
          held: z.boolean().describe("True: customers' money is covered."),
        }),
      }),
    ),
  })
  .meta({ id: "TrialBalance" });
export type TrialBalance = z.infer<typeof TrialBalance>;

const AccountCode = z.string().max(200).meta({ example: "custody:harbour" });
export const LedgerAccount = z
  .object({
    account: z.string(),
    currency: z.string(),
    kind: z.enum(["asset", "liability", "income", "expense", "equity"]),
    status: z.enum(["open", "debit_only", "credit_only", "frozen", "closed"]),
    balance: Money.describe(
      "Now, in the account's normal direction: debit for assets and expenses, else credit.",
    ),
    held: Money,
    at: instant.nullable().describe("The moment that was asked for."),
    balanceAt: Money.nullable().describe("The balance after the last entry up to that moment."),
  })
  .meta({ id: "LedgerAccount" });
export type LedgerAccount = z.infer<typeof LedgerAccount>;

export const LedgerAccountEntry = z
  .object({
    sequence: z.string().describe("Place in the account's life, from 1, without gaps."),
    at: instant,
    transferId: idOf("trf"),
    kind: z.string(),
    subject: z.string().nullable().describe("What it belongs to, such as a payment's id."),
    direction: z.enum(["debit", "credit"]),
    amount: Money,
    balanceAfter: Money,
    counterparty: z.string().nullable().describe("The account on the other side, where there is just one."),
  })
  .meta({ id: "LedgerAccountEntry" });
export type LedgerAccountEntry = z.infer<typeof LedgerAccountEntry>;

export const listConsolePayments = route({
  id: "listConsolePayments",
  method: "GET",
  path: "/v1/console/payments",
  tag: "Console",
  audience: "staff",
  permission: "payments.read",
  summary: "Payments of all customers, newest first",
  query: z.object({
    ...listQuery,
    kind: PaymentKind.optional(),
    status: PaymentStatus.optional(),
    customerId: idOf("cus")
      .optional()
      .describe("Those of one customer, for who has said why within the last 30 minutes."),
    q: z.string().max(100).optional().describe("Payment id, reference or exact amount."),
  }),
  status: 200,
  response: listOf(
    z.object({ payment: Payment, customerId: idOf("cus"), customerName: z.string(), namesHidden }),
  ),
  errors: ["staff.reason_needed"],
});
export const getConsolePayment = route({
  id: "getConsolePayment",
  method: "GET",
  path: "/v1/console/payments/{paymentId}",
  tag: "Console",
  audience: "staff",
  permission: "payments.read",
  summary: "One payment joined with ledger, bank messages and statement; who opens it is on record",
  params: z.object({ paymentId: z.string() }),
  status: 200,
  response: ConsolePayment,
  errors: [],
});
export const getTrialBalance = route({
  id: "getTrialBalance",
  method: "GET",
  path: "/v1/console/trial-balance",
  tag: "Console",
  audience: "staff",
  permission: "books.read",
  summary: "Trial balance and safeguarding by currency",
  status: 200,
  response: TrialBalance,
  errors: [],
});
const ledgerAccountQuery = {
  account: AccountCode,
  currency: z.string().refine(isCurrency, "amount.unknown_currency").meta({ example: "CNY" }),
};
export const getLedgerAccount = route({
  id: "getLedgerAccount",
  method: "GET",
  path: "/v1/console/ledger-account",
  tag: "Console",
  audience: "staff",
  permission: "books.read",
  summary: "One account of the books, with its balance now and at a moment",
  query: z.object({ ...ledgerAccountQuery, at: instant.optional() }),
  status: 200,
  response: LedgerAccount,
  errors: ["identity.not_allowed", "ledger.period_archived"],
});
export const listLedgerEntries = route({
  id: "listLedgerEntries",
  method: "GET",
  path: "/v1/console/ledger-entries",
  tag: "Console",
  audience: "staff",
  permission: "books.read",
  summary: "Entries of one account of the books, newest first, a page at a time",
  query: z.object({
    ...ledgerAccountQuery,
    before: instant.optional().describe("Only entries before this moment."),
    ...listQuery,
  }),
  status: 200,
  response: listOf(LedgerAccountEntry),
  errors: ["identity.not_allowed", "ledger.period_archived"],
});
export const streamConsoleEvents = route({
  id: "streamConsoleEvents",
  method: "GET",
  path: "/v1/console/events",
  tag: "Console",
  audience: "staff",
  permission: "events.read",
  produces: "text/event-stream",
  summary: "Live changes for staff (server-sent events)",
  status: 200,
  errors: [],
});
