import type { Checkout, CheckoutSession, CreateCheckoutSession } from "@jinqiao/contract";
import { type Id, maxAmountMinor, parseAmount, toWire, type WireMoney } from "@jinqiao/money";
import type { z } from "zod";
import type { Ledger } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { assert, Refusal } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { allowedReturnAddress, withParameters } from "./checkout-addresses.ts";
import { signResult } from "./checkout-result.ts";
import {
  type CheckoutContent,
  type CheckoutRow,
  type CheckoutWithIntent,
  checkoutData,
  contentOf,
  linesOf,
  sql,
  standing,
  viewOf,
} from "./checkout-rows.ts";
import type { createCheckoutSettings } from "./checkout-settings.ts";
import { eventRow } from "./events.ts";
import type { Intents, MerchantMode, Request } from "./types.ts";

type CheckoutSessionView = z.input<typeof CheckoutSession>;

const minuteMs = 60_000;
const shortestMs = 5 * minuteMs;
const longestMs = 24 * 60 * minuteMs;
/** What a shop sends may have been on its way for a while, and its clock may be a little off. */
const slackMs = minuteMs;

/** Hosted checkouts: what a shop lists, the page where it is paid, and the way back. One intent stands behind each. */
export function createCheckouts(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  ledger: Pick<Ledger, "commit">;
  intents: Pick<Intents, "create" | "cancel" | "byId" | "payable" | "views" | "linkOf">;
  settings: ReturnType<typeof createCheckoutSettings>;
  publicUrl: string;
}) {
  const { db, clock, ids, vault, intents, settings } = deps;

  function shown(row: CheckoutWithIntent): CheckoutSessionView {
    return viewOf(row, { content: contentOf(vault, row), publicUrl: deps.publicUrl, now: clock.now() });
  }

  /** @throws Refusal `request.not_found` also for what belongs to another merchant or mode */
  async function own({ merchantId, livemode }: MerchantMode, id: string): Promise<CheckoutWithIntent> {
    const row = await sql.byId(db, id);
    if (row === undefined || row.merchant_id !== merchantId || row.livemode !== livemode)
      throw new Refusal("request.not_found");
    return row;
  }

  /** Keeps an answer for who asks the same again. */
  async function answer<R>(request: Request, result: R): Promise<R> {
    const outcome = await deps.ledger.commit<R>({ ...request, result });
    if (outcome.status === "accepted" || outcome.status === "replayed") return outcome.result;
    throw new Refusal(outcome.status === "conflict" ? "idempotency.key_reused" : "server.unexpected");
  }

  async function create(
    merchant: MerchantMode,
    request: Request,
    input: z.output<typeof CreateCheckoutSession>,
  ): Promise<CheckoutSessionView> {
    const now = clock.now();
    const origins = await settings.origins(merchant);
    const content: CheckoutContent = {
      lines: (input.lineItems ?? []).map(({ name, quantity, unitAmount }) => ({
        name,
        quantity,
        unit: parseAmount(unitAmount).minor.toString(),
      })),
      description: input.description ?? null,
      metadata: input.metadata ?? {},
      successUrl: allowedReturnAddress(input.successUrl, origins),
      cancelUrl: allowedReturnAddress(input.cancelUrl, origins),
    };
    const expiresAt = expiryOf(input.expiresAt, now);
    const id = ids.next("cs");
    // The checkout is stored in the commit that makes its intent. That commit has a key of its own, because what the
    // request is answered is the checkout; sent again, it finds the intent and with it the checkout.
    const intent = await intents.create(
      merchant,
      { key: `${request.key}/intent`, hash: request.hash },
      {
        amount: input.amount ?? sumOf(input.lineItems ?? []),
        captureMethod: input.captureMethod,
        description: input.description,
        reference: input.reference,
        metadata: input.metadata,
        customer: input.customer,
        storeId: input.storeId,
        origin: { kind: "checkout", id },
        expiresAt,
      },
      (made, row) => ({
        rows: [
          written({
            id,
            merchant_id: row.merchant_id,
            livemode: row.livemode,
            intent_id: made.id as Id<"pi">,
            shopper_id: row.shopper_id,
            store_id: row.store_id,
            locale: input.locale,
            content_sealed: personalData(vault, checkoutData).seal(
              "content",
              { id },
              JSON.stringify(content),
            ),
            expires_at: expiresAt,
            completed_at: null,
            expired_at: null,
            version: 1,
            created_at: now,
            updated_at: now,
          }),
        ],
      }),
    );
    const row = await sql.byIntent(db, intent.id);
    assert(row, "a checkout stands beside its intent");
    return answer(request, shown(row));
  }

  /** @throws Refusal `checkout.not_open` */
  async function expire(merchant: MerchantMode, request: Request, id: string): Promise<CheckoutSessionView> {
    const row = await own(merchant, id);
    const { status, paymentStatus } = standing(row, clock.now());
    if (status !== "open" || paymentStatus !== "unpaid") throw new Refusal("checkout.not_open");
    try {
      await intents.cancel(
        merchant,
        { key: `${request.key}/intent`, hash: request.hash },
        row.intent_id,
        "abandoned",
      );
    } catch (error) {
      // Paid in the meantime: the payer was faster.
      if (error instanceof Refusal && error.code === "intent.unexpected_state")
        throw new Refusal("checkout.not_open");
      throw error;
    }
    await follow(row.intent_id);
    return answer(request, shown(await own(merchant, id)));
  }

  /**
   * Ends a checkout whose intent has ended, and tells the shop, in one commit. Queued by whatever moves the intent;
   * repeated without harm.
   */
  async function follow(intentId: string): Promise<void> {
    const row = await sql.byIntent(db, intentId);
    if (row === undefined || row.completed_at !== null || row.expired_at !== null) return;
    const now = clock.now();
    const { status } = standing(row, now);
    // The clock alone ends nothing here: the intent is cancelled then, and that is followed.
    if (status === "open" || (status === "expired" && row.intent_status !== "canceled")) return;
    const moved: CheckoutWithIntent = {
      ...row,
      ...(status === "complete" ? { completed_at: now } : { expired_at: now }),
      version: row.version + 1,
      updated_at: now,
    };
    const object = shown(moved) as CheckoutSessionView & { id: string; version: number };
    await deps.ledger.commit({
      key: `checkout/${row.id}/${row.version}`,
      hash: status,
      guards: [{ check: "merchants.stale_checkout", arg: { id: row.id, version: row.version }, id: row.id }],
      rows: [
        written(rowOf(moved)),
        eventRow(
          { ids, vault, now },
          {
            merchantId: row.merchant_id,
            livemode: row.livemode,
            type: status === "complete" ? "checkout.session.completed" : "checkout.session.expired",
            object,
          },
        ),
      ],
    });
  }

  /** What the hosted page shows. @throws Refusal `request.not_found` */
  async function pageOf(token: string): Promise<z.input<typeof Checkout>> {
    const row = await sql.byToken(db, token);
    const intent = row && (await intents.byId(row.intent_id));
    if (row === undefined || intent === undefined) throw new Refusal("request.not_found");
    const content = contentOf(vault, row);
    const { merchant, store } = await intents.payable(intent);
    const { status, paymentStatus } = standing(row, clock.now());
    return {
      checkoutSessionId: row.id,
      status,
      paymentStatus,
      livemode: row.livemode,
      merchant,
      storeName: store?.name ?? null,
      amount: toWire({ minor: row.amount, currency: row.currency }),
      lineItems: linesOf(content, row.currency),
      description: content.description,
      reference: row.reference,
      locale: row.locale,
      payLink: intents.linkOf(row),
      returnUrl: status === "complete" ? await returnUrlOf(row, content, paymentStatus) : null,
      cancelUrl: withParameters(content.cancelUrl, { checkout_session: row.id }),
      shopHost: new URL(content.successUrl).host,
      expiresAt: row.expires_at.toISOString(),
    };
  }

  async function returnUrlOf(
    row: CheckoutWithIntent,
    content: CheckoutContent,
    status: CheckoutSession["paymentStatus"],
  ): Promise<string> {
    const secrets = await settings.secrets({ merchantId: row.merchant_id, livemode: row.livemode });
    const result = {
      checkoutSession: row.id,
      status,
      amount: toWire({ minor: row.amount, currency: row.currency }),
      reference: row.reference,
      at: clock.now().toISOString(),
    };
    return withParameters(content.successUrl, {
      checkout_session: row.id,
      ...(secrets.length > 0 ? { jinqiao_result: signResult(result, secrets) } : {}),
    });
  }

  return {
    create,
    expire,
    follow,
    pageOf,
    async get(merchant: MerchantMode, id: string, expanded: boolean): Promise<CheckoutSessionView> {
      const row = await own(merchant, id);
      const intent = expanded ? await intents.byId(row.intent_id) : undefined;
      if (intent === undefined) return shown(row);
      const [paymentIntent] = await intents.views([intent]);
      assert(paymentIntent, "an intent has a view");
      return { ...shown(row), paymentIntent };
    },
    async list(
      merchant: MerchantMode,
      query: {
        status?: "open" | "complete" | "expired" | undefined;
        paymentIntent?: string | undefined;
        cursor?: string | undefined;
        limit?: number | undefined;
      },
    ) {
      const limit = query.limit ?? 25;
      const rows = await sql.list(db, {
        ...merchant,
        status: query.status,
        intentId: query.paymentIntent,
        cursor: query.cursor,
        limit: limit + 1,
        now: clock.now(),
      });
      const page = rows.slice(0, limit);
      return {
        items: page.map(shown),
        nextCursor: rows.length > limit ? (page.at(-1)?.id ?? null) : null,
      };
    },
    /** The intent that a page's token names. @throws Refusal `request.not_found` */
    intentOf: async (token: string): Promise<Id<"pi">> => {
      const row = await sql.byToken(db, token);
      if (row === undefined) throw new Refusal("request.not_found");
      return row.intent_id;
    },
  };
}

const written = (session: CheckoutRow) => ({ writer: "merchants.write_checkout", row: { session } });

/** Columns of the table alone, without what was read beside them. */
function rowOf(row: CheckoutWithIntent): CheckoutRow {
  const {
    intent_status: _status,
    currency: _currency,
    amount: _amount,
    capture_method: _method,
    reference: _reference,
    token: _token,
    ...own
  } = row;
  return own;
}

/** @throws Refusal `checkout.currencies_differ`, `checkout.amount_too_large` */
function sumOf(lines: readonly { quantity: number; unitAmount: WireMoney }[]): WireMoney {
  const amounts = lines.map(({ quantity, unitAmount }) => ({
    ...parseAmount(unitAmount),
    quantity: BigInt(quantity),
  }));
  const [first] = amounts;
  assert(first, "a checkout has an amount or lines");
  if (amounts.some(({ currency }) => currency !== first.currency))
    throw new Refusal("checkout.currencies_differ");
  const minor = amounts.reduce((sum, one) => sum + one.minor * one.quantity, 0n);
  if (minor > maxAmountMinor) throw new Refusal("checkout.amount_too_large");
  return toWire({ minor, currency: first.currency });
}

/** @throws Refusal `checkout.expiry_out_of_range` */
function expiryOf(asked: string | undefined, now: Date): Date {
  if (asked === undefined) return new Date(now.getTime() + longestMs);
  const ahead = Date.parse(asked) - now.getTime();
  if (ahead < shortestMs - slackMs || ahead > longestMs + slackMs)
    throw new Refusal("checkout.expiry_out_of_range");
  return new Date(asked);
}
