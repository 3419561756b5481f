import { unwrap } from "@jinqiao/contract/client";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { someOf } from "../support/everything.ts";
import { attempt, createWorld, customerPassword, type LinkedAccount, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, visit } from "./browser.ts";
import { acceptPayee, confirm, prepareMove, signIn, staffSignIn, statusOf } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;

beforeAll(async () => {
  // A day to show an order: until then the bank's silence proves nothing.
  world = await createWorld({ webDirs: await builtPages(), executionWindowMs: 86_400_000 });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const looks: (Look & { name: string; username: string; currency: string })[] = [
  { language: "zh", width: 390, theme: "light", name: "林小满", username: "linxiao", currency: "CNY" },
  { language: "en", width: 1280, theme: "dark", name: "Nora Field", username: "emma", currency: "GBP" },
];

test.each(someOf(looks))(
  "a name that differs is confirmed by itself, and a closed bank is told before and after: $language, $width",
  { timeout: 240_000 },
  async ({ name, username, currency, ...look }) => {
    const person = await world.customer(name, look.language);
    const account = (await world.link(person, username)).get(currency) as LinkedAccount;
    const body = { linkedAccountId: account.id, amount: { amount: "80.00", currency } };
    await unwrap(person.api.POST("/v1/top-ups", { params: { header: attempt() }, body }));
    await world.settleJobs();
    await world.stopServer();
    world.config.maintenance = [{ from: "2020-01-01T00:00", to: "2099-01-01T06:00" }];
    await world.startServer();

    const customer = await visit(browser, look);
    const { page } = customer;
    await signIn(customer, world, { email: person.email, password: customerPassword });
    await prepareMove(customer, world, { path: "/withdraw", amount: "12.50", currency });
    await page.getByTestId("bank-notice").waitFor();
    await page.getByTestId("submit").click();
    await page.getByTestId("payee-confirm").waitFor();
    await inspect(customer, "80-withdraw-name-differs");
    expect(await page.getByTestId("confirm").getAttribute("aria-disabled")).toBe("true");
    await acceptPayee(page);
    await confirm(customer);
    expect(await statusOf(page)).toBe("authorised");
    await page.getByTestId("cancel-payment").waitFor();
    await page.getByTestId("why-this-way").locator("summary").click();
    await inspect(customer, "81-waits-for-bank");
    await page.goto(`${world.url}/link`);
    await page.getByTestId("bank-state").waitFor();
    await inspect(customer, "82-link-closed-bank");

    await world.stopServer();
    delete world.config.maintenance;
    await world.startServer();
    await world.settleJobs();
    await page.goto(`${world.url}/activity`);
    await eventually(() => page.getByTestId("payment-status").first().getAttribute("data-status")).toBe(
      "submitted",
    );
    await customer.context.close();
  },
);

test.each(
  someOf<(typeof looks)[number]>([
    { language: "en", width: 1280, theme: "light", name: "Emma Clarke", username: "emma", currency: "GBP" },
    { language: "zh", width: 390, theme: "dark", name: "林晓", username: "linxiao", currency: "CNY" },
  ]),
)(
  "staff decide a case with its evidence: $language, $width",
  { timeout: 240_000 },
  async ({ name, username, currency, ...look }) => {
    const person = await world.customer(name, look.language);
    const account = (await world.link(person, username)).get(currency) as LinkedAccount;
    const move = (amount: string) => ({
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: { amount, currency } },
    });
    await unwrap(person.api.POST("/v1/top-ups", move("60.00")));
    await world.settleJobs();
    await world.bank.script.addFault({ operation: "initiatePayment", action: "reset-connection-before" });
    const { id } = await unwrap(person.api.POST("/v1/withdrawals", move("25.00")));
    const staff = await visit(browser, look);
    const { page } = staff;
    await staffSignIn(staff, world, "operations");
    for (let round = 0; round < 6; round += 1) await world.settleJobs();

    // The badge in the menu came by itself.
    await page.getByTestId("open-cases").waitFor();
    await page.getByTestId("bank-health-harbour").waitFor();
    await inspect(staff, "83-overview-banks");
    await page.goto(`${world.url}/console/cases?status=open`);
    await page.locator('[data-testid^="case-row-"] a').first().waitFor();
    await inspect(staff, "84-cases");
    await page.locator('[data-testid^="case-row-"] a').first().click();
    await page.getByTestId("case-confirm").waitFor();
    await page.getByTestId("case-confirm").click();
    await page.getByRole("alert").waitFor();
    // Against the bank's last word one person only proposes.
    await page.getByTestId("case-action-confirm_done").click();
    await page.getByTestId("case-note").fill(look.language === "zh" ? "客户称已到账。" : "The payee has it.");
    await page.getByTestId("case-confirm").click();
    await page.getByTestId("case-proposal").waitFor();
    await inspect(staff, "85-case-proposed");
    await page.goto(`${world.url}/console/cases?status=open`);
    await page.locator('[data-testid^="case-row-"] a').first().waitFor();
    await inspect(staff, "85-cases-one-proposed");
    await page.locator('[data-testid^="case-row-"] a').first().click();
    await page.getByTestId("case-action-give_back").click();
    await page
      .getByTestId("case-note")
      .fill(
        look.language === "zh"
          ? "已致电银行核实：未收到该指令。"
          : "Called the bank at 10:20: the order never arrived.",
      );
    await inspect(staff, "85-case");
    await page.getByTestId("case-confirm").click();
    await page.getByTestId("case-log").first().waitFor();
    await eventually(() => page.getByTestId("case-status").getAttribute("data-status")).toBe("closed");
    await inspect(staff, "86-case-closed");
    await page.goto(`${world.url}/console/payments/${id}`);
    await page.getByTestId("payment-status").first().waitFor();
    await inspect(staff, "87-payment-given-back");
    await staff.context.close();
  },
);
