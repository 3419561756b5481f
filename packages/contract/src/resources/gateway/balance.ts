import { z } from "zod";
import { currency, idOf, instant, listOf, listQuery, Money } from "../../common.ts";
import { route } from "../../route.ts";
import { gatewayObject } from "./shared.ts";

const tag = "Balance";

export const MerchantBalance = z
  .object({
    object: z.literal("balance"),
    livemode: z.boolean(),
    items: z.array(
      z.object({
        currency: z.string(),
        pending: Money.describe("Taken and not settled yet."),
        available: Money.describe("Settled: pays refunds and goes out with the next payout."),
        reserve: Money.describe("Kept back for refunds and disputes to come."),
        held: Money.describe("Of `available`, what a dispute holds."),
        owed: Money.describe("What the merchant owes; taken from what comes next."),
      }),
    ),
  })
  .meta({ id: "MerchantBalance" });
export type MerchantBalance = z.infer<typeof MerchantBalance>;

export const BalanceTransactionType = z.enum([
  "charge",
  "refund",
  "fee",
  "dispute",
  "dispute_reversal",
  "reserve_hold",
  "reserve_release",
  "payout",
  "payout_failure",
  "recovery",
  "adjustment",
]);

export const BalanceTransaction = z
  .object({
    ...gatewayObject("balance_transaction", "txn"),
    type: BalanceTransactionType,
    amount: Money.describe("Signed: below zero it leaves the merchant's balance."),
    fee: Money.describe("Charged; below zero it is given back."),
    net: Money.describe("`amount` less `fee`."),
    source: z.string().describe("The payment intent, refund, dispute or payout it comes from."),
    storeId: idOf("sto").nullable(),
    status: z.enum(["pending", "available"]),
    availableOn: instant.nullable(),
    settlement: z.string().nullable().describe("The settlement that it is part of."),
  })
  .meta({ id: "BalanceTransaction", description: "One movement of a merchant's balance." });
export type BalanceTransaction = z.infer<typeof BalanceTransaction>;

export const getMerchantBalance = route({
  id: "getMerchantBalance",
  method: "GET",
  path: "/v1/balance",
  tag,
  audience: "merchant",
  scope: "balance.read",
  summary: "What the merchant has, by currency",
  status: 200,
  response: MerchantBalance,
  errors: [],
});
export const listBalanceTransactions = route({
  id: "listBalanceTransactions",
  method: "GET",
  path: "/v1/balance_transactions",
  tag,
  audience: "merchant",
  scope: "balance.read",
  summary: "Every movement of the merchant's balance, newest first",
  query: z.object({
    ...listQuery,
    type: BalanceTransactionType.optional(),
    currency: currency.optional(),
    source: z.string().max(60).optional(),
    settlement: z.string().max(60).optional(),
    from: instant.optional(),
    to: instant.optional(),
  }),
  status: 200,
  response: listOf(BalanceTransaction),
  errors: [],
});
export const getBalanceTransaction = route({
  id: "getBalanceTransaction",
  method: "GET",
  path: "/v1/balance_transactions/{balanceTransactionId}",
  tag,
  audience: "merchant",
  scope: "balance.read",
  summary: "One movement of the merchant's balance",
  params: z.object({ balanceTransactionId: z.string().max(60) }),
  status: 200,
  response: BalanceTransaction,
  errors: [],
});

export const Takings = z
  .object({
    from: instant,
    to: instant,
    totals: z.array(
      z.object({
        currency: z.string(),
        payments: z.number().int(),
        gross: Money,
        fees: Money.describe("Charged, less what was given back."),
        refunds: z.number().int(),
        refunded: Money,
        net: Money.describe("Gross less refunds and fees."),
      }),
    ),
    steps: z.array(
      z.object({
        at: instant.describe("Begin of the step."),
        currency: z.string(),
        storeId: idOf("sto").nullable(),
        payments: z.number().int(),
        gross: Money,
        fees: Money,
        refunds: z.number().int(),
        refunded: Money,
      }),
    ),
  })
  .meta({ id: "Takings", description: "Takings of a span of time, summed and step by step, oldest first." });
export type Takings = z.infer<typeof Takings>;

export const getTakings = route({
  id: "getTakings",
  method: "GET",
  path: "/v1/takings",
  tag,
  audience: "merchant",
  scope: "balance.read",
  summary: "Takings of a span of time, for a chart",
  query: z.object({
    from: instant,
    to: instant.describe("At most 400 days after `from`."),
    step: z.enum(["quarter_hour", "hour", "day"]).describe("Days are those of `timeZone`."),
    timeZone: z.string().max(60).optional().describe("UTC when absent."),
    currency: currency.optional(),
    storeId: idOf("sto").optional(),
    byStore: z.enum(["true"]).optional().describe("Steps of each store apart."),
  }),
  status: 200,
  response: Takings,
  errors: [],
});
