import { randomUUID } from "node:crypto";
import {
  type Answer,
  createJinqiao,
  JinqiaoError,
  verifyWebhook,
  type WebhookEvent,
  WebhookVerificationError,
} from "@jinqiao/sdk";
import fastify, { type FastifyInstance } from "fastify";
import { type Language, type Order, orderPage, products, shopPage } from "./pages.ts";

export type ShopOptions = {
  /** `sk_test_…` or `sk_live_…` */
  apiKey: string;
  /** Address of Jinqiao. */
  jinqiaoUrl: string;
  /** Address of this shop, as payers reach it; its origin stands on the merchant's list of return addresses. */
  shopUrl: string;
  /** `whsec_…` of the endpoint `<shopUrl>/webhooks`; without it the shop asks the API alone. */
  webhookSecret?: string | undefined;
  currency: string;
};

/** A whole shop: a cart, a checkout at Jinqiao, and orders that are paid when Jinqiao says so, not when a browser does. */
export function createShop(options: ShopOptions): FastifyInstance {
  const { currency, shopUrl } = options;
  const jinqiao = createJinqiao({ apiKey: options.apiKey, baseUrl: options.jinqiaoUrl });
  // A real shop has a database here; the rules are the same.
  const orders = new Map<string, Order>();
  const newest = new Map<string, number>();
  const shop = fastify({ bodyLimit: 256 * 1024 });

  shop.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, Object.fromEntries(new URLSearchParams(body as string))),
  );
  // Webhooks are signed as bytes: they are verified before anybody reads them as JSON.
  shop.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) =>
    done(null, body),
  );
  const html = "text/html; charset=utf-8";

  shop.get("/", (request, reply) => reply.type(html).send(shopPage(languageOf(request), currency)));

  shop.post<{ Body: Record<string, string> }>("/orders", async (request, reply) => {
    const language = languageOf(request);
    const lines = products.flatMap((product) => {
      const quantity = Number(request.body[product.id] ?? 0);
      const wanted = Number.isInteger(quantity) && quantity > 0 && quantity <= 20;
      return wanted
        ? [{ name: product[language], quantity, unitAmount: { amount: product.price, currency } }]
        : [];
    });
    if (lines.length === 0) return reply.type(html).send(shopPage(language, currency, { empty: true }));
    const id = randomUUID();
    const session = await jinqiao.checkoutSessions.create(
      {
        lineItems: lines,
        reference: id,
        successUrl: `${shopUrl}/orders/${id}?lang=${language}`,
        cancelUrl: `${shopUrl}/?lang=${language}`,
        locale: language,
      },
      // The order's own number: however often this is sent, the order has one checkout.
      { idempotencyKey: `checkout-${id}` },
    );
    const total = session.amount.amount;
    orders.set(id, { id, lines, status: "open", session: session.id, total, refunded: "0" });
    return reply.redirect(session.url ?? "/", 303);
  });

  shop.get<{ Params: { id: string } }>("/orders/:id", async (request, reply) => {
    const order = orders.get(request.params.id);
    if (order === undefined)
      return reply
        .code(404)
        .type(html)
        .send(shopPage(languageOf(request), currency));
    // Whatever the address says proves nothing. Where no webhook came yet, the API is asked.
    if (order.status === "open" && order.session !== undefined)
      learn(order, await jinqiao.checkoutSessions.retrieve(order.session));
    return reply.type(html).send(orderPage(languageOf(request), order, currency));
  });

  shop.post<{ Params: { id: string }; Body: Record<string, string> }>(
    "/orders/:id/refunds",
    async (request, reply) => {
      const language = languageOf(request);
      const order = orders.get(request.params.id);
      if (order?.paymentIntent === undefined) return reply.redirect("/", 303);
      try {
        const amount = { amount: (request.body.amount ?? "").trim(), currency };
        await jinqiao.refunds.create({ paymentIntent: order.paymentIntent, amount });
        const intent = await jinqiao.paymentIntents.retrieve(order.paymentIntent);
        order.refunded = intent.amountRefunded.amount;
      } catch (error) {
        if (!(error instanceof JinqiaoError)) throw error;
        const problem = error.problem.detail[language];
        return reply
          .code(422)
          .type(html)
          .send(orderPage(language, order, currency, problem));
      }
      return reply.redirect(`/orders/${order.id}?lang=${language}`, 303);
    },
  );

  shop.post<{ Body: string }>("/webhooks", async (request, reply) => {
    let event: WebhookEvent;
    try {
      event = await verifyWebhook(request.body, request.headers, options.webhookSecret ?? []);
    } catch (error) {
      if (error instanceof WebhookVerificationError) return reply.code(400).send();
      throw error;
    }
    const object = event.data.object as { id: string; reference?: string | null };
    // Webhooks come more than once and in any order: what is older than what is known is dropped.
    if ((newest.get(object.id) ?? 0) >= event.objectVersion) return reply.code(204).send();
    newest.set(object.id, event.objectVersion);
    const order = orders.get(object.reference ?? "");
    if (order && event.type === "payment_intent.succeeded")
      learn(order, { paymentStatus: "paid", paymentIntent: object.id });
    return reply.code(204).send();
  });

  return shop;
}

type Session = Pick<Answer<"getCheckoutSession">, "paymentStatus" | "paymentIntent">;

/** What a checkout, as the API or a verified webhook shows it, means for its order. */
function learn(order: Order, session: Session): void {
  const { paymentIntent } = session;
  order.paymentIntent = typeof paymentIntent === "string" ? paymentIntent : String(paymentIntent.id);
  if (session.paymentStatus === "paid") order.status = "paid";
}

function languageOf(request: { query: unknown; headers: Record<string, unknown> }): Language {
  const { lang } = request.query as { lang?: string };
  return (lang ?? String(request.headers["accept-language"] ?? "")).startsWith("zh") ? "zh" : "en";
}
