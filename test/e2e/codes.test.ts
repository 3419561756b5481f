import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unwrap } from "@jinqiao/contract/client";
import { decodeMerchantCode, encodeMerchantCode } from "@jinqiao/qr";
import { modulesOf } from "@jinqiao/qr/image";
import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createMerchant, type TestMerchant } from "../support/merchants.ts";
import { attempt, createWorld, type LinkedAccount, type Session, type World } from "../support/world.ts";
import { eventually, everyLook, inspect, type Look, launchBrowser, visit } from "./browser.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let shop: TestMerchant;
let till: Awaited<ReturnType<TestMerchant["withKey"]>>;
let browser: Browser;
let folder: string;
let printed: { id: string; payload: string };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-codes-"));
  world = await createWorld({ webDirs: await builtPages("wallet"), overrides: { runWorker: true } });
  shop = await createMerchant(world, { currency: "CNY", country: "CN", timeZone: "Asia/Shanghai" });
  till = await shop.withKey("live");
  printed = await unwrap(
    till.POST("/v1/codes", { params: { header: attempt() }, body: { storeId: shop.storeId } }),
  );
  const film = join(folder, "camera.y4m");
  await writeFile(film, filmOf(printed.payload));
  browser = await launchBrowser([
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    `--use-file-for-fake-video-capture=${film}`,
  ]);
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
  await rm(folder, { recursive: true, force: true });
});

const cny = (amount: string) => ({ amount, currency: "CNY" });

/** What a camera that looks at a code sees, as YUV4MPEG2 with two grey pictures of 640 × 480. */
function filmOf(text: string): Buffer {
  const [width, height] = [640, 480];
  const modules = modulesOf(text);
  const unit = Math.floor(430 / modules.length);
  const [left, top] = [(width - unit * modules.length) / 2, (height - unit * modules.length) / 2];
  const light = Buffer.alloc(width * height, 200);
  for (let y = 0; y < height; y += 1)
    for (let x = 0; x < width; x += 1)
      if (modules[Math.floor((y - top) / unit)]?.[Math.floor((x - left) / unit)]) light[y * width + x] = 40;
  const grey = Buffer.alloc((width * height) / 2, 128);
  const picture = Buffer.concat([Buffer.from("FRAME\n"), light, grey]);
  const head = Buffer.from(`YUV4MPEG2 W${width} H${height} F10:1 Ip A1:1 C420jpeg\n`);
  return Buffer.concat([head, picture, picture]);
}

async function payer(look: Look) {
  const person = await world.customer(look.language === "zh" ? "林小满" : "Nora Field", look.language);
  const account = (await world.link(person, "linxiao")).get("CNY") as LinkedAccount;
  await unwrap(
    person.api.POST("/v1/top-ups", {
      params: { header: attempt() },
      body: { linkedAccountId: account.id, amount: cny("900.00") },
    }),
  );
  await eventually(async () =>
    (await unwrap(person.api.GET("/v1/balances"))).items.some(({ total }) => total.amount === "900.00"),
  ).toBe(true);
  return person;
}
async function charge(amount: string, code: string): Promise<string> {
  const { id } = await unwrap(
    till.POST("/v1/payment_intents", { params: { header: attempt() }, body: { amount: cny(amount) } }),
  );
  const confirmed = await unwrap(
    till.POST("/v1/payment_intents/{paymentIntentId}/confirm", {
      params: { path: { paymentIntentId: id }, header: attempt() },
      body: { paymentMethod: { type: "pay_code", code } },
    }),
  );
  return confirmed.status;
}

async function walk(look: Look): Promise<void> {
  const person: Session = await payer(look);
  const visitor = await visit(browser, look);
  const { page, context } = visitor;
  await context.addCookies(
    ["jinqiao_session", "jinqiao_device"].map((name) => ({
      name,
      value: person.cookie(name) as string,
      url: world.url,
    })),
  );
  const code = async () => {
    const shown = page.getByTestId("pay-code");
    await shown.waitFor();
    return (await shown.getAttribute("data-digits")) as string;
  };

  // The camera sees the printed code; the payer types the amount.
  await page.goto(world.url);
  // The demo bank's accounts have names in two languages; the home page is looked at in one.
  if (look.language === "zh") await inspect(visitor, "300-home-with-codes");
  await page.getByTestId("action-scan").click();
  await page.getByTestId("code-result").waitFor();
  expect(await page.getByTestId("code-result").getAttribute("data-verdict")).toBe("genuine");
  await inspect(visitor, "301-scan-genuine");
  await page.getByTestId("amount-input").fill("500.01");
  await page.getByTestId("code-continue").click();
  await page.getByRole("alert").or(page.locator("[aria-invalid=true]")).first().waitFor();
  await inspect(visitor, "302-scan-limit");
  await page.getByTestId("amount-input").fill("12.50");
  await page.getByTestId("code-continue").click();
  await page.getByTestId("pay-confirm").click();
  await page.getByTestId("pay-outcome").waitFor();
  expect(await page.getByTestId("pay-outcome").getAttribute("data-status")).toBe("succeeded");

  // The till charges the code on the phone: small at once, more after the payer's own confirmation.
  await page.goto(world.url);
  await page.getByTestId("action-pay-code").click();
  const first = await code();
  await page.getByTestId("pay-code-show-digits").click();
  await inspect(visitor, "303-pay-code");
  expect(await charge("30.00", first)).toBe("succeeded");
  await page.getByTestId("pay-code-charged").waitFor();
  expect(await page.getByTestId("pay-code-charged").getAttribute("data-outcome")).toBe("paid");
  await inspect(visitor, "304-pay-code-paid");
  await page.getByTestId("pay-code-again").click();
  await eventually(code).not.toBe(first);
  expect(await charge("250.00", await code())).toBe("requires_action");
  await page.locator("[data-testid=pay-code-charged][data-outcome=to_confirm]").waitFor();
  await inspect(visitor, "305-pay-code-to-confirm");
  await page.getByTestId("pay-code-confirm").click();
  await page.getByTestId("pay-confirm").click();
  await page.getByTestId("pay-outcome").waitFor();

  // The owner has gone on to another page when the till asks: the question comes there.
  await page.goto(`${world.url}/pay-code`);
  const left = await code();
  const line = page.waitForResponse((response) => response.url().endsWith("/v1/events"));
  await page.getByTestId("paycode-close").click();
  await Promise.all([line, page.getByTestId("balance-total-CNY").waitFor()]);
  expect(await charge("210.00", left)).toBe("requires_action");
  await page.getByTestId("to-confirm-go").click();
  await page.getByTestId("pay-confirm").click();
  await page.getByTestId("pay-outcome").waitFor();

  // Without a network the phone still shows a code, also after it was closed, and the till can charge it.
  await page.goto(`${world.url}/pay-code`);
  await code();
  await context.setOffline(true);
  await page.getByTestId("pay-code-offline").waitFor();
  visitor.faults.splice(0);
  await inspect(visitor, "306-pay-code-offline");
  expect(await charge("20.00", await code())).toBe("succeeded");
  await context.setOffline(false);
  await page.getByTestId("pay-code-charged").waitFor();
  visitor.faults.splice(0);

  // A picture of a code on which somebody exchanged the name: the wallet says so before anything is paid.
  const forged = encodeMerchantCode({ ...decodeMerchantCode(printed.payload), name: "Thief" });
  const painter = await context.newPage();
  await painter.setContent(`<body style="margin:0;background:#fff">${svgOf(forged)}</body>`);
  const picture = await painter.locator("svg").screenshot();
  await painter.close();
  await page.goto(`${world.url}/me`);
  await context.clearPermissions();
  await page.goto(`${world.url}/tap`);
  await page.getByTestId("tap-none").waitFor();
  await inspect(visitor, "307-tap-not-here");
  await page.getByTestId("tap-scan").click();
  // Whatever the camera sees first is left.
  await page
    .getByTestId("scan-again")
    .or(page.getByTestId("scan-album"))
    .first()
    .waitFor({ state: "attached" });
  await page.evaluate(
    "navigator.mediaDevices.getUserMedia = async () => { throw new DOMException('', 'NotAllowedError') }",
  );
  if (await page.getByTestId("code-result").isVisible()) await page.getByTestId("scan-again").click();
  else
    await page
      .getByTestId("code-result")
      .waitFor()
      .then(() => page.getByTestId("scan-again").click());
  await page.getByTestId("camera-trouble").waitFor();
  await inspect(visitor, "308-scan-no-camera");
  await page
    .getByTestId("scan-album")
    .setInputFiles({ name: "code.png", mimeType: "image/png", buffer: picture });
  await page.locator("[data-testid=code-result][data-verdict=forged]").waitFor();
  await inspect(visitor, "309-scan-forged");

  const [balance] = (await unwrap(person.api.GET("/v1/balances"))).items;
  expect(balance?.total).toEqual(cny("377.50"));
  await context.close();
}

function svgOf(text: string): string {
  const modules = modulesOf(text);
  const cells = modules.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : [])));
  return `<svg width="640" height="640" viewBox="0 0 ${modules.length} ${modules.length}" shape-rendering="crispEdges"><path d="${cells.join("")}"/></svg>`;
}

test(
  "codes are scanned, shown and told apart, in Chinese on a phone",
  () => walk({ language: "zh", width: 390, theme: "light" }),
  180_000,
);
test.runIf(everyLook)(
  "codes are scanned, shown and told apart, in English on a desktop in the dark",
  () => walk({ language: "en", width: 1280, theme: "dark" }),
  180_000,
);
