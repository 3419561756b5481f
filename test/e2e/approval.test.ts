import type { Browser } from "@playwright/test";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createWorld, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, patience, type Visitor, visit } from "./browser.ts";
import { bankLogin, linkBank, markPage, paymentIdOf, prepareMove, signUp, statusOf } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;
const visitors: Visitor[] = [];

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

/** Somebody new with linked accounts; without `trust` the bank asks at every top-up. */
async function linkedCustomer(look: Look, username: string, trust?: string): Promise<Visitor> {
  const visitor = await visit(browser, look);
  visitors.push(visitor);
  const email = `${username}-${look.language}-${look.width}-${visitors.length}@example.com`;
  await signUp(visitor, world, { name: look.language === "zh" ? "许安" : "Iris Lane", email });
  await linkBank(visitor, world, { username, ...(trust === undefined ? {} : { trust }) });
  return visitor;
}

/** Confirms a top-up that the bank wants to hear about from the person; ends on the bank's page. */
async function topUpAsFarAsTheBank(visitor: Visitor, amount: string, currency: string): Promise<void> {
  const { page } = visitor;
  await prepareMove(visitor, world, { path: "/top-up", amount, currency });
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm").click();
  // The wallet either goes on to the bank by itself, or asks for the step as soon as the bank has said so.
  const atBank = page.getByTestId("bank-username");
  const button = page.getByTestId("go-to-bank");
  await atBank.or(button).first().waitFor();
  if (await button.isVisible()) await button.click();
  await atBank.waitFor();
}

test("without standing permission the bank asks: approved there, credited here", {
  timeout: 200_000,
}, async () => {
  const customer = await linkedCustomer({ language: "zh", width: 390, theme: "light" }, "linxiao");
  const { page } = customer;
  await topUpAsFarAsTheBank(customer, "66.60", "CNY");
  await inspect(customer, "40-bank-payment-login");
  await bankLogin(page, "linxiao");
  await page.getByTestId("payment-amount").waitFor();
  expect(await page.getByTestId("payment-amount").textContent()).toContain("66.60");
  await inspect(customer, "41-bank-payment");
  await page.getByTestId("sca-code").fill((await page.getByTestId("sca-sms-code").textContent()) ?? "");
  await page.getByTestId("payment-confirm").click();
  await page.waitForURL(`${world.url}/activity/pay_**`, patience);
  await eventually(() => statusOf(page)).toBe("submitted");
  await inspect(customer, "42-approved");
  await page.goto(world.url);
  await eventually(() => page.getByTestId("balance-total-CNY").textContent()).toContain("66.60");
});

test("refused at the bank's page: no money moved, and the wallet says so", { timeout: 200_000 }, async () => {
  const customer = await linkedCustomer({ language: "en", width: 1280, theme: "dark" }, "emma");
  const { page } = customer;
  await topUpAsFarAsTheBank(customer, "12.34", "GBP");
  await bankLogin(page, "emma");
  await page.getByTestId("payment-cancel").click();
  await page.waitForURL(`${world.url}/activity/pay_**`, patience);
  await eventually(() => statusOf(page)).toMatch(/^(rejected|cancelled)$/);
  await inspect(customer, "43-refused");
  const paymentId = paymentIdOf(page);
  await page.goto(world.url);
  await page.getByTestId(`activity-item-${paymentId}`).waitFor();
  const balance = page.getByTestId("balance-total-GBP");
  if ((await balance.count()) > 0) expect(await balance.textContent()).toContain("0.00");
});

test("ended at the bank's own page: the wallet shows it without a reload", { timeout: 200_000 }, async () => {
  const customer = await linkedCustomer({ language: "en", width: 390, theme: "light" }, "wanglei", "500");
  const { page, context } = customer;
  await page.goto(`${world.url}/accounts`);
  await page.locator('a[data-testid^="linked-account-"]').first().click();
  await page.getByTestId("refresh-account").waitFor();
  const stayed = await markPage(page);

  const online = await context.newPage();
  await online.goto(world.bank.url);
  await bankLogin(online, "wanglei");
  await online.waitForURL("**/online");
  await online.locator('[data-testid^="revoke-"]').first().click();
  await eventually(() => online.locator('[data-testid^="revoke-"]').count()).toBe(0);
  await page.bringToFront();
  // The open page of the account says that it has ended, and nothing can be moved from it any more.
  await page.getByText("no longer linked").waitFor();
  expect(await page.getByTestId("refresh-account").count()).toBe(0);
  expect(await stayed()).toBe(true);
  await inspect(customer, "44-account-ended");
  await page.goto(`${world.url}/permissions`);
  await page.getByTestId("permissions-over").locator("summary").click();
  await eventually(() => page.getByTestId("consent-status").getAttribute("data-status")).toBe("revoked");
  await inspect(customer, "45-permission-ended");
  await page.goto(`${world.url}/top-up`);
  await page.getByTestId("action-link").waitFor();
  await inspect(customer, "46-top-up-without-account");
});
