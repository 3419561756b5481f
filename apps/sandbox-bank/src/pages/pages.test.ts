import { mkdirSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "@playwright/test";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { axeViolations, wcag } from "../../../../test/support/axe.ts";
import { everything } from "../../../../test/support/everything.ts";
import type { SandboxBank } from "../index.ts";
import { createTpp, demoIban, startBank, type Tpp } from "../testing/tpp.ts";

/** Set to a folder to look at every page that the tests walk through. */
const SCREENSHOTS = process.env.SANDBOX_BANK_SCREENSHOTS;
/** Pages may be slow where several tests share two cores. */
const EVENTUALLY = { timeout: 20_000 };
const VERIFIER = "v".repeat(43);

let bank: SandboxBank;
let tpp: Tpp;
let close: () => Promise<void>;
let browser: Browser;
let app: Server;
let back: string;

beforeAll(async () => {
  ({ bank, close } = await startBank());
  tpp = await createTpp(bank);
  // Where the bank sends people back to: a stand-in for the wallet.
  app = createServer((_request, response) =>
    response.setHeader("content-type", "text/html").end("<title>back</title>"),
  );
  await new Promise<void>((resolve) => app.listen(0, "127.0.0.1", resolve));
  back = `http://127.0.0.1:${(app.address() as AddressInfo).port}/back`;
  await bank.script.tppClient({ name: "Jinqiao", redirectUris: [back] });
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
  app.closeAllConnections();
  await new Promise((resolve) => app.close(resolve));
  await close();
});

const LOOKS = [
  { locale: "zh-CN", width: 390, colorScheme: "light" },
  { locale: "en-GB", width: 390, colorScheme: "dark" },
  { locale: "zh-CN", width: 1280, colorScheme: "dark" },
  { locale: "en-GB", width: 1280, colorScheme: "light" },
] as const;
/** Each language once in a usual run: on a phone and on a desk. */
const looks = everything ? LOOKS : [LOOKS[0], LOOKS[3]];

async function openPage(
  look: (typeof LOOKS)[number],
): Promise<{ context: BrowserContext; page: Page; problems: string[] }> {
  const { locale, width, colorScheme } = look;
  const context = await browser.newContext({ locale, colorScheme, viewport: { width, height: 844 } });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error" && !message.text().includes("422")) problems.push(message.text());
  });
  return { context, page, problems };
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

describe.each(looks)("$locale, $width px, $colorScheme", (look) => {
  const name = (step: string) => `${step}-${look.width}-${look.locale.slice(0, 2)}-${look.colorScheme}`;
  const zh = look.locale === "zh-CN";

  test("a consent: log-in, choice, code, back in the app with a code", async () => {
    const { context, page, problems } = await openPage(look);
    const iban = await demoIban(bank, "linxiao", "CNY");
    const { consentId } = (await tpp.createConsent()).body;
    await page.goto(tpp.authorizationUrl(consentId, VERIFIER, { redirect_uri: back }));
    expect(await page.locator("html").getAttribute("lang")).toBe(zh ? "zh-CN" : "en");
    await inspect(page, name("1-login"));
    await page.getByTestId("bank-username").fill("linxiao");
    await page.getByTestId("bank-password").fill("not this one");
    await page.getByTestId("bank-login").click();
    await expect
      .poll(() => page.getByTestId("bank-error").textContent(), EVENTUALLY)
      .toContain(zh ? "不正确" : "not right");
    await inspect(page, name("2-login-wrong"));
    await page.getByTestId("bank-username").fill("linxiao");
    await page.getByTestId("bank-password").fill("harbour-demo");
    await page.getByTestId("bank-login").click();

    await page.getByTestId("trust-topups").waitFor();
    await inspect(page, name("3-choice"));
    await page.getByTestId("consent-confirm").click();
    await expect.poll(() => page.getByTestId("bank-error").count(), EVENTUALLY).toBe(1);
    await page.getByTestId(`account-${iban}`).check();
    await page.getByTestId("trust-topups").check();
    await page.getByTestId("trust-limit").fill("lots");
    await page.getByTestId("consent-confirm").click();
    await expect.poll(() => page.getByTestId("trust-limit").inputValue(), EVENTUALLY).toBe("lots");
    expect(await page.getByTestId(`account-${iban}`).isChecked()).toBe(true);
    expect(await page.getByTestId("trust-topups").isChecked()).toBe(true);
    await page.getByTestId("trust-limit").fill("2000");
    await inspect(page, name("4-chosen"));
    await page.getByTestId("consent-confirm").click();

    await page.getByTestId("sca-code").waitFor();
    await inspect(page, name("5-code"));
    const interaction = page.url();
    const code = (await page.getByTestId("sca-sms-code").textContent()) ?? "";
    expect(code).toMatch(/^\d{6}$/);
    await page.getByTestId("sca-code").fill(code === "000000" ? "000001" : "000000");
    await page.getByTestId("consent-confirm").click();
    await expect
      .poll(() => page.getByTestId("bank-error").textContent(), EVENTUALLY)
      .toContain(zh ? "还可尝试 2 次" : "2 attempts left");
    await page.getByTestId("sca-code").fill(code);
    await page.getByTestId("consent-confirm").click();
    await page.waitForURL(`${back}?**`);
    expect(new URL(page.url()).searchParams.get("code")).toBeTruthy();
    expect(new URL(page.url()).searchParams.get("state")).toBe("state-1");
    expect((await tpp.call("GET", `/v1/consents/${consentId}/status`)).body.consentStatus).toBe("valid");
    // Whoever opens the same page again finds nothing left to confirm.
    await page.goto(interaction);
    await inspect(page, name("5-gone"));
    expect(problems.filter((text) => !text.includes("410"))).toEqual([]);
    await context.close();
  });

  test("a payment: in full, confirmed with its own code", async () => {
    const { context, page, problems } = await openPage(look);
    const from = await demoIban(bank, "emma", "GBP");
    const payment = await tpp.pay({
      from,
      to: "DE89370400440532013000",
      amount: "12.34",
      currency: "GBP",
      headers: { "tpp-redirect-uri": back, "tpp-nok-redirect-uri": `${back}?refused` },
    });
    await page.goto(payment.body._links.scaRedirect.href);
    await inspect(page, name("6-payment-login"));
    await page.getByTestId("bank-username").fill("emma");
    await page.getByTestId("bank-password").fill("harbour-demo");
    await page.getByTestId("bank-login").click();
    expect(await page.getByTestId("payment-amount").textContent()).toBe("GBP 12.34");
    await inspect(page, name("7-payment"));
    await page.getByTestId("sca-code").fill((await page.getByTestId("sca-sms-code").textContent()) ?? "");
    await page.getByTestId("payment-confirm").click();
    await page.waitForURL(back);
    const status = await tpp.call("GET", new URL(payment.body._links.status.href).pathname);
    expect(status.body.transactionStatus).toBe("ACSC");
    await page.goto(payment.body._links.scaRedirect.href);
    await inspect(page, name("8-gone"));
    expect(problems.filter((text) => !text.includes("410"))).toEqual([]);
    await context.close();
  });

  test("online banking and back office", async () => {
    const { context, page } = await openPage(look);
    await page.goto(bank.url);
    await inspect(page, name("9-home"));
    await page.getByTestId("bank-language").click();
    expect(await page.locator("html").getAttribute("lang")).toBe(zh ? "en" : "zh-CN");
    await page.getByTestId("bank-language").click();
    await page.getByTestId("bank-username").fill("linxiao");
    await page.getByTestId("bank-password").fill("harbour-demo");
    await page.getByTestId("bank-login").click();
    await page.waitForURL("**/online");
    await inspect(page, name("10-accounts"));
    await page.locator('a[href^="/online/accounts/"]').first().click();
    await inspect(page, name("11-transactions"));
    await page.goto(`${bank.url}/backoffice`);
    await page.getByTestId("backoffice-token").fill("test-script-token");
    await page.getByTestId("backoffice-login").click();
    await page.getByTestId("add-fault").click();
    await inspect(page, name("12-backoffice"));
    await page.getByTestId("clear-faults").click();
    await page.getByTestId("end-of-day").click();
    await expect
      .poll(() => page.getByTestId("backoffice-notice").textContent(), EVENTUALLY)
      .toContain(zh ? "已结账" : "is closed");
    await context.close();
  });
});

test("cancel sends the person back with access_denied; three wrong codes do the same", async () => {
  const { context, page } = await openPage(LOOKS[1]);
  const first = (await tpp.createConsent()).body.consentId;
  await page.goto(tpp.authorizationUrl(first, VERIFIER, { redirect_uri: back }));
  await page.getByTestId("consent-cancel").click();
  await page.waitForURL(`${back}?**`);
  expect(new URL(page.url()).searchParams.get("error")).toBe("access_denied");
  expect((await tpp.call("GET", `/v1/consents/${first}/status`)).body.consentStatus).toBe("rejected");

  const second = (await tpp.createConsent()).body.consentId;
  await page.goto(tpp.authorizationUrl(second, VERIFIER, { redirect_uri: back }));
  await page.getByTestId("bank-username").fill("emma");
  await page.getByTestId("bank-password").fill("harbour-demo");
  await page.getByTestId("bank-login").click();
  await page.getByTestId(`account-${await demoIban(bank, "emma", "EUR")}`).check();
  await page.getByTestId("consent-confirm").click();
  const right = await page.getByTestId("sca-sms-code").textContent();
  for (let attempt = 0; attempt < 3; attempt++) {
    await page.getByTestId("sca-code").fill(right === "111111" ? "222222" : "111111");
    await page.getByTestId("consent-confirm").click();
  }
  await page.waitForURL(`${back}?**`);
  expect((await tpp.call("GET", `/v1/consents/${second}/status`)).body.consentStatus).toBe("rejected");
  await context.close();
});

test("the customer ends an app's access at the bank", async () => {
  const { context, page } = await openPage(LOOKS[3]);
  await bank.script.tppClient({
    name: "Jinqiao",
    redirectUris: [back, "http://localhost:7300/v1/bank-callback"],
  });
  const authorisation = await tpp.link({ username: "wanglei" });
  await page.goto(bank.url);
  await page.getByTestId("bank-username").fill("wanglei");
  await page.getByTestId("bank-password").fill("harbour-demo");
  await page.getByTestId("bank-login").click();
  await page.getByTestId(`revoke-${authorisation.consentId}`).click();
  await page.waitForURL("**/online");
  expect((await tpp.call("GET", `/v1/consents/${authorisation.consentId}/status`)).body.consentStatus).toBe(
    "revokedByPsu",
  );
  await context.close();
});

test("forms from elsewhere are refused, pages carry strict headers", async () => {
  const response = await fetch(bank.url);
  const policy = response.headers.get("content-security-policy") ?? "";
  expect(policy).toContain("default-src 'none'");
  expect(policy).not.toContain("unsafe");
  expect(await response.text()).not.toMatch(/<script| on[a-z]+=|style="/);
  const cookie = response.headers
    .getSetCookie()
    .map((line) => line.split(";")[0])
    .join("; ");
  const forged = await fetch(bank.url, {
    method: "POST",
    headers: { cookie },
    body: new URLSearchParams({ username: "linxiao", password: "harbour-demo" }),
    redirect: "manual",
  });
  expect(forged.status).toBe(403);
  await forged.body?.cancel();
});
