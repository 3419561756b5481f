import type { Id } from "@jinqiao/money";
import { parseAmount } from "@jinqiao/money";
import type { PaymentRow } from "../payments/index.ts";
import { Refusal } from "../platform/errors.ts";
import { accountsOf, refundLegs, splitOf } from "./books.ts";
import type { Disputes } from "./disputes.ts";
import { eventRow } from "./events.ts";
import { feeGivenBack } from "./fees.ts";
import type { IntentCore } from "./intent-core.ts";
import { mayMove, refundable } from "./lifecycle.ts";
import { balanceTransactionRow, movedIntent, type RefundRow, refundRow } from "./rows.ts";
import type { BalanceOf, Refunds } from "./types.ts";

export function createRefunds(
  core: IntentCore,
  deps: {
    balanceOf(merchantId: string, livemode: boolean): Promise<BalanceOf[]>;
    /** What an open dispute of the payment gives up for a refund. */
    disputed: Disputes["forRefund"];
  },
): Refunds {
  const { clock, ids, payments, views } = core;

  /** The payer's purchase, where the payment is a live one. */
  async function purchaseOf(paymentId: string | null): Promise<PaymentRow | undefined> {
    return paymentId === null ? undefined : payments.byId(paymentId);
  }

  return {
    create: (merchant, request, draft) =>
      core.untilStored(async () => {
        const intent = await core.own(merchant, draft.paymentIntent);
        if (!mayMove(intent.status, "refund")) throw new Refusal("intent.unexpected_state");
        const left = refundable(intent);
        const asked = draft.amount === undefined ? undefined : parseAmount(draft.amount);
        if (asked !== undefined && asked.currency !== intent.currency)
          throw new Refusal("payment.currency_not_supported");
        const amount = asked?.minor ?? left;
        if (amount > left || amount === 0n) throw new Refusal("refund.amount_too_large");
        const { merchant_id, livemode, currency } = intent;
        const [profile, balances, purchase, disputed] = await Promise.all([
          core.profileOf(intent),
          deps.balanceOf(merchant_id, livemode),
          purchaseOf(intent.payment_id),
          deps.disputed(intent, amount),
        ]);
        const feeBackInAll =
          profile.terms.refundFee === "kept"
            ? intent.fee_refunded
            : feeGivenBack(intent.fee, { received: intent.received, refunded: intent.refunded + amount });
        const feeBack = feeBackInAll > intent.fee_refunded ? feeBackInAll - intent.fee_refunded : 0n;
        const balance = balances.find((one) => one.currency === currency);
        const split = splitOf(amount - feeBack, {
          available: (balance?.free.available ?? 0n) + (disputed?.freed.available ?? 0n),
          pending: (balance?.free.pending ?? 0n) + (disputed?.freed.pending ?? 0n),
          reserve: (balance?.free.reserve ?? 0n) + (disputed?.freed.reserve ?? 0n),
        });
        if (split === undefined) throw new Refusal("refund.insufficient_balance");

        const now = clock.now();
        const id = ids.next("re");
        const transactionId = ids.next("txn");
        const step = purchase && payments.purchases.refund(purchase, amount);
        const refund: RefundRow = {
          id,
          merchant_id,
          livemode,
          intent_id: intent.id,
          status: "succeeded",
          currency,
          amount,
          fee: feeBack,
          reason: draft.reason ?? null,
          metadata_sealed: views.sealRefund(id, draft.metadata),
          payment_id: step?.payment.id ?? null,
          balance_transaction_id: transactionId,
          version: 1,
          created_at: now,
        };
        const after = movedIntent(intent, now, {
          refunded: intent.refunded + amount,
          fee_refunded: intent.fee_refunded + feeBack,
          latest_refund_id: id,
        });
        const view = views.refund(refund);
        try {
          return await core.store(request, {
            before: intent,
            after,
            result: view,
            rows: [
              refundRow(refund),
              ...(step?.rows ?? []),
              ...(disputed?.rows ?? []),
              balanceTransactionRow({
                id: transactionId,
                merchant_id,
                livemode,
                type: "refund",
                currency,
                amount: -amount,
                fee: -feeBack,
                source_id: id,
                store_id: intent.store_id,
                available_on: now,
                settlement_id: null,
                created_at: now,
              }),
              // What the reserve bears is no longer kept back.
              ...(split.reserve === 0n
                ? []
                : [
                    balanceTransactionRow({
                      id: ids.next("txn"),
                      merchant_id,
                      livemode,
                      type: "reserve_release",
                      currency,
                      amount: split.reserve,
                      fee: 0n,
                      source_id: id,
                      store_id: null,
                      available_on: now,
                      settlement_id: null,
                      created_at: now,
                    }),
                  ]),
              eventRow(
                { ...core, now },
                { merchantId: merchant_id, livemode, type: "refund.created", object: view },
              ),
            ],
            events: [...(step?.events ?? []), ...(disputed?.events ?? [])],
            jobs: disputed?.jobs ?? [],
            releases: disputed?.releases ?? [],
            guards: disputed?.guards ?? [],
            transfer: {
              id: ids.next("trf"),
              kind: "refund",
              subject: (step?.payment.id ?? id) as Id,
              legs: refundLegs(accountsOf(merchant_id, livemode)(currency), {
                payerId: intent.payer_id,
                split,
                feeBack,
              }),
            },
          });
        } catch (error) {
          // The shop's own money moved between reading and booking, and a refusal is kept under the request's key.
          if (error instanceof Refusal && error.code === "payment.insufficient_funds")
            throw new Refusal("refund.insufficient_balance", { cause: error });
          throw error;
        }
      }),
  };
}
