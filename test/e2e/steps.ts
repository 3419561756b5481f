import { setTimeout as sleep } from "node:timers/promises";
import type { Page } from "@playwright/test";
import { staffCode } from "../support/codes.ts";
import { type StaffLogin, staffPassword, type World } from "../support/world.ts";
import { eventually, patience, type Visitor } from "./browser.ts";

/** Called when a screen stands, with a name for it. Walks that look at every screen inspect it. */
export type OnScreen = (name: string) => Promise<void>;
const passOn: OnScreen = async () => undefined;

/** The password of everybody who opens a wallet in a browser here. */
export const walkPassword = "correct bridge jade river";

/** Opens a wallet with a password, by the code that came to the address. */
export async function signUp(
  visitor: Visitor,
  world: World,
  person: { name: string; email: string },
  onScreen = passOn,
): Promise<void> {
  const { page } = visitor;
  await beginSignUp(visitor, world, person, onScreen);
  await page.getByTestId("use-password").click();
  await page.locator("[name=password]").fill(walkPassword);
  await onScreen("02-sign-up-password");
  await page.getByTestId("submit").click();
  await page.getByTestId("action-top-up").waitFor();
}

/** From the first page to the question how to sign in from now on. */
export async function beginSignUp(
  { page }: Visitor,
  world: World,
  person: { name: string; email: string },
  onScreen = passOn,
): Promise<void> {
  await page.goto(world.url);
  await page.getByTestId("action-sign-up").waitFor();
  await onScreen("01-welcome");
  await page.getByTestId("action-sign-up").click();
  await page.locator("[name=email]").fill(person.email);
  await onScreen("02-sign-up");
  const since = new Date();
  await page.getByTestId("send-code").click();
  await page.locator("[name=code]").fill(await codeSent(world, "sign_up", since));
  await page.locator("[name=displayName]").fill(person.name);
  await onScreen("02-sign-up-code");
}

/** Signs in with address and password on a device that is new, so that a code is asked for. */
export async function signIn(
  visitor: Visitor,
  world: World,
  person: { email: string; password: string },
  onScreen = passOn,
): Promise<void> {
  const { page } = visitor;
  await giveCredentials(visitor, world, person, onScreen);
  await answerFactor(visitor, world, "sign_in", () => onScreen("03-sign-in-code"));
  await page.getByTestId("action-top-up").waitFor();
}

/** Address and password, up to the question for a second proof. */
export async function giveCredentials(
  { page }: Visitor,
  world: World,
  person: { email: string; password: string },
  onScreen = passOn,
): Promise<void> {
  await page.goto(`${world.url}/sign-in`);
  await page.locator("[name=email]").fill(person.email);
  await page.locator("[name=password]").fill(person.password);
  await onScreen("03-sign-in");
  await page.getByTestId("submit").click();
}

/** Proves by the code that comes by e-mail, where it is not sent by itself asks for it first. */
export async function answerFactor(
  { page }: Visitor,
  world: World,
  purpose: CodePurpose,
  onCode: () => Promise<void> = async () => undefined,
): Promise<void> {
  const since = new Date(Date.now() - 5_000);
  await page.getByTestId("factor-send").or(page.getByTestId("factor-submit")).waitFor();
  const email = page.getByTestId("factor-email");
  if ((await email.count()) > 0) {
    await email.check();
    await page.getByTestId("factor-send").click();
  }
  await page.locator("[name=code]").waitFor();
  await onCode();
  await page.locator("[name=code]").fill(await codeSent(world, purpose, since));
  await page.getByTestId("factor-submit").click();
}

type CodePurpose = "sign_up" | "sign_in" | "payment" | "phone" | "recovery";

/** The newest code of that purpose since a moment: what the person reads in the message. */
export async function codeSent(world: World, purpose: CodePurpose, since: Date): Promise<string> {
  let code: string | undefined;
  await eventually(async () => {
    for (const { content, queuedAt } of await world.app.identity.messages.recent(20))
      if (content.kind === "code" && content.purpose === purpose && queuedAt >= since) {
        code = content.code;
        return true;
      }
    return false;
  }).toBe(true);
  return code as string;
}

/**
 * Links all accounts of one of the bank's demo people, in the bank's own pages.
 * @param options.trust how much may be topped up a day without asking; without it the bank asks every time
 */
export async function linkBank(
  { page }: Visitor,
  world: World,
  options: { username: string; trust?: string },
  onScreen = passOn,
): Promise<void> {
  await page.goto(`${world.url}/link`);
  await eventually(() => page.getByTestId("confirm").isEnabled()).toBe(true);
  await onScreen("05-link");
  await page.getByTestId("confirm").click();
  await page.getByTestId("bank-username").waitFor();
  await onScreen("06-bank-login");
  await bankLogin(page, options.username);
  await page.getByTestId("trust-topups").waitFor();
  for (const box of await page.locator('input[name="accounts"]').all()) await box.check();
  if (options.trust !== undefined) {
    await page.getByTestId("trust-topups").check();
    await page.getByTestId("trust-limit").fill(options.trust);
  }
  await onScreen("07-bank-consent");
  await page.getByTestId("consent-confirm").click();
  await page.getByTestId("sca-code").waitFor();
  await onScreen("08-bank-code");
  await page.getByTestId("sca-code").fill((await page.getByTestId("sca-sms-code").textContent()) ?? "");
  await page.getByTestId("consent-confirm").click();
  await page.waitForURL(`${world.url}/link/done**`, patience);
  await page.locator('[data-testid^="linked-account-"]').first().waitFor();
}

export async function bankLogin(page: Page, username: string): Promise<void> {
  await page.getByTestId("bank-username").fill(username);
  await page.getByTestId("bank-password").fill("harbour-demo");
  await page.getByTestId("bank-login").click();
}

/** From the form to the confirm page of a top-up or withdrawal. */
export async function prepareMove(
  { page }: Visitor,
  world: World,
  move: { path: "/top-up" | "/withdraw"; amount: string; currency: string },
): Promise<void> {
  await page.goto(`${world.url}${move.path}`);
  await page.getByTestId("amount-input").waitFor();
  await chooseAccount(page, move.currency);
  await page.getByTestId("amount-input").fill(move.amount);
}

/** Chooses the first account of a currency by what the wallet says of its accounts. */
async function chooseAccount(page: Page, currency: string): Promise<void> {
  const response = await page.request.get(new URL("/v1/linked-accounts", page.url()).href);
  const { items } = (await response.json()) as { items: { id: string; currency: string; status: string }[] };
  const account = items.find((one) => one.currency === currency && one.status === "active");
  if (account === undefined) throw new Error(`no account in ${currency}`);
  await page.getByTestId(`linked-account-${account.id}`).click();
  await eventually(() => page.locator(`input[value="${account.id}"]`).isChecked()).toBe(true);
}

/**
 * Confirms a prepared payment; answers its id once its page stands.
 * @param options.slowLine keeps the page's first answer back: what happened to the payment meanwhile must show all
 * the same
 */
export async function confirm({ page }: Visitor, { slowLine = false } = {}): Promise<string> {
  if (slowLine) {
    await page.route(
      /\/v1\/payments\/pay_\w+$/,
      async (route) => {
        const answer = await route.fetch();
        await sleep(1_500);
        await route.fulfill({ response: answer });
      },
      { times: 1 },
    );
  }
  if (new URL(page.url()).pathname === "/withdraw") await acceptPayee(page);
  await page.getByTestId("confirm").click();
  await page.waitForURL("**/activity/pay_**", patience);
  await page.getByTestId("payment-status").waitFor();
  return paymentIdOf(page);
}

/** Waits for what the check of the name says, and goes on where the name at the bank is another one. */
export async function acceptPayee(page: Page): Promise<void> {
  await page.getByTestId("payee-check").waitFor();
  const question = page.getByTestId("payee-confirm");
  if ((await question.count()) > 0) await question.check();
}

export function paymentIdOf(page: Page): string {
  const id = /pay_[a-z0-9]+/i.exec(page.url())?.[0];
  if (id === undefined) throw new Error(`no payment at ${page.url()}`);
  return id;
}

export function statusOf(page: Page): Promise<string | null> {
  return page.getByTestId("payment-status").first().getAttribute("data-status");
}

/** Marks a page so that a reload would be noticed: live means without one. */
export async function markPage(page: Page): Promise<() => Promise<boolean>> {
  await page.evaluate("window.jinqiaoStayed = true");
  return () => page.evaluate<boolean>("window.jinqiaoStayed === true");
}

export async function staffSignIn(
  { page }: Visitor,
  world: World,
  role: StaffLogin,
  onScreen = passOn,
): Promise<void> {
  await page.goto(`${world.url}/console/`);
  await page.locator("[name=email]").fill(role === "operations" ? "ops@example.com" : `${role}@example.com`);
  await page.locator("[name=password]").fill(staffPassword);
  await onScreen("30-console-sign-in");
  await page.getByTestId("submit").click();
  await page.locator("[name=code]").waitFor();
  await page.locator("[name=code]").fill(await codeForStaff(world));
  await page.getByTestId("submit-code").click();
  await page.getByTestId("staff").waitFor();
}

/** The code that went to whoever of the staff gave their password last. */
async function codeForStaff({ app }: World): Promise<string> {
  const [row] = await app.db.query<{ id: string }>(
    "SELECT id FROM identity.staff_sign_in WHERE NOT done ORDER BY expires_at DESC LIMIT 1",
  );
  return staffCode(app.identity.messages, app.db, row?.id ?? "");
}
