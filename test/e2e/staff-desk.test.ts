import { unwrap } from "@jinqiao/contract/client";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { attempt, createWorld, type World } from "../support/world.ts";
import { eventually, inspect, launchBrowser, type Visitor, visit } from "./browser.ts";
import { staffSignIn } from "./steps.ts";
import { addAuthenticator } from "./virtual-authenticator.ts";
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

/** That the page asks for a reason first is an answer of 403, and no fault. */
const expectReasonAsked = ({ faults }: Visitor) =>
  expect(faults.splice(0).filter((fault) => !/console\/customers\/cus_\w+: 403$/.test(fault))).toEqual([]);

test("a freeze is set with a reason by one person, lifted by two, and all of it stands in the trail", {
  timeout: 240_000,
}, async () => {
  const person = await world.customer("Grace Marsh", "en");

  const support = await visit(browser, { language: "en", width: 1280, theme: "light" });
  await staffSignIn(support, world, "support");
  await support.page.getByTestId("find-customer").waitFor();
  await inspect(support, "80-customers");
  await support.page.locator("[name=customer]").fill(person.email);
  await support.page.getByTestId("find-customer").click();
  await support.page.getByTestId("open-customer").click();
  await support.page.getByTestId("give-reason").waitFor();
  expectReasonAsked(support);
  await inspect(support, "81-reason");
  await support.page.locator("[name=text]").fill("She called and lost her phone");
  await support.page.getByTestId("give-reason").click();
  await support.page.getByTestId("set-freeze").waitFor();
  await support.page.locator("[name=note]").fill("Phone stolen on the train");
  await support.page.getByTestId("set-freeze").click();
  await support.page.getByTestId("freeze").waitFor();
  await inspect(support, "82-customer");
  await expect(world.app.identity.freezes.require(person.id, "payments")).rejects.toThrow("freeze.payments");
  await support.page.getByTestId("propose-lift").click();
  await support.page.locator("[name=reason]").fill("Phone is back, she knows her PIN");
  await support.page.locator("[name=answer]").fill("Your payments work again.");
  await support.page.getByTestId("propose").click();
  await support.page.getByRole("status").getByText("Proposed").waitFor();
  await support.page.goto(`${world.url}/console/approvals`);
  await support.page.getByTestId("withdraw").waitFor();
  expect(await support.page.getByTestId("approve").count()).toBe(0);
  await inspect(support, "83-own-proposal");

  const compliance = await visit(browser, { language: "zh", width: 390, theme: "dark" });
  await staffSignIn(compliance, world, "compliance", (name) => inspect(compliance, name));
  await compliance.page.goto(`${world.url}/console/approvals`);
  await compliance.page.getByTestId("approve").waitFor();
  await inspect(compliance, "84-waiting-for-second");
  await compliance.page.getByTestId("approve").click();
  await eventually(() => compliance.page.getByTestId("proposal").count()).toBe(0);
  await expect(world.app.identity.freezes.require(person.id, "payments")).resolves.toBeUndefined();
  await compliance.page.goto(`${world.url}/console/audit?action=freeze`);
  await compliance.page.getByTestId("audit-entry").first().waitFor();
  expect(await compliance.page.getByTestId("audit-entry").count()).toBe(2);
  await compliance.page.getByTestId("verify").click();
  await compliance.page.getByRole("status").getByText("一致").waitFor();
  await inspect(compliance, "85-audit");
  // A payment's page names nobody until it is said why, in place.
  const friend = await world.customer("Owen Hill", "en");
  const account = (await world.link(person, "linxiao")).get("CNY");
  await unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account?.id ?? "", amount: { amount: "50.00", currency: "CNY" } },
    }),
  );
  await world.settleJobs();
  const paid = await unwrap(
    person.api.POST("/v1/transfers", {
      params: { header: attempt() },
      body: { payeeId: friend.id, amount: { amount: "8.00", currency: "CNY" } },
    }),
  );
  await compliance.page.goto(`${world.url}/console/payments/${paid.id}`);
  await compliance.page.getByTestId("show-name").waitFor();
  expect(await compliance.page.getByTestId("customer-name").textContent()).toBe("G***");
  await inspect(compliance, "86-payment-masked");
  await compliance.page.getByTestId("show-name").click();
  await compliance.page.locator("[name=text]").fill("核对这笔付款的去向");
  await inspect(compliance, "86-payment-why");
  await compliance.page.getByTestId("give-reason").click();
  await eventually(() => compliance.page.getByTestId("customer-name").textContent()).toBe("Grace Marsh");
  await support.page.goto(`${world.url}/console/customers/${person.id}`);
  await support.page.getByTestId("customer-payment").first().waitFor();
  await inspect(support, "86-customer-payments");
  await compliance.page.goto(`${world.url}/console/customers/${person.id}`);
  await compliance.page.getByTestId("check-erasure").click();
  await compliance.page.getByTestId("obstacles").waitFor();
  await inspect(compliance, "86-customer-erase");
  // The customer is told who looked, by role, and not in whose words.
  const { items } = await unwrap(person.api.GET("/v1/me/data-access"));
  expect(items).toMatchObject([
    { role: "compliance", reason: "customer_contact" },
    { role: "support", reason: "customer_contact" },
  ]);
  for (const { context } of [support, compliance]) await context.close();
});

test("a member of staff registers a passkey and comes in by it; roles are proposed", {
  timeout: 240_000,
}, async () => {
  const admin = await visit(browser, { language: "zh", width: 1280, theme: "dark" });
  await addAuthenticator(admin);
  await staffSignIn(admin, world, "admin");
  await admin.page.goto(`${world.url}/console/passkeys`);
  await admin.page.locator("[name=passkey-name]").fill("办公室电脑");
  await admin.page.getByTestId("add-passkey").click();
  await admin.page.getByTestId("passkey").waitFor();
  await inspect(admin, "87-passkeys");
  await admin.page.getByTestId("sign-out").click();
  await admin.page.getByTestId("passkey").click();
  await admin.page.getByTestId("staff").waitFor();
  await admin.page.goto(`${world.url}/console/staff`);
  await admin.page.getByTestId("member").first().waitFor();
  await inspect(admin, "88-staff");
  await admin.page.getByTestId("invite").click();
  await admin.page.locator("[name=new-name]").fill("Noor Haddad");
  await admin.page.locator("[name=new-email]").fill("noor@example.com");
  await admin.page.locator("[name=reason]").fill("Joins on Monday");
  await admin.page.getByTestId("propose").click();
  await admin.page.getByRole("status").getByText("已提交").waitFor();
  await admin.page.goto(`${world.url}/console/security`);
  await admin.page.locator("[name=propose-reason]").fill("每年更换一次");
  await inspect(admin, "89-new-keys");
  await admin.page.getByTestId("propose-it").click();
  await admin.page.getByRole("status").getByText("已提交").waitFor();
  await admin.context.close();
});
