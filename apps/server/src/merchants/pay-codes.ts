import { createHmac, randomBytes, randomInt, timingSafeEqual } from "node:crypto";
import * as contract from "@jinqiao/contract";
import { type Currency, type Id, toWire } from "@jinqiao/money";
import {
  type PayCode,
  payCodeAge,
  payCodeAheadSeconds,
  payCodeCheck,
  payCodeGraceSeconds,
  payCodeMessage,
  payCodeSeconds,
  readPayCode,
} from "@jinqiao/qr";
import type { Freezes } from "../identity/index.ts";
import type { Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { event } from "../platform/events.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Ids } from "../platform/ids.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";
import { smallCurrencies, smallPaymentsOf } from "./code-limits.ts";
import type { CodeShop } from "./code-payloads.ts";
import { eventRow } from "./events.ts";
import * as sql from "./pay-code-sql.ts";
import { type IntentRow, intentGuard, intentRow, movedIntent } from "./rows.ts";
import type { Intents, MerchantMode, PaymentIntentView, Request, Together } from "./types.ts";

/** Where the secrets of payers' phones lie, sealed for the person. */
export const payCodeData = {
  table: "merchants.pay_code_key",
  id: "id",
  subject: "customer_id",
  columns: ["secret"],
} as const satisfies PersonalTable;

export type PayCodesDeps = {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Pick<Ledger, "commit">;
  intents: Pick<Intents, "charge" | "byId" | "views">;
  freezes: Pick<Freezes, "require">;
  /** Whether a browser is still a device of the customer. */
  hasDevice(customerId: string, deviceId: string): Promise<boolean>;
  shopOf(merchantId: string, at: { storeId?: string | null }): Promise<CodeShop | undefined>;
};

export type PayCodes = {
  /**
   * Charges an intent by the code on the payer's phone: at once where the amount is small, else the payer is asked on
   * the phone. A code is used up by either.
   * @throws Refusal `pay_code.*`, and every code that `Intents.charge` throws
   */
  confirm(
    merchant: MerchantMode,
    intentId: string,
    code: string,
    request: Request,
  ): Promise<PaymentIntentView>;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

const forgetTask = "merchants.forget_pay_codes";
/** Ended keys, and which codes of theirs were charged, are kept as long as a payment may be disputed. */
const forgetAfterMs = 400 * 86_400_000;
/** A phone that is not used for so long has to fetch a new key, in milliseconds. */
const keyLifeMs = 30 * 86_400_000;
/** So many wrong check digits within an hour end a key: guessing eight digits must not be worth trying. */
const maxWrong = 20;
const wrongWithinMs = 3_600_000;
const maxTries = 6;

export function createPayCodes(deps: PayCodesDeps): PayCodes {
  const { db, clock, ids, vault } = deps;
  const keys = personalData(vault, payCodeData);

  /** The key and moment behind a code that may be charged now. @throws Refusal `pay_code.*` */
  async function resolve(text: string): Promise<{ key: sql.PayCodeKeyRow; code: PayCode }> {
    const now = clock.now();
    const code = readPayCode(text, now.getTime());
    const key = code && (await sql.selectByHandle(db, code.handle));
    if (code === undefined || key === undefined) throw new Refusal("pay_code.unknown");
    await vault.ready({ subjects: [key.customer_id] });
    const secret = keys.open<string | null>(
      "secret",
      { id: key.id, subject: key.customer_id },
      key.secret_sealed,
      null,
    );
    // The keys of a customer whose data was erased open no more.
    if (secret === null) throw new Refusal("pay_code.ended");
    const mac = createHmac("sha256", Buffer.from(secret, "base64"))
      .update(payCodeMessage(code.handle, code.moment, code.suffix))
      .digest();
    if (!timingSafeEqual(Buffer.from(payCodeCheck(mac)), Buffer.from(code.check))) {
      await sql.countWrong(db, key.id, { now, withinMs: wrongWithinMs, max: maxWrong });
      throw new Refusal("pay_code.unknown");
    }
    if (key.revoked_at !== null || key.expires_at <= now) throw new Refusal("pay_code.ended");
    const age = payCodeAge(code, now.getTime());
    if (age > payCodeSeconds + payCodeGraceSeconds || age < -payCodeAheadSeconds)
      throw new Refusal("pay_code.expired");
    if (!(await deps.hasDevice(key.customer_id, key.device_id))) throw new Refusal("pay_code.ended");
    await deps.freezes.require(key.customer_id, "payments");
    return { key, code };
  }

  /** Whether the amount passes without asking the payer: small, and not too many small ones in a row. */
  async function isSmall(key: sql.PayCodeKeyRow, intent: IntentRow): Promise<boolean> {
    const limits = smallPaymentsOf(intent.currency as Currency);
    if (limits === undefined || intent.amount > limits.perPayment) return false;
    const before = await sql.selectSinceConfirmed(db, key.id, intent.currency);
    return before.count < limits.inARow && before.sum + intent.amount <= limits.together;
  }

  function usedUp(
    { key, code }: { key: sql.PayCodeKeyRow; code: PayCode },
    intent: IntentRow,
    outcome: "paid" | "to_confirm",
  ): Required<Together> {
    return {
      rows: [
        {
          writer: "merchants.write_pay_code_uses",
          row: {
            key_id: key.id,
            moment: code.moment,
            suffix: code.suffix,
            intent_id: intent.id,
            outcome,
            currency: intent.currency,
            amount: intent.amount.toString(),
            at: clock.now(),
          },
        },
      ],
      guards: [{ check: "merchants.stale_pay_code_key", arg: { id: key.id, uses: key.uses }, id: key.id }],
    };
  }

  /** The phone is asked: the intent belongs to this payer from now on, and nothing is taken yet. */
  async function ask(
    request: Request,
    intent: IntentRow,
    customerId: string,
    together: Required<Together>,
  ): Promise<PaymentIntentView | undefined> {
    const now = clock.now();
    const asked = movedIntent(intent, now, {
      status: "requires_action",
      method: "pay_code",
      payer_id: customerId as IntentRow["payer_id"],
      error_code: null,
    });
    const [view] = await deps.intents.views([asked]);
    const object = view as PaymentIntentView;
    const outcome = await deps.ledger.commit<PaymentIntentView>({
      ...request,
      result: object,
      rows: [
        intentRow(asked),
        eventRow(
          { ids, vault, now },
          {
            merchantId: intent.merchant_id,
            livemode: intent.livemode,
            type: "payment_intent.requires_action",
            object,
          },
        ),
        ...together.rows,
      ],
      guards: [intentGuard(intent), ...together.guards],
      events: [
        event("purchase.to_confirm", {
          customerId: customerId as Id<"cus">,
          paymentIntentId: intent.id,
          token: intent.token,
        }),
      ],
    });
    if (outcome.status === "accepted" || outcome.status === "replayed") return outcome.result;
    if (outcome.status === "stale") return undefined;
    throw new Refusal(outcome.status === "conflict" ? "idempotency.key_reused" : outcome.code);
  }

  async function confirm(
    merchant: MerchantMode,
    intentId: string,
    text: string,
    request: Request,
  ): Promise<PaymentIntentView> {
    for (let tries = 0; tries < maxTries; tries += 1) {
      const intent = await deps.intents.byId(intentId);
      if (intent?.merchant_id !== merchant.merchantId || intent.livemode !== merchant.livemode)
        throw new Refusal("request.not_found");
      if (!intent.livemode) throw new Refusal("intent.live_only");
      if (intent.status !== "requires_payment_method" && intent.status !== "requires_action")
        throw new Refusal("intent.unexpected_state");
      if (intent.expires_at !== null && intent.expires_at <= clock.now()) throw new Refusal("intent.expired");
      const found = await resolve(text);
      const used = await sql.usedFor(db, found.key.id, found.code);
      // Decided anew although it had been stored: the code stands for this very intent, as it is.
      if (used === intentId && tries > 0) return (await deps.intents.views([intent]))[0] as PaymentIntentView;
      if (used !== undefined) throw new Refusal("pay_code.used");
      const { customer_id: customerId } = found.key;
      // Somebody else was asked already: a till that means another payer makes another intent.
      if (intent.payer_id !== null && intent.payer_id !== customerId)
        throw new Refusal("intent.unexpected_state");
      try {
        if (await isSmall(found.key, intent))
          return await deps.intents.charge({
            merchant,
            intentId,
            customerId,
            request,
            authentication: { method: null, stepUpId: null, exemption: "low_value", reasons: [] },
            together: usedUp(found, intent, "paid"),
          });
        const asked = await ask(request, intent, customerId, usedUp(found, intent, "to_confirm"));
        if (asked) return asked;
      } catch (error) {
        // Another till was first, or the intent moved: read again, and say which it was.
        if (!(error instanceof Refusal) || error.code !== "payment.changed_meanwhile") throw error;
      }
    }
    throw new Refusal("payment.changed_meanwhile");
  }

  async function issue(customerId: Id<"cus">, deviceId: Id<"dev"> | null) {
    if (deviceId === null) throw new Refusal("pay_code.no_device");
    await deps.freezes.require(customerId, "payments");
    await vault.ready({ subjects: [customerId] });
    const now = clock.now();
    const id = ids.next("pck");
    const secret = randomBytes(32).toString("base64");
    const expiresAt = new Date(now.getTime() + keyLifeMs);
    const handle = await sql.insertKey(
      db,
      {
        id,
        customer_id: customerId,
        device_id: deviceId,
        secret_sealed: keys.seal("secret", { id, subject: customerId }, secret),
        created_at: now,
        expires_at: expiresAt,
      },
      () => String(randomInt(1_000_000_000)).padStart(9, "0"),
    );
    return {
      id,
      handle,
      secret,
      expiresAt: expiresAt.toISOString(),
      now: now.toISOString(),
      withoutConfirmation: smallCurrencies.flatMap((currency) => {
        const limits = smallPaymentsOf(currency);
        if (limits === undefined) return [];
        return {
          currency,
          perPayment: toWire({ minor: limits.perPayment, currency }),
          inARow: limits.inARow,
          together: toWire({ minor: limits.together, currency }),
        };
      }),
    };
  }

  async function latestUse(customerId: string) {
    const row = await sql.selectLatestUse(db, customerId, new Date(clock.now().getTime() - 5 * 60_000));
    const intent = row && (await deps.intents.byId(row.intent_id));
    if (row === undefined || intent === undefined) return { use: null };
    const shop = await deps.shopOf(intent.merchant_id, { storeId: intent.store_id });
    // What the phone was asked to confirm may have been paid, or given up, since.
    const isPaid = intent.received > 0n || intent.capturable > 0n;
    if (!isPaid && intent.status !== "requires_action") return { use: null };
    const currency = intent.currency as Currency;
    return {
      use: {
        paymentIntentId: intent.id,
        token: intent.token,
        outcome: isPaid ? ("paid" as const) : ("to_confirm" as const),
        merchantName: shop?.merchantName ?? { en: "", zh: "" },
        amount: toWire({ minor: intent.amount, currency }),
        paymentId: intent.payment_id,
        at: row.at.toISOString(),
      },
    };
  }

  return {
    confirm,
    routes: [
      handle(contract.issuePayCodeKey, ({ customerId, session }) => issue(customerId, session.deviceId)),
      handle(contract.listPayCodeKeys, async ({ customerId, session }) => ({
        items: (await sql.selectKeys(db, customerId, clock.now())).map((row) => ({
          id: row.id,
          deviceId: row.device_id,
          current: row.device_id === session.deviceId,
          createdAt: row.created_at.toISOString(),
          expiresAt: row.expires_at.toISOString(),
        })),
      })),
      handle(contract.revokePayCodeKey, async ({ customerId, params }) => {
        if (!(await sql.revokeKey(db, customerId, params.keyId, clock.now())))
          throw new Refusal("request.not_found");
      }),
      handle(contract.getPayCodeUse, ({ customerId }) => latestUse(customerId)),
    ],
    jobs: {
      [forgetTask]: () => sql.deleteEnded(db, new Date(clock.now().getTime() - forgetAfterMs)),
    },
    cron: [{ task: forgetTask, pattern: "23 4 * * *" }],
  };
}
