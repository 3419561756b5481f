import { unwrap } from "@jinqiao/contract/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMerchant, type TestMerchant } from "../../../../test/support/merchants.ts";
import { attempt, createWorld, type Session, type World } from "../../../../test/support/world.ts";
import { openResult } from "./checkout-result.ts";

let world: World;
let shop: TestMerchant;
let api: Awaited<ReturnType<TestMerchant["withKey"]>>;
const origin = "https://shop.example.com";

beforeAll(async () => {
  world = await createWorld();
  shop = await createMerchant(world);
  api = await shop.withKey("live");
  for (const mode of ["live", "test"] as const)
    await unwrap(
      shop
        .api(mode)
        .POST("/v1/checkout_settings/return_origins", { params: { header: attempt() }, body: { origin } }),
    );
}, 120_000);
afterAll(() => world?.close());

const order = {
  lineItems: [
    { name: "Green tea 绿茶", quantity: 2, unitAmount: { amount: "4.50", currency: "GBP" } },
    { name: "Cup", quantity: 1, unitAmount: { amount: "11.01", currency: "GBP" } },
  ],
  successUrl: `${origin}/thanks?order=7`,
  cancelUrl: `${origin}/basket`,
  reference: "order 7",
};
type Api = Session["api"];
const begin = (by: Api, body: Record<string, unknown> = order, key?: string) =>
  by.POST("/v1/checkout_sessions", { params: { header: attempt(key) }, body: body as typeof order });
const codeOf = async (answer: Promise<{ error?: unknown }>) =>
  ((await answer).error as { code?: string } | undefined)?.code;
const tokenOf = (url: string | null): string => (url ?? "").split("/").at(-1) ?? "";
const pageOf = (token: string) =>
  unwrap(shop.owner.api.GET("/v1/checkouts/{token}", { params: { path: { token } } }));
const choose = (token: string, outcome: "succeeds" | "declined" | "requires_action") =>
  shop.owner.api.POST("/v1/checkouts/{token}/test_outcomes", {
    params: { path: { token } },
    body: { outcome },
  });
/** What the shop was told of an object, oldest first. */
async function eventsOf(by: Api, objectId: string) {
  const { items } = await unwrap(by.GET("/v1/merchant_events", { params: { query: { objectId } } }));
  return items.reverse().map(({ type, data }) => ({ type, object: data.object }));
}

describe("a checkout", () => {
  it("adds its lines up, has one intent behind it, and is answered the same when asked again", async () => {
    const first = await unwrap(begin(api, order, "a-key-asked-twice"));
    expect(first).toMatchObject({
      object: "checkout_session",
      livemode: true,
      status: "open",
      paymentStatus: "unpaid",
      amount: { amount: "20.01", currency: "GBP" },
      lineItems: [{ name: "Green tea 绿茶", amount: { amount: "9.00", currency: "GBP" } }, { quantity: 1 }],
      reference: "order 7",
      version: 1,
    });
    expect(first.url).toMatch(new RegExp(`^${world.url}/checkout/[0-9a-z]{32}$`));
    expect(first.url).not.toContain(first.id);
    expect(await unwrap(begin(api, order, "a-key-asked-twice"))).toEqual(first);
    expect(await codeOf(begin(api, { ...order, reference: "order 8" }, "a-key-asked-twice"))).toBe(
      "idempotency.key_reused",
    );
    const { items } = await unwrap(
      api.GET("/v1/checkout_sessions", {
        params: { query: { paymentIntent: first.paymentIntent as string } },
      }),
    );
    expect(items.map(({ id }) => id)).toEqual([first.id]);
    const expanded = await unwrap(
      api.GET("/v1/checkout_sessions/{checkoutSessionId}", {
        params: { path: { checkoutSessionId: first.id }, query: { expand: "paymentIntent" } },
      }),
    );
    expect(expanded.paymentIntent).toMatchObject({
      object: "payment_intent",
      id: first.paymentIntent,
      origin: { kind: "checkout", id: first.id },
      reference: "order 7",
    });
  });

  it("shows its page to whoever holds the address, and to nobody without it", async () => {
    const made = await unwrap(begin(api));
    const page = await pageOf(tokenOf(made.url));
    expect(page).toMatchObject({
      checkoutSessionId: made.id,
      merchant: { id: shop.id, name: expect.stringContaining("Bridge Corner") },
      amount: { amount: "20.01", currency: "GBP" },
      returnUrl: null,
      shopHost: "shop.example.com",
      payLink: `${world.url}/pay/${tokenOf(made.url)}`,
      cancelUrl: `${origin}/basket?checkout_session=${made.id}`,
    });
    for (const token of [made.id, "0".repeat(32), "..%2f"])
      expect(await codeOf(shop.owner.api.GET("/v1/checkouts/{token}", { params: { path: { token } } }))).toBe(
        "request.not_found",
      );
  });

  it.each([
    ["another host", { successUrl: "https://evil.example/thanks" }],
    ["a host that only begins like the shop's", { cancelUrl: "https://shop.example.com.evil.example/" }],
    ["a user name that looks like the shop", { successUrl: "https://shop.example.com@evil.example/" }],
    ["a fragment", { successUrl: `${origin}/#jinqiao_result=forged` }],
    ["a script", { cancelUrl: "javascript:alert(1)" }],
    ["http", { successUrl: "http://shop.example.com/thanks" }],
  ])("sends nobody to %s", async (_what, changed) => {
    expect(await codeOf(begin(api, { ...order, ...changed }))).toBe("checkout.return_address_not_allowed");
  });

  it("refuses what cannot be one payment, and an end too near or too far", async () => {
    const [tea] = order.lineItems;
    const euro = { name: "Cup", quantity: 1, unitAmount: { amount: "1.00", currency: "EUR" } };
    expect(await codeOf(begin(api, { ...order, lineItems: [tea, euro] }))).toBe("checkout.currencies_differ");
    const dear = {
      name: "Gold",
      quantity: 10_000,
      unitAmount: { amount: "90000000000000", currency: "GBP" },
    };
    expect(await codeOf(begin(api, { ...order, lineItems: [dear] }))).toBe("checkout.amount_too_large");
    for (const ms of [60_000, 3 * 86_400_000])
      expect(await codeOf(begin(api, { ...order, expiresAt: new Date(Date.now() + ms).toISOString() }))).toBe(
        "checkout.expiry_out_of_range",
      );
    const amount = { amount: "1.00", currency: "GBP" };
    expect(await codeOf(begin(api, { ...order, amount }))).toBe("request.invalid");
    const { lineItems: _, ...nothing } = order;
    expect(await codeOf(begin(api, nothing))).toBe("request.invalid");
  });

  it("belongs to its merchant and mode alone", async () => {
    const made = await unwrap(begin(api));
    const other = await createMerchant(world);
    const path = { checkoutSessionId: made.id };
    for (const by of [await other.withKey("live"), await shop.withKey("test"), other.api("live")]) {
      expect(await codeOf(by.GET("/v1/checkout_sessions/{checkoutSessionId}", { params: { path } }))).toBe(
        "request.not_found",
      );
      expect(
        await codeOf(
          by.POST("/v1/checkout_sessions/{checkoutSessionId}/expire", {
            params: { path, header: attempt() },
          }),
        ),
      ).toBe("request.not_found");
    }
    // The other shop's list of return addresses is its own.
    expect(await codeOf(begin(await other.withKey("live")))).toBe("checkout.return_address_not_allowed");
  });
});

describe("in test mode", () => {
  it("is paid by a choice, signs its result, and tells the shop once", async () => {
    const { secret } = await unwrap(shop.api("test").POST("/v1/checkout_settings/signing_secret"));
    const test = await shop.withKey("test");
    const made = await unwrap(begin(test));
    const token = tokenOf(made.url);
    await unwrap(choose(token, "declined"));
    expect(await pageOf(token)).toMatchObject({ status: "open", paymentStatus: "unpaid", returnUrl: null });
    await unwrap(choose(token, "succeeds"));
    const page = await pageOf(token);
    expect(page).toMatchObject({ status: "complete", paymentStatus: "paid", livemode: false });
    const back = new URL(page.returnUrl ?? "");
    expect(`${back.origin}${back.pathname}`).toBe(`${origin}/thanks`);
    expect(back.searchParams.get("order")).toBe("7");
    expect(back.searchParams.get("checkout_session")).toBe(made.id);
    const result = openResult(back.searchParams.get("jinqiao_result") ?? "", secret);
    expect(result).toMatchObject({
      checkoutSession: made.id,
      status: "paid",
      amount: { amount: "20.01", currency: "GBP" },
      reference: "order 7",
    });
    // Nothing on the way back lets anybody see or pay it again.
    expect(page.returnUrl).not.toContain(token);

    await world.settleJobs();
    await world.settleJobs();
    expect(await eventsOf(test, made.id)).toEqual([
      {
        type: "checkout.session.completed",
        object: expect.objectContaining({
          id: made.id,
          status: "complete",
          paymentStatus: "paid",
          version: 2,
        }),
      },
    ]);
    expect(await codeOf(choose(token, "succeeds"))).toBe("intent.unexpected_state");
    expect(
      await codeOf(
        test.POST("/v1/checkout_sessions/{checkoutSessionId}/expire", {
          params: { path: { checkoutSessionId: made.id }, header: attempt() },
        }),
      ),
    ).toBe("checkout.not_open");
  });

  it("signs with the new secret and for a day with the earlier one, and tells a secret once", async () => {
    const settings = shop.api("test");
    const roll = () => unwrap(settings.POST("/v1/checkout_settings/signing_secret"));
    const [earlier, newest] = [await roll(), await roll()];
    expect(newest.settings.signingSecret?.previousUntil).not.toBeNull();
    const made = await unwrap(begin(await shop.withKey("test")));
    await unwrap(choose(tokenOf(made.url), "succeeds"));
    const { returnUrl } = await pageOf(tokenOf(made.url));
    const signed = new URL(returnUrl ?? "").searchParams.get("jinqiao_result") ?? "";
    expect(openResult(signed, earlier.secret)).toBeDefined();
    expect(openResult(signed, newest.secret)).toBeDefined();
    expect(JSON.stringify(await unwrap(settings.GET("/v1/checkout_settings")))).not.toContain("cksec_");
    const [stored] = await world.app.db.query<{ all: string }>(
      "SELECT string_agg(s::text, ' ') AS all FROM merchants.checkout_secret s",
    );
    expect(stored?.all).not.toContain("cksec_");
  });

  it("is no way to let real money out: a live payment has no test outcome", async () => {
    const made = await unwrap(begin(api));
    expect(await codeOf(choose(tokenOf(made.url), "succeeds"))).toBe("intent.test_only");
    expect((await pageOf(tokenOf(made.url))).paymentStatus).toBe("unpaid");
  });
});

describe("what is over", () => {
  it("can be paid no longer once the shop ended it, and the shop is told", async () => {
    const made = await unwrap(begin(api));
    const token = tokenOf(made.url);
    const ended = await unwrap(
      api.POST("/v1/checkout_sessions/{checkoutSessionId}/expire", {
        params: { path: { checkoutSessionId: made.id }, header: attempt() },
      }),
    );
    expect(ended).toMatchObject({ status: "expired", url: null });
    const payer = await world.customer();
    expect(
      await codeOf(
        payer.api.POST("/v1/payables/{token}/payments", {
          params: { path: { token }, header: attempt() },
          body: { amount: made.amount, source: { kind: "balance" } },
        }),
      ),
    ).toMatch(/^payable\.(closed|expired)$/);
    expect(await pageOf(token)).toMatchObject({ status: "expired", returnUrl: null });
    await world.settleJobs();
    expect((await eventsOf(api, made.id)).map(({ type }) => type)).toEqual(["checkout.session.expired"]);
  });
});

describe("return origins", () => {
  it("are exact, few, and kept by people of the team who may", async () => {
    const own = await createMerchant(world);
    const add = (by: Api, text: string) =>
      by.POST("/v1/checkout_settings/return_origins", {
        params: { header: attempt() },
        body: { origin: text },
      });
    expect(await codeOf(add(await own.withKey("live"), origin))).toBe("merchant.not_allowed");
    expect(await codeOf(add(own.api(), "https://shop.example.com/path"))).toBe("checkout.origin_invalid");
    for (let index = 0; index < 20; index += 1)
      await unwrap(add(own.api(), `https://shop-${index}.example.com`));
    expect(await codeOf(add(own.api(), "https://one-more.example.com"))).toBe("checkout.origins_full");
    const left = await unwrap(
      own.api().POST("/v1/checkout_settings/return_origins/remove", {
        params: { header: attempt() },
        body: { origin: "https://shop-3.example.com" },
      }),
    );
    expect(left.returnOrigins).toHaveLength(19);
    expect((await unwrap(own.api().GET("/v1/checkout_settings"))).returnOrigins).toEqual(left.returnOrigins);
  });
});
