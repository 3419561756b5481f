import { isCurrency } from "@jinqiao/money";
import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery, Money, note, plainDate } from "../common.ts";
import { route } from "../route.ts";
import { ConsoleRoute } from "./payment-routes.ts";
import { Payment, PaymentKind, PaymentStatus } from "./payments.ts";
import { RecallState } from "./recalls.ts";

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
export const ConsolePayment = z
  .object({
    payment: Payment,
    customerId: idOf("cus"),
    customerName: z.string(),
    bankId: z.string().nullable(),
    route: ConsoleRoute.nullable(),
    holds: z.array(LedgerHold),
    transfers: z.array(LedgerTransfer),
    bankMessages: z.array(BankMessage),
    statementLines: z.array(z.lazy(() => StatementLine)),
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

export const StatementLine = z
  .object({
    id: idOf("lin"),
    statementId: idOf("stm"),
    sequence: z.number().int(),
    direction: z.enum(["credit", "debit"]),
    amount: Money,
    bookingDate: plainDate,
    valueDate: plainDate.nullable(),
    endToEndId: z.string().nullable(),
    bankReference: z.string().nullable(),
    counterpartyName: z.string().nullable(),
    remittance: z.string().nullable(),
    status: z.enum(["matched", "break"]),
    paymentId: idOf("pay").nullable(),
    transferId: idOf("trf").nullable(),
    breakId: idOf("brk").nullable(),
  })
  .meta({ id: "StatementLine" });
export type StatementLine = z.infer<typeof StatementLine>;

export const Statement = z
  .object({
    id: idOf("stm"),
    bankId: z.string(),
    bankName: LocalText,
    currency: z.string(),
    maskedNumber: z.string(),
    date: plainDate,
    opening: Money,
    closing: Money,
    ledgerClosing: Money.describe("Custody account in our ledger after this statement."),
    lines: z.number().int(),
    matched: z.number().int(),
    breaks: z.number().int(),
    openBreaks: z.number().int(),
    receivedAt: instant,
  })
  .meta({
    id: "Statement",
    description: "One day of one custody account: the bank's statement against our ledger.",
  });
export type Statement = z.infer<typeof Statement>;

export const BreakKind = z.enum([
  "unexpected_line",
  "amount_differs",
  "missing_on_statement",
  "closing_differs",
  "answer_differs",
]);
export const BreakAction = z.enum([
  "credit_payment_customer",
  "complete_payment",
  "reverse_payment",
  "write_off",
]);
/** How a break ended: by an action, or because its line was found to be payments of ours. */
export const BreakEnding = z.enum([...BreakAction.options, "match"]);
/** Ages of breaks in the bank's business days. */
export const BreakAgeBucket = z.enum(["0-1", "2-5", "6-30", "over-30"]);
export const Break = z
  .object({
    id: idOf("brk"),
    kind: BreakKind,
    status: z.enum(["open", "closed"]),
    bankId: z.string(),
    currency: z.string(),
    date: plainDate,
    why: LocalText,
    bankSide: z
      .object({
        amount: Money,
        direction: z.enum(["credit", "debit"]),
        reference: z.string().nullable(),
        counterpartyName: z.string().nullable(),
      })
      .nullable(),
    ledgerSide: z
      .object({
        amount: Money,
        direction: z.enum(["credit", "debit"]),
        reference: z.string().nullable(),
        paymentId: idOf("pay").nullable(),
      })
      .nullable(),
    difference: Money,
    actions: z.array(BreakAction).describe("What may close it; each is a posting."),
    needTwo: z
      .array(BreakAction)
      .describe(
        "Those that two people decide: the first proposes, a second one by the same action closes it.",
      ),
    proposal: z
      .object({ action: BreakAction, note: z.string(), by: z.string(), at: instant })
      .nullable()
      .describe("What one person proposed and a second one has not confirmed yet."),
    statementId: idOf("stm").nullable(),
    lineId: idOf("lin").nullable(),
    paymentId: idOf("pay").nullable(),
    resolution: z
      .object({ action: BreakEnding, note: z.string(), by: z.string(), at: instant, transferId: idOf("trf") })
      .nullable(),
    matches: z
      .array(
        z.object({
          paymentId: idOf("pay"),
          amount: Money,
          outcome: z
            .enum(["settled", "left"])
            .nullable()
            .describe(
              "`left`: the payment had ended, its share waits in another break; null: being carried out.",
            ),
        }),
      )
      .describe("Payments that the line was found to be."),
    age: z
      .object({
        days: z.number().int().describe("Business days of the bank since the statement's day."),
        bucket: BreakAgeBucket,
        overdue: z.boolean().describe("Older than this bank's breaks may be."),
      })
      .nullable()
      .describe("Null once it is closed."),
    openedAt: instant,
  })
  .meta({ id: "Break" });
export type Break = z.infer<typeof Break>;

export const MatchSuggestion = z
  .object({
    score: z.number().int().min(1).max(100).describe("How much speaks for it; the highest comes first."),
    exact: z
      .boolean()
      .describe("Lines and payments are equal to the minor unit. Only then it can be accepted."),
    why: LocalText,
    lines: z.array(
      z.object({
        breakId: idOf("brk"),
        amount: Money,
        direction: z.enum(["credit", "debit"]),
        bookingDate: plainDate,
        reference: z.string().nullable(),
        counterpartyName: z.string().nullable(),
        remittance: z.string().nullable(),
      }),
    ),
    payments: z.array(
      z.object({
        paymentId: idOf("pay"),
        kind: PaymentKind,
        status: PaymentStatus,
        amount: Money,
        sentOn: plainDate.describe("The day it went to the bank, in the bank's zone."),
        reference: z.string(),
        names: z.array(z.string()).describe("Names the other side may go by."),
      }),
    ),
    difference: Money.describe("Lines less payments: zero when exact."),
  })
  .meta({
    id: "MatchSuggestion",
    description: "Lines in suspense and payments that may belong together: one of each, or one and several.",
  });
export type MatchSuggestion = z.infer<typeof MatchSuggestion>;

export const BreakAgeing = z
  .object({
    asOf: instant,
    limits: z.array(
      z.object({
        bankId: z.string(),
        bankName: LocalText,
        days: z.number().int().describe("Business days after which a break is overdue."),
      }),
    ),
    sums: z
      .array(
        z.object({
          bankId: z.string(),
          currency: z.string(),
          bucket: BreakAgeBucket,
          breaks: z.number().int(),
          overdue: z.number().int(),
          amount: Money.describe("Sum of the differences regardless of their sign."),
        }),
      )
      .describe("By bank, currency and age; what is empty is left out."),
  })
  .meta({ id: "BreakAgeing", description: "Open breaks by age, in the business days of their banks." });
export type BreakAgeing = z.infer<typeof BreakAgeing>;

const breakParams = z.object({ breakId: z.string() });

export const listConsolePayments = route({
  id: "listConsolePayments",
  method: "GET",
  path: "/v1/console/payments",
  tag: "Console",
  audience: "staff",
  summary: "Payments of all customers, newest first",
  query: z.object({
    ...listQuery,
    kind: PaymentKind.optional(),
    status: PaymentStatus.optional(),
    q: z.string().max(100).optional().describe("Payment id, reference or exact amount."),
  }),
  status: 200,
  response: listOf(z.object({ payment: Payment, customerName: z.string() })),
  errors: [],
});
export const getConsolePayment = route({
  id: "getConsolePayment",
  method: "GET",
  path: "/v1/console/payments/{paymentId}",
  tag: "Console",
  audience: "staff",
  summary: "One payment joined with ledger, bank messages and statement",
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
export const listStatements = route({
  id: "listStatements",
  method: "GET",
  path: "/v1/console/statements",
  tag: "Console",
  audience: "staff",
  summary: "Reconciled days, newest first",
  query: z.object({ ...listQuery, date: plainDate.optional() }),
  status: 200,
  response: listOf(Statement),
  errors: [],
});
export const getStatement = route({
  id: "getStatement",
  method: "GET",
  path: "/v1/console/statements/{statementId}",
  tag: "Console",
  audience: "staff",
  summary: "One reconciled day with its lines",
  params: z.object({ statementId: z.string() }),
  status: 200,
  response: z.object({ statement: Statement, lines: z.array(StatementLine), breaks: z.array(Break) }),
  errors: [],
});
export const fetchStatements = route({
  id: "fetchStatements",
  method: "POST",
  path: "/v1/console/statement-fetches",
  tag: "Console",
  audience: "staff",
  summary: "Ask every bank for closed days that are not reconciled yet, now",
  status: 200,
  response: z.object({ statements: z.array(Statement) }),
  errors: ["bank.unavailable", "identity.not_allowed"],
});
export const listBreaks = route({
  id: "listBreaks",
  method: "GET",
  path: "/v1/console/breaks",
  tag: "Console",
  audience: "staff",
  summary: "Breaks, newest or oldest first",
  query: z.object({
    ...listQuery,
    status: z.enum(["open", "closed"]).optional(),
    order: z
      .enum(["newest", "oldest"])
      .optional()
      .describe(
        "`oldest`: by the day of the statement, so that overdue ones come first. Newest when absent.",
      ),
  }),
  status: 200,
  response: listOf(Break),
  errors: [],
});
export const getBreak = route({
  id: "getBreak",
  method: "GET",
  path: "/v1/console/breaks/{breakId}",
  tag: "Console",
  audience: "staff",
  summary: "One break with both sides",
  params: breakParams,
  status: 200,
  response: Break,
  errors: [],
});
export const resolveBreak = route({
  id: "resolveBreak",
  method: "POST",
  path: "/v1/console/breaks/{breakId}/resolution",
  tag: "Console",
  audience: "staff",
  idempotent: true,
  summary:
    "Close a break by a posting that says why; what the operator bears is proposed first and confirmed by a second person",
  params: breakParams,
  status: 200,
  response: Break,
  body: z.strictObject({ action: BreakAction, note: note.min(5, "field.required") }),
  errors: [
    "settlement.break_closed",
    "settlement.resolution_not_possible",
    "settlement.second_person_needed",
    "payment.changed_meanwhile",
    "identity.not_allowed",
  ],
});
export const listMatchSuggestions = route({
  id: "listMatchSuggestions",
  method: "GET",
  path: "/v1/console/breaks/{breakId}/suggestions",
  tag: "Console",
  audience: "staff",
  summary: "What the line or the payment of an open break may be matched with, best first, with reasons",
  params: breakParams,
  status: 200,
  response: z.object({ items: z.array(MatchSuggestion) }),
  errors: [],
});
export const matchBreak = route({
  id: "matchBreak",
  method: "POST",
  path: "/v1/console/breaks/{breakId}/match",
  tag: "Console",
  audience: "staff",
  idempotent: true,
  summary:
    "Say which lines in suspense pay which payments: one line several, or several lines one, equal to the minor unit; each payment is settled from suspense",
  params: breakParams,
  status: 200,
  response: Break,
  body: z.strictObject({
    breakIds: z.array(idOf("brk")).min(1).max(50).describe("Breaks of the lines."),
    paymentIds: z.array(idOf("pay")).min(1).max(500),
    note: note.min(5, "field.required"),
  }),
  errors: [
    "settlement.break_closed",
    "settlement.match_not_exact",
    "settlement.match_not_possible",
    "payment.changed_meanwhile",
    "ledger.account_closed",
    "ledger.account_frozen",
    "identity.not_allowed",
  ],
});
export const getBreakAgeing = route({
  id: "getBreakAgeing",
  method: "GET",
  path: "/v1/console/break-ageing",
  tag: "Console",
  audience: "staff",
  summary: "Open breaks by age, bank and currency",
  status: 200,
  response: BreakAgeing,
  errors: [],
});
export const BankHealth = z
  .object({
    bankId: z.string(),
    bankName: LocalText,
    dialect: z.string().meta({ example: "berlin-group" }),
    state: z.enum(["available", "unavailable", "maintenance"]),
    until: instant.nullable().describe("When the bank is asked again, or opens again."),
    circuit: z
      .enum(["closed", "open", "half_open"])
      .describe(
        "`open`: left alone after failures in a row; `half_open`: the next call finds out whether it is back.",
      ),
    lastSuccessAt: instant.nullable(),
    lastFailureAt: instant.nullable(),
    calls: z.number().int().describe("Calls that the figures are of: the last ones, at most 100."),
    failures: z.number().int(),
    medianMs: z.number().int().nullable().describe("Median time of the answered ones."),
    certificates: z
      .array(
        z.object({
          use: z
            .enum(["tls", "seal"])
            .describe("`tls`: proves who calls (QWAC, OBWAC); `seal`: who wrote a message (QSEAL)."),
          subject: z.string(),
          validTo: instant,
          state: z.enum(["valid", "ending", "ended"]).describe("`ending`: within 30 days."),
        }),
      )
      .describe("Our own certificates at this bank: without them it does not answer."),
  })
  .meta({
    id: "BankHealth",
    description: "How a bank is, as the answering process has seen it since it started.",
  });
export type BankHealth = z.infer<typeof BankHealth>;

export const listBankHealth = route({
  id: "listBankHealth",
  method: "GET",
  path: "/v1/console/banks",
  tag: "Console",
  audience: "staff",
  summary: "How each bank is: whether it answers, how fast, and until when it is closed",
  status: 200,
  response: z.object({ items: z.array(BankHealth) }),
  errors: [],
});
export const streamConsoleEvents = route({
  id: "streamConsoleEvents",
  method: "GET",
  path: "/v1/console/events",
  tag: "Console",
  audience: "staff",
  produces: "text/event-stream",
  summary: "Live changes for staff (server-sent events)",
  status: 200,
  errors: [],
});
