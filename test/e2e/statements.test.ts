import { readFile } from "node:fs/promises";
import type { Browser, Download } from "@playwright/test";
import { parse } from "csv-parse/sync";
import { afterAll, beforeAll, expect, test } from "vitest";
import { someOf } from "../support/everything.ts";
import { attempt, createWorld, customerPassword, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, visit } from "./browser.ts";
import { signIn, staffSignIn } from "./steps.ts";
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

test.each(someOf(looks))(
  "a customer reads the statement and keeps it as a file: $language, $width",
  { timeout: 240_000 },
  async (look) => {
    const zh = look.language === "zh";
    const currency = zh ? "CNY" : "GBP";
    const person = await world.customer(zh ? "林小满" : "Nora Field", look.language);
    const friend = await world.customer(zh ? "何清" : "Adam Reed", look.language);
    const accounts = await world.link(person, zh ? "linxiao" : "emma");
    const visitor = await visit(browser, look);
    const { page } = visitor;
    await signIn(visitor, world, { email: person.email, password: customerPassword });

    // Nothing yet: the page says so and offers no empty file.
    await page.goto(`${world.url}/statements`);
    await page.locator("h1").waitFor();
    await eventually(() => page.locator(".animate-pulse").count()).toBe(0);
    await inspect(visitor, "60-statements-empty");

    const linkedAccountId = accounts.get(currency)?.id ?? "";
    const topUp = { linkedAccountId, amount: { amount: "165.88", currency } };
    await person.api.POST("/v1/top-ups", { params: { header: attempt() }, body: topUp });
    await eventually(async () => {
      const { data } = await person.api.GET("/v1/balances");
      return data?.items.find((one) => one.currency === currency)?.available.amount;
    }).toBe("165.88");
    for (const amount of ["20.00", "5.08"]) {
      const body = { payeeId: friend.id, amount: { amount, currency }, note: zh ? "午饭" : "=lunch" };
      const sent = await person.api.POST("/v1/transfers", { params: { header: attempt() }, body });
      expect(sent.response.status).toBe(201);
    }

    await page.goto(`${world.url}/activity`);
    await page.locator('main a[href="/statements"]').click();
    await eventually(() => page.getByTestId("statement-line").count()).toBe(3);
    const figure = (id: string) => page.getByTestId(`statement-${id}`).getAttribute("data-amount");
    expect(await figure("opening")).toBe("0.00");
    expect(await figure("in")).toBe("165.88");
    expect(await figure("out")).toBe("25.08");
    expect(await figure("closing")).toBe("140.80");
    await inspect(visitor, "61-statements");

    const fileOf = async (format: string): Promise<Buffer> => {
      const [download] = await Promise.all([
        page.waitForEvent("download"),
        page.getByTestId(`download-${format}`).click(),
      ]);
      expect(download.suggestedFilename()).toContain(
        zh ? "金桥-账户对账单-CNY" : "Jinqiao-Account-statement-GBP",
      );
      return readFile(await pathOf(download));
    };
    const rows: string[][] = parse(await fileOf("csv"), { bom: true });
    expect(rows.slice(1).map((row) => [row[3], row[5], row[6], row[7], row[8]])).toEqual(
      zh
        ? [
            ["期初余额", "", "", "", "0.00"],
            ["从港湾银行充值", "", "165.88", "", "165.88"],
            ["转账给何清", "午饭", "", "20.00", "145.88"],
            ["转账给何清", "午饭", "", "5.08", "140.80"],
            ["期末余额", "", "", "", "140.80"],
          ]
        : [
            ["Opening balance", "", "", "", "0.00"],
            ["Top-up from Harbour Bank", "", "165.88", "", "165.88"],
            ["Sent to Adam Reed", "'=lunch", "", "20.00", "145.88"],
            ["Sent to Adam Reed", "'=lunch", "", "5.08", "140.80"],
            ["Closing balance", "", "", "", "140.80"],
          ],
    );
    expect((await fileOf("pdf")).subarray(0, 5).toString()).toBe("%PDF-");
    expect(JSON.parse((await fileOf("json")).toString())).toMatchObject({
      currency,
      count: 3,
      closing: { amount: "140.80" },
    });

    // Days that were chosen wrongly are told at the field; last month is empty.
    await page.locator("[name=period]").selectOption("own");
    await page.locator("[name=until]").fill("1999-12-31");
    await page.locator("[name=until][aria-invalid=true]").waitFor();
    expect(visitor.faults.splice(0).every((fault) => fault.endsWith(": 400"))).toBe(true);
    await inspect(visitor, "62-statements-wrong-days");
    await page.locator("[name=period]").selectOption("last_month");
    await page.locator("[name=zone]").selectOption("Pacific/Apia");
    await eventually(() => figure("closing")).toBe("0.00");
    await inspect(visitor, "63-statements-none");
    expect(page.url()).toContain("zone=Pacific%2FApia");

    // Money on its way out is on a statement once the bank has accepted it.
    const withdrawal = { linkedAccountId, amount: { amount: "40.80", currency }, payeeConfirmed: true };
    await person.api.POST("/v1/withdrawals", { params: { header: attempt() }, body: withdrawal });
    await page.locator("[name=period]").selectOption("this_month");
    await eventually(() => figure("closing")).toBe("100.00");
    await visitor.context.close();
  },
);

test.each(
  someOf<Look & { role: "operations" | "viewer" }>([
    { language: "en", width: 390, theme: "light", role: "viewer" },
    { language: "zh", width: 1280, theme: "dark", role: "operations" },
  ]),
)(
  "staff walk from the account tree to one account and a moment: $language, $width, $role",
  { timeout: 240_000 },
  async ({ role, ...look }) => {
    await moneyOnItsWay();
    const visitor = await visit(browser, look);
    const { page } = visitor;
    await staffSignIn(visitor, world, role);
    await page.goto(`${world.url}/console/trial-balance`);
    // Top-ups and withdrawals on their way make two accounts, which stand under their sum.
    await eventually(() => page.getByTestId("trial-branch").allTextContents()).toContainEqual(
      expect.stringContaining("transit"),
    );
    await inspect(visitor, "70-trial-balance-tree");
    await page.getByRole("link", { name: "transit:in:harbour" }).first().click();
    await page.getByTestId("ledger-entry").first().waitFor();
    const entries = await page.getByTestId("ledger-entry").count();
    expect(entries).toBeGreaterThan(0);
    await inspect(visitor, "71-ledger-account");

    await page.locator("[name=at]").fill("2020-01-01T00:00:00");
    await page.getByTestId("ledger-balance-at").waitFor();
    await eventually(() => page.getByTestId("ledger-balance-at").getAttribute("data-amount")).toBe("0.00");
    await eventually(() => page.getByTestId("ledger-entry").count()).toBe(0);
    expect(page.url()).toContain("at=2020-01-01");
    await inspect(visitor, "72-ledger-account-at");
    await page.locator("[name=at]").fill("");
    await eventually(() => page.getByTestId("ledger-entry").count()).toBe(entries);
    expect(await page.getByRole("link", { name: /^customer:cus_/ }).count()).toBe(
      role === "operations" ? entries : 0,
    );

    // The texts that came with the page follow the language as all others do.
    await page.getByTestId("language-switch").click();
    await page.getByRole("heading", { name: look.language === "zh" ? "Entries" : "分录" }).waitFor();
    await visitor.context.close();
  },
);

/** Somebody tops up and withdraws, and no statement of the bank has shown it yet. */
async function moneyOnItsWay(): Promise<void> {
  const person = await world.customer();
  const linkedAccountId = (await world.link(person, "linxiao")).get("CNY")?.id ?? "";
  const move = (amount: string) => ({
    params: { header: attempt() },
    body: { linkedAccountId, amount: { amount, currency: "CNY" } },
  });
  const total = async () => (await person.api.GET("/v1/balances")).data?.items[0]?.total.amount;
  await person.api.POST("/v1/top-ups", move("30.00"));
  await eventually(total).toBe("30.00");
  await person.api.POST("/v1/withdrawals", move("10.00"));
  await eventually(total).toBe("20.00");
}

/** A download that broke off has no file. */
async function pathOf(download: Download): Promise<string> {
  expect(await download.failure()).toBeNull();
  return download.path();
}
