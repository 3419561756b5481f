import { createApiClient, unwrap } from "@jinqiao/contract/client";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attempt, createWorld, type World } from "../support/world.ts";
import { eventually, inspect, launchBrowser, visit } from "./browser.ts";
import { staffSignIn } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;

beforeAll(async () => {
  world = await createWorld({ webDirs: await builtPages("console") });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** A shop that waits for two people. */
async function handedIn(): Promise<string> {
  const owner = await world.customer("Emma Clarke");
  const { id } = await unwrap(
    owner.api.POST("/v1/merchants", {
      params: { header: attempt() },
      body: {
        tradingName: { en: "Bridgehead Teahouse", zh: "桥头茶馆" },
        country: "GB",
        currency: "GBP",
        timeZone: "Europe/London",
        legalName: "Emma Clarke",
        form: "sole_trader",
        mcc: "5812",
        website: "https://teahouse.example.com",
        supportEmail: "tea@example.com",
        address: {
          line1: "1 Bridge Street",
          line2: null,
          city: "Bridgetown",
          postalCode: null,
          country: "GB",
        },
      },
    }),
  );
  const api = createApiClient({
    baseUrl: world.url,
    fetch: owner.fetch,
    headers: { "Jinqiao-Merchant": id, "Jinqiao-Mode": "test" },
  });
  await unwrap(
    api.POST("/v1/merchant/documents", {
      params: { header: attempt() },
      body: { kind: "lease", title: "Lease of 1 Bridge Street", text: "Let to Emma Clarke for five years." },
    }),
  );
  await unwrap(api.POST("/v1/merchant/submission"));
  return id;
}

test("a shop that handed itself in is looked at and opened by two people", { timeout: 240_000 }, async () => {
  const merchantId = await handedIn();
  const first = await visit(browser, { language: "en", width: 1280, theme: "light" });
  await staffSignIn(first, world, "operations");
  await first.page.goto(`${world.url}/console/merchants?status=under_review`);
  await first.page.getByTestId(`merchant-row-${merchantId}`).waitFor();
  await inspect(first, "90-merchants");
  await first.page.getByTestId(`merchant-row-${merchantId}`).getByRole("link").click();
  await first.page.getByTestId("check-website").waitFor();
  await inspect(first, "91-merchant");
  await first.page.locator("[name=message]").fill("Welcome to Jinqiao");
  await first.page.locator("[name=reason]").fill("Looked up the lease and the site");
  await first.page.getByTestId("propose-decision").click();
  await first.page.getByRole("status").getByText("Proposed").waitFor();
  await first.page.goto(`${world.url}/console/merchants/plans`);
  await first.page.getByTestId("propose-plan").waitFor();
  await inspect(first, "92-fee-plans");

  const second = await visit(browser, { language: "zh", width: 390, theme: "dark" });
  await staffSignIn(second, world, "second");
  await second.page.goto(`${world.url}/console/approvals`);
  await second.page.getByTestId("approve").waitFor();
  await inspect(second, "93-merchant-approval");
  await second.page.getByTestId("approve").click();
  await eventually(() => second.page.getByTestId("proposal").count()).toBe(0);
  await second.page.goto(`${world.url}/console/merchants/${merchantId}`);
  await eventually(() => second.page.getByTestId("merchant-status").getAttribute("data-status")).toBe(
    "active",
  );
  await inspect(second, "94-merchant-open");
  await second.page.goto(`${world.url}/console/merchants`);
  await second.page.getByTestId(`merchant-row-${merchantId}`).waitFor();
  await inspect(second, "95-merchants-narrow");
  await second.page.goto(`${world.url}/console/merchants/plans`);
  await second.page.getByTestId("propose-plan").waitFor();
  await inspect(second, "96-fee-plans-narrow");
  expect(first.faults).toEqual([]);
  expect(second.faults).toEqual([]);
  for (const { context } of [first, second]) await context.close();
});
