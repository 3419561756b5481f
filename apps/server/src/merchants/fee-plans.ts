import * as contract from "@jinqiao/contract";
import {
  type Currency,
  divideRounded,
  exponentOf,
  type Id,
  isCurrency,
  type Money,
  parseAmount,
  toWire,
} from "@jinqiao/money";
import type { z } from "zod";
import type { Db } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import { createLookup } from "../platform/lookup.ts";
import type { FeePlanRecord } from "./shop-data.ts";
import type { Desk } from "./shop-desk.ts";

/** The plan that every merchant begins with; its newest version holds for whoever begins. */
export const firstPlanKey = "standard";
/** Merchants that take real money are told of another plan so long before, in milliseconds. */
export const noticeMs = 14 * 86_400_000;

export type FeeMethod = (typeof contract.feeMethods)[number];
/** What a payment costs the merchant, in minor units, and by which part of the plan. */
export type Fee = {
  basisPoints: number;
  percent: bigint;
  fixed: bigint;
  total: bigint;
  promotional: boolean;
};
export type Assignment = { plan: FeePlanRecord; from: Date };

/**
 * Prices one payment by a plan. The percentage is rounded half to even, to the minor unit.
 * @param monthVolume taken this month before this payment, in the same currency, minor units
 */
export function feeOf(
  terms: contract.FeeTerms,
  payment: { amount: Money; method: FeeMethod; at: Date; monthVolume: bigint },
): Fee {
  const { minor, currency } = payment.amount;
  const { tiers } = rateOf(terms, payment.method, currency);
  const tier = tiers.findLast(({ from }) => minorOf(from, currency) <= payment.monthVolume);
  assert(tier, "the first tier of a rate begins at nothing");
  if (terms.promotion !== null && payment.at < new Date(terms.promotion.until))
    return { basisPoints: 0, percent: 0n, fixed: 0n, total: 0n, promotional: true };
  const percent = divideRounded(minor * BigInt(tier.basisPoints), 10_000n, "half_even");
  const fixed = minorOf(tier.fixed, currency);
  return { basisPoints: tier.basisPoints, percent, fixed, total: percent + fixed, promotional: false };
}

/** The rate that names the payment most closely: method and currency, then currency, then method, then everything. */
function rateOf(terms: contract.FeeTerms, method: FeeMethod, currency: Currency) {
  const named = (wanted: FeeMethod | null, of: Currency | null) =>
    terms.rates.find((rate) => rate.method === wanted && rate.currency === of);
  const rate = named(method, currency) ?? named(null, currency) ?? named(method, null) ?? named(null, null);
  assert(rate, "every plan has a rate for everything");
  return rate;
}

/** A decimal of a plan in minor units; decimals that the currency does not have are nothing. */
function minorOf(text: string, currency: Currency): bigint {
  const [whole = "0", part = ""] = text.split(".");
  const exponent = exponentOf(currency);
  return BigInt(whole + part.slice(0, exponent).padEnd(exponent, "0"));
}

export function planView(plan: FeePlanRecord): z.input<typeof contract.FeePlan> {
  return {
    object: "fee_plan",
    id: plan.id,
    key: plan.key,
    version: plan.version,
    name: plan.name,
    terms: plan.terms,
    createdAt: plan.createdAt.toISOString(),
  };
}
export const assignmentView = ({ plan, from }: Assignment) => ({
  plan: planView(plan),
  from: from.toISOString(),
});

export type FeePlans = {
  /** The plan that holds for a merchant at a moment. */
  planAt(merchantId: string, at: Date): Promise<FeePlanRecord | undefined>;
  /** All plans of a merchant, the newest first, the coming ones among them. */
  assignmentsOf(merchantId: string): Promise<Assignment[]>;
  byId(planId: string): Promise<FeePlanRecord | undefined>;
  newestOf(key: string): Promise<FeePlanRecord | undefined>;
  routes: RouteHandler[];
};

/** Fee plans: versions that never change, assigned to merchants from a moment on. */
export function createFeePlans(desk: Desk): FeePlans {
  const { db, clock, rows } = desk;

  async function assignmentsOf(merchantId: string): Promise<Assignment[]> {
    const found = await db.query(
      `SELECT p.*, o.from_at FROM merchants.fee_plan_of o JOIN merchants.fee_plan p ON p.id = o.plan_id
        WHERE o.merchant_id = $1 ORDER BY o.from_at DESC LIMIT 100`,
      [merchantId],
    );
    return found.map((row) => ({ plan: rows.toPlan(row), from: row.from_at as Date }));
  }
  async function byId(planId: string): Promise<FeePlanRecord | undefined> {
    const [row] = await db.query("SELECT * FROM merchants.fee_plan WHERE id = $1", [planId]);
    return row && rows.toPlan(row);
  }

  return {
    async planAt(merchantId, at) {
      return (await assignmentsOf(merchantId)).find(({ from }) => from <= at)?.plan;
    },
    assignmentsOf,
    byId,
    async newestOf(key) {
      const [row] = await db.query(
        "SELECT * FROM merchants.fee_plan WHERE key = $1 ORDER BY version DESC LIMIT 1",
        [key],
      );
      return row && rows.toPlan(row);
    },
    routes: [
      handle(contract.getFeePlan, async ({ merchant }) => {
        const { current, next, earlier } = split(await assignmentsOf(merchant.merchantId), clock.now());
        return {
          current: assignmentView(current),
          next: next && assignmentView(next),
          earlier: earlier.map(assignmentView),
        };
      }),
      handle(contract.previewFee, async ({ merchant, body }) => {
        const { current, next } = split(await assignmentsOf(merchant.merchantId), clock.now());
        const chosen = body.plan === "next" ? next : current;
        if (chosen === null) throw new Refusal("fee_plan.none_next");
        const amount = parseAmount(body.amount);
        const { currency } = amount;
        const volume = body.monthlyVolume && parseAmount(body.monthlyVolume);
        if (volume !== undefined && volume.currency !== currency)
          throw new Refusal("request.invalid", {
            fields: [{ field: "body.monthlyVolume.currency", code: "field.invalid" }],
          });
        const at = chosen.from > clock.now() ? chosen.from : clock.now();
        const monthVolume =
          volume?.minor ?? (await takenThisMonth(db, { ...merchant, currency, now: clock.now() }));
        const fee = feeOf(chosen.plan.terms, { amount, method: body.method, at, monthVolume });
        const wire = (minor: bigint) => toWire({ minor, currency });
        return {
          amount: body.amount,
          method: body.method,
          basisPoints: fee.basisPoints,
          percentFee: wire(fee.percent),
          fixedFee: wire(fee.fixed),
          fee: wire(fee.total),
          net: wire(amount.minor - fee.total),
          promotional: fee.promotional,
          planId: chosen.plan.id,
        };
      }),
      handle(contract.listFeePlans, async () => {
        const found = await db.query(
          `SELECT p.*, (SELECT count(*)::int FROM merchants.merchant m WHERE p.id =
                     (SELECT o.plan_id FROM merchants.fee_plan_of o WHERE o.merchant_id = m.id AND o.from_at <= $1
                       ORDER BY o.from_at DESC LIMIT 1)) AS merchants
             FROM merchants.fee_plan p ORDER BY p.created_at DESC, p.id DESC LIMIT 200`,
          [clock.now()],
        );
        return {
          items: found.map((row) => ({ ...planView(rows.toPlan(row)), merchants: row.merchants as number })),
          nextCursor: null,
        };
      }),
    ],
  };
}

/** The plan that holds, the next one, and those before. */
export function split(assignments: readonly Assignment[], now: Date) {
  const begun = assignments.filter(({ from }) => from <= now);
  const [current, ...earlier] = begun;
  assert(current, "every merchant has a plan");
  return { current, next: assignments.findLast(({ from }) => from > now) ?? null, earlier };
}

/** Gross takings since the month began in UTC, as fees count them. */
async function takenThisMonth(
  db: Db,
  of: { merchantId: string; livemode: boolean; currency: Currency; now: Date },
): Promise<bigint> {
  const month = new Date(Date.UTC(of.now.getUTCFullYear(), of.now.getUTCMonth(), 1));
  const [row] = await db.query<{ gross: string | null }>(
    `SELECT sum(gross)::text AS gross FROM merchants.takings
      WHERE merchant_id = $1 AND livemode = $2 AND currency = $3 AND quarter >= $4`,
    [of.merchantId, of.livemode, of.currency, month],
  );
  return BigInt(row?.gross ?? "0");
}

/** What other parts of the gateway ask of a merchant before money moves. */
export type Shop = {
  merchantId: Id<"mer">;
  status: contract.MerchantStatus;
  tradingName: { en: string; zh: string };
  country: string;
  mcc: string | null;
  /** The merchant's usual currency. */
  currency: Currency;
  timeZone: string;
  payoutsPausedUntil: Date | null;
  /** The plan that holds now. */
  plan: { id: Id<"fpl">; terms: contract.FeeTerms };
};

/** Merchants with the plan that holds, many callers sharing one query. Nothing is opened and nothing remembered. */
export function createShopLookup(
  desk: Pick<Desk, "db" | "clock">,
): (merchantId: string) => Promise<Shop | undefined> {
  return createLookup(async (ids) => {
    const found = await desk.db.query<Record<string, unknown>>(
      `SELECT m.id, m.status, m.trading_name_en, m.trading_name_zh, m.country, m.mcc, m.currency, m.time_zone,
              m.payouts_paused_until, p.id AS plan_id, p.terms
         FROM merchants.merchant m
         JOIN LATERAL (SELECT plan_id FROM merchants.fee_plan_of o WHERE o.merchant_id = m.id AND o.from_at <= $2
                        ORDER BY o.from_at DESC LIMIT 1) o ON true
         JOIN merchants.fee_plan p ON p.id = o.plan_id
        WHERE m.id = ANY ($1::text[])`,
      [ids, desk.clock.now()],
      "merchants.shops",
    );
    return new Map(
      found.map((row) => {
        const currency = String(row.currency);
        assert(isCurrency(currency), "a merchant's currency is one of ours");
        return [
          row.id as string,
          {
            merchantId: row.id as Id<"mer">,
            status: row.status as contract.MerchantStatus,
            tradingName: { en: row.trading_name_en as string, zh: row.trading_name_zh as string },
            country: row.country as string,
            mcc: row.mcc as string | null,
            currency,
            timeZone: row.time_zone as string,
            payoutsPausedUntil: row.payouts_paused_until as Date | null,
            plan: { id: row.plan_id as Id<"fpl">, terms: row.terms as contract.FeeTerms },
          },
        ];
      }),
    );
  });
}
