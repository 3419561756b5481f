import * as contract from "@jinqiao/contract";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import { amountsIn } from "./balance.ts";
import type { IntentCore } from "./intent-core.ts";
import type { IntentUseCases } from "./intents.ts";
import type { IntentRow, RefundRow } from "./rows.ts";
import * as sql from "./sql.ts";
import type { MerchantMode, PaymentIntentView, Refunds, RefundView, Request } from "./types.ts";

/** An intent may be paid so long when its shop says nothing else. */
const usualLifeSeconds = 86_400;

/** Charges the code on a payer's phone; the part for codes brings it. */
export type ChargeCode = (
  merchant: MerchantMode,
  intentId: string,
  code: string,
  request: Request,
) => Promise<PaymentIntentView>;

export function intentRoutes(
  core: IntentCore,
  intents: IntentUseCases,
  refunds: Refunds,
  chargeCode: ChargeCode,
): RouteHandler[] {
  const { db, clock, views } = core;

  function fieldsOf(expand: string | undefined, known: readonly string[]): ReadonlySet<string> {
    const asked = (expand ?? "").split(",").filter((name) => name !== "");
    if (asked.some((name) => !known.includes(name)))
      throw new Refusal("request.invalid", { fields: [{ field: "expand", code: "field.unknown" }] });
    return new Set(asked);
  }

  /** Intents as the API shows them, with the objects that were asked for in the place of their ids. */
  async function shown(rows: readonly IntentRow[], expand: string | undefined): Promise<PaymentIntentView[]> {
    const wanted = fieldsOf(expand, ["latestRefund"]);
    const found = await core.viewsOf(rows);
    if (!wanted.has("latestRefund")) return found;
    const ids = rows.flatMap(({ latest_refund_id }) => latest_refund_id ?? []);
    const latest = await refundsById(ids);
    return found.map((view, index) => {
      const refund = latest.get(rows[index]?.latest_refund_id ?? "");
      return refund ? { ...view, latestRefund: refund } : view;
    });
  }

  async function refundsById(ids: readonly string[]): Promise<Map<string, RefundView>> {
    if (ids.length === 0) return new Map();
    return new Map((await sql.selectRefunds(db, ids)).map((row) => [row.id, views.refund(row)]));
  }

  async function ownRefund({ merchantId, livemode }: MerchantMode, refundId: string): Promise<RefundRow> {
    const [row] = await sql.selectRefunds(db, [refundId]);
    if (row?.merchant_id !== merchantId || row.livemode !== livemode) throw new Refusal("request.not_found");
    return row;
  }

  return [
    handle(contract.createPaymentIntent, ({ merchant, idempotency, body }) => {
      const { expiresInSeconds = usualLifeSeconds, ...draft } = body;
      const expiresAt = new Date(clock.now().getTime() + expiresInSeconds * 1_000);
      return intents.create(merchant, idempotency, { ...draft, origin: { kind: "api" }, expiresAt });
    }),
    handle(contract.getPaymentIntent, async ({ merchant, params, query }) => {
      const intent = await core.own(merchant, params.paymentIntentId);
      return (await shown([intent], query.expand))[0] as PaymentIntentView;
    }),
    handle(contract.listPaymentIntents, async ({ merchant, query }) => {
      const limit = query.limit ?? 20;
      const rows = await sql.selectIntentPage(db, {
        ...query,
        merchantId: merchant.merchantId,
        livemode: merchant.livemode,
        refunded: query.refunded === "true",
        disputed: query.disputed === "true",
        search: query.q ? { text: query.q, amounts: amountsIn(query.q) } : undefined,
        limit: limit + 1,
      });
      return {
        items: await shown(rows.slice(0, limit), query.expand),
        nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
      };
    }),
    handle(contract.confirmPaymentIntent, async ({ merchant, params, idempotency, body }) => {
      const { paymentMethod } = body;
      await core.own(merchant, params.paymentIntentId);
      if (paymentMethod.type === "test")
        return intents.payment.confirmTest(
          merchant,
          params.paymentIntentId,
          idempotency,
          paymentMethod.outcome,
        );
      if (!merchant.livemode) throw new Refusal("intent.live_only");
      return chargeCode(merchant, params.paymentIntentId, paymentMethod.code, idempotency);
    }),
    handle(contract.capturePaymentIntent, ({ merchant, params, idempotency, body }) =>
      intents.payment.capture(merchant, params.paymentIntentId, idempotency, body?.amount),
    ),
    handle(contract.cancelPaymentIntent, ({ merchant, params, idempotency, body }) =>
      intents.cancel(merchant, idempotency, params.paymentIntentId, body?.reason),
    ),
    handle(contract.createRefund, ({ merchant, idempotency, body }) =>
      refunds.create(merchant, idempotency, body),
    ),
    handle(contract.getRefund, async ({ merchant, params, query }) => {
      const row = await ownRefund(merchant, params.refundId);
      const wanted = fieldsOf(query.expand, ["paymentIntent"]);
      const view = views.refund(row);
      if (!wanted.has("paymentIntent")) return view;
      return { ...view, paymentIntent: await core.viewOf(await core.own(merchant, row.intent_id)) };
    }),
    handle(contract.listRefunds, async ({ merchant, query }) => {
      const limit = query.limit ?? 20;
      const rows = await sql.selectRefundPage(db, {
        merchantId: merchant.merchantId,
        livemode: merchant.livemode,
        intentId: query.paymentIntent,
        cursor: query.cursor,
        limit: limit + 1,
      });
      return {
        items: rows.slice(0, limit).map(views.refund),
        nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
      };
    }),
    handle(contract.getPayable, ({ params }) => intents.payment.payableByToken(params.token)),
    handle(contract.createPayableStepUp, ({ session, params, body }) =>
      intents.payment.stepUp(params.token, session, {
        amount: body.amount,
        trustPayee: body.trustPayee === true,
      }),
    ),
    handle(contract.payPayable, ({ session, params, idempotency, body }) =>
      intents.pay({
        token: params.token,
        session,
        request: idempotency,
        amount: body.amount,
        source: body.source,
        stepUpId: body.stepUpId,
      }),
    ),
  ];
}
