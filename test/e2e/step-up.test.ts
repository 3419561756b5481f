import { setTimeout as sleep } from "node:timers/promises";
import { unwrap } from "@jinqiao/contract/client";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { usualStepUpPolicy } from "../../apps/server/src/identity/index.ts";
import { someOf } from "../support/everything.ts";
import { confirmByCode, confirmTransfer, send } from "../support/step-up.ts";
import { attempt, createWorld, type LinkedAccount, type Session, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, patience, type Visitor, visit } from "./browser.ts";
import { beginSignUp, codeSent } from "./steps.ts";
import { addAuthenticator } from "./virtual-authenticator.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;
let rich: Session & { id: string; email: string };

beforeAll(async () => {
  world = await createWorld({
    webDirs: await builtPages(),
    overrides: { runWorker: true, stepUp: usualStepUpPolicy },
  });
  browser = await launchBrowser();
  rich = await world.customer("Rich Test");
  const account = (await world.link(rich, "linxiao")).get("CNY") as LinkedAccount;
  await unwrap(
    rich.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: { amount: "9000.00", currency: "CNY" } },
    }),
  );
  let funded = false;
  for (let look = 0; look < 100 && !funded; look += 1) {
    await sleep(200);
    const { items } = await unwrap(rich.api.GET("/v1/balances"));
    funded = items.some(({ available }) => available.amount === "9000.00");
  }
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

/** The refusals that these walks are about; anything else that went wrong behind the page is a fault. */
function expectOnly(visitor: Visitor, ...refusals: RegExp[]): void {
  const others = visitor.faults.splice(0).filter((fault) => !refusals.some((one) => one.test(fault)));
  expect(others).toEqual([]);
}

/** Payments that are first refused, wrong answers, and a PIN that is too easy: what these walks mean to see. */
const meant = [/transfers: 403$/, /answers: 422$/, /me\/pin: 422$/];

/** From the home page to the question whether this is the payment. */
async function prepare({ page }: Visitor, email: string, amount: string, note?: string): Promise<void> {
  await page.goto(`${world.url}/send`);
  await page.locator("[name=email]").fill(email);
  await page.getByTestId("find-payee").click();
  await page.getByTestId("submit").click();
  await page.getByTestId("amount-input").fill(amount);
  if (note) await page.locator("[name=note]").fill(note);
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm").click();
}

/** Opens a wallet with a passkey, pays by it, by a PIN, and by the code that another device shows. */
async function walk(look: Look): Promise<void> {
  const zh = look.language === "zh";
  const phone = await visit(browser, look);
  const { page } = phone;
  const seen = (name: string) => {
    expectOnly(phone, ...meant);
    return inspect(phone, name);
  };
  const authenticator = await addAuthenticator(phone);
  const email = `step-up-${look.language}@example.com`;
  await beginSignUp(phone, world, { name: zh ? "顾青" : "Ada Reed", email });
  await page.getByTestId("submit-passkey").click();
  await page.getByTestId("action-top-up").waitFor();
  const { id } = (await (await page.request.get(`${world.url}/v1/me`)).json()) as { id: string };
  const gift = { payeeId: id, amount: { amount: "3000.00", currency: "CNY" } };
  const asked = await confirmTransfer(rich, gift);
  const given = await send(rich, { ...gift, stepUpId: await confirmByCode(world, rich, asked.id) });
  expect(given.refused).toBeUndefined();
  const payee = await world.customer(zh ? "王小明" : "Emma Hill");

  // By the passkey; the wrong finger pays nothing, and closing the question is no error.
  await prepare(phone, payee.email, "300", zh ? "晚饭" : "Dinner");
  await page.getByTestId("step-up-passkey").waitFor();
  await page.getByTestId("reason-new_payee").waitFor();
  await seen("90-step-up");
  await authenticator.recognise(false);
  await page.getByTestId("step-up-passkey").click();
  await page.getByTestId("passkey-fault").waitFor();
  await seen("90-step-up-cancelled");
  await page.keyboard.press("Escape");
  await page.getByTestId("step-up").waitFor({ state: "detached" });
  expect(await page.getByTestId("problem").count()).toBe(0);
  await authenticator.recognise(true);
  await page.getByTestId("confirm").click();
  await page.getByTestId("step-up-passkey").click();
  await page.waitForURL("**/activity/pay_**", patience);
  expectOnly(phone, ...meant);

  // A PIN for small sums on this device, which is known by now.
  await page.goto(`${world.url}/security/pin`);
  await page.getByTestId("pin-state").waitFor();
  await seen("91-pin");
  await page.locator("[name=pin]").fill("123456");
  await page.locator("[name=repeat]").fill("123456");
  await page.getByTestId("save-pin").click();
  await page.getByTestId("problem").waitFor();
  expectOnly(phone, ...meant);
  await page.locator("[name=pin]").fill("739462");
  await page.locator("[name=repeat]").fill("739462");
  await page.getByTestId("save-pin").click();
  await eventually(() => page.getByTestId("pin-state").getAttribute("data-set")).toBe("true");
  await page.locator("[name=name]").fill(zh ? "我的手机" : "My phone");
  await page.getByTestId("add-device-codes").click();
  await page.getByTestId("add-device-codes").waitFor({ state: "detached" });
  await seen("92-pin-set");

  await prepare(phone, payee.email, "250");
  await page.getByTestId("step-up-others").locator("summary").click();
  await page.getByTestId("step-up-by-pin").click();
  await page.locator("[name=code]").fill("739463");
  await page.getByTestId("step-up-submit").click();
  await page.getByTestId("problem").waitFor();
  await seen("93-step-up-pin");
  await page.locator("[name=code]").fill("739462");
  await page.getByTestId("step-up-submit").click();
  await page.waitForURL("**/activity/pay_**", patience);
  expectOnly(phone, ...meant);

  // A code by message: its text names amount and payee.
  await prepare(phone, payee.email, "1200");
  await page.getByTestId("step-up-others").locator("summary").click();
  await page.getByTestId("step-up-by-code").click();
  const since = new Date();
  await page.getByTestId("step-up-send-email").click();
  const code = await codeSent(world, "payment", since);
  await page.locator("[name=code]").waitFor();
  await seen("94-step-up-code");
  const [message] = await world.app.identity.messages.recent(1);
  expect(message?.content).toMatchObject({ amount: "1200.00 CNY" });

  // The same payment, seen from another window of the same browser: the code that is made there confirms it as well.
  const second = await phone.context.newPage();
  await second.goto(`${world.url}/security/pin`);
  const shown = (await second.getByTestId("device-code").first().textContent()) ?? "";
  expect(shown.replaceAll(" ", "")).toMatch(/^\d{8}$/);
  expectOnly(phone, ...meant);
  await inspect({ ...phone, page: second }, "95-device-code");
  await second.close();
  await page.locator("[name=code]").fill(code);
  await page.getByTestId("step-up-submit").click();
  await page.waitForURL("**/activity/pay_**", patience);
  await prepare(phone, payee.email, "1100");
  await page.getByTestId("step-up").waitFor();
  const third = await phone.context.newPage();
  await third.goto(`${world.url}/security/pin`);
  const digits = (await third.getByTestId("device-code").first().textContent()) ?? "";
  await third.close();
  await page.getByTestId("step-up-others").locator("summary").click();
  await page.getByTestId("step-up-by-in_app").click();
  await page.locator("[name=code]").fill(digits);
  await seen("96-step-up-in-app");
  await page.getByTestId("step-up-submit").click();
  await page.waitForURL("**/activity/pay_**", patience);
  expectOnly(phone, ...meant);
  await phone.context.close();
}

test.each(
  someOf<Look>([
    { language: "zh", width: 390, theme: "light" },
    { language: "en", width: 1280, theme: "dark" },
  ]),
)("a payment is confirmed by passkey, PIN, message and device: $language", { timeout: 240_000 }, walk);
