import { randomUUID } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, chromium, type Page } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { axeViolations, wcag } from "../../../../test/support/axe.ts";
import type { SandboxBank } from "../index.ts";
import { DEMO_PASSWORD } from "../seeds/people.ts";
import { createTpp, demoIban, REDIRECT_URI, startBank, type Tpp } from "../testing/tpp.ts";

/** Set to a folder to look at every page that the tests walk through. */
const SCREENSHOTS = process.env.SANDBOX_BANK_SCREENSHOTS;
const EVENTUALLY = { timeout: 20_000 };

let bank: SandboxBank;
let tpp: Tpp;
let close: () => Promise<void>;
let browser: Browser;
let from: string;
let to: string;

beforeAll(async () => {
  ({ bank, close } = await startBank());
  tpp = await createTpp(bank, "Jinqiao 金桥");
  from = await demoIban(bank, "wanglei", "CNY");
  to = await demoIban(bank, "linxiao", "CNY");
  browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});
afterAll(async () => {
  await browser?.close();
  await close();
});

async function logIn(page: Page, url: string, username: string): Promise<void> {
  await page.goto(url);
  await page.getByTestId("bank-username").fill(username);
  await page.getByTestId("bank-password").fill(DEMO_PASSWORD);
  await page.getByTestId("bank-login").click();
}

/** No axe violation, no sideways scroll; a picture where asked for. */
async function inspect(page: Page, name: string): Promise<void> {
  expect(await axeViolations(page, [...wcag, "best-practice"]), name).toEqual([]);
  const overflow = await page.evaluate<number>(
    "document.documentElement.scrollWidth - document.documentElement.clientWidth",
  );
  expect(overflow, name).toBeLessThanOrEqual(0);
  if (SCREENSHOTS === undefined) return;
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
}

test.each([
  ["zh-CN", 390, "light", "一并确认以下付款？", "合计"],
  ["en-GB", 1280, "dark", "Confirm these payments together?", "Total"],
] as const)(
  "%s %i px %s: telephone and confirmation page",
  async (locale, width, colorScheme, title, total) => {
    const context = await browser.newContext({ locale, colorScheme, viewport: { width, height: 844 } });
    const page = await context.newPage();
    const look = `${width}-${locale.slice(0, 2)}-${colorScheme}`;
    const headers = {
      "tpp-redirect-preferred": "false",
      "tpp-decoupled-preferred": "true",
      "psu-id": "wanglei",
    };
    const payment = await tpp.pay({ from, to, amount: "120.50", headers });
    await tpp.createConsent({}, headers);

    await logIn(page, `${bank.url}/phone`, "wanglei");
    await page.getByText("CNY 120.50").waitFor(EVENTUALLY);
    await inspect(page, `phone-${look}`);
    const id = new URL(payment.body._links.scaStatus.href).pathname.split("/").at(-1);
    await page.getByTestId(`phone-approve-${id}`).click();
    await page.getByText("CNY 120.50").waitFor({ ...EVENTUALLY, state: "detached" });
    await page.locator("[data-testid^=phone-refuse-]").click();
    await page.getByTestId("phone-empty").waitFor(EVENTUALLY);
    const status = await tpp.call("GET", new URL(payment.body._links.status.href).pathname);
    expect(status.body.transactionStatus).toBe("ACCC");

    const element = (amount: string) => ({
      endToEndIdentification: randomUUID().slice(0, 30),
      instructedAmount: { amount, currency: "CNY" },
      creditorAccount: { iban: to },
      creditorName: "林晓",
    });
    const bulk = await tpp.call("POST", "/v1/bulk-payments/cross-border-credit-transfers", {
      headers: { "tpp-redirect-uri": REDIRECT_URI },
      body: { debtorAccount: { iban: from }, payments: [element("100.00"), element("200.00")] },
    });
    const address = bulk.body._links.scaRedirect.href;
    await logIn(page, address, "wanglei");
    await page.getByRole("heading", { name: title }).waitFor(EVENTUALLY);
    expect(await page.getByText(total, { exact: true }).count()).toBe(1);
    // What the code is for stands in the message that brings it (RTS (EU) 2018/389 art. 5).
    expect(await page.locator(".sms").textContent()).toContain("CNY 300.00 → 林晓");
    await inspect(page, `confirmation-${look}`);

    const stranger = await context.browser()?.newContext({ locale });
    const other = await stranger?.newPage();
    if (other === undefined) throw new Error("no second browser");
    await logIn(other, address, "linxiao");
    await other.locator("[role=alert]").waitFor(EVENTUALLY);
    expect(await other.getByText("CNY 300.00").count()).toBe(0);
    await stranger?.close();
    await context.close();
  },
);
