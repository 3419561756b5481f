import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { someOf } from "../support/everything.ts";
import { createWorld, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, type Visitor, visit } from "./browser.ts";
import { confirm, linkBank, prepareMove, signUp } from "./steps.ts";
import { builtPages } from "./web-build.ts";

const bin = fileURLToPath(new URL("../../apps/cli/bin/jinqiao.js", import.meta.url));
let world: World;
let browser: Browser;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-receipts-"));
  world = await createWorld({ webDirs: await builtPages(), overrides: { runWorker: true } });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

/** Runs the command as a person would, on the file that the browser saved. */
const verify = async (file: string, ...options: string[]): Promise<Record<string, unknown>> => {
  const args = [bin, "receipt", "verify", file, "--json", ...options];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  return JSON.parse(stdout) as Record<string, unknown>;
};

async function download({ page }: Visitor, name: string): Promise<string> {
  const [saved] = await Promise.all([
    page.waitForEvent("download"),
    page.getByTestId("download-receipt").click(),
  ]);
  expect(saved.suggestedFilename()).toMatch(/^jinqiao-receipt-trf_\w+\.json$/);
  const file = join(folder, name);
  await saved.saveAs(file);
  return file;
}

test.each(
  someOf<Look & { username: string; currency: string }>([
    { language: "en", width: 390, theme: "light", username: "emma", currency: "GBP" },
    { language: "zh", width: 1280, theme: "dark", username: "linxiao", currency: "CNY" },
  ]),
)(
  "a customer saves the receipt of a payment, and anybody verifies it: $language",
  { timeout: 300_000 },
  async ({ username, currency, ...look }) => {
    const customer = await visit(browser, look);
    const { page, context } = customer;
    const name = look.language === "zh" ? "沈宁" : "Ivy Moore";
    await signUp(customer, world, { name, email: `${Math.random().toString(36).slice(2)}@example.com` });
    await linkBank(customer, world, { username, trust: "5000" });
    await prepareMove(customer, world, { path: "/top-up", amount: "30", currency });
    await page.getByTestId("submit").click();
    const paymentId = await confirm(customer);
    await page.getByTestId("download-receipt").waitFor();
    await inspect(customer, "45-payment-with-receipt");
    const file = await download(customer, `${currency}.json`);

    const proved = await verify(file, "--key-from", world.url, "--log", `${world.url}/log`);
    expect(proved).toMatchObject({
      ok: true,
      transfer: { subject: paymentId },
      sides: [
        { side: "credit", amount: { amount: "30.00", currency }, balance: { amount: "30.00", currency } },
      ],
      hiddenSides: 1,
    });

    // A later payment makes the log grow; the old receipt stays true of it.
    await prepareMove(customer, world, { path: "/top-up", amount: "12", currency });
    await page.getByTestId("submit").click();
    await confirm(customer);
    await page.getByTestId("download-receipt").waitFor();
    const later = await download(customer, `${currency}-later.json`);
    const { log } = (await verify(later, "--key-from", world.url)) as { log: { size: string } };
    const still = await verify(file, "--key-from", world.url, "--log", `${world.url}/log`);
    expect(BigInt((still.stillIn as { size: string }).size)).toBeGreaterThanOrEqual(BigInt(log.size));

    // Money that moved twice for one payment has two receipts: the customer chooses.
    await page.route("**/v1/payments/*/receipt", async (route) => {
      const response = await route.fetch();
      const { receipts } = (await response.json()) as { receipts: { position: string }[] };
      await route.fulfill({
        response,
        json: { receipts: [...receipts, { ...receipts[0], position: "99" }] },
      });
    });
    await page.getByTestId("download-receipt").click();
    const choices = page.getByTestId("receipts").getByRole("button");
    await eventually(() => choices.count()).toBe(2);
    await inspect(customer, "47-payment-with-receipts");
    const [saved] = await Promise.all([page.waitForEvent("download"), choices.first().click()]);
    expect(saved.suggestedFilename()).toMatch(/^jinqiao-receipt-trf_/);

    // The page needs nobody to be signed in.
    await context.clearCookies();
    await page.goto(`${world.url}/verify-receipt`);
    await page.getByTestId("server-key").waitFor();
    await page.locator("input[type=file]").setInputFiles(file);
    await eventually(() => page.getByTestId("verdict").getAttribute("data-problem")).toBe("none");
    expect(await page.getByTestId("verdict").innerText()).toContain(paymentId);
    await inspect(customer, "46-payment-receipt-verified");
    await context.close();
  },
);
