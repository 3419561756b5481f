import { z } from "zod";
import {
  currency,
  idOf,
  instant,
  LocalText,
  listOf,
  listQuery,
  locale,
  Money,
  PaymentAmount,
  plainDate,
} from "../../common.ts";
import { route } from "../../route.ts";
import { BalanceTransactionType } from "./balance.ts";
import { gatewayObject } from "./shared.ts";

const tag = "Payouts";

export const PayoutStatus = z.enum(["pending", "in_transit", "paid", "failed", "canceled", "returned"]);

/** Sums of a settlement by kind of movement; together they are what could be paid out. Signed. */
export const SettlementComponents = z
  .object({
    carriedOver: Money.describe("What was left of the settlement before; below zero: it was owed."),
    payments: Money.describe("Payments taken, before fees."),
    fees: Money.describe("Below zero: fees charged, less fees given back."),
    refunds: Money.describe("Below zero."),
    disputes: Money.describe("Disputes lost, less what came back of them."),
    returnedPayouts: Money.describe("Payouts that did not reach the bank account, or came back from it."),
    adjustments: Money,
    reserved: Money.describe("Below zero: kept back as a reserve."),
    released: Money.describe("Given free of the reserve."),
    payout: Money.describe("Below zero: what is paid out."),
    carriedForward: Money.describe("Sum of all above: stays for the next settlement."),
  })
  .meta({ id: "SettlementComponents" });

/** Why nothing was paid out at a settlement although something was left. */
export const WithheldReason = z
  .enum([
    "no_verified_account",
    "below_minimum",
    "payouts_paused",
    "merchant_not_active",
    "outgoing_stopped",
    "no_route",
    "held_by_dispute",
  ])
  .meta({ id: "WithheldReason" });

export const MerchantSettlement = z
  .object({
    ...gatewayObject("settlement", "stl"),
    currency: z.string(),
    cutOffAt: instant.describe("Everything that was due until then is part of it."),
    date: plainDate.describe("The day of the cut-off in the merchant's time zone."),
    automatic: z.boolean().describe("False: made for a payout that the merchant asked for."),
    moved: Money.describe("From pending to available."),
    recovered: Money.describe("Of that, taken for what was owed."),
    lines: z.number().int().describe("How many balance transactions it holds."),
    components: SettlementComponents,
    payout: idOf("po").nullable(),
    withheld: WithheldReason.nullable(),
  })
  .meta({ id: "MerchantSettlement" });
export type MerchantSettlement = z.infer<typeof MerchantSettlement>;

export const Payout = z
  .object({
    ...gatewayObject("payout", "po"),
    amount: Money,
    status: PayoutStatus.describe(
      "`pending`: not sent yet. `in_transit`: the bank has it, or may have it. `paid`: the bank's statement shows it. `returned`: it came back afterwards.",
    ),
    automatic: z.boolean(),
    settlement: idOf("stl"),
    settlementAccount: z
      .object({ id: idOf("mac"), maskedNumber: z.string() })
      .nullable()
      .describe("Null in test mode, where nothing leaves."),
    reference: z.string().nullable().describe("What the bank account's statement shows."),
    expectedAt: instant.nullable(),
    returned: Money.nullable().describe("What came back of it."),
    failure: z.object({ code: z.string(), text: LocalText }).nullable(),
    waiting: z
      .object({ code: z.string(), text: LocalText })
      .nullable()
      .describe("Why it has not left yet, where something other than its turn keeps it."),
    components: SettlementComponents.nullable().describe("Its arithmetic; left out in lists and events."),
    updatedAt: instant,
  })
  .meta({ id: "Payout" });
export type Payout = z.infer<typeof Payout>;

export const PayoutSchedule = z
  .object({
    timeZone: z.string(),
    delayDays: z.number().int(),
    cutOffHour: z.number().int(),
    items: z.array(
      z.object({
        currency: z.string(),
        nextAt: instant.describe("The next cut-off; a payout follows within minutes."),
        amount: Money.describe("What would be paid out then as things stand, before reserves."),
        withheld: WithheldReason.nullable(),
      }),
    ),
  })
  .meta({ id: "PayoutSchedule" });
export type PayoutSchedule = z.infer<typeof PayoutSchedule>;

/** A line of a settlement: one movement of the merchant's balance. */
export const SettlementStatementLine = z
  .object({
    balanceTransaction: idOf("txn"),
    at: instant,
    localTime: z.string().describe("In the merchant's time zone, ISO 8601 with its offset from UTC."),
    type: BalanceTransactionType,
    description: z.string().describe("In the statement's language."),
    source: z.string(),
    reference: z.string().nullable().describe("The shop's order number."),
    store: z.string().nullable(),
    amount: Money,
    fee: Money,
    net: Money,
  })
  .meta({ id: "SettlementStatementLine" });
export const SettlementStatement = z
  .object({
    merchant: z.string(),
    livemode: z.boolean(),
    currency: z.string(),
    timeZone: z.string(),
    date: plainDate,
    language: locale,
    carriedOver: Money,
    lines: z.array(SettlementStatementLine),
    payouts: z.array(z.object({ id: idOf("po"), amount: Money, status: PayoutStatus })),
    carriedForward: Money.describe("`carriedOver` and the `net` of all lines, less the payouts."),
  })
  .meta({ id: "SettlementStatement" });
export type SettlementStatement = z.infer<typeof SettlementStatement>;

const payoutParams = z.object({ payoutId: z.string().max(60) });
const file = {
  format: z.enum(["json", "csv", "pdf"]).default("json"),
  language: locale.default("en"),
};

export const createPayout = route({
  id: "createPayout",
  method: "POST",
  path: "/v1/payouts",
  tag,
  audience: "merchant",
  scope: "payouts.write",
  idempotent: true,
  summary: "Pay out now, instead of waiting for the next cut-off",
  body: z.strictObject({ amount: PaymentAmount }),
  status: 201,
  response: Payout,
  errors: [
    "payout.insufficient_balance",
    "payout.no_verified_account",
    "payout.on_hold",
    "payout.changed_meanwhile",
    "payment.limit_exceeded",
    "payment.no_route",
    "payment.currency_not_supported",
    "ledger.outgoing_stopped",
  ],
});
export const listPayouts = route({
  id: "listPayouts",
  method: "GET",
  path: "/v1/payouts",
  tag,
  audience: "merchant",
  scope: "balance.read",
  summary: "Payouts, newest first",
  query: z.object({
    ...listQuery,
    status: PayoutStatus.optional(),
    currency: currency.optional(),
    from: instant.optional(),
    to: instant.optional(),
  }),
  status: 200,
  response: listOf(Payout),
  errors: [],
});
export const getPayout = route({
  id: "getPayout",
  method: "GET",
  path: "/v1/payouts/{payoutId}",
  tag,
  audience: "merchant",
  scope: "balance.read",
  summary: "One payout with its arithmetic",
  params: payoutParams,
  status: 200,
  response: Payout,
  errors: [],
});
export const cancelPayout = route({
  id: "cancelPayout",
  method: "POST",
  path: "/v1/payouts/{payoutId}/cancel",
  tag,
  audience: "merchant",
  scope: "payouts.write",
  summary: "Call a payout off that no bank has yet; the money is available again",
  params: payoutParams,
  status: 200,
  response: Payout,
  errors: ["payout.not_cancellable", "payment.changed_meanwhile"],
});
export const getPayoutStatement = route({
  id: "getPayoutStatement",
  method: "GET",
  path: "/v1/payouts/{payoutId}/statement",
  tag,
  audience: "merchant",
  scope: "balance.read",
  produces: "file",
  mediaTypes: ["text/csv", "application/pdf"],
  summary: "A payout line by line; the lines, with what was carried over, sum to it",
  params: payoutParams,
  query: z.object(file),
  status: 200,
  response: SettlementStatement,
  errors: ["statement.too_long_for_pdf"],
});
export const getSettlementStatement = route({
  id: "getSettlementStatement",
  method: "GET",
  path: "/v1/settlement_statement",
  tag,
  audience: "merchant",
  scope: "balance.read",
  produces: "file",
  mediaTypes: ["text/csv", "application/pdf"],
  summary: "All settlements of one day in the merchant's time zone, line by line",
  query: z.object({ ...file, date: plainDate, currency }),
  status: 200,
  response: SettlementStatement,
  errors: ["statement.too_long_for_pdf"],
});
export const listMerchantSettlements = route({
  id: "listMerchantSettlements",
  method: "GET",
  path: "/v1/settlements",
  tag,
  audience: "merchant",
  scope: "balance.read",
  summary: "What became available at each cut-off, newest first",
  query: z.object({ ...listQuery, currency: currency.optional(), date: plainDate.optional() }),
  status: 200,
  response: listOf(MerchantSettlement),
  errors: [],
});
export const getPayoutSchedule = route({
  id: "getPayoutSchedule",
  method: "GET",
  path: "/v1/payout_schedule",
  tag,
  audience: "merchant",
  scope: "balance.read",
  summary: "When the next payout is, and how much as things stand",
  status: 200,
  response: PayoutSchedule,
  errors: [],
});
