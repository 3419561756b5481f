import { z } from "zod";
import { idOf, instant, LocalText, Money, PaymentAmount, plainDate } from "../common.ts";
import { route } from "../route.ts";

const RailId = z
  .enum([
    "instant_transfer",
    "credit_transfer",
    "faster_payment",
    "standing_permission",
    "file_transfer",
    "direct_debit",
    "quick_payment",
  ])
  .describe("How a bank moves the money.");
const Criterion = z.enum(["open", "covered", "certain", "cheap", "quick", "own_bank"]);
const WhyNot = z
  .enum([
    ...Criterion.options,
    "order",
    "already_tried",
    "other_currency",
    "out_of_reach",
    "over_payment_limit",
    "over_day_limit",
  ])
  .describe(
    "In what the chosen way is better, or what rules this one out. `order`: they differ in name only.",
  );
const reasons = z
  .array(z.enum([...Criterion.options, "order", "only_way"]))
  .describe("In what this way is better than others, the weightiest first; `only_way` where there is none.");
const expected = {
  expectedAt: instant,
  expectedOn: plainDate
    .nullable()
    .describe("By the end of this day of the bank's calendar; null where the minute is known."),
};
const way = { bankId: z.string(), bankName: LocalText, rail: RailId };
const before = z
  .object({
    ...way,
    why: z
      .enum(["not_sent", "refused", "closed"])
      .describe("It certainly moved nothing: it did not reach the bank, was refused, or was never sent."),
    at: instant,
  })
  .nullable()
  .describe("The way that was given up for this one.");

export const PaymentRoute = z
  .object({
    ...way,
    isOwnBank: z.boolean().describe("The bank that keeps the customer's account."),
    fee: Money.describe("What the customer pays for it. The operator bears what banks charge, so nothing."),
    ...expected,
    reasons,
    others: z.array(z.object({ ...way, whyNot: WhyNot })),
    before,
  })
  .meta({ id: "PaymentRoute", description: "By which bank and rail a payment goes, and why that way." });
export type PaymentRoute = z.infer<typeof PaymentRoute>;

const facts = {
  cost: Money.describe("What the bank charges the operator."),
  ...expected,
  successPerMille: z.int().describe("Of a thousand payments; few of them hardly move it."),
  payments: z.int().describe("How many payments it was counted from."),
};
export const ConsoleRoute = z
  .object({
    ...way,
    ...facts,
    reasons,
    others: z.array(z.object({ ...way, ...facts, whyNot: WhyNot })),
    before: before.unwrap().extend({ code: z.string().nullable() }).nullable(),
  })
  .meta({
    id: "ConsoleRoute",
    description: "The same for staff, with the facts of the moment of the choice.",
  });
export type ConsoleRoute = z.infer<typeof ConsoleRoute>;

const routeErrors = [
  "payment.currency_not_supported",
  "payment.limit_exceeded",
  "payment.no_route",
  "bank.consent_ended",
] as const;

export const previewPaymentRoute = route({
  id: "previewPaymentRoute",
  method: "POST",
  path: "/v1/payment-routes",
  tag: "Payments",
  audience: "customer",
  summary: "Fee, arrival and way of a top-up or withdrawal, to tell before it is confirmed",
  status: 200,
  response: PaymentRoute,
  body: z.strictObject({
    kind: z.enum(["top_up", "withdrawal"]),
    linkedAccountId: idOf("lac"),
    amount: PaymentAmount,
  }),
  errors: [...routeErrors],
});

export const recommendTopUpAccount = route({
  id: "recommendTopUpAccount",
  method: "POST",
  path: "/v1/top-up-recommendations",
  tag: "Payments",
  audience: "customer",
  summary: "From which linked account a top-up goes best, and why",
  status: 200,
  response: z.object({
    recommended: z.object({ linkedAccountId: idOf("lac"), reasons }).nullable(),
    others: z
      .array(z.object({ linkedAccountId: idOf("lac"), whyNot: WhyNot }))
      .describe("The customer's other accounts in that currency."),
  }),
  body: z.strictObject({ amount: PaymentAmount }),
  errors: ["payment.currency_not_supported", "payment.limit_exceeded"],
});
