import { z } from "zod";
import { idOf, instant, LocalText, listOf, listQuery, Money, note } from "../common.ts";
import { route } from "../route.ts";
import { BankMessage, namesHidden } from "./console.ts";
import { Payment, PaymentKind, PaymentStatus } from "./payments.ts";

export const CaseAction = z.enum([
  "ask_bank",
  "confirm_done",
  "give_back",
  "collect",
  "write_off_debt",
  "refuse_proposal",
]);
export const Case = z
  .object({
    id: idOf("cse"),
    kind: z
      .enum(["outcome_unknown", "hold_ending", "late_money", "money_owed"])
      .describe(
        "The bank stays silent; a hold would have ended before it spoke and was taken anew; money came that fits no payment; a top-up was taken back and the customer no longer has all of the money.",
      ),
    status: z.enum(["open", "closed"]),
    bankId: z.string(),
    bankName: LocalText,
    amount: Money,
    paymentKind: PaymentKind.nullable(),
    paymentId: idOf("pay").nullable(),
    breakId: idOf("brk").nullable().describe("The difference by which money in suspense is dealt with."),
    actions: z.array(CaseAction).describe("What may be done about it now."),
    proposal: z
      .object({ action: CaseAction, note: z.string(), by: z.string(), at: instant })
      .nullable()
      .describe("What one person proposed and a second one has neither confirmed nor refused yet."),
    ending: z
      .object({
        outcome: z.string().describe("Status of the payment, or what was done about the difference."),
        by: z.string().nullable().describe("Member of staff; null where the bank's answer ended it."),
        at: instant,
      })
      .nullable(),
    openedAt: instant,
  })
  .meta({ id: "Case", description: "What only a person can decide." });
export type Case = z.infer<typeof Case>;

export const CaseDetails = z
  .object({
    case: Case,
    needTwo: z
      .array(CaseAction)
      .describe(
        "Those that two people decide: the first proposes, a second one by the same action confirms. They move much money, or say the opposite of the bank's last word.",
      ),
    payment: Payment.nullable(),
    customerId: idOf("cus").nullable(),
    customerName: z.string().nullable(),
    namesHidden,
    inquiries: z.number().int().describe("How often the bank was asked since its last news."),
    log: z.array(
      z.object({
        at: instant,
        action: CaseAction,
        note: z.string(),
        by: z.string(),
        result: PaymentStatus.describe("Status of the payment afterwards."),
        step: z.enum(["proposed", "done"]),
      }),
    ),
    bankMessages: z.array(BankMessage),
  })
  .meta({ id: "CaseDetails" });
export type CaseDetails = z.infer<typeof CaseDetails>;

const caseParams = z.object({ caseId: z.string() });

export const listCases = route({
  id: "listCases",
  method: "GET",
  path: "/v1/console/cases",
  tag: "Console",
  audience: "staff",
  permission: "cases.read",
  summary: "Cases for staff, newest first",
  query: z.object({ ...listQuery, status: z.enum(["open", "closed"]).optional() }),
  status: 200,
  response: listOf(Case),
  errors: [],
});
export const getCase = route({
  id: "getCase",
  method: "GET",
  path: "/v1/console/cases/{caseId}",
  tag: "Console",
  audience: "staff",
  permission: "cases.read",
  summary: "One case with what is known about it",
  params: caseParams,
  status: 200,
  response: CaseDetails,
  errors: [],
});
export const actOnCase = route({
  id: "actOnCase",
  method: "POST",
  path: "/v1/console/cases/{caseId}/actions",
  tag: "Console",
  audience: "staff",
  permission: "cases.decide",
  summary:
    "Ask the bank again, or decide what became of the payment, with the evidence; what two people decide is proposed first and confirmed, or refused, by another one",
  params: caseParams,
  status: 200,
  response: CaseDetails,
  body: z.strictObject({ action: CaseAction, note: note.min(5, "field.required") }),
  errors: [
    "payment.case_closed",
    "payment.case_action_not_possible",
    "payment.nothing_to_collect",
    "payment.changed_meanwhile",
    "payment.second_person_needed",
    "bank.unavailable",
    "identity.not_allowed",
  ],
});
