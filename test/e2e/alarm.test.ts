import { unwrap } from "@jinqiao/contract/client";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attempt, createWorld, customerPassword, type LinkedAccount, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, type Visitor, visit } from "./browser.ts";
import { acceptPayee, confirm, prepareMove, signIn, staffSignIn } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;

beforeAll(async () => {
  // The test decides when the watch runs.
  world = await createWorld({ webDirs: await builtPages() });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** Changes the books behind the server's back, as somebody with the rights of a superuser could. */
const tamper = (statement: string) =>
  world.app.db.transaction(async (tx) => {
    await tx.query("SET LOCAL session_replication_role = replica");
    await tx.query(statement);
  });

test("broken books: staff see it live on every page, the customer is told, and clearing sets it going again", {
  timeout: 240_000,
}, async () => {
  const person = await world.customer("林小满", "zh");
  const accounts = await world.link(person, "linxiao");
  const account = accounts.get("CNY") as LinkedAccount;
  await unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: { amount: "165.88", currency: "CNY" } },
    }),
  );
  await world.settleJobs();

  const desk: Look = { language: "en", width: 1280, theme: "light" };
  const staff = await visit(browser, desk);
  await staffSignIn(staff, world, "operations");
  await staff.page.goto(`${world.url}/console/alarms?status=open`);
  await staff.page.getByText("No alarm is open").waitFor();
  await inspect(staff, "70-no-alarm");
  const viewer = await visit(browser, { language: "zh", width: 390, theme: "dark" });
  await staffSignIn(viewer, world, "viewer");

  const broken = `UPDATE ledger.account SET held = held + 500 WHERE code = 'customer:${person.id}' AND currency = 'CNY'`;
  await tamper(broken);
  await world.app.watch.run();
  // Both pages were open and nobody reloaded them.
  await viewer.page.getByTestId("alarm-banner").waitFor();
  await inspect(viewer, "71-alarm-banner");
  await staff.page.locator('[data-testid^="alarm-row-"] a').first().waitFor();
  await inspect(staff, "72-alarms");

  const customer = await visit(browser, { language: "zh", width: 390, theme: "light" });
  await signIn(customer, world, { email: person.email, password: customerPassword }, async () => {});
  await prepareMove(customer, world, { path: "/withdraw", amount: "20", currency: "CNY" });
  await customer.page.getByTestId("submit").click();
  await acceptPayee(customer.page);
  await customer.page.getByTestId("confirm").click();
  await customer.page.getByText("您的资金是安全的").waitFor();
  expect(customer.faults.splice(0)).toEqual(["POST /v1/withdrawals: 503"]);
  await inspect(customer, "73-withdrawal-paused");

  const openAlarm = async ({ page }: Visitor) => {
    await page.goto(`${world.url}/console/alarms?status=open`);
    await page.locator('[data-testid^="alarm-row-"] a').first().click();
    await page.getByTestId("alarm-found").waitFor();
  };
  await openAlarm(viewer);
  expect(await viewer.page.getByTestId("alarm-confirm").count()).toBe(0);
  // The list too, in the other language.
  await viewer.page.goBack();
  await viewer.page.locator('[data-testid^="alarm-row-"]').first().waitFor();
  await inspect(viewer, "78-alarms");
  await viewer.page.goForward();
  await viewer.page.getByTestId("alarm-found").waitFor();
  await inspect(viewer, "74-alarm-for-viewer");
  await openAlarm(staff);
  expect(await staff.page.getByTestId("alarm-expected").textContent()).toContain("0.00");
  expect(await staff.page.getByTestId("alarm-found").textContent()).toContain("5.00");
  await staff.page.getByTestId("alarm-confirm").click();
  await eventually(() => staff.page.getByTestId("alarm-note").getAttribute("aria-invalid")).toBe("true");
  await staff.page.getByTestId("alarm-note").fill("Changed by hand on the replica");
  await staff.page.getByTestId("alarm-confirm").click();
  await staff.page.getByText("What this alarm found is still so").waitFor();
  expect(staff.faults.splice(0).every((fault) => fault.endsWith("/clearance: 409"))).toBe(true);
  await inspect(staff, "75-alarm-still-true");
  await tamper(broken.replace("+", "-"));
  await staff.page.getByTestId("alarm-confirm").click();
  await staff.page.getByTestId("alarm-clearance").waitFor();
  await eventually(() => staff.page.getByTestId("alarm-banner").count()).toBe(0);
  await inspect(staff, "76-alarm-cleared");
  await viewer.page.getByTestId("alarm-clearance").waitFor();
  await inspect(viewer, "77-alarm-cleared-for-viewer");

  // The same button now goes through.
  await confirm(customer);
  await world.settleJobs();
  const { items } = await unwrap(person.api.GET("/v1/payments"));
  expect(items[0]).toMatchObject({ kind: "withdrawal", status: "submitted" });
  for (const { context } of [staff, viewer, customer]) await context.close();
});
