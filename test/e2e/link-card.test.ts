import type { Browser } from "@playwright/test";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  type QuickWorld,
  startQuickWorld,
} from "../../apps/server/src/banks/connectors/quick-payment/testing/quick-world.ts";
import { someOf } from "../support/everything.ts";
import { createWorld, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, patience, type Visitor, visit } from "./browser.ts";
import { paymentIdOf, prepareMove, signUp, statusOf } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let quick: QuickWorld;
let world: World;
let browser: Browser;
const visitors: Visitor[] = [];

beforeAll(async () => {
  quick = await startQuickWorld({ algorithm: "SM2-SM3" });
  world = await createWorld({
    webDirs: await builtPages(),
    overrides: { runWorker: true },
    moreBanks: [quick.config],
  });
  browser = await launchBrowser();
}, 240_000);
afterEach(async () => {
  for (const { context } of visitors.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
  await quick?.close();
});

const looks: Look[] = [
  { language: "zh", width: 390, theme: "light" },
  { language: "en", width: 1280, theme: "dark" },
];

test.each(someOf(looks))(
  "a card is linked by its details and a code, and pays: $language $width",
  {
    timeout: 200_000,
  },
  async (look) => {
    const visitor = await visit(browser, look);
    visitors.push(visitor);
    const { page } = visitor;
    const name = look.language === "zh" ? "林晓" : "Lin Xiao";
    await signUp(visitor, world, { name, email: `card-${look.language}@example.com` });
    await page.goto(`${world.url}/link`);
    await page.getByTestId("bank-lotus").click();
    await inspect(visitor, "70-link-by-card");
    await page.getByTestId("confirm").click();

    const holder = await quick.holder("linxiao");
    await page.locator("[name=cardNumber]").fill("6228480402564890018");
    await page.getByTestId("card-issuer").waitFor();
    expect(await page.getByTestId("card-issuer").textContent()).toContain(
      look.language === "zh" ? "中国农业银行" : "Agricultural Bank of China",
    );
    // An issuer that has no English name of its own.
    await page.locator("[name=cardNumber]").fill("6224130000000000");
    await page.getByText("鞍山银行").waitFor();
    await inspect(visitor, "70-card-of-another-bank");
    await page.locator("[name=cardNumber]").fill(holder.cardNumber);
    expect(await page.locator("[name=cardNumber]").inputValue()).toBe(
      holder.cardNumber.replace(/(\d{4})(?=\d)/g, "$1 "),
    );
    expect(await page.locator("[name=holderName]").inputValue()).toBe(name);
    await page.locator("[name=holderName]").fill(holder.holderName);
    await page.locator("[name=idNumber]").fill("110101");
    await page.locator("[name=phone]").fill(holder.phone);
    await page.getByTestId("send-code").click();
    await page.locator("[name=idNumber][aria-invalid=true]").waitFor();
    visitor.faults.splice(0);
    await inspect(visitor, "71-card-details-wrong");
    await page.locator("[name=idNumber]").fill(holder.idNumber);
    await inspect(visitor, "72-card-details");
    await page.getByTestId("send-code").click();

    await page.locator("[name=code]").waitFor();
    await inspect(visitor, "73-card-code");
    const code = await quick.code(holder.phone);
    await page.locator("[name=code]").fill(code === "111111" ? "222222" : "111111");
    await page.getByTestId("confirm-code").click();
    await page.getByTestId("problem").waitFor();
    visitor.faults.splice(0);
    await inspect(visitor, "74-card-code-wrong");
    // The code's page can be left and come back to.
    await page.reload();
    await page.locator("[name=code]").fill(code);
    await page.getByTestId("confirm-code").click();
    await page.waitForURL(`${world.url}/link/done**`, patience);
    await page.locator('[data-testid^="linked-account-"]').first().waitFor();
    await inspect(visitor, "75-card-linked");
    await page.locator('[data-testid^="linked-account-"]').first().click();
    await page.getByTestId("freeze-card").waitFor();
    await inspect(visitor, "76-card-account");
    const cardPage = page.url();

    // One tap, and nothing is taken from it; the page of freezes names the card.
    await page.getByTestId("freeze-card").click();
    await page.getByTestId("card-frozen").waitFor();
    await inspect(visitor, "76-card-frozen");
    await prepareMove(visitor, world, { path: "/top-up", amount: "30.00", currency: "CNY" });
    await page.getByTestId("submit").click();
    await page.getByTestId("confirm").click();
    await page.getByTestId("problem").waitFor();
    visitor.faults.splice(0);
    await inspect(visitor, "76-card-frozen-refused");
    await page.goto(`${world.url}/security/freeze`);
    const frozen = page.locator('[data-testid="freeze"][data-scope="card"]');
    await eventually(() => frozen.textContent()).toContain(`••\u00a0${holder.cardNumber.slice(-4)}`);
    await inspect(visitor, "76-card-freezes");
    await page.goto(cardPage);
    await page.getByTestId("unfreeze").click();
    await page.getByTestId("confirm").click();
    await page.getByTestId("freeze-card").waitFor();

    await prepareMove(visitor, world, { path: "/top-up", amount: "30.00", currency: "CNY" });
    await page.getByTestId("submit").click();
    await page.getByTestId("confirm").click();
    await eventually(() => statusOf(page)).toMatch(/submitted|settled/);
    expect(paymentIdOf(page)).toMatch(/^pay_/);

    await page.goto(`${quick.bank.url}/phone?lang=${look.language}`);
    await page.getByTestId("sms").first().waitFor();
    await inspect(visitor, "77-bank-phone");
  },
);
