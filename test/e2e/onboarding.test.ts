import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { someOf } from "../support/everything.ts";
import { createWorld, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, visit } from "./browser.ts";
import { staffSignIn } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;

beforeAll(async () => {
  world = await createWorld({ webDirs: await builtPages() });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const looks: Look[] = [
  { language: "zh", width: 390, theme: "dark" },
  { language: "en", width: 1280, theme: "light" },
];

test.each(someOf(looks))(
  "staff take a bank in, and two people sign: $language, $width",
  { timeout: 200_000 },
  async (look) => {
    const bankId = `meadow-${look.language}`;
    const first = await visit(browser, look);
    const { page } = first;
    const seen = (name: string) => inspect(first, name);
    await staffSignIn(first, world, "operations", async () => {});
    await page.goto(`${world.url}/console/onboarding`);
    await page.getByTestId("open-onboarding").waitFor();
    await seen("80-onboardings");
    await page.locator("[name=bankId]").fill("No Id");
    await page.getByTestId("open-onboarding").click();
    await page.locator("[name=bankId][aria-invalid=true]").waitFor();
    await page.locator("[name=bankId]").fill(bankId);
    await page.locator("[name=nameEn]").fill("Meadow Bank");
    await page.locator("[name=nameZh]").fill("草原银行");
    first.faults.length = 0;
    await page.getByTestId("open-onboarding").click();

    const needs = page.getByTestId("step-needs");
    const state = () => needs.getByTestId("step-state").getAttribute("data-status");
    await needs.getByTestId("sign-needs").waitFor();
    expect(await needs.getByTestId("sign-needs").isDisabled()).toBe(true);
    await seen("81-onboarding");
    await needs.locator("[name=segments]").fill(look.language === "zh" ? "个人客户" : "Retail customers");
    await needs
      .locator("[name=products]")
      .fill(look.language === "zh" ? "充值、提现" : "Top-ups and payouts");
    await needs.locator('[name="monthlyVolume.amount"]').fill("2500000.00");
    await needs.locator('[name="monthlyVolume.currency"]').fill("EUR");
    await needs.getByTestId("save-needs").click();
    await eventually(state).toBe("ready");
    await needs.getByTestId("sign-needs").click();
    await eventually(() => needs.getByTestId("signatures-needs").locator("li").count()).toBe(1);
    await seen("82-onboarding-signed-once");

    const second = await visit(browser, look);
    await staffSignIn(second, world, "second", async () => {});
    await second.page.goto(page.url());
    await second.page.getByTestId("step-needs").getByTestId("sign-needs").click();
    const closed = second.page.getByTestId("step-needs").getByTestId("step-state");
    await eventually(() => closed.getAttribute("data-status")).toBe("closed");
    await inspect(second, "83-onboarding-step-closed");
    await second.context.close();

    // A report of another bank is refused in words; its own is taken.
    await page.reload();
    const technical = page.getByTestId("step-technical");
    const report = (bank: string) => ({
      name: "report.json",
      mimeType: "application/json",
      buffer: Buffer.from(
        JSON.stringify({
          bank,
          dialect: "-",
          passed: 1,
          failed: 0,
          skipped: 0,
          checks: [{ id: "a", outcome: "passed", detail: "" }],
        }),
      ),
    });
    await technical.getByTestId("evidence-file-technical").setInputFiles(report("another"));
    await eventually(() => technical.locator("[name=title]").inputValue()).toBe("report.json");
    await technical.getByTestId("attach-technical").click();
    await technical.locator("[role=alert]").first().waitFor();
    first.faults.length = 0;
    await technical.getByTestId("evidence-file-technical").setInputFiles(report(bankId));
    await technical.getByTestId("attach-technical").click();
    await eventually(() => technical.getByTestId("check-certification").getAttribute("data-passed")).toBe(
      "true",
    );
    await seen("84-onboarding-technical");
    await first.context.close();
  },
);
