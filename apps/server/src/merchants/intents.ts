import { randomBytes } from "node:crypto";
import type { Id } from "@jinqiao/money";
import { hashOf } from "../ledger/index.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { accountsOf } from "./books.ts";
import { feeOf } from "./fee-plans.ts";
import { type IntentCore, stale } from "./intent-core.ts";
import { createIntentPayment } from "./intent-payment.ts";
import { mayMove } from "./lifecycle.ts";
import { type IntentRow, movedIntent } from "./rows.ts";
import { selectExpiredIntents, selectIntentByPayment, selectIntents } from "./sql.ts";
import type { Intents, PaymentIntentView, Request } from "./types.ts";

/** Ways to pay that a fee is asked about before a payment may be asked for. */
const payerMethods = ["wallet_balance", "linked_bank", "pay_code"] as const;
const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
/** So many are ended in one run of the job; the next run takes up the rest. */
const endedAtOnce = 500;

/** 160 random bits in 32 characters: whoever has it may see and pay, so it cannot be guessed. */
const newToken = (): string =>
  Array.from(randomBytes(32), (byte) => alphabet[byte % alphabet.length]).join("");

export type IntentUseCases = Intents & {
  /** Ends what is over: unpaid intents become cancelled, held money that nobody captured goes back. */
  endOver(): Promise<number>;
  payment: ReturnType<typeof createIntentPayment>;
};

export function createIntents(core: IntentCore): IntentUseCases {
  const { db, clock, ids, profiles, payments, views } = core;
  const payment = createIntentPayment(core);

  const create: Intents["create"] = async (merchant, request, draft, more) => {
    const { minor: amount, currency } = payments.purchases.checked(draft.amount);
    const [profile] = await Promise.all([profiles.of(merchant), profiles.requireOwn(merchant, draft)]);
    profiles.requireActive(profile, merchant.livemode);
    const now = clock.now();
    const volume = profile.volumes.get(currency) ?? 0n;
    const priced = { amount: { minor: amount, currency }, monthVolume: volume, at: now };
    if (payerMethods.some((method) => feeOf(profile.terms, { method, ...priced }).total > amount))
      throw new Refusal("intent.fee_above_amount");
    const id = ids.next("pi");
    const intent: IntentRow = {
      id,
      merchant_id: profile.id,
      livemode: merchant.livemode,
      status: "requires_payment_method",
      currency,
      amount,
      capturable: 0n,
      received: 0n,
      refunded: 0n,
      disputed: 0n,
      fee: 0n,
      fee_refunded: 0n,
      fee_details: null,
      capture_method: draft.captureMethod ?? "automatic",
      reference: draft.reference ?? null,
      ...views.seal(id, draft),
      shopper_id: (draft.customer as Id<"shp"> | undefined) ?? null,
      store_id: (draft.storeId as Id<"sto"> | undefined) ?? null,
      till_id: (draft.tillId as Id<"til"> | undefined) ?? null,
      origin_kind: draft.origin.kind,
      origin_id: draft.origin.id ?? null,
      method: null,
      payer_id: null,
      payment_id: null,
      top_up_id: null,
      hold_id: null,
      authentication: null,
      error_code: null,
      cancellation_reason: null,
      token: newToken(),
      return_url: draft.returnUrl ?? null,
      latest_refund_id: null,
      dispute_id: null,
      balance_transaction_id: null,
      expires_at: draft.expiresAt,
      capture_before: null,
      version: 1,
      created_at: now,
      updated_at: now,
    };
    const view = views.intent(intent, { people: new Map(), profile, now });
    const together = more?.(view, intent) ?? {};
    const stored = await core.store(request, {
      after: intent,
      result: view,
      rows: [core.told(intent, "payment_intent.created", view), ...(together.rows ?? [])],
      guards: together.guards ?? [],
    });
    if (stored === stale) throw new Refusal("payment.changed_meanwhile");
    return stored;
  };

  /** Cancels one that may be: what is held goes back in the same commit. */
  async function giveUp(
    request: Request,
    intent: IntentRow,
    reason: IntentRow["cancellation_reason"],
  ): Promise<PaymentIntentView | typeof stale> {
    const now = clock.now();
    const after = movedIntent(intent, now, {
      status: "canceled",
      capturable: 0n,
      cancellation_reason: reason,
      hold_id: null,
    });
    const view = await core.viewOf(after);
    const held = intent.hold_id === null ? undefined : await payments.byId(intent.payment_id ?? "");
    assert(intent.hold_id === null || held, "what is held is of a payment");
    const step = held && payments.purchases.giveUp(held, reason === "expired" ? "expired" : "cancelled");
    const account = accountsOf(intent.merchant_id, intent.livemode)(intent.currency).payer(intent.payer_id);
    return core.store(request, {
      before: intent,
      after,
      result: view,
      rows: [...(step?.rows ?? []), core.told(after, "payment_intent.canceled", view)],
      releases: intent.hold_id === null ? [] : [{ holdId: intent.hold_id, account, as: "voided" }],
      events: step?.events ?? [],
    });
  }

  const cancel: Intents["cancel"] = (merchant, request, intentId, reason) =>
    core.untilStored(async () => {
      const intent = await core.own(merchant, intentId);
      if (!mayMove(intent.status, "cancel")) throw new Refusal("intent.unexpected_state");
      return giveUp(request, intent, reason ?? null);
    });

  async function end(intentId: string): Promise<boolean> {
    const intent = await core.byId(intentId);
    const now = clock.now();
    if (intent === undefined || !mayMove(intent.status, "cancel")) return false;
    const over = intent.status === "requires_capture" ? intent.capture_before : intent.expires_at;
    if (over === null || over > now) return false;
    const key = `intent/${intent.id}/${intent.version}/end`;
    return (await giveUp({ key, hash: hashOf(key) }, intent, "expired")) !== stale;
  }

  return {
    create,
    cancel,
    payment,
    pay: payment.pay,
    charge: payment.charge,
    byId: core.byId,
    byIds: async (intentIds) =>
      new Map(
        (intentIds.length === 0 ? [] : await selectIntents(db, [...new Set(intentIds)])).map((row) => [
          row.id,
          row,
        ]),
      ),
    byToken: core.byToken,
    byPayment: (paymentId) => selectIntentByPayment(db, paymentId),
    views: core.viewsOf,
    payable: core.payableOf,
    linkOf: views.linkOf,
    async endOver() {
      let ended = 0;
      for (const id of await selectExpiredIntents(db, clock.now(), endedAtOnce))
        if (await end(id)) ended += 1;
      return ended;
    },
  };
}
