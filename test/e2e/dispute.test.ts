import { unwrap } from "@jinqiao/contract/client";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMerchant } from "../support/merchants.ts";
import { attempt, createWorld, type LinkedAccount, type Session, type World } from "../support/world.ts";
import { eventually, everyLook, inspect, type Look, launchBrowser, type Visitor, visit } from "./browser.ts";
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

const gbp = (amount: string) => ({ amount, currency: "GBP" });

/** A window in which somebody is signed in already: signing in has walks of its own. */
async function signedIn(
  look: Look,
  session: Session,
  name: "jinqiao_session" | "jinqiao_staff",
): Promise<Visitor> {
  const visitor = await visit(browser, look);
  await visitor.context.addCookies([{ name, value: session.cookie(name) as string, url: world.url }]);
  await visitor.context.addInitScript(
    `localStorage.setItem("jinqiao.language", ${JSON.stringify(look.language)})`,
  );
  return visitor;
}

const texts = {
  zh: {
    payer: "三周过去了还没有收到货。",
    shop: "快递已于周二送达，附签收单。",
    why: "签收单上的地址不一致。",
  },
  en: {
    payer: "Nothing has arrived for three weeks.",
    shop: "It was delivered on Tuesday, the receipt is enclosed.",
    why: "The receipt names another street.",
  },
};
const paper = (name: string) => ({
  name,
  mimeType: "application/pdf",
  buffer: Buffer.from("%PDF-1.7\nproof\n%%EOF\n", "latin1"),
});

const looks: Look[] = everyLook
  ? [
      { language: "zh", width: 390, theme: "light" },
      { language: "en", width: 1280, theme: "dark" },
      { language: "en", width: 390, theme: "dark" },
      { language: "zh", width: 1280, theme: "light" },
    ]
  : [{ language: "zh", width: 390, theme: "light" }];

test.each(looks)(
  "a purchase is disputed, answered, decided by two people and paid back ($language, $width)",
  { timeout: 240_000 },
  async (look) => {
    const said = texts[look.language];
    const payerName = look.language === "zh" ? "林小满" : "Emma Payer";
    const shopName = look.language === "zh" ? "竹巷茶舍" : "Bamboo Lane Tea House";
    const payer = await world.customer(payerName, look.language);
    const account = (await world.link(payer, "emma")).get("GBP") as LinkedAccount;
    await unwrap(
      payer.api.POST("/v1/top-ups", {
        params: { header: attempt() },
        body: { linkedAccountId: account.id, amount: gbp("90.00") },
      }),
    );
    await world.settleJobs();
    await world.closeDay();
    const owner = await world.customer(look.language === "zh" ? "王磊" : "Ada Shop", look.language);
    const shop = await createMerchant(world, { owner, tradingName: { en: shopName, zh: shopName } });
    const api = await shop.withKey();
    const buy = async (amount: string) => {
      const intent = await unwrap(
        api.POST("/v1/payment_intents", {
          params: { header: attempt() },
          body: { amount: gbp(amount), reference: "A-17" },
        }),
      );
      await unwrap(
        payer.api.POST("/v1/payables/{token}/payments", {
          params: { path: { token: intent.clientSecret }, header: attempt() },
          body: { amount: gbp(amount), source: { kind: "balance" } },
        }),
      );
    };
    await buy("10.00");
    await buy("60.00");
    const { items } = await unwrap(
      payer.api.GET("/v1/payments", { params: { query: { kind: "purchase" } } }),
    );
    const purchase = items.find(({ amount }) => amount.amount === "60.00")?.id as string;

    // The payer tells what is wrong.
    const wallet = await signedIn(look, payer, "jinqiao_session");
    const { page } = wallet;
    await page.goto(`${world.url}/activity/${purchase}`);
    await page.getByTestId("open-dispute").click();
    await page.getByTestId("send-dispute").waitFor();
    await inspect(wallet, "190-dispute-open");
    await page.getByTestId("send-dispute").click();
    expect(await page.getByRole("alert").count()).toBeGreaterThan(0);
    await page.getByTestId("reason-product_not_received").check();
    await page.locator("[name=text]").fill(said.payer);
    await page.getByTestId("evidence-files").setInputFiles(paper("order.pdf"));
    await page.getByTestId("send-dispute").click();
    await eventually(() => page.getByTestId("dispute-standing").getAttribute("data-status")).toBe("asked");
    await inspect(wallet, "191-dispute-asked");
    const disputeId = new URL(page.url()).pathname.split("/").at(-1) as string;

    // The shop answers in its portal.
    const portal = await signedIn(look, owner, "jinqiao_session");
    await portal.context.addInitScript(
      `localStorage.setItem("jinqiao.merchant", ${JSON.stringify(JSON.stringify({ merchantId: shop.id, mode: "live" }))})`,
    );
    await portal.page.goto(`${world.url}/console/merchant/disputes`);
    await portal.page.getByTestId(`dispute-row-${disputeId}`).waitFor();
    await inspect(portal, "192-portal-disputes");
    await portal.page.locator("[data-row-link]").first().click();
    await portal.page.locator("[name=text]").fill(said.shop);
    await portal.page.getByTestId("evidence-files").setInputFiles(paper("receipt.pdf"));
    await portal.page.getByText("receipt.pdf").waitFor();
    await inspect(portal, "193-portal-dispute");
    await portal.page.getByTestId("send-answer").click();
    await eventually(() => portal.page.getByTestId("dispute-status").getAttribute("data-status")).toBe(
      "under_review",
    );

    // One of staff says why they look, reads both sides and proposes; a second one approves.
    const one = await signedIn(look, await world.staffSession("operations"), "jinqiao_staff");
    await one.page.goto(`${world.url}/console/disputes?tab=to_decide`);
    await one.page.getByTestId(`dispute-row-${disputeId}`).waitFor();
    await inspect(one, "194-console-disputes");
    await one.page.locator("[data-row-link]").first().click();
    await one.page.getByTestId("disputed-amount").waitFor();
    expect(await one.page.getByText(said.payer).count()).toBe(0);
    await inspect(one, "195-console-dispute-hidden");
    await one.page.getByTestId("show-name").first().click();
    await one.page.locator("[name=reason]").first().waitFor();
    const staff = await world.staff("operations");
    await unwrap(
      staff.POST("/v1/console/customers/{customerId}/access", {
        params: { path: { customerId: payer.id } },
        body: { reason: "payment_inquiry", text: "A dispute is to be decided." },
      }),
    );
    await one.page.reload();
    await one.page.getByText(said.payer).waitFor();
    await one.page.getByTestId("decide-payer").check();
    await one.page.locator("[name=note]").fill(said.why);
    await inspect(one, "196-console-dispute");
    await one.page.getByTestId("propose-decision").click();
    await one.page.getByTestId("dispute-proposed").waitFor();
    const two = await signedIn(look, await world.staffSession("second"), "jinqiao_staff");
    await two.page.goto(`${world.url}/console/approvals`);
    await two.page.getByTestId("approve").click();
    await eventually(() => two.page.getByTestId("approve").count()).toBe(0);
    await world.settleJobs();

    // The wallet says so by itself; the shop lets it stand, and the money is back.
    await eventually(() => page.getByTestId("dispute-standing").getAttribute("data-status")).toBe(
      "set_apart",
    );
    await inspect(wallet, "197-dispute-set-apart");
    await portal.page.reload();
    await portal.page.getByTestId("send-represent").waitFor();
    await inspect(portal, "198-portal-dispute-lost");
    await portal.page.getByTestId("accept-dispute").click();
    await portal.page.getByTestId("confirm-accept").click();
    await eventually(() => page.getByTestId("dispute-standing").getAttribute("data-status")).toBe(
      "paid_back",
    );
    await page.getByTestId("dispute-refund").click();
    await page.getByTestId("payment-amount").waitFor();
    await inspect(wallet, "199-dispute-money-back");
    expect(await world.app.merchants.violations()).toEqual([]);
    expect(await world.app.ledger.violations()).toEqual([]);
    for (const { context } of [wallet, portal, one, two]) await context.close();
  },
);
