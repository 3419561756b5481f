import { unwrap } from "@jinqiao/contract/client";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attempt, createWorld, type LinkedAccount, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, type Visitor, visit } from "./browser.ts";
import { staffSignIn } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;

beforeAll(async () => {
  world = await createWorld({ webDirs: await builtPages(), overrides: { runWorker: true } });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

type Made = { id: string; reference: string };
const custody = () => world.config.custodyAccounts.find(({ currency }) => currency === "CNY")?.iban ?? "";

/** A top-up of 80.00 that the bank has accepted. */
async function topUp(): Promise<Made> {
  const person = await world.customer("Ada Brook");
  const account = (await world.link(person, "linxiao")).get("CNY") as LinkedAccount;
  const payment = await unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: { amount: "80.00", currency: "CNY" } },
    }),
  );
  const path = { paymentId: payment.id };
  await eventually(
    async () => (await unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path } }))).status,
  ).toBe("submitted");
  return payment;
}

/** A top-up of 80.00 that the bank's statement will claim was 79.00; answers the payment. */
async function alteredTopUp(): Promise<Made> {
  const payment = await topUp();
  await world.bank.script.alterStatement({
    iban: custody(),
    endToEndId: payment.reference,
    change: { amount: "79.00" },
  });
  await world.bank.script.endOfDay();
  return payment;
}

/** A top-up whose line bears the reference with its last character wrong; answers the payment. */
async function lostReference(): Promise<Made> {
  const payment = await topUp();
  const { script } = world.bank;
  await script.alterStatement({
    iban: custody(),
    endToEndId: payment.reference,
    change: { remove: true },
  });
  const reference = `${payment.reference.slice(0, -1)}${payment.reference.endsWith("7") ? "8" : "7"}`;
  const add = { amount: "80.00", direction: "credit" as const, reference, counterparty: "Ada Brook" };
  await script.alterStatement({ iban: custody(), change: { add } });
  await script.endOfDay();
  return payment;
}

async function openFirstBreak({ page }: Visitor): Promise<void> {
  await page.goto(`${world.url}/console/breaks?status=open`);
  await page.locator('[data-testid^="break-row-"] a').first().click();
  await page.getByTestId("break-difference").waitFor();
}

test("an altered line of the statement: both sides shown, only looked at by a viewer, closed with a reason", {
  timeout: 240_000,
}, async () => {
  const payment = await alteredTopUp();
  const desk: Look = { language: "en", width: 1280, theme: "light" };
  const staff = await visit(browser, desk);
  await staffSignIn(staff, world, "operations");
  const { page } = staff;
  await page.goto(`${world.url}/console/reconciliation`);
  await page.getByTestId("fetch-statements").click();
  await page.locator('[data-testid="statement-verdict"][data-status="open"]').waitFor();
  await inspect(staff, "50-reconciliation-with-break");
  await page.goto(`${world.url}/console/breaks?status=open`);
  await eventually(() => page.locator('[data-testid^="break-row-"]').count()).toBe(1);
  await inspect(staff, "51-breaks");

  const viewer = await visit(browser, { language: "zh", width: 390, theme: "dark" });
  await staffSignIn(viewer, world, "viewer");
  await openFirstBreak(viewer);
  expect(await viewer.page.locator('[data-testid^="break-action-"]').count()).toBe(0);
  expect(await viewer.page.getByTestId("break-confirm").count()).toBe(0);
  await inspect(viewer, "52-break-for-viewer");
  await viewer.page.goto(`${world.url}/console/reconciliation`);
  await viewer.page.locator('[data-testid^="statement-row-"]').first().waitFor();
  expect(await viewer.page.getByTestId("fetch-statements").count()).toBe(0);
  await openFirstBreak(viewer);

  await openFirstBreak(staff);
  const both = await page.locator("main").innerText();
  for (const said of ["79.00", "80.00", payment.reference]) expect(both).toContain(said);
  expect(await page.getByTestId("break-difference").textContent()).toContain("1.00");
  await page.locator('[data-testid^="break-action-"]').first().click();
  await page.getByTestId("break-confirm").click();
  await eventually(() => page.getByTestId("break-note").getAttribute("aria-invalid")).toBe("true");
  await inspect(staff, "53-break-note-missing");
  await page
    .getByTestId("break-note")
    .fill("The bank confirmed by telephone: keyed in wrongly, corrected tomorrow.");
  await page.getByTestId("break-confirm").click();
  await page.getByTestId("break-proposal").waitFor();
  await inspect(staff, "54-break-proposed");

  // A second person sees what is proposed, and confirms it.
  const second = await visit(browser, { language: "zh", width: 390, theme: "dark" });
  await staffSignIn(second, world, "second");
  await openFirstBreak(second);
  await second.page.getByTestId("break-proposal").waitFor();
  await inspect(second, "54-break-proposed-to-second");
  await second.page.locator('[data-testid^="break-action-"]').first().click();
  await second.page.getByTestId("break-note").fill("已与银行核实，同意。");
  await second.page.getByTestId("break-confirm").click();
  await second.page.getByTestId("break-resolution").waitFor();
  await second.context.close();
  await page.getByTestId("break-resolution").waitFor();
  expect(await page.getByTestId("break-resolution").textContent()).toContain("keyed in wrongly");
  await inspect(staff, "54-break-closed");
  // The viewer's open page follows.
  await viewer.page.getByTestId("break-resolution").waitFor();
  await viewer.context.close();

  // A line that lost its reference: what it may be is suggested, and accepted with one confirmation.
  const lost = await lostReference();
  await page.goto(`${world.url}/console/reconciliation`);
  await page.getByTestId("fetch-statements").click();
  await page.locator('[data-testid="statement-verdict"][data-status="open"]').first().waitFor();
  await page.goto(`${world.url}/console/breaks?status=open`);
  await page.getByTestId("break-ageing").waitFor();
  await inspect(staff, "55-breaks-by-age");
  await page.locator('[data-testid^="break-row-"] a').first().click();
  const suggestion = page.getByTestId("suggestion").first();
  await suggestion.waitFor();
  expect(await suggestion.innerText()).toContain(lost.reference);
  await inspect(staff, "56-break-with-suggestion");
  await page.getByTestId("suggestion-accept").first().click();
  await inspect(staff, "57-suggestion-confirmed");
  await page.getByTestId("suggestion-confirm").click();
  await page.getByTestId("break-resolution").waitFor();

  await page.goto(`${world.url}/console/trial-balance`);
  const differences = page.locator('[data-testid^="trial-difference-"]');
  await differences.first().waitFor();
  for (const difference of await differences.all())
    expect(await difference.getAttribute("data-balanced")).toBe("true");
  await staff.context.close();
});
