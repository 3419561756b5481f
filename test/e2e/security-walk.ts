import type { Browser } from "@playwright/test";
import { expect } from "vitest";
import type { Clock } from "../../apps/server/src/platform/clock.ts";
import { customerPassword, type World } from "../support/world.ts";
import { eventually, inspect, type Look, patience, type Visitor, visit } from "./browser.ts";
import {
  answerFactor,
  beginSignUp,
  codeSent,
  confirm,
  giveCredentials,
  linkBank,
  type OnScreen,
  prepareMove,
  statusOf,
} from "./steps.ts";
import { addAuthenticator } from "./virtual-authenticator.ts";

/** A clock that a walk sets forward: a recovery waits longer than a test may. */
export function movableClock(): Clock & { forward(ms: number): void } {
  let ahead = 0;
  return {
    now: () => new Date(Date.now() + ahead),
    forward(ms) {
      ahead += ms;
    },
  };
}

/** Refusals that a walk means to see are no faults of the page. */
function expectRefusals(visitor: Visitor, ...refusals: RegExp[]): void {
  const unexpected = visitor.faults.splice(0).filter((fault) => !refusals.some((one) => one.test(fault)));
  expect(unexpected).toEqual([]);
}

/** Does a part of a walk; where it ends early, says what stood on the page. */
async function told({ page, faults }: Visitor, part: () => Promise<void>): Promise<void> {
  try {
    await part();
  } catch (error) {
    const text = await page
      .locator("body")
      .innerText({ timeout: 2_000 })
      .catch(() => "nothing");
    throw new Error(
      `the walk ended early at ${page.url()}; faults: ${faults.join("; ")}; the page says:\n${text}`,
      {
        cause: error,
      },
    );
  }
}

const looker =
  (visitor: Visitor): OnScreen =>
  (name) =>
    inspect(visitor, name);

/** Opens a wallet with a passkey, leaves, comes back with it, and sets up further proofs. */
export async function walkPasskey(browser: Browser, world: World, look: Look): Promise<void> {
  const zh = look.language === "zh";
  const owner = await visit(browser, look);
  const { page } = owner;
  const seen = looker(owner);
  const authenticator = await addAuthenticator(owner);
  const name = zh ? "林小满" : "Nora Field";
  const email = `passkey-${look.language}@example.com`;

  await beginSignUp(owner, world, { name, email }, (screen) => seen(`80-${screen}`));
  // The wrong finger makes no passkey: it is said, and nothing is lost.
  await authenticator.recognise(false);
  await page.getByTestId("submit-passkey").click();
  await page.getByTestId("passkey-fault").waitFor();
  await seen("80-passkey-cancelled");
  await authenticator.recognise(true);
  await page.getByTestId("submit-passkey").click();
  await page.getByTestId("action-top-up").waitFor();
  expect(await authenticator.passkeys()).toHaveLength(1);

  await page.goto(`${world.url}/me`);
  await page.getByTestId("open-security").click();
  await page.getByTestId("shield-verdict").waitFor();
  await seen("81-security");

  await page.getByTestId("open-passkeys").click();
  await page.getByTestId("passkey-name").waitFor();
  await seen("82-passkeys");

  await page.goto(`${world.url}/security/recovery-codes`);
  await page.getByTestId("make-codes").click();
  await page.getByTestId("recovery-codes").waitFor();
  expect(await page.getByTestId("recovery-codes").locator("li").count()).toBe(10);
  await seen("83-recovery-codes");
  await page.getByTestId("codes-kept").click();
  await eventually(() => page.getByTestId("codes-left").getAttribute("data-left")).toBe("10");

  await page.goto(`${world.url}/security/totp`);
  await page.getByTestId("begin-totp").click();
  const secret = await page.getByTestId("totp-secret").getAttribute("data-secret");
  await seen("84-totp");
  await page.locator("[name=code]").fill("000000");
  await page.getByTestId("confirm-totp").click();
  await page.getByTestId("problem").waitFor();
  expectRefusals(owner, /totp\/confirm: 422$/);
  await page.locator("[name=code]").fill(await totpOf(secret ?? ""));
  await page.getByTestId("confirm-totp").click();
  await page.getByTestId("totp-on").waitFor();
  await seen("85-totp-on");

  await page.goto(`${world.url}/security/phone`);
  await page.locator("[name=phone]").fill(zh ? "+86 138 0013 8000" : "+44 7700 900123");
  await seen("86-phone");
  const since = new Date();
  await page.getByTestId("send-code").click();
  await page.locator("[name=code]").fill(await codeSent(world, "phone", since));
  await page.getByTestId("confirm-phone").click();
  await page.getByTestId("phone-now").waitFor();
  await seen("87-phone-set");

  await page.goto(`${world.url}/security/freeze`);
  await seen("88-freeze");
  await page.getByTestId("freeze-payments").click();
  await page.getByTestId("freeze").waitFor();
  await seen("88-frozen");
  await page.getByTestId("unfreeze").click();
  await page.getByTestId("confirm").click();
  await page.getByTestId("freeze-payments").waitFor();
  await seen("88-unfrozen");

  // Leaving and coming back: the passkey is enough, on a page that knows nobody.
  await page.goto(`${world.url}/me`);
  await page.getByTestId("sign-out").click();
  await page.getByTestId("action-sign-in").waitFor();
  await page.goto(`${world.url}/sign-in?next=%2Fsecurity`);
  await told(owner, async () => {
    await signInByPasskey(owner);
    await page.getByTestId("shield-verdict").waitFor();
  });
  expect(new URL(page.url()).pathname).toBe("/security");
  await idleUntilSignedOut(owner, world);
  await owner.context.close();
}

/** Pays somebody new, under the rules of installations: a passkey confirms exactly this amount to this payee. */
export async function walkConfirmedPayment(browser: Browser, world: World, look: Look): Promise<void> {
  const zh = look.language === "zh";
  const currency = zh ? "CNY" : "GBP";
  const payee = await world.customer(zh ? "何清" : "Adam Reed", look.language);
  const payer = await visit(browser, look);
  const { page } = payer;
  const seen = looker(payer);
  const authenticator = await addAuthenticator(payer);
  const person = { name: zh ? "林小满" : "Nora Field", email: `payer-${look.language}@example.com` };
  await beginSignUp(payer, world, person);
  await page.getByTestId("submit-passkey").click();
  await page.getByTestId("action-top-up").waitFor();
  await linkBank(payer, world, { username: zh ? "linxiao" : "emma", trust: "5000" });
  await prepareMove(payer, world, { path: "/top-up", amount: zh ? "2000" : "300", currency });
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm").waitFor();
  await confirm(payer);
  await eventually(() => balance(payer, world, currency)).toBe(zh ? "2000.00" : "300.00");

  const amount = zh ? "1288.00" : "165.88";
  await prepareTransfer(payer, world, { email: payee.email, amount });
  await page.getByTestId("confirm").click();
  await page.getByTestId("step-up").waitFor();
  expect(await page.getByTestId("reason-new_payee").count()).toBe(1);
  expectRefusals(payer, /\/v1\/transfers: 403$/);
  await seen("85-step-up");
  // The wrong finger confirms nothing, and nothing is paid.
  await authenticator.recognise(false);
  await page.getByTestId("step-up-passkey").click();
  await page.getByTestId("passkey-fault").waitFor();
  expect(await balance(payer, world, currency)).toBe(zh ? "2000.00" : "300.00");
  await authenticator.recognise(true);
  await page.getByTestId("step-up-passkey").click();
  await page.waitForURL("**/activity/pay_**", patience);
  await eventually(() => statusOf(page)).toBe("settled");
  await eventually(() => balance(payer, world, currency)).toBe(zh ? "712.00" : "134.12");
  await seen("85-step-up-paid");
  await payer.context.close();
}

/** From the list of people to the question whether amount and payee are right. */
async function prepareTransfer(
  { page }: Visitor,
  world: World,
  { email, amount }: { email: string; amount: string },
): Promise<void> {
  await page.goto(`${world.url}/send`);
  await page.locator("[name=email]").fill(email);
  await page.getByTestId("find-payee").click();
  await page.getByTestId("submit").click();
  await page.getByTestId("amount-input").fill(amount);
  await page.getByTestId("submit").click();
  await page.getByTestId("confirm").waitFor();
}

/** What the visitor may spend, as the API says. */
async function balance({ page }: Visitor, world: World, currency: string): Promise<string | undefined> {
  const answer = await page.request.get(`${world.url}/v1/balances`);
  const { items } = (await answer.json()) as {
    items: { currency: string; available: { amount: string } }[];
  };
  return items.find((one) => one.currency === currency)?.available.amount;
}

/** Nobody touches the page: it asks, stays when it is answered, and signs out when it is not. */
async function idleUntilSignedOut(owner: Visitor, world: World): Promise<void> {
  const { page } = owner;
  await page.clock.install();
  await page.goto(`${world.url}/security/devices`);
  await page.getByTestId("device").waitFor();
  await page.clock.fastForward("04:10");
  await page.getByTestId("idle").waitFor();
  await inspect(owner, "89-idle");
  await page.getByTestId("stay").click();
  await page.getByTestId("idle").waitFor({ state: "detached" });
  await page.clock.fastForward("05:05");
  await page.waitForURL("**/sign-in?**ended=idle**", patience);
  const { status } = await page.request
    .get(`${world.url}/v1/me`)
    .then((answer) => ({ status: answer.status() }));
  expect(status).toBe(401);
}

/**
 * Chromium with a simulated authenticator may take the offer at the e-mail field by itself. Who presses the button while
 * it does signs in twice, and the second session ends the first.
 */
async function signInByPasskey({ page }: Visitor): Promise<void> {
  const button = page.getByTestId("sign-in-passkey");
  const inside = page.getByTestId("shield-verdict");
  await button.or(inside).first().waitFor();
  const byItself = await inside.waitFor({ timeout: 3_000 }).then(
    () => true,
    () => false,
  );
  if (!byItself && (await button.count()) > 0) await button.click({ timeout: 5_000 }).catch(() => undefined);
}

/**
 * Somebody signs in elsewhere with the password: the owner is told, signs the device out, and, when it comes again,
 * freezes everything from the notice. Then the owner gets back in with two proofs after the waiting time.
 */
export async function walkLostDevice(
  browser: Browser,
  world: World,
  clock: { forward(ms: number): void },
  look: Look,
): Promise<void> {
  const zh = look.language === "zh";
  const person = await world.customer(zh ? "林小满" : "Nora Field", look.language);
  const owner = await visit(browser, look);
  const { page } = owner;
  const seen = looker(owner);
  const credentials = { email: person.email, password: customerPassword };
  await giveCredentials(owner, world, credentials);
  await answerFactor(owner, world, "sign_in", () => seen("90-second-factor"));
  await page.getByTestId("action-top-up").waitFor();

  await page.goto(`${world.url}/security/recovery-codes`);
  await page.getByTestId("make-codes").click();
  await page.getByTestId("recovery-codes").waitFor();
  const codes = await page.getByTestId("recovery-codes").locator("li").allTextContents();

  const other = await visit(browser, { ...look, theme: "dark" });
  await giveCredentials(other, world, credentials);
  await answerFactor(other, world, "sign_in");
  await other.page.getByTestId("action-top-up").waitFor();

  // The lost device: signed out from the list of devices, and its open page notices.
  await page.goto(`${world.url}/security/devices`);
  await eventually(() => page.getByTestId("device").count()).toBeGreaterThanOrEqual(2);
  await seen("91-devices");
  const newest = page.locator('[data-testid="device"][data-current="false"]').first();
  await newest.getByTestId("sign-out-device").click();
  await page.getByTestId("confirm").waitFor();
  await seen("91-device-sign-out");
  await page.getByTestId("confirm").click();
  await page.getByTestId("confirm").waitFor({ state: "detached" });
  await other.page.goto(`${world.url}/activity`);
  await other.page.waitForURL("**/sign-in**", patience);
  other.faults.splice(0);

  // It comes back: trusted no longer, so it needs a code again, and there is another notice.
  await giveCredentials(other, world, credentials);
  await answerFactor(other, world, "sign_in");
  await other.page.getByTestId("action-top-up").waitFor();

  const undo = await undoToken(world, person.id);
  const mail = await visit(browser, look);
  await mail.page.goto(`${world.url}/not-me#${undo}`);
  await mail.page.getByTestId("not-me").waitFor();
  // The token is gone from the address as soon as the page stands.
  expect(mail.page.url()).toBe(`${world.url}/not-me`);
  await inspect(mail, "92-not-me");
  await mail.page.getByTestId("not-me").click();
  await mail.page.getByTestId("not-me-done").waitFor();
  await inspect(mail, "92-not-me-done");
  for (const visitor of [owner, other]) {
    await visitor.page.goto(`${world.url}/send`);
    await visitor.page.waitForURL("**/sign-in**", patience);
    visitor.faults.splice(0);
  }
  // Whoever has the password learns only that signing in is frozen.
  await giveCredentials(other, world, credentials);
  await other.page.getByTestId("problem").waitFor();
  expect(await other.page.getByTestId("problem").getAttribute("data-code")).toBe("freeze.sign_in");
  expectRefusals(other, /\/v1\/sessions: 403$/);
  await inspect(other, "93-sign-in-frozen");
  await other.context.close();
  await mail.context.close();

  await told(owner, () =>
    recover(owner, world, clock, { email: person.email, recoveryCode: codes[0] ?? "" }),
  );
  await owner.context.close();
}

async function recover(
  owner: Visitor,
  world: World,
  clock: { forward(ms: number): void },
  { email, recoveryCode }: { email: string; recoveryCode: string },
): Promise<void> {
  const { page } = owner;
  const seen = looker(owner);
  const authenticator = await addAuthenticator(owner);
  await page.goto(`${world.url}/recover`);
  await page.locator("[name=email]").fill(email);
  await seen("94-recover");
  const since = new Date();
  await page.getByTestId("begin-recovery").click();
  await page.getByTestId("send-proof").click();
  await page.locator("[name=value]").fill(await codeSent(world, "recovery", since));
  await seen("95-proof");
  await page.getByTestId("give-proof").click();
  await eventually(() => page.getByTestId("proofs-given").getAttribute("data-given")).toBe("1");
  await page.locator("[name=kind]").selectOption("recovery_code");
  await page.locator("[name=value]").fill(recoveryCode);
  await seen("95-second-proof");
  await page.getByTestId("give-proof").click();
  await page.getByTestId("recovery-waiting").waitFor();
  await seen("96-waiting");

  const id = new URL(page.url()).searchParams.get("id");
  const answer = await page.request.get(`${world.url}/v1/recoveries/${id}`);
  const { opensAt } = (await answer.json()) as { opensAt: string };
  clock.forward(Date.parse(opensAt) - Date.now() + 1_000);
  await page.reload();
  await page.getByTestId("recovery-open").waitFor();
  await seen("97-open");
  await page.getByTestId("finish-passkey").click();
  await page.waitForURL("**/security?recovered=true", patience);
  await page.getByTestId("shield-verdict").waitFor();
  expect(await authenticator.passkeys()).toHaveLength(1);
  await seen("98-recovered");
}

/** What stands behind "this was not me" in the newest notice of a new device. */
async function undoToken(world: World, customerId: string): Promise<string> {
  for (const { to, content } of await world.app.identity.messages.recent(50))
    if (content.kind === "notice.new_device" && "customerId" in to && to.customerId === customerId)
      return content.undo;
  throw new Error("no notice of a new device");
}

/** The code of an authenticator app now. Source: RFC 6238, with the defaults that apps know. */
async function totpOf(secret: string): Promise<string> {
  const { TOTP, Secret } = await import("otpauth");
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate();
}
