import type { Browser } from "@playwright/test";
import { expect } from "vitest";
import { customerPassword, type World } from "../support/world.ts";
import { eventually, inspect, type Look, patience, takeReadmePicture, visit } from "./browser.ts";
import {
  confirm,
  linkBank,
  markPage,
  type OnScreen,
  prepareMove,
  signIn,
  signUp,
  staffSignIn,
  statusOf,
} from "./steps.ts";
import { story } from "./story.ts";

/** Who walks: names, the bank's demo person and amounts that suit the language. */
const casts = {
  zh: {
    name: "林小满",
    other: "何清",
    username: "linxiao",
    // As staff see it without a reason to see more.
    holder: "林*",
    currency: "CNY",
    topUp: "500",
    send: "88.88",
    withdraw: "120.5",
  },
  en: {
    name: "Nora Field",
    other: "Adam Reed",
    username: "emma",
    holder: "E***",
    currency: "GBP",
    topUp: "165.88",
    send: "20",
    withdraw: "45.5",
  },
};
const left = { zh: "290.62", en: "100.38" };

/**
 * The whole main job in a browser, looking at every screen: sign up, link a bank, top up, send, withdraw; then staff
 * find the payment, close the day and reconcile it, and the wallet shows the payment settled without a reload.
 */
export async function walkMainJob(browser: Browser, world: World, look: Look): Promise<void> {
  try {
    await walk(browser, world, look);
  } catch (error) {
    // What the books say beside what the page showed: a wait that ended tells which of the two stood still.
    throw new Error(`the walk ended early; the books say:\n${await story(world)}`, { cause: error });
  }
}

async function walk(browser: Browser, world: World, look: Look): Promise<void> {
  const cast = casts[look.language];
  const { currency } = cast;
  const customer = await visit(browser, look);
  const { page } = customer;
  const seen: OnScreen = async (name) => {
    await inspect(customer, name);
    if (name === "07-bank-consent") await takeReadmePicture(customer, "bank-consent");
  };

  await signUp(
    customer,
    world,
    { name: cast.name, email: `${look.language}-${look.width}@example.com` },
    seen,
  );
  await seen("04-home-empty");
  await linkBank(customer, world, { username: cast.username, trust: "5000" }, seen);
  await seen("09-link-done");

  await page.goto(`${world.url}/accounts`);
  const account = page.locator('[data-testid^="linked-account-"]');
  await eventually(() => account.count()).toBe(2);
  await seen("10-accounts");
  await page.getByText("••").first().waitFor();
  await account.first().click();
  await page.locator('[data-testid^="transaction-"]').first().waitFor();
  await seen("11-account");

  // Top up: its status changes on the open page.
  await prepareMove(customer, world, { path: "/top-up", amount: cast.topUp, currency });
  await seen("12-top-up");
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm").waitFor();
  await seen("13-top-up-confirm");
  const topUpId = await confirm(customer, { slowLine: true });
  const topUpStayed = await markPage(page);
  await eventually(() => statusOf(page)).toBe("submitted");
  expect(await topUpStayed()).toBe(true);
  await seen("14-top-up-result");
  await page.getByTestId("result-home").click();
  await page.getByTestId(`balance-total-${currency}`).waitFor();
  await seen("15-home");

  // Send: the other person's balance changes on their open page.
  const payee = await world.customer(cast.other, look.language);
  const other = await visit(browser, look);
  await signIn(other, world, { email: payee.email, password: customerPassword }, (name) =>
    inspect(other, name),
  );
  const otherStayed = await markPage(other.page);
  await page.getByTestId("action-send").click();
  await page.locator("[name=email]").fill(payee.email);
  await page.getByTestId("find-payee").click();
  await page.getByTestId("submit").waitFor();
  await seen("16-send-payee");
  await page.getByTestId("submit").click();
  await page.getByTestId("amount-input").fill(cast.send);
  await page.locator("[name=note]").fill(look.language === "zh" ? "昨天的晚饭" : "Dinner yesterday");
  await seen("17-send-amount");
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm").waitFor();
  await seen("18-send-confirm");
  await confirm(customer);
  await eventually(() => statusOf(page)).toBe("settled");
  await seen("19-send-result");
  await eventually(() => other.page.getByTestId(`balance-total-${currency}`).textContent()).toContain(
    cast.send,
  );
  expect(await otherStayed()).toBe(true);
  await inspect(other, "20-home-of-payee");
  await other.context.close();

  await prepareMove(customer, world, { path: "/withdraw", amount: cast.withdraw, currency });
  await seen("21-withdraw");
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm").waitFor();
  await page.getByTestId("payee-check").waitFor();
  await seen("22-withdraw-confirm");
  await confirm(customer);
  await eventually(() => statusOf(page)).toBe("submitted");
  await seen("23-withdraw-result");
  await page.goto(world.url);
  await eventually(() => page.getByTestId(`balance-available-${currency}`).textContent()).toContain(
    left[look.language],
  );
  await takeReadmePicture(customer, "wallet-home");

  await page.goto(`${world.url}/activity`);
  await eventually(() => page.locator('[data-testid^="activity-item-"]').count()).toBe(3);
  await seen("24-activity");
  await page.goto(`${world.url}/me`);
  await page.getByTestId("open-permissions").waitFor();
  await seen("25-me");
  await page.getByTestId("open-permissions").click();
  await page.getByTestId("consent-status").waitFor();
  await seen("25-permissions");
  await page.goto(`${world.url}/activity`);
  await page.getByTestId(`activity-item-${topUpId}`).click();
  await page.getByTestId("payment-timeline").waitFor();
  expect(await statusOf(page)).toBe("submitted");
  await seen("26-detail");
  const detailStayed = await markPage(page);

  await reconcileAsStaff(browser, world, look, { paymentId: topUpId, holder: cast.holder });

  // The bank's statement confirmed it meanwhile, and the page that was open all the time says so.
  await eventually(() => statusOf(page)).toBe("settled");
  expect(await detailStayed()).toBe(true);
  await seen("27-detail-settled");
  await customer.context.close();
}

async function reconcileAsStaff(
  browser: Browser,
  world: World,
  look: Look,
  { paymentId, holder }: { paymentId: string; holder: string },
): Promise<void> {
  const staff = await visit(browser, look);
  const { page } = staff;
  const seen: OnScreen = (name) => inspect(staff, name);
  const open = async (path: string) => page.goto(`${world.url}/console${path}`);
  await staffSignIn(staff, world, "operations", seen);
  await page.locator('[data-testid^="count-"]').first().waitFor();
  await seen("31-console-overview");

  await open("/payments");
  await page.locator("[name=q]").fill(paymentId);
  await page.locator("[name=q]").press("Enter");
  await eventually(() => page.locator('[data-testid^="payment-row-"]').count()).toBe(1);
  await seen("32-console-payments");
  await page.getByTestId(`payment-row-${paymentId}`).locator("a").first().click();
  await page.getByTestId("ledger-transfer").first().waitFor();
  expect(await page.getByTestId("bank-message").count()).toBeGreaterThan(0);
  await seen("33-console-payment");

  await world.bank.script.endOfDay();
  await open("/reconciliation");
  await page.getByTestId("fetch-statements").click();
  await eventually(() => page.getByTestId("fetch-result").textContent()).not.toBe("");
  await page.locator('[data-testid^="statement-row-"]').first().waitFor();
  expect(await page.locator('[data-testid="statement-verdict"][data-status="open"]').count()).toBe(0);
  await seen("34-console-reconciliation");
  await open(`/payments/${paymentId}`);
  await eventually(() => statusOf(page)).toBe("settled");
  await page.locator('[data-testid^="line-"]').first().waitFor();
  await takeReadmePicture(staff, "console-payment");
  await page.locator('a[href*="/reconciliation/"]').first().click();
  await page.waitForURL("**/console/reconciliation/*", patience);
  const lines = page.locator('[data-testid^="line-"]');
  await eventually(() => lines.count()).toBe(2);
  for (const line of await lines.all()) expect(await line.getAttribute("data-status")).toBe("matched");
  // The payout went to the account's holder by the name that the bank told.
  expect(await page.locator("main").innerText()).toContain(holder);
  await seen("35-console-statement");

  await open("/trial-balance");
  const differences = page.locator('[data-testid^="trial-difference-"]');
  await differences.first().waitFor();
  for (const difference of await differences.all())
    expect(await difference.getAttribute("data-balanced")).toBe("true");
  await seen("36-console-trial-balance");
  await open("/breaks?status=open");
  await page.getByRole("heading", { level: 1 }).waitFor();
  await eventually(() => page.locator('[data-testid^="break-row-"]').count()).toBe(0);
  await seen("37-console-breaks");
  await staff.context.close();
}
