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

test("a wallet opened and entered by passkey, with further proofs, in English", { timeout: 240_000 }, () =>
  walkPasskey(browser, world, { language: "en", width: 1280, theme: "light" }),
);

test("a payment confirmed by passkey, bound to amount and payee, in English", { timeout: 240_000 }, () =>
  walkConfirmedPayment(browser, world, { language: "en", width: 390, theme: "light" }),
);

test("a second device, a lost one, “not me” and the way back in, in English", { timeout: 240_000 }, () =>
  walkLostDevice(browser, world, clock, { language: "en", width: 390, theme: "light" }),
);
