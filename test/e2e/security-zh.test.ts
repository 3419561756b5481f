import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, test } from "vitest";
import { usualStepUpPolicy } from "../../apps/server/src/identity/index.ts";
import { createWorld, type World } from "../support/world.ts";
import { launchBrowser } from "./browser.ts";
import { movableClock, walkConfirmedPayment, walkLostDevice, walkPasskey } from "./security-walk.ts";
import { builtPages } from "./web-build.ts";

const clock = movableClock();
let world: World;
let browser: Browser;

beforeAll(async () => {
  world = await createWorld({
    webDirs: await builtPages("wallet"),
    overrides: { runWorker: true, clock, stepUp: usualStepUpPolicy },
  });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

test("a wallet opened and entered by passkey, with further proofs, in Chinese", { timeout: 240_000 }, () =>
  walkPasskey(browser, world, { language: "zh", width: 390, theme: "light" }),
);

test("a payment confirmed by passkey, bound to amount and payee, in Chinese", { timeout: 240_000 }, () =>
  walkConfirmedPayment(browser, world, { language: "zh", width: 390, theme: "dark" }),
);

test("a second device, a lost one, “not me” and the way back in, in Chinese", { timeout: 240_000 }, () =>
  walkLostDevice(browser, world, clock, { language: "zh", width: 1280, theme: "light" }),
);
