import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, test } from "vitest";
import { createWorld, type World } from "../support/world.ts";
import { everyLook, launchBrowser } from "./browser.ts";
import { walkMainJob } from "./walk.ts";
import { builtPages } from "./web-build.ts";

let world: World;
let browser: Browser;

beforeAll(async () => {
  world = await createWorld({ webDirs: await builtPages(), overrides: { runWorker: true } });
  browser = await launchBrowser();
}, 240_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

if (everyLook)
  test("the whole main job in English on a phone, every screen looked at", { timeout: 280_000 }, () =>
    walkMainJob(browser, world, { language: "en", width: 390, theme: "dark" }),
  );

test("the whole main job in English on a desktop, every screen looked at", { timeout: 280_000 }, () =>
  walkMainJob(browser, world, { language: "en", width: 1280, theme: "light" }),
);
