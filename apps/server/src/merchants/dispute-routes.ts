import * as contract from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { MerchantCaller } from "../platform/http/sessions.ts";
import type { DisputesDeps, DisputeUseCases } from "./dispute-cases.ts";
import { disputableUntil, packFor } from "./dispute-packs.ts";
import { disputeReasons } from "./dispute-reasons.ts";
import type { DisputeRow } from "./dispute-rows.ts";
import * as sql from "./dispute-sql.ts";
import type { DisputeFacts, DisputeView } from "./dispute-views.ts";
import type { IntentRow } from "./rows.ts";

type OptionsView = z.input<typeof contract.DisputeOptions>;

export type DisputeRoutesDeps = DisputesDeps & {
  intentOfPayment(paymentId: string): Promise<IntentRow | undefined>;
  /** As the API shows an intent to its merchant. */
  intentView(intent: IntentRow): Promise<Record<string, unknown> & { object: "payment_intent" }>;
};

const why = {
  not_a_purchase: {
    en: "Only a purchase that was paid can be disputed.",
    zh: "只能对已付款的消费提出争议。",
  },
  exists: { en: "There is a dispute of this purchase already.", zh: "该笔消费已有争议。" },
  nothing_left: { en: "All of this purchase has been refunded.", zh: "该笔消费已全额退款。" },
  too_late: {
    en: "The time in which this purchase could be disputed is over. Please ask the shop directly.",
    zh: "该笔消费的争议期限已过，请直接联系商家。",
  },
};

/** The payer's routes and the merchant's. Another's dispute is as unknown as one that does not exist. */
export function disputeRoutes(deps: DisputeRoutesDeps, disputes: DisputeUseCases): RouteHandler[] {
  const { db, clock } = deps;

  async function ofCustomer(customerId: string, disputeId: string): Promise<DisputeRow> {
    const row = await disputes.byId(disputeId);
    if (row.customer_id !== customerId) throw new Refusal("request.not_found");
    return row;
  }
  async function ofMerchant(caller: MerchantCaller, disputeId: string): Promise<DisputeRow> {
    const row = await disputes.byId(disputeId);
    if (row.merchant_id !== caller.merchantId || row.livemode !== caller.livemode)
      throw new Refusal("request.not_found");
    return row;
  }
  async function intentOf(caller: MerchantCaller, intentId: string): Promise<IntentRow> {
    const intent = (await deps.intentsById([intentId])).get(intentId);
    if (intent?.merchant_id !== caller.merchantId || intent.livemode !== caller.livemode)
      throw new Refusal("request.not_found");
    return intent;
  }
  /** The intent behind a payment of that customer; undefined when it is no purchase. */
  async function purchaseOf(customerId: string, paymentId: string): Promise<IntentRow | undefined> {
    const payment = await deps.payments.byId(paymentId);
    if (payment === undefined || payment.customer_id !== customerId) throw new Refusal("request.not_found");
    return payment.kind === "purchase" ? deps.intentOfPayment(payment.id) : undefined;
  }

  async function options(customerId: string, paymentId: string): Promise<OptionsView> {
    const intent = await purchaseOf(customerId, paymentId);
    const none = (reason: keyof typeof why, disputeId: DisputeRow["id"] | null = null): OptionsView => ({
      possible: false,
      why: why[reason],
      disputeId,
      maxAmount: null,
      until: null,
      reasons: [],
    });
    if (intent === undefined || intent.status !== "succeeded") return none("not_a_purchase");
    if (intent.dispute_id !== null) return none("exists", intent.dispute_id);
    const left = disputes.leftOf(intent);
    if (left <= 0n) return none("nothing_left");
    const shop = (await deps.shopsById([intent.merchant_id])).get(intent.merchant_id);
    const pack = packFor(shop?.country ?? null);
    const paidAt = await disputes.paidAt(intent);
    const now = clock.now();
    const reasons = disputeReasons.map((reason) => {
      const until = disputableUntil(pack, paidAt, reason);
      return {
        code: reason.code,
        name: reason.name,
        hint: reason.hint,
        until: until.toISOString(),
        possible: now <= until,
      };
    });
    const latest = reasons.map(({ until }) => until).sort();
    return {
      possible: reasons.some(({ possible }) => possible),
      why: reasons.some(({ possible }) => possible) ? null : why.too_late,
      disputeId: null,
      maxAmount: toWire({ minor: left, currency: intent.currency as never }),
      until: latest.at(-1) ?? null,
      reasons,
    };
  }

  async function forPayer(row: DisputeRow) {
    return disputes.views.forPayer((await disputes.factsOf([row]))[0] as DisputeFacts);
  }
  async function forMerchant(rows: readonly DisputeRow[], expand?: string): Promise<DisputeView[]> {
    const seen = (await disputes.factsOf(rows)).map(disputes.views.forMerchant);
    if (!expand?.split(",").includes("paymentIntent")) return seen;
    const intents = await deps.intentsById(rows.map(({ intent_id }) => intent_id));
    return Promise.all(
      seen.map(async (view, index) => {
        const intent = intents.get(rows[index]?.intent_id ?? "");
        return intent ? { ...view, paymentIntent: await deps.intentView(intent) } : view;
      }),
    );
  }
  const oneForMerchant = async (row: DisputeRow, expand?: string) =>
    (await forMerchant([row], expand))[0] as DisputeView;

  const requireTest = (caller: MerchantCaller) => {
    if (caller.livemode) throw new Refusal("dispute.test_mode_only");
  };
  const needsAnswer = (row: DisputeRow) => {
    if (row.status !== "needs_response") throw new Refusal("dispute.not_open");
  };

  const payerRoutes = [
    handle(contract.getDisputeOptions, ({ customerId, params }) => options(customerId, params.paymentId)),
    handle(contract.createPurchaseDispute, async ({ customerId, params, body, idempotency }) => {
      const intent = await purchaseOf(customerId, params.paymentId);
      if (intent === undefined) throw new Refusal("dispute.not_a_purchase");
      return forPayer(await disputes.open(intent.id, idempotency, body, disputes.views.forPayer));
    }),
    handle(contract.listPurchaseDisputes, async ({ customerId, query }) => {
      const limit = query.limit ?? 20;
      const rows = await sql.selectDisputes(db, { customerId, cursor: query.cursor, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      return {
        items: (await disputes.factsOf(shown)).map(disputes.views.forPayer),
        nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    }),
    handle(contract.getPurchaseDispute, async ({ customerId, params }) =>
      forPayer(await ofCustomer(customerId, params.disputeId)),
    ),
    handle(contract.addPurchaseDisputeFile, async ({ customerId, params, query, file }) =>
      disputes.files.add(await ofCustomer(customerId, params.disputeId), "payer", query.name, file),
    ),
    handle(contract.getPurchaseDisputeFile, async ({ customerId, params }) =>
      disputes.files.read(await ofCustomer(customerId, params.disputeId), params.fileId, "others"),
    ),
    handle(contract.withdrawPurchaseDispute, async ({ customerId, params, idempotency }) => {
      const row = await ofCustomer(customerId, params.disputeId);
      const answer = disputes.views.forPayer;
      return forPayer(await disputes.move(row.id, "withdrawn", "payer", { request: idempotency, answer }));
    }),
  ];

  const merchantRoutes = [
    handle(contract.listDisputes, async ({ merchant, query }) => {
      const limit = query.limit ?? 20;
      const rows = await sql.selectDisputes(db, {
        merchantId: merchant.merchantId,
        livemode: merchant.livemode,
        intentId: query.paymentIntent,
        statuses: query.status ? [query.status] : undefined,
        cursor: query.cursor,
        limit: limit + 1,
      });
      const shown = rows.slice(0, limit);
      return {
        items: await forMerchant(shown, query.expand),
        nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
      };
    }),
    handle(contract.getDispute, async ({ merchant, params, query }) =>
      oneForMerchant(await ofMerchant(merchant, params.disputeId), query.expand),
    ),
    handle(contract.addDisputeFile, async ({ merchant, params, query, file }) =>
      disputes.files.add(await ofMerchant(merchant, params.disputeId), "merchant", query.name, file),
    ),
    handle(contract.removeDisputeFile, async ({ merchant, params }) => {
      await disputes.files.removeDraft(await ofMerchant(merchant, params.disputeId), params.fileId);
    }),
    handle(contract.getDisputeFile, async ({ merchant, params }) =>
      disputes.files.read(await ofMerchant(merchant, params.disputeId), params.fileId, "merchant"),
    ),
    handle(contract.submitDisputeEvidence, async ({ merchant, params, body, idempotency }) => {
      const row = await ofMerchant(merchant, params.disputeId);
      const moved = await disputes.move(row.id, "answered", "merchant", {
        request: idempotency,
        answer: disputes.views.forMerchant,
        statement: { side: "merchant", text: body.text },
        require: (fresh) => {
          // The deadline counts, whenever the job that lets it pass runs.
          if (fresh.status === "needs_response" && fresh.answer_by <= clock.now())
            throw new Refusal("dispute.not_open");
        },
      });
      return oneForMerchant(moved);
    }),
    handle(contract.acceptDispute, async ({ merchant, params, idempotency }) => {
      const row = await ofMerchant(merchant, params.disputeId);
      const answer = disputes.views.forMerchant;
      return oneForMerchant(
        await disputes.move(row.id, "accepted", "merchant", { request: idempotency, answer }),
      );
    }),
    handle(contract.representDispute, async ({ merchant, params, body, idempotency }) => {
      const row = await ofMerchant(merchant, params.disputeId);
      const moved = await disputes.move(row.id, "represented", "merchant", {
        request: idempotency,
        answer: disputes.views.forMerchant,
        statement: { side: "merchant", text: body.text },
        require: (fresh) => {
          const inTime = fresh.represent_by !== null && fresh.represent_by > clock.now();
          if (fresh.status !== "lost" || fresh.stage !== "first" || !inTime)
            throw new Refusal("dispute.representment_not_possible");
        },
      });
      return oneForMerchant(moved);
    }),
    handle(contract.createTestDispute, async ({ merchant, params, body, idempotency }) => {
      requireTest(merchant);
      const intent = await intentOf(merchant, params.paymentIntentId);
      const draft = {
        ...body,
        text: "Test mode: opened by the shop's own request. 测试模式：由商户自行发起。",
      };
      return oneForMerchant(await disputes.open(intent.id, idempotency, draft, disputes.views.forMerchant));
    }),
    handle(contract.decideTestDispute, async ({ merchant, params, body, idempotency }) => {
      requireTest(merchant);
      const row = await ofMerchant(merchant, params.disputeId);
      const [cause, by] = (
        {
          payer: ["decided_for_payer", "operator"],
          merchant: ["decided_for_merchant", "operator"],
          expired: [row.status === "lost" ? "representment_waived" : "expired", "time"],
          withdrawn: ["withdrawn", "payer"],
        } as const
      )[body.outcome];
      return oneForMerchant(
        await disputes.move(row.id, cause, by, {
          request: idempotency,
          answer: disputes.views.forMerchant,
          ...(body.outcome === "expired" && row.status !== "lost" ? { require: needsAnswer } : {}),
        }),
      );
    }),
  ];
  return [...payerRoutes, ...merchantRoutes];
}
