import { randomBytes } from "node:crypto";
import type { Browser } from "@playwright/test";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { createWorld, type World } from "../support/world.ts";
import { eventually, inspect, type Look, launchBrowser, type Visitor, visit } from "./browser.ts";
import { signUp } from "./steps.ts";
import { builtPages } from "./web-build.ts";

let browser: Browser;
let world: World;
const visitors: Visitor[] = [];

beforeAll(async () => {
  world = await createWorld({ webDirs: await builtPages() });
  browser = await launchBrowser();
}, 240_000);
afterEach(async () => {
  for (const { context } of visitors.splice(0)) await context.close();
});
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const looks: (Look & { phrase: string; name: string; said: string })[] = [
  {
    language: "zh",
    width: 390,
    theme: "light",
    phrase: "骑自行车的蓝鲸",
    name: "林晓",
    said: "您的暗语：骑自行车的蓝鲸",
  },
  {
    language: "en",
    width: 1280,
    theme: "dark",
    phrase: "blue whale on a bicycle",
    name: "Emma Clarke",
    said: "Your phrase: blue whale on a bicycle",
  },
];

test.each(looks)(
  "notices, phrase and a demo's messages ($language, $width)",
  async ({ phrase, name, said, ...look }) => {
    const visitor = await visit(browser, look);
    visitors.push(visitor);
    const { page, context } = visitor;
    // Headless browsers answer no otherwise.
    await context.grantPermissions(["notifications"], { origin: world.url });
    const email = `${randomBytes(5).toString("hex")}@example.com`;
    await signUp(visitor, world, { name, email });
    await page.getByTestId("bell").click();
    await page.getByTestId("save-phrase").waitFor();
    await inspect(visitor, "notices-empty");

    await page.locator("[name=phrase]").fill(phrase);
    await page.getByTestId("save-phrase").click();
    await page.getByTestId("phrase-saved").waitFor();
    await page.getByTestId("payments-email").click();
    await eventually(() => page.getByTestId("payments-email").isChecked()).toBe(true);
    await world.settleJobs();
    // The notice arrives without a reload, and counts as read once it stands on the screen.
    await eventually(() => page.getByTestId("notice").count()).toBe(1);
    await inspect(visitor, "notices");
    await page.goto(world.url);
    await eventually(() => page.getByTestId("bell").getAttribute("data-unread")).toBe("0");

    await page.goto(`${world.url}/development/outbox`);
    await page.locator("#to").fill(email);
    await eventually(() => page.locator("#messages li").count()).toBe(2);
    await page.locator("#messages li").first().locator("summary").click();
    expect(await page.locator("#messages li").first().innerText()).toContain(said);
    expect(await page.locator("#messages li output").innerText()).toMatch(/^\d{6}$/);
    await inspect(visitor, "development-outbox");
  },
);

test("a pushed notice is shown, and leads to pages of the wallet alone", async () => {
  const visitor = await visit(browser, { language: "en", width: 390, theme: "light" });
  visitors.push(visitor);
  const { page, context } = visitor;
  await context.grantPermissions(["notifications"], { origin: world.url });
  await page.goto(world.url);
  const devtools = await context.newCDPSession(page);
  const registrations: { registrationId: string; scopeURL: string }[] = [];
  devtools.on("ServiceWorker.workerRegistrationUpdated", (event) =>
    registrations.push(...event.registrations),
  );
  await devtools.send("ServiceWorker.enable");
  await page.evaluate("navigator.serviceWorker.ready.then(() => undefined)");
  await eventually(() => registrations.length).toBeGreaterThan(0);
  const registrationId = registrations.at(-1)?.registrationId as string;
  await devtools.send("ServiceWorker.deliverPushMessage", {
    origin: world.url,
    registrationId,
    data: JSON.stringify({
      title: "You received 20.00 CNY",
      body: "from Emma",
      path: "/activity",
      tag: "msg_1",
    }),
  });
  const shown = () =>
    page.evaluate<{ title: string; body: string; tag: string; path: string }[]>(
      `navigator.serviceWorker.ready.then((registration) => registration.getNotifications())
         .then((all) => all.map(({ title, body, tag, data }) => ({ title, body, tag, path: data.path })))`,
    );
  await eventually(shown).toEqual([
    { title: "You received 20.00 CNY", body: "from Emma", tag: "msg_1", path: "/activity" },
  ]);
});
