import { fileURLToPath } from "node:url";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { someOf } from "../support/everything.ts";
import { createWorld, customerPassword, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, visit } from "./browser.ts";
import { signIn } from "./steps.ts";
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

const looks: Look[] = [
  { language: "zh", width: 390, theme: "light" },
  { language: "en", width: 1280, theme: "dark" },
];
const alipay = fileURLToPath(new URL("../../vectors/statements/cn-bills/alipay.csv", import.meta.url));
const csv = (text: string) => ({ name: "my-bank.csv", mimeType: "text/csv", buffer: Buffer.from(text) });

test.each(someOf(looks))(
  "a customer imports an Alipay bill, reads it and deletes it: $language, $width",
  { timeout: 240_000 },
  async (look) => {
    const zh = look.language === "zh";
    const person = await world.customer(zh ? "林小满" : "Nora Field", look.language);
    const visitor = await visit(browser, look);
    const { page } = visitor;
    await signIn(visitor, world, { email: person.email, password: customerPassword });
    const balances = async () => (await person.api.GET("/v1/balances")).data;
    const before = await balances();

    await page.goto(`${world.url}/accounts`);
    await page.getByTestId("open-imports").click();
    await page.getByTestId("statement-file").waitFor({ state: "attached" });
    await inspect(visitor, "70-imports-empty");

    // A file that cannot be read says on which line, in the person's language.
    const choose = page.getByTestId("statement-file");
    await choose.setInputFiles(csv("Date,Amount,Currency\n2026-03-01,1.00,GBP\n2026-03-02,twelve,GBP\n"));
    const problem = page.getByTestId("problem");
    await eventually(() => problem.textContent()).toContain(
      zh ? "第 3 行：“twelve”不是有效金额" : "Line 3: “twelve”",
    );
    expect(visitor.faults.splice(0)).toEqual(["POST /v1/statement-imports: 422"]);
    await inspect(visitor, "71-imports-unreadable");

    await choose.setInputFiles(alipay);
    await page.getByTestId("keep-import").waitFor();
    expect(await page.getByTestId("preview-count").getAttribute("data-new")).toBe("10");
    expect(await page.getByTestId("preview-out").getAttribute("data-amount")).toBe("211.64");
    await inspect(visitor, "72-import-preview");
    await page.getByTestId("keep-import").click();
    await page.waitForURL(/\/imports\/accounts\/iac_/);
    await eventually(() => page.getByTestId("imported-line").count()).toBe(10);
    await inspect(visitor, "73-imported-account");
    // It is part of no balance.
    expect(await balances()).toEqual(before);

    // A file that names no currency is asked about; the account is named by the person.
    await page.goto(`${world.url}/imports`);
    await choose.setInputFiles(csv("Date,Amount,Payee\n25/03/2026,-12.50,Tea\n03/04/2026,100.00,Friend\n"));
    await page.locator("[name=currency]").selectOption("GBP");
    await inspect({ ...visitor, faults: [] }, "74-import-question");
    visitor.faults.splice(0);
    await page.getByTestId("read-again").click();
    await page.locator("[name=name]").fill("Pocket");
    await inspect(visitor, "75-import-named");
    await page.getByTestId("keep-import").click();
    await page.waitForURL(/\/imports\/accounts\/iac_/);
    await eventually(() => page.getByTestId("imported-line").count()).toBe(2);

    await page.goto(`${world.url}/imports`);
    await eventually(() => page.locator("[data-testid^=imported-account-]").count()).toBe(2);
    await inspect(visitor, "76-imports");

    // The same file again changes nothing; deleting both imports leaves nothing behind.
    await choose.setInputFiles(alipay);
    await page.getByTestId("delete-import").waitFor();
    await inspect(visitor, "77-import-kept");
    await page.getByTestId("delete-import").click();
    await page.getByTestId("confirm").click();
    await eventually(() => page.locator("[data-testid^=imported-account-]").count()).toBe(1);
    await visitor.context.close();
  },
);
