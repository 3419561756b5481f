import type { Browser, Page } from "@playwright/test";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createWorld, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, patience, type Visitor, visit } from "./browser.ts";
import { linkBank, prepareMove, signUp, statusOf } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;
const visitors: Visitor[] = [];
const phone: Look = { language: "en", width: 390, theme: "light" };

beforeAll(async () => {
  world = await createWorld({ webDirs: await builtPages(), overrides: { runWorker: true } });
  browser = await launchBrowser();
}, 240_000);
afterEach(async () => {
  for (const { context } of visitors.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

async function linkedCustomer(look: Look, username: string): Promise<Visitor> {
  const visitor = await visit(browser, look);
  visitors.push(visitor);
  await signUp(visitor, world, {
    name: look.language === "zh" ? "沈宁" : "Ivy Moore",
    email: `${Math.random().toString(36).slice(2)}@example.com`,
  });
  await linkBank(visitor, world, { username, trust: "5000" });
  return visitor;
}

/** How many payments the signed-in customer has. */
async function payments(page: Page): Promise<{ id: string; amount: { amount: string } }[]> {
  const response = await page.request.get(`${world.url}/v1/payments`);
  return ((await response.json()) as { items: { id: string; amount: { amount: string } }[] }).items;
}

test("pressed twice, gone back and pressed again: one payment each time it was meant", {
  timeout: 200_000,
}, async () => {
  const customer = await linkedCustomer(phone, "emma");
  const { page } = customer;
  await prepareMove(customer, world, { path: "/top-up", amount: "30", currency: "GBP" });
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm").dblclick();
  await page.waitForURL("**/activity/pay_**", patience);
  await eventually(() => statusOf(page)).toBe("submitted");
  expect((await payments(page)).length).toBe(1);

  // Back leads to the empty form: the confirmed payment has no button left that could be pressed again.
  await page.goBack();
  await page.getByTestId("amount-input").waitFor();
  expect(await page.getByTestId("confirm").count()).toBe(0);
  await page.goForward();
  await page.waitForURL("**/activity/pay_**", patience);
  expect((await payments(page)).length).toBe(1);
});

test("two tabs with the same payment, the answer of the first lost: one payment", {
  timeout: 200_000,
}, async () => {
  const customer = await linkedCustomer(phone, "emma");
  const { page, context } = customer;
  const second = await context.newPage();
  for (const tab of [page, second]) {
    await prepareMove({ ...customer, page: tab }, world, { path: "/top-up", amount: "41", currency: "GBP" });
    await tab.getByTestId("submit").click();
    await tab.getByTestId("confirm").waitFor();
  }
  // The server receives what the first tab sends; the tab never hears of it.
  await page.route("**/v1/top-ups", async (route) => {
    await route.fetch();
    await route.abort("connectionreset");
  });
  await page.bringToFront();
  await page.getByTestId("confirm").click();
  await page.getByTestId("problem").waitFor();
  await inspect({ ...customer, faults: [] }, "60-answer-lost");
  await page.unroute("**/v1/top-ups");

  await second.bringToFront();
  await second.getByTestId("confirm").click();
  await second.waitForURL("**/activity/pay_**", patience);
  await page.bringToFront();
  await page.getByTestId("confirm").click();
  await page.waitForURL("**/activity/pay_**", patience);
  expect(page.url().split("?")[0]).toBe(second.url().split("?")[0]);
  expect((await payments(page)).length).toBe(1);
});

test("the server stops and starts under an open page: said, and mended without a reload", {
  timeout: 240_000,
}, async () => {
  const customer = await linkedCustomer({ ...phone, language: "zh" }, "linxiao");
  const { page } = customer;
  await page.goto(world.url);
  await page.getByTestId("action-top-up").waitFor();
  const connection = () => page.getByTestId("connection").getAttribute("data-connection");
  await eventually(connection).toBe("good");
  await world.stopServer();
  await eventually(connection).toBe("lost");
  // Without a server every request fails; the screen is what is looked at.
  await inspect({ ...customer, faults: [] }, "61-connection-lost");
  await world.startServer();
  await eventually(connection).toBe("good");
  // What happens from now on is live again.
  await page.evaluate("window.jinqiaoStayed = true");
  const other = await context2(customer);
  await prepareMove(other, world, { path: "/top-up", amount: "77", currency: "CNY" });
  await other.page.getByTestId("submit").click();
  await other.page.getByTestId("confirm").click();
  await other.page.waitForURL("**/activity/pay_**", patience);
  await page.bringToFront();
  await eventually(() => page.getByTestId("balance-total-CNY").textContent()).toContain("77.00");
  expect(await page.evaluate("window.jinqiaoStayed")).toBe(true);
});

/** Another tab of the same person. */
async function context2(visitor: Visitor): Promise<Visitor> {
  return { ...visitor, page: await visitor.context.newPage(), faults: [] };
}

test.each([
  {
    language: "en" as const,
    username: "emma",
    currency: "GBP",
    wrong: {
      "0": "more than zero",
      "0.00": "more than zero",
      "-5": "must not be negative",
      "1.005": "decimals",
      "1e3": "digits",
      "１００": "digits",
      "1,000": "digits",
      "90071992547409930.00": "",
    },
  },
  {
    language: "zh" as const,
    username: "linxiao",
    currency: "JPY",
    wrong: { "0": "大于零", "100.5": "小数", "1e3": "数字", "１００": "数字", "9007199254740993": "" },
  },
])(
  "an amount that cannot be meant is refused at the field, in words ($language, $currency)",
  {
    timeout: 200_000,
  },
  async ({ language, username, currency, wrong }) => {
    const customer = await linkedCustomer({ ...phone, language }, username);
    const { page } = customer;
    await prepareMove(customer, world, { path: "/top-up", amount: "1", currency });
    const field = page.getByTestId("amount-input");
    for (const [typed, said] of Object.entries(wrong)) {
      await field.fill(typed);
      await page.getByTestId("submit").click();
      expect(await field.getAttribute("aria-invalid"), typed).toBe("true");
      const describedBy = (await field.getAttribute("aria-describedby"))?.split(" ") ?? [];
      const error = (await page.locator(`[id="${describedBy[0]}"]`).textContent()) ?? "";
      expect(error.length, typed).toBeGreaterThan(3);
      expect(error, typed).toContain(said);
      expect(await page.getByTestId("confirm").count(), typed).toBe(0);
    }
    await inspect(customer, "62-amount-refused");
    // Yen have no decimals: the keypad offers no point.
    const point = page.getByRole("button", { name: language === "zh" ? "小数点" : "Decimal point" });
    expect(await point.count()).toBe(currency === "JPY" ? 0 : 1);
    expect(await payments(page)).toEqual([]);
  },
);
