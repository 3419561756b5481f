import type { Id, Money } from "@jinqiao/money";
import { parseAmount } from "@jinqiao/money";
import type { PaymentAuthentication, PaymentToConfirm } from "../identity/index.ts";
import { hashOf, type Instruction } from "../ledger/index.ts";
import type { PaymentView } from "../payments/index.ts";
import { assert, Refusal } from "../platform/errors.ts";
import type { CustomerSession } from "../platform/http/sessions.ts";
import { accountsOf, purchaseLegs } from "./books.ts";
import { codeAllowances } from "./code-limits.ts";
import { type ItemisedFee, itemisedFee } from "./fees.ts";
import type { IntentCore, stale } from "./intent-core.ts";
import { isExpired, mayMove } from "./lifecycle.ts";
import type { MerchantProfile } from "./profiles.ts";
import { balanceTransactionRow, type IntentRow, movedIntent } from "./rows.ts";
import { createSettlementClock } from "./settlement-terms.ts";
import type { Intents, MerchantMode, PayableView, PaymentIntentView, PaySource, Request } from "./types.ts";

/** How long a shop may wait before it captures what is held; as long as cards usually allow. */
const captureWithinMs = 7 * 86_400_000;
/** The hold outlives the time to capture, so that the intent's own end gives it back first. */
const holdLongerMs = 86_400_000;

type Method = NonNullable<IntentRow["method"]>;
type Charged = {
  intent: IntentRow;
  profile: MerchantProfile;
  view: PaymentIntentView;
  payment: PaymentView | null;
  instruction: Omit<Partial<Instruction>, "key" | "hash" | "result">;
};

type Paid = { payable: PayableView; payment: PaymentView | null };

/** Fails that end an attempt to pay and leave the intent open for another. */
const failing = new Set([
  "payment.insufficient_funds",
  "ledger.account_closed",
  "ledger.account_frozen",
  "freeze.payments",
  "merchant.not_active",
]);

/** How an intent is paid, held, captured, and paid by money that comes from a bank. */
export function createIntentPayment(core: IntentCore) {
  const { clock, ids, profiles, payments, identity } = core;
  const settlesOn = createSettlementClock(core);

  function feeFor(profile: MerchantProfile, intent: IntentRow, method: Method, gross: bigint): ItemisedFee {
    const { currency } = intent;
    return itemisedFee(profile.terms, {
      method,
      amount: { minor: gross, currency },
      volume: profile.volumes.get(currency) ?? 0n,
      at: clock.now(),
    });
  }

  /** Takes or holds the payer's money: everything that one commit stores. `payerId` is null in test mode. */
  async function charged(
    intent: IntentRow,
    profile: MerchantProfile,
    how: { method: Method; payerId: Id<"cus"> | null; authentication: PaymentAuthentication | null },
  ): Promise<Charged> {
    const now = clock.now();
    const { currency, amount, livemode } = intent;
    const accounts = accountsOf(intent.merchant_id, livemode)(currency);
    const isHeld = intent.capture_method === "manual";
    const captureBefore = new Date(now.getTime() + captureWithinMs);
    const holdId = isHeld && how.payerId !== null ? ids.next("hld") : undefined;
    const step =
      how.payerId === null
        ? undefined
        : payments.purchases.begin({
            customerId: how.payerId,
            merchant: { id: profile.id, name: profile.name, reference: intent.reference },
            intentId: intent.id,
            amount: { minor: amount, currency },
            authentication: how.authentication ?? {
              method: null,
              stepUpId: null,
              exemption: "not_asked",
              reasons: [],
            },
            holdId,
          });
    const fee = feeFor(profile, intent, how.method, amount);
    const transactionId = ids.next("txn");
    const after = movedIntent(intent, now, {
      method: how.method,
      payer_id: how.payerId,
      payment_id: step?.payment.id ?? null,
      authentication: how.authentication,
      error_code: null,
      ...(isHeld
        ? {
            status: "requires_capture" as const,
            capturable: amount,
            hold_id: holdId ?? null,
            capture_before: captureBefore,
          }
        : {
            status: "succeeded" as const,
            received: amount,
            fee: fee.amount,
            fee_details: fee.details,
            balance_transaction_id: transactionId,
          }),
    });
    const people = await core.peopleOf([after]);
    const view = core.views.intent(after, { people, profile, now });
    const subject = step?.payment.id ?? intent.id;
    return {
      intent: after,
      profile,
      view,
      payment: step ? payments.purchases.view(step.payment) : null,
      instruction: {
        rows: [
          ...(step?.rows ?? []),
          ...(isHeld ? [] : [taken(after, transactionId, profile)]),
          core.told(
            after,
            isHeld ? "payment_intent.amount_capturable_updated" : "payment_intent.succeeded",
            view,
          ),
        ],
        events: step?.events ?? [],
        allowances:
          how.payerId === null
            ? []
            : codeAllowances(
                {
                  originKind: how.method === "pay_code" ? "pay_code" : intent.origin_kind,
                  country: profile.country,
                  customerId: how.payerId,
                  money: { minor: amount, currency },
                },
                now,
              ),
        ...(holdId === undefined || how.payerId === null
          ? {}
          : {
              holds: [
                {
                  id: holdId,
                  account: accounts.payer(how.payerId),
                  amount,
                  subject,
                  expiresAt: new Date(captureBefore.getTime() + holdLongerMs),
                },
              ],
            }),
        ...(isHeld
          ? {}
          : {
              transfer: {
                id: ids.next("trf"),
                kind: "purchase",
                subject,
                legs: purchaseLegs(accounts, { payerId: how.payerId, gross: amount, fee: fee.amount }),
              },
            }),
      },
    };
  }

  /** The movement of the merchant's balance when money was taken. */
  const taken = (intent: IntentRow, id: Id<"txn">, { terms, timeZone }: MerchantProfile) =>
    balanceTransactionRow({
      id,
      merchant_id: intent.merchant_id,
      livemode: intent.livemode,
      type: "charge",
      currency: intent.currency,
      amount: intent.received,
      fee: intent.fee,
      source_id: intent.id,
      store_id: intent.store_id,
      available_on: settlesOn(terms.settlement, {
        timeZone,
        currency: intent.currency,
        at: intent.updated_at,
      }),
      settlement_id: null,
      created_at: intent.updated_at,
    });

  /** An attempt to pay that failed: kept with the intent, which stays open. */
  async function failed(request: Request, intent: IntentRow, code: string) {
    const after = movedIntent(intent, clock.now(), {
      status: "requires_payment_method",
      method: null,
      payer_id: null,
      top_up_id: null,
      authentication: null,
      error_code: code,
    });
    const view = await core.viewOf(after);
    return core.store(request, {
      before: intent,
      after,
      result: view,
      rows: [core.told(after, "payment_intent.payment_failed", view)],
    });
  }

  /** Refuses what cannot be paid now, for the reason that its payer can understand. */
  function requirePayable(intent: IntentRow, customerId: string, shown: Money): void {
    if (intent.status === "canceled")
      throw new Refusal(intent.cancellation_reason === "expired" ? "payable.expired" : "payable.closed");
    if (!mayMove(intent.status, "pay")) throw new Refusal("payable.already_paid");
    // Somebody's payment code was charged, and only they are asked to confirm it.
    if (intent.payer_id !== null && intent.payer_id !== customerId) throw new Refusal("payable.already_paid");
    if (isExpired(intent, clock.now())) throw new Refusal("payable.expired");
    if (shown.minor !== intent.amount || shown.currency !== intent.currency)
      throw new Refusal("payable.amount_changed");
  }

  const toConfirm = (intent: IntentRow, profile: MerchantProfile, customerId: string): PaymentToConfirm => ({
    customerId,
    kind: "purchase",
    amount: { minor: intent.amount, currency: intent.currency },
    payee: { id: profile.id, name: profile.name },
    note: intent.reference,
  });

  async function payableRow(token: string): Promise<IntentRow> {
    const intent = await core.byToken(token);
    if (intent === undefined) throw new Refusal("request.not_found");
    return intent;
  }

  const pay: Intents["pay"] = async ({ token, session, request, amount, source, stepUpId }) => {
    const shown = parseAmount(amount);
    const { customerId } = session;
    return core.untilStored<Paid>(async () => {
      const intent = await payableRow(token);
      requirePayable(intent, customerId, shown);
      const [profile] = await Promise.all([
        core.profileOf(intent),
        intent.livemode ? identity.freezes.require(customerId, "payments") : undefined,
      ]);
      if (!intent.livemode) {
        const test = await charged(intent, profile, { method: "test", payerId: null, authentication: null });
        return storeCharged(request, intent, test);
      }
      profiles.requireActive(profile, true);
      const { minor } = payments.purchases.checked(amount);
      assert(minor === intent.amount, "what is paid is what is asked");
      const authorise = () =>
        identity.stepUps.authorise({
          session,
          attempt: request.key,
          payment: toConfirm(intent, profile, customerId),
          stepUpId,
        });
      if (source.kind === "linked_account")
        return fromBank(request, intent, { customerId, amount, source, authorise });
      const authentication = await authorise();
      const method = intent.method === "pay_code" ? "pay_code" : "wallet_balance";
      return storeCharged(
        request,
        intent,
        await charged(intent, profile, { method, payerId: customerId, authentication }),
      );
    });
  };

  async function storeCharged(
    request: Request,
    before: IntentRow,
    done: Charged,
  ): Promise<Paid | typeof stale> {
    const payable = await core.payableOf(done.intent, done.profile);
    return core.store<Paid>(request, {
      before,
      after: done.intent,
      result: { payable, payment: done.payment },
      ...done.instruction,
    });
  }

  /** The payer's bank is asked for the money first; the purchase follows when it is there. */
  async function fromBank(
    request: Request,
    intent: IntentRow,
    asked: {
      customerId: Id<"cus">;
      amount: { amount: string; currency: string };
      source: Extract<PaySource, { kind: "linked_account" }>;
      authorise: () => Promise<PaymentAuthentication>;
    },
  ): Promise<Paid | typeof stale> {
    const { linkedAccountId } = asked.source;
    const top = await payments.purchases.fund(asked.customerId, {
      linkedAccountId,
      amount: asked.amount,
      intentId: intent.id,
    });
    const after = movedIntent(intent, clock.now(), {
      status: "processing",
      method: "linked_bank",
      payer_id: asked.customerId,
      top_up_id: top.payment.id,
      authentication: await asked.authorise(),
      error_code: null,
    });
    const view = await core.viewOf(after);
    return core.store(request, {
      before: intent,
      after,
      result: { payable: await core.payableOf(after), payment: top.view },
      rows: [...top.rows, core.told(after, "payment_intent.processing", view)],
      events: top.events,
      jobs: top.jobs,
    });
  }

  const charge: Intents["charge"] = async ({
    merchant,
    intentId,
    customerId,
    request,
    authentication,
    together,
  }) =>
    // With guards of the caller's, what has changed may be theirs: they look again.
    core.untilStored<PaymentIntentView>(
      async () => {
        const intent = await core.own(merchant, intentId);
        if (!mayMove(intent.status, "pay")) throw new Refusal("intent.unexpected_state");
        if (intent.payer_id !== null && intent.payer_id !== customerId)
          throw new Refusal("intent.unexpected_state");
        if (isExpired(intent, clock.now())) throw new Refusal("intent.expired");
        if (!intent.livemode) throw new Refusal("intent.live_only");
        const profile = await core.profileOf(intent);
        profiles.requireActive(profile, true);
        await identity.freezes.require(customerId, "payments");
        const done = await charged(intent, profile, {
          method: "pay_code",
          payerId: customerId as Id<"cus">,
          authentication,
        });
        return core.store(request, {
          before: intent,
          after: done.intent,
          result: done.view,
          ...done.instruction,
          rows: [...(done.instruction.rows ?? []), ...(together?.rows ?? [])],
          guards: together?.guards ?? [],
        });
      },
      together ? 1 : undefined,
    );

  /** A test payer: pays, is declined, or has to do something first. No money is real. */
  const confirmTest = (
    merchant: MerchantMode,
    intentId: string,
    request: Request,
    outcome: "succeeds" | "insufficient_funds" | "declined" | "requires_action",
  ): Promise<PaymentIntentView> =>
    core.untilStored<PaymentIntentView>(async () => {
      if (merchant.livemode) throw new Refusal("intent.test_only");
      const intent = await core.own(merchant, intentId);
      if (!mayMove(intent.status, "pay")) throw new Refusal("intent.unexpected_state");
      if (isExpired(intent, clock.now())) throw new Refusal("intent.expired");
      if (outcome === "insufficient_funds") return failed(request, intent, "payment.insufficient_funds");
      if (outcome === "declined") return failed(request, intent, "intent.declined");
      const profile = await core.profileOf(intent);
      if (outcome === "requires_action") {
        const after = movedIntent(intent, clock.now(), {
          status: "requires_action",
          method: "test",
          error_code: null,
        });
        const view = core.views.intent(after, { people: new Map(), profile, now: clock.now() });
        return core.store(request, {
          before: intent,
          after,
          result: view,
          rows: [core.told(after, "payment_intent.requires_action", view)],
        });
      }
      const done = await charged(intent, profile, { method: "test", payerId: null, authentication: null });
      return core.store(request, {
        before: intent,
        after: done.intent,
        result: done.view,
        ...done.instruction,
      });
    });

  /** Takes what is held, or a part of it; the rest is free again in the same commit. */
  const capture = (
    merchant: MerchantMode,
    intentId: string,
    request: Request,
    wire: { amount: string; currency: string } | undefined,
  ): Promise<PaymentIntentView> =>
    core.untilStored<PaymentIntentView>(async () => {
      const now = clock.now();
      const intent = await core.own(merchant, intentId);
      if (!mayMove(intent.status, "capture")) throw new Refusal("intent.unexpected_state");
      if (intent.capture_before !== null && intent.capture_before <= now) throw new Refusal("intent.expired");
      const asked = wire === undefined ? undefined : parseAmount(wire);
      if (asked !== undefined && asked.currency !== intent.currency)
        throw new Refusal("payment.currency_not_supported");
      const gross = asked?.minor ?? intent.capturable;
      if (gross > intent.capturable) throw new Refusal("capture.amount_too_large");
      const profile = await core.profileOf(intent);
      const held = intent.payment_id === null ? undefined : await payments.byId(intent.payment_id);
      assert(!intent.livemode || held, "a live payment is in its payer's wallet");
      assert(intent.method, "what is held was paid somehow");
      const step = held && payments.purchases.capture(held, gross);
      const fee = feeFor(profile, intent, intent.method, gross);
      const transactionId = ids.next("txn");
      const accounts = accountsOf(intent.merchant_id, intent.livemode)(intent.currency);
      const after = movedIntent(intent, now, {
        status: "succeeded",
        capturable: 0n,
        received: gross,
        fee: fee.amount,
        fee_details: fee.details,
        balance_transaction_id: transactionId,
      });
      const view = core.views.intent(after, { people: await core.peopleOf([after]), profile, now });
      return core.store(request, {
        before: intent,
        after,
        result: view,
        rows: [
          ...(step?.rows ?? []),
          taken(after, transactionId, profile),
          core.told(after, "payment_intent.succeeded", view),
        ],
        releases:
          intent.hold_id === null
            ? []
            : [
                {
                  holdId: intent.hold_id,
                  account: accounts.payer(intent.payer_id),
                  as: "captured",
                  amount: gross,
                },
              ],
        events: step?.events ?? [],
        transfer: {
          id: ids.next("trf"),
          kind: "purchase",
          subject: step?.payment.id ?? intent.id,
          legs: purchaseLegs(accounts, { payerId: intent.payer_id, gross, fee: fee.amount }),
        },
      });
    });

  /** What the payer's bank was asked for has moved: the purchase follows, or the attempt has failed. */
  async function fund(intentId: string): Promise<void> {
    await core.untilStored(async () => {
      const intent = await core.byId(intentId);
      if (intent === undefined || !mayMove(intent.status, "fund")) return null;
      const topUp = await payments.byId(intent.top_up_id ?? "");
      assert(topUp && intent.payer_id, "what waits for a bank waits for a top-up of its payer");
      const key = `intent/${intent.id}/${intent.version}/fund`;
      const once = { key, hash: hashOf(key) };
      const isThere = topUp.status === "settled" || (topUp.status === "submitted" && topUp.credited);
      const isOver = ["rejected", "cancelled", "expired", "returned"].includes(topUp.status);
      if (!isThere) return isOver ? failed(once, intent, "intent.bank_declined") : null;
      try {
        const profile = await core.profileOf(intent);
        profiles.requireActive(profile, true);
        await identity.freezes.require(intent.payer_id, "payments");
        const done = await charged(intent, profile, {
          method: "linked_bank",
          payerId: intent.payer_id,
          authentication: intent.authentication,
        });
        return await core.store(once, {
          before: intent,
          after: done.intent,
          result: null,
          ...done.instruction,
        });
      } catch (error) {
        if (!(error instanceof Refusal) || !failing.has(error.code)) throw error;
        // A refusal of the books is kept under its key: what follows has a key of its own.
        const next = `${key}/failed`;
        return failed({ key: next, hash: hashOf(next) }, intent, error.code);
      }
    });
  }

  return {
    pay,
    charge,
    confirmTest,
    capture,
    fund,
    /** Begins the confirmation of a payment by its payer. */
    async stepUp(
      token: string,
      session: CustomerSession,
      asked: { amount: { amount: string; currency: string }; trustPayee: boolean },
    ) {
      const intent = await payableRow(token);
      requirePayable(intent, session.customerId, parseAmount(asked.amount));
      payments.purchases.checked(asked.amount);
      const payment = toConfirm(intent, await core.profileOf(intent), session.customerId);
      return identity.stepUps.create(session, payment, { trustPayee: asked.trustPayee });
    },
    payableByToken: async (token: string): Promise<PayableView> => core.payableOf(await payableRow(token)),
  };
}
