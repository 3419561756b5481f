import { createServer } from "node:http";
import { unwrap } from "@jinqiao/contract/client";
import { verifyCheckoutReturn } from "@jinqiao/sdk";
import type { Browser } from "@playwright/test";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bankIban } from "../../apps/sandbox-bank/src/iban.ts";
import { usualStepUpPolicy } from "../../apps/server/src/identity/index.ts";
import { createShop } from "../../examples/shop/src/shop.ts";
import { everything, someOf } from "../support/everything.ts";
import { createMerchant, type Mode } from "../support/merchants.ts";
import {
  attempt,
  createWorld,
  customerPassword,
  type LinkedAccount,
  type Session,
  type World,
} from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, patience, type Visitor, visit } from "./browser.ts";
import { answerFactor, bankLogin, codeSent } from "./steps.ts";
import { story } from "./story.ts";
import { builtPages } from "./web-build.ts";

const dayMs = 86_400_000;
/** The clocks of server and bank go ahead of the true time once a cut-off has to pass. */
let aheadMs = 0;
let world: World;
let browser: Browser;
const stops: (() => unknown)[] = [];

beforeAll(async () => {
  const long = { idleMs: 90 * dayMs, absoluteMs: 90 * dayMs };
  world = await createWorld({
    webDirs: await builtPages("wallet"),
    overrides: {
      runWorker: true,
      stepUp: usualStepUpPolicy,
      clock: { now: () => new Date(Date.now() + aheadMs) },
    },
    sessions: { customer: long, staff: long },
  });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  for (const stop of stops.reverse()) await stop();
  await world?.close();
});

/** Who pays whom: the shop's account is at the bank too, and belongs to somebody else than the payer. */
const casts = {
  zh: {
    payer: "林小满",
    username: "linxiao",
    currency: "CNY",
    country: "CN",
    shop: "竹巷茶舍",
    account: { number: bankIban(1_000_000_201n), holderName: "王磊" },
  },
  en: {
    payer: "Nora Field",
    username: "emma",
    currency: "GBP",
    country: "GB",
    shop: "Bamboo Lane Tea House",
    account: { number: bankIban(1_000_000_301n), holderName: "Emma Clarke" },
  },
} as const;

type Received = { type: string; data: { object: Record<string, unknown> } };
type Standing = Awaited<ReturnType<typeof open>>;

/** A shop that takes money, its server, and a second receiver that verifies by the public package alone. */
async function open(language: Look["language"], mode: Mode = "live") {
  const cast = casts[language];
  const merchant = await createMerchant(world, {
    tradingName: { en: cast.shop, zh: cast.shop },
    currency: cast.currency,
    country: cast.country,
    account: cast.account,
    terms: {
      rates: [{ method: null, currency: null, tiers: [{ from: "0", basisPoints: 100, fixed: "0" }] }],
      promotion: null,
      refundFee: "kept",
      settlement: { delayDays: 0, cutOffHour: 0 },
      reserve: null,
    },
  });
  const api = await merchant.withKey(mode);
  const receiver = await listening();
  const front = await listening();
  const shopUrl = `http://localhost:${front.port}`;
  await front.close();
  await unwrap(
    merchant.api(mode).POST("/v1/checkout_settings/return_origins", {
      params: { header: attempt() },
      body: { origin: shopUrl },
    }),
  );
  const { secret } = await unwrap(merchant.api(mode).POST("/v1/checkout_settings/signing_secret"));
  const endpoint = (url: string) =>
    unwrap(api.POST("/v1/webhook_endpoints", { body: { url, eventTypes: ["*"] } }));
  receiver.secret = (await endpoint(`http://localhost:${receiver.port}/`)).secret;
  const shop = createShop({
    apiKey: api.secret,
    jinqiaoUrl: world.url,
    shopUrl,
    webhookSecret: (await endpoint(`${shopUrl}/webhooks`)).secret,
    currency: cast.currency,
  });
  await shop.listen({ host: "localhost", port: front.port });
  stops.push(
    () => shop.close(),
    () => receiver.close(),
  );
  return { merchant, api, shopUrl, secret, received: receiver.received, cast };
}

/** A server that keeps what it is told, once the public package has verified it. */
async function listening() {
  const kept = {
    received: [] as Received[],
    secret: "",
    port: 0,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
  const server = createServer(async (request, reply) => {
    let body = "";
    for await (const piece of request) body += piece;
    try {
      const headers = request.headers as Record<string, string>;
      kept.received.push(verified(kept.secret, body, headers));
      reply.writeHead(204).end();
    } catch {
      reply.writeHead(400).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  kept.port = (server.address() as { port: number }).port;
  return kept;
}

/** The receiver's clock goes with the others: the package holds every webhook to five minutes of its own time. */
function verified(secret: string, body: string, headers: Record<string, string>): Received {
  const { now } = Date;
  Date.now = () => now() + aheadMs;
  try {
    return new Webhook(secret).verify(body, headers) as Received;
  } finally {
    Date.now = now;
  }
}

async function payer(language: Look["language"], trustTopUpsPerDay?: string) {
  const { payer: name, username } = casts[language];
  const person = await world.customer(name, language);
  const accounts = await world.link(person, username, trustTopUpsPerDay ? { trustTopUpsPerDay } : {});
  return { ...person, accounts };
}

async function fund(
  person: Session & { accounts: Map<string, LinkedAccount> },
  money: { amount: string; currency: string },
) {
  const account = person.accounts.get(money.currency) as LinkedAccount;
  await unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: money },
    }),
  );
  const balance = async () => (await unwrap(person.api.GET("/v1/balances"))).items;
  await eventually(async () =>
    (await balance()).some(({ available }) => available.amount === money.amount),
  ).toBe(true);
}

/** The refusals that these walks mean to see: a payment that has to be confirmed, and nobody signed in yet. */
const meant = [/payments: 403$/];
function expectOnly(visitor: Visitor, ...refusals: RegExp[]): void {
  const others = visitor.faults.splice(0).filter((fault) => !refusals.some((one) => one.test(fault)));
  expect(others).toEqual([]);
}
const looker = (visitor: Visitor) => (name: string) => {
  expectOnly(visitor, ...meant);
  return inspect(visitor, name);
};

/** From the shop's page to the checkout, by the shop's own button. */
async function order({ page, look }: Visitor, { shopUrl }: Standing, cups = 0): Promise<void> {
  await page.goto(`${shopUrl}/?lang=${look.language}`);
  await page.locator("[name=cup]").fill(String(cups));
  await page.locator("form button").click();
  await page.waitForURL(`${world.url}/checkout/*`, patience);
}

async function signInOnTheWay(visitor: Visitor, email: string): Promise<void> {
  const { page } = visitor;
  const before = page.url();
  await page.getByTestId("pay-sign-in").click();
  await page.locator("[name=email]").fill(email);
  await page.locator("[name=password]").fill(customerPassword);
  await page.getByTestId("submit").click();
  await answerFactor(visitor, world, "sign_in");
  await page.waitForURL(before, patience);
  await page.getByTestId("pay-confirm").waitFor();
}

/** Confirms by the code that comes by e-mail. */
async function stepUp({ page }: Visitor): Promise<void> {
  await page.getByTestId("step-up").waitFor();
  if ((await page.getByTestId("step-up-send-email").count()) === 0) {
    await page.getByTestId("step-up-others").locator("summary").click();
    await page.getByTestId("step-up-by-code").click();
  }
  const since = new Date();
  await page.getByTestId("step-up-send-email").click();
  await page.locator("[name=code]").fill(await codeSent(world, "payment", since));
  await page.getByTestId("step-up-submit").click();
}

const orderStatus = ({ page }: Visitor) => page.locator("[data-status]").first().getAttribute("data-status");

/** Shop → checkout → sign-in → step-up → paid → webhook → partial refund → payout → statement → reconciled. */
async function walk(look: Look): Promise<void> {
  const standing = await open(look.language);
  const { api, merchant, received, cast, shopUrl } = standing;
  const { currency } = cast;
  const person = await payer(look.language);
  await fund(person, { amount: "100.00", currency });
  const visitor = await visit(browser, look);
  const { page } = visitor;
  const seen = looker(visitor);

  await order(visitor, standing, 2);
  await page.getByTestId("pay-sign-in").waitFor();
  expect(await page.getByTestId("checkout-total").getAttribute("data-amount")).toBe("82.80");
  await seen("200-checkout");
  await signInOnTheWay(visitor, person.email);
  await seen("201-checkout-pay");
  await page.getByTestId("pay-confirm").click();
  await page.getByTestId("step-up").waitFor();
  await seen("202-checkout-step-up");
  await stepUp(visitor);
  await page.getByTestId("forward").waitFor();
  await seen("203-checkout-paid");
  // It goes on by itself.
  await page.waitForURL(`${shopUrl}/orders/*`, patience);
  const landed = page.url();
  await eventually(() => orderStatus(visitor)).toBe("paid");
  const order1 = new URL(landed).pathname.split("/").at(-1) as string;

  await page.locator("[name=amount]").fill("12.30");
  await page.locator("form[action*=refunds] button").click();
  await eventually(() => page.locator("[data-refunded]").getAttribute("data-refunded")).toBe("12.30");
  // More than is left is refused in words, and nothing moves.
  await page.locator("[name=amount]").fill("70.51");
  await page.locator("form[action*=refunds] button").click();
  await page.locator("[role=alert]").waitFor();
  visitor.faults.splice(0);

  const told = (type: string) => received.find((one) => one.type === type)?.data.object;
  await eventually(() => told("checkout.session.completed")).toMatchObject({
    reference: order1,
    paymentStatus: "paid",
    amount: { amount: "82.80", currency },
  });
  await eventually(() => told("payment_intent.succeeded")).toMatchObject({ status: "succeeded" });
  await eventually(() => told("refund.created")).toMatchObject({ amount: { amount: "12.30", currency } });

  // The payer sees the shop and what it gave back.
  const { items } = await unwrap(person.api.GET("/v1/payments", { params: { query: { kind: "purchase" } } }));
  await page.goto(`${world.url}/activity/${items[0]?.id}`);
  await page.getByTestId("shop-refunds").waitFor();
  await seen("204-purchase");

  await forgedReturns(visitor, standing, landed);
  await page.goto("about:blank");
  await visitor.context.close();

  // 82.80 less the fee of 1 % (0.83) and what was given back.
  const net = "69.67";
  expect(await unwrap(api.GET("/v1/balance"))).toMatchObject({
    items: [{ currency, pending: { amount: net }, available: { amount: "0.00" } }],
  });
  const atBank = async () => BigInt((await world.bank.script.account(cast.account.number)).bookedMinor);
  const before = await atBank();
  await passCutOff(api);
  const payouts = async () => (await unwrap(api.GET("/v1/payouts"))).items;
  expect(await payouts()).toMatchObject([{ amount: { amount: net, currency }, status: "in_transit" }]);
  await closeDay();
  await eventually(payouts).toMatchObject([{ amount: { amount: net, currency }, status: "paid" }]);
  expect((await atBank()) - before).toBe(6_967n);
  await eventually(() => told("payout.paid")).toMatchObject({ amount: { amount: net, currency } });
  const staff = await world.staff();
  const breaks = await unwrap(staff.GET("/v1/console/breaks", { params: { query: { status: "open" } } }));
  expect(breaks.items).toEqual([]);
  expect(await world.app.merchants.violations()).toEqual([]);
  expect(await world.app.ledger.violations()).toEqual([]);
  expect(merchant.id).toMatch(/^mer_/);
}

/** What a browser says on the way back makes no order paid: neither a forged result nor a true one of another order. */
async function forgedReturns(visitor: Visitor, standing: Standing, landed: string): Promise<void> {
  const { page } = visitor;
  const { api, secret, shopUrl, cast } = standing;
  const paid = new URL(landed);
  const signed = paid.searchParams.get("jinqiao_result") ?? "";
  expect(await verifyCheckoutReturn(landed, secret)).toMatchObject({
    status: "paid",
    amount: { amount: "82.80", currency: cast.currency },
  });
  await order(visitor, standing);
  const { items } = await unwrap(api.GET("/v1/checkout_sessions"));
  const [newest] = items;
  const [content = ""] = signed.split(".");
  const forged = Buffer.from(
    Buffer.from(content, "base64url")
      .toString()
      .replace(/cs_\w+/, newest?.id ?? ""),
  ).toString("base64url");
  for (const result of [signed, `${forged}.${signed.split(".")[1]}`, forged]) {
    const back = new URL(`${shopUrl}/orders/${newest?.reference}`);
    back.searchParams.set("checkout_session", paid.searchParams.get("checkout_session") ?? "");
    back.searchParams.set("jinqiao_result", result);
    await page.goto(back.href);
    expect(await orderStatus(visitor)).toBe("open");
  }
}

/** The next cut-off passes: a weekend may lie before it. */
async function passCutOff(api: Standing["api"]): Promise<void> {
  const schedule = await unwrap(api.GET("/v1/payout_schedule"));
  const next = Date.parse(schedule.items[0]?.nextAt ?? "");
  aheadMs += next - (Date.now() + aheadMs) + 60_000;
  await world.bank.script.setClock(aheadMs);
  await world.app.db.query("SELECT graphile_worker.add_job('merchants.settle')");
  await eventually(async () => (await unwrap(api.GET("/v1/payouts"))).items[0]?.status).toBe("in_transit");
}

/** What a checkout looks like on its other ways: a test, too little money, the bank, two tabs, over, nothing there. */
async function otherWays(look: Look): Promise<void> {
  const trial = await open(look.language, "test");
  const live = await open(look.language);
  const person = await payer(look.language, "1");
  const visitor = await visit(browser, look);
  const { page } = visitor;
  // A usual run looks closely at the screens of the purchase below; these have the same parts.
  const seen = everything ? looker(visitor) : async (_name: string) => expectOnly(visitor, ...meant);

  // A test needs no wallet; a refusal leaves the choice open.
  await order(visitor, trial);
  await page.getByTestId("test-outcome").waitFor();
  await seen("210-checkout-test");
  await page.getByTestId("test-declined").click();
  await page.getByTestId("last-error").waitFor();
  await seen("211-checkout-test-declined");
  await page.getByTestId("test-succeeds").click();
  await page.getByTestId("back-to-shop").click();
  await page.waitForURL(`${trial.shopUrl}/orders/*`, patience);
  await eventually(() => orderStatus(visitor)).toBe("paid");

  // Nothing in the balance: the bank pays, on its own page, and leads back to the shop.
  await order(visitor, live);
  await signInOnTheWay(visitor, person.email);
  await seen("212-checkout-too-little");
  await page.getByTestId("pay-confirm").click();
  await stepUp(visitor);
  await page.getByTestId("bank-username").waitFor();
  expectOnly(visitor, ...meant);
  await bankLogin(page, live.cast.username);
  await approveAtBank(visitor);
  await page.waitForURL(`${live.shopUrl}/orders/*`, patience);
  await eventually(() => orderStatus(visitor)).toBe("paid");

  // The rest is topped up from the sheet itself; then a second tab pays the same, and it is paid once.
  await order(visitor, live, 1);
  await page.getByTestId("pay-from-balance").click();
  await page.getByTestId("pay-top-up").waitFor();
  await seen("213-checkout-top-up");
  await page.getByTestId("pay-top-up").click();
  await page.getByTestId("bank-username").waitFor();
  await bankLogin(page, live.cast.username);
  await approveAtBank(visitor);
  await page.waitForURL(`${world.url}/checkout/*`, patience);
  await page.getByTestId("pay-from-balance").click();
  await eventually(() => page.getByTestId("pay-confirm").getAttribute("aria-disabled")).toBe(null);
  const second = await visitor.context.newPage();
  await second.goto(page.url());
  await second.getByTestId("pay-confirm").waitFor();
  await page.getByTestId("pay-confirm").click();
  await stepUp(visitor);
  await page.getByTestId("forward").waitFor();
  await second.getByTestId("pay-outcome").waitFor();
  await second.close();
  const purchases = await unwrap(person.api.GET("/v1/payments", { params: { query: { kind: "purchase" } } }));
  expect(purchases.items).toHaveLength(2);

  // The same payment as a link, for a phone; the shop ends it, and both pages say so.
  await order(visitor, live);
  const checkout = page.url();
  const { items } = await unwrap(live.api.GET("/v1/checkout_sessions"));
  await page.goto(checkout.replace("/checkout/", "/pay/"));
  await page.getByTestId("pay-confirm").waitFor();
  await seen("214-pay-link");
  await unwrap(
    live.api.POST("/v1/checkout_sessions/{checkoutSessionId}/expire", {
      params: { path: { checkoutSessionId: items[0]?.id ?? "" }, header: attempt() },
    }),
  );
  await page.getByTestId("pay-outcome").waitFor();
  await seen("215-pay-link-over");
  await page.goto(checkout);
  await page.getByTestId("pay-outcome").waitFor();
  await seen("216-checkout-over");
  await page.getByTestId("cancel-checkout").click();
  await page.waitForURL(`${live.shopUrl}/**`, patience);
  await page.goto(`${world.url}/pay/${"0".repeat(32)}`);
  await page.getByTestId("no-payment").waitFor();
  expectOnly(visitor, ...meant, /payables\/0+: 404$/);
  await seen("217-no-payment");
  await visitor.context.close();
}

async function approveAtBank({ page }: Visitor): Promise<void> {
  await page.getByTestId("sca-code").waitFor();
  await page.getByTestId("sca-code").fill((await page.getByTestId("sca-sms-code").textContent()) ?? "");
  await page.getByTestId("payment-confirm").click();
}

const told = async (walked: Promise<void>): Promise<void> => {
  try {
    await walked;
  } catch (error) {
    // What the books say beside what the page showed.
    throw new Error(`the walk ended early; the books say:\n${await story(world)}`, { cause: error });
  }
};
const looks: readonly Look[] = [
  { language: "zh", width: 390, theme: "light" },
  { language: "en", width: 1280, theme: "light" },
  { language: "zh", width: 1280, theme: "dark" },
  { language: "en", width: 390, theme: "dark" },
];
test.each(someOf([...looks].reverse()))(
  "paying on other ways, $language $width",
  { timeout: 240_000 },
  (look) => told(otherWays(look)),
);
// Last, because clocks go ahead for a cut-off.
test.each(someOf(looks))(
  "a purchase from the shop to the bank's statement, $language $width",
  { timeout: 240_000 },
  (look) => told(walk(look)),
);

/**
 * The bank's day ends once it has every payout, and its statement is fetched. `world.closeDay` would run at once what
 * the server puts off, beside the server's own worker.
 */
async function closeDay(): Promise<void> {
  const sent = async () =>
    (
      await world.app.db.query<{ status: string }>(
        "SELECT DISTINCT status FROM payments.payment WHERE kind = 'payout' AND status <> 'settled'",
      )
    ).map(({ status }) => status);
  await eventually(sent).toEqual(["submitted"]);
  await world.bank.script.endOfDay();
  const staff = await world.staff();
  await unwrap(staff.POST("/v1/console/statement-fetches"));
}
