import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery, Money, note, plainDate } from "../common.ts";
import { route } from "../route.ts";
import { PaymentKind, PaymentStatus } from "./payments.ts";

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

export const listStatements = route({
  id: "listStatements",
  method: "GET",
  path: "/v1/console/statements",
  tag: "Console",
  audience: "staff",
  permission: "reconciliation.read",
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
  permission: "reconciliation.read",
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
  permission: "reconciliation.decide",
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
  permission: "reconciliation.read",
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
  permission: "reconciliation.read",
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
  permission: "reconciliation.decide",
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
  permission: "reconciliation.read",
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
  permission: "reconciliation.decide",
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
  permission: "reconciliation.read",
  summary: "Open breaks by age, bank and currency",
  status: 200,
  response: BreakAgeing,
  errors: [],
});
