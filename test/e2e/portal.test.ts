import { unwrap } from "@jinqiao/contract/client";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMerchant, type TestMerchant } from "../support/merchants.ts";
import { attempt, createWorld, customerPassword, type World } from "../support/world.ts";
import { eventually, everyLook, inspect, type Look, launchBrowser, type Visitor, visit } from "./browser.ts";
import { answerFactor } from "./steps.ts";
import { builtPages } from "./web-build.ts";

const dayMs = 86_400_000;
/** The server's clock goes ahead of the true one and never back, so that a cut-off passes; the browser's goes with it. */
let aheadMs = 0;
const clock = { now: () => new Date(Date.now() + aheadMs) };

let world: World;
let browser: Browser;

beforeAll(async () => {
  const long = { idleMs: 90 * dayMs, absoluteMs: 90 * dayMs };
  world = await createWorld({
    webDirs: await builtPages(),
    overrides: { clock },
    sessions: { customer: long, staff: long },
  });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

type Api = ReturnType<TestMerchant["api"]>;
const gbp = (amount: string) => ({ amount, currency: "GBP" });

async function testPayment(api: Api, amount: string, reference: string): Promise<string> {
  const { id } = await unwrap(
    api.POST("/v1/payment_intents", {
      params: { header: attempt() },
      body: { amount: gbp(amount), reference },
    }),
  );
  await unwrap(
    api.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
      params: { header: attempt(), path: { paymentIntentId: id } },
      body: { paymentMethod: { type: "test", outcome: "succeeds" } },
    }),
  );
  return id;
}

/** The next cut-off passes, however many days of rest lie before it. */
async function passCutOff(api: Api): Promise<void> {
  const { items } = await unwrap(api.GET("/v1/payout_schedule"));
  aheadMs += Date.parse(items[0]?.nextAt ?? "") - clock.now().getTime() + 60_000;
  await world.app.db.query("SELECT graphile_worker.add_job('merchants.settle')");
  await world.settleJobs();
}

const walked: Look[] = everyLook
  ? (["zh", "en"] as const).flatMap((language) =>
      ([390, 1280] as const).map(
        (width) => ({ language, width, theme: width === 390 ? "dark" : "light" }) as Look,
      ),
    )
  : [{ language: "zh", width: 390, theme: "light" }];

test.each(walked)(
  "a merchant works in the portal ($language, $width)",
  { timeout: 240_000 },
  async (look) => {
    const { shop, api } = await seeded(look);
    const visitor = await visit(browser, look);
    const { page } = visitor;
    await visitor.context.clock.install({ time: clock.now() });
    const see = (name: string) => inspect(visitor, `180-portal-${name}`);

    // Not signed in: the wallet asks, and leads back.
    await page.goto(`${world.url}/console/merchant`);
    await page.waitForURL("**/sign-in?next=**");
    await page.locator("[name=email]").fill(shop.owner.email);
    await page.locator("[name=password]").fill(customerPassword);
    await page.getByTestId("submit").click();
    await answerFactor(visitor, world, "sign_in");
    await page.getByTestId("test-banner").waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/console\/merchant\/?$/);

    // Today's takings grow by themselves.
    await eventually(() => page.getByTestId("takings-gross").getAttribute("data-amount")).toBe("80.00");
    await testPayment(api, "20.00", "W-100");
    await eventually(() => page.getByTestId("takings-gross").getAttribute("data-amount")).toBe("100.00");
    await see("overview");

    // A payment is found by its number, and refunded in part with the rest shown.
    await page.goto(`${world.url}/console/merchant/payments`);
    await page.locator("[name=q]").fill("W-100");
    await page.keyboard.press("Enter");
    await eventually(() => page.locator('[data-testid^="payment-row-"]').count()).toBe(1);
    await see("payments");
    await page.locator("[data-row-link]").first().click();
    await page.getByTestId("fee-net").waitFor();
    await page.getByTestId("payment-event").first().waitFor();
    await page.locator("[name=refund-amount]").fill("25");
    await page.getByTestId("refund").click();
    expect(await page.locator("[name=refund-amount]").getAttribute("aria-invalid")).toBe("true");
    await page.locator("[name=refund-amount]").fill("7.50");
    await page.getByTestId("refund").click();
    await eventually(() => page.getByTestId("refund").getAttribute("data-sure")).toBe("true");
    await page.getByTestId("refund").click();
    await page.getByTestId("refund-row").waitFor();
    await eventually(() => page.getByTestId("refund-rest").getAttribute("data-amount")).toBe("12.50");
    await see("payment");

    // At the counter: a code on the screen, and a made-up payer.
    await page.goto(`${world.url}/console/merchant/till`);
    await page.getByTestId("amount-input").fill("4.20");
    await see("till");
    await page.getByTestId("ask-payment").click();
    await page.getByTestId("dynamic-code").waitFor();
    await see("till-code");
    await page.getByTestId("test-succeeds").click();
    await eventually(() => page.getByTestId("till-status").getAttribute("data-status")).toBe("succeeded");

    // What was paid out, and how its amount came about: the lines sum to it.
    await page.goto(`${world.url}/console/merchant/payouts`);
    await page.getByTestId("payout-row").first().waitFor();
    await see("payouts");
    await page.locator("[data-row-link]").last().click();
    await page.getByTestId("payout-line").first().waitFor();
    await see("payout");
    await page.goto(`${world.url}/console/merchant/transactions`);
    await page.getByTestId("transaction").first().waitFor();
    await see("transactions");

    // A key is made, shown once, and works.
    await page.goto(`${world.url}/console/merchant/developers`);
    await page.locator("[name=key-name]").fill(look.language === "zh" ? "网店" : "Web shop");
    await page.getByTestId("make-key").click();
    const secret = (await page.getByTestId("key-secret").locator(".font-mono").textContent()) ?? "";
    expect(secret).toMatch(/^sk_test_/);
    await page.getByTestId("key-kept").click();
    expect(await page.content()).not.toContain(secret);
    await see("keys");
    const answer = await fetch(`${world.url}/v1/balance`, { headers: { Authorization: `Bearer ${secret}` } });
    expect(answer.status).toBe(200);
    await page.goto(`${world.url}/console/merchant/developers/requests`);
    await page.getByTestId("request").first().waitFor();
    await see("requests");

    // An endpoint is told, and what became of it is seen.
    await page.goto(`${world.url}/console/merchant/developers/webhooks`);
    await page.locator("[name=url]").fill("https://shop.example.com/jinqiao");
    await page.getByTestId("add-endpoint").click();
    await page.getByTestId("webhook-secret").waitFor();
    await page.getByTestId("secret-kept").click();
    await page.getByTestId("endpoint").waitFor();
    await see("webhooks");
    await page.locator("[data-row-link]").first().click();
    await page.getByTestId("ping").click();
    await page.getByTestId("delivery").first().waitFor();
    await see("webhook");
    await page.goto(`${world.url}/console/merchant/developers/events`);
    await page.getByTestId("event").first().waitFor();
    await page.locator("[data-row-link]").first().click();
    await page.getByTestId("json").waitFor();
    await see("event");
    await visitor.context.close();
  },
);

/** A merchant with a settled day behind it and four payments of today. */
async function seeded(look: Look): Promise<{ shop: TestMerchant; api: Api }> {
  const shop = await createMerchant(world, {
    owner: await world.customer(look.language === "zh" ? "王磊" : "Nora Field", look.language),
    timeZone: "Europe/London",
    terms: {
      rates: [{ method: null, currency: null, tiers: [{ from: "0", basisPoints: 125, fixed: "0" }] }],
      promotion: null,
      refundFee: "kept",
      settlement: { delayDays: 0, cutOffHour: 0 },
      reserve: { basisPoints: 500, days: 30 },
    },
  });
  const api = shop.api("test");
  const first = await testPayment(api, "120.00", "V-1");
  await testPayment(api, "45.50", "V-2");
  await unwrap(
    api.POST("/v1/refunds", {
      params: { header: attempt() },
      body: { paymentIntent: first, amount: gbp("20.00") },
    }),
  );
  await passCutOff(api);
  for (const [at, amount] of ["10.00", "25.00", "5.00", "40.00"].entries())
    await testPayment(api, amount, `W-${at}`);
  return { shop, api };
}

/** The newest code by message since a moment, whatever it is for. */
async function confirmationSent(since: Date): Promise<string> {
  let code = "";
  await eventually(async () => {
    for (const { content, queuedAt } of await world.app.identity.messages.recent(20))
      if (content.kind === "code" && queuedAt >= since) {
        code = content.code;
        return true;
      }
    return false;
  }).toBe(true);
  return code;
}

/** Pages that are looked at and not walked: everything a merchant sets up once. */
test.each(everyLook ? walked : [])(
  "every other page of the portal ($language, $width)",
  { timeout: 240_000 },
  async (look) => {
    const { shop } = await seeded(look);
    const visitor: Visitor = await visit(browser, look);
    const { page } = visitor;
    await visitor.context.clock.install({ time: clock.now() });
    await page.goto(`${world.url}/console/merchant`);
    await page.waitForURL("**/sign-in?next=**");
    await page.locator("[name=email]").fill(shop.owner.email);
    await page.locator("[name=password]").fill(customerPassword);
    await page.getByTestId("submit").click();
    await answerFactor(visitor, world, "sign_in");
    await page.getByTestId("test-banner").waitFor();
    for (const path of ["stores", "team", "account", "fees", "codes", "sign-up", "sign-up?new=1"]) {
      await page.goto(`${world.url}/console/merchant/${path}`);
      await page.getByRole("heading", { level: 1 }).waitFor();
      await inspect(visitor, `181-portal-${path.replace(/\W/g, "-")}`);
    }
    await page.getByTestId("mode-live").first().click();
    await eventually(() => page.getByTestId("test-banner").count()).toBe(0);
    await page.getByTestId("takings-gross").waitFor();
    await inspect(visitor, "181-portal-live");

    // Some time after signing in, a key for real money asks again who is there.
    aheadMs += 3_600_000;
    await page.goto(`${world.url}/console/merchant/developers`);
    await page.locator("[name=key-name]").fill(look.language === "zh" ? "网店" : "Web shop");
    await page.getByTestId("make-key").click();
    await page.locator("[name=confirm-method]").waitFor();
    expect(visitor.faults.splice(0)).toEqual(["POST /v1/api_keys: 403"]);
    await inspect(visitor, "181-portal-confirm-again");
    const since = new Date(clock.now().getTime() - 5_000);
    await page.locator("[name=confirm-method]").selectOption("email");
    await page.getByTestId("confirm-send").click();
    await page.locator("[name=confirm-code]").fill(await confirmationSent(since));
    await page.getByTestId("confirm-answer").click();
    expect(await page.getByTestId("key-secret").textContent()).toMatch(/sk_live_/);
    await visitor.context.close();
  },
);
