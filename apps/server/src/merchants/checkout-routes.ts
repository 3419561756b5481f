import {
  addReturnOrigin,
  chooseTestOutcome,
  createCheckoutSession,
  expireCheckoutSession,
  getCheckout,
  getCheckoutSession,
  getCheckoutSettings,
  listCheckoutSessions,
  removeReturnOrigin,
  rollCheckoutSecret,
} from "@jinqiao/contract";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { createCheckouts } from "./checkout.ts";
import type { createCheckoutSettings } from "./checkout-settings.ts";
import type { Intents, PaymentIntentView, Request } from "./types.ts";

/** How a test payment ends, as whoever tries a shop out chooses it. */
type TestOutcome = "succeeds" | "insufficient_funds" | "declined" | "requires_action";

export function checkoutRoutes(deps: {
  checkouts: ReturnType<typeof createCheckouts>;
  settings: ReturnType<typeof createCheckoutSettings>;
  intents: Pick<Intents, "byToken">;
  /** Lets an intent of test mode come out in one way. */
  payInTestMode(
    merchant: { merchantId: string; livemode: boolean },
    request: Request,
    intentId: string,
    outcome: TestOutcome,
  ): Promise<PaymentIntentView>;
}): RouteHandler[] {
  const { checkouts, settings } = deps;
  return [
    handle(createCheckoutSession, ({ merchant, idempotency, body }) =>
      checkouts.create(merchant, idempotency, body),
    ),
    handle(listCheckoutSessions, ({ merchant, query }) =>
      checkouts.list({ merchantId: merchant.merchantId, livemode: merchant.livemode }, query),
    ),
    handle(getCheckoutSession, ({ merchant, params, query }) =>
      checkouts.get(merchant, params.checkoutSessionId, query.expand === "paymentIntent"),
    ),
    handle(expireCheckoutSession, ({ merchant, idempotency, params }) =>
      checkouts.expire(merchant, idempotency, params.checkoutSessionId),
    ),
    handle(getCheckoutSettings, ({ merchant }) => settings.view(merchant)),
    handle(addReturnOrigin, ({ merchant, idempotency, body }) =>
      settings.addOrigin(merchant, idempotency, body.origin),
    ),
    handle(removeReturnOrigin, ({ merchant, idempotency, body }) =>
      settings.removeOrigin(merchant, idempotency, body.origin),
    ),
    handle(rollCheckoutSecret, ({ merchant, requestId }) => settings.rollSecret(merchant, requestId)),
    handle(getCheckout, ({ params }) => checkouts.pageOf(params.token)),
    handle(chooseTestOutcome, async ({ params, body, requestId }) => {
      const intent = await deps.intents.byToken(params.token);
      if (intent === undefined) throw new Refusal("request.not_found");
      // Whoever holds a link may play through a test; money is moved by people who sign in, and never here.
      if (intent.livemode) throw new Refusal("intent.test_only");
      const { merchant_id: merchantId, livemode, id } = intent;
      const request = { key: `checkout/${id}/test/${requestId}`, hash: body.outcome };
      await deps.payInTestMode({ merchantId, livemode }, request, id, body.outcome);
    }),
  ];
}
