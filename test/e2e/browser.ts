import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "@playwright/test";
import { expect } from "vitest";
import { axeViolations } from "../support/axe.ts";
import { foreignText } from "./foreign-text.ts";

/** How a person looks at the pages. */
export type Look = { language: "zh" | "en"; width: 390 | 1280; theme: "light" | "dark" };

/** One person at one browser window. */
export type Visitor = {
  page: Page;
  context: BrowserContext;
  look: Look;
  /** What went wrong behind the page: script errors, failed requests, answers of 400 and above. */
  faults: string[];
};

/** Whether walks that differ in width, theme or language alone are walked too. */
export { everything as everyLook } from "../support/everything.ts";

/** Steps of a browser on a busy machine of two cores. */
export const patience = { timeout: 30_000 };

const pictures = new URL("../../test-results/e2e/", import.meta.url).pathname;

/** @param more switches of Chromium beside the usual ones, e.g. for a camera that shows a file */
export function launchBrowser(more: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.JINQIAO_CHROMIUM ?? "/usr/bin/chromium",
    // Without a locale Chromium cannot write a Chinese file name and calls every download "download".
    env: { ...process.env, LANG: "C.UTF-8", LC_ALL: "C.UTF-8" },
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...more,
    ],
  });
}

/** A window of its own: no cookie and no memory of anybody before. */
export async function visit(browser: Browser, look: Look): Promise<Visitor> {
  const context = await browser.newContext({
    locale: look.language === "zh" ? "zh-CN" : "en-GB",
    colorScheme: look.theme,
    // Colours half-way through a transition are nobody's choice.
    reducedMotion: "reduce",
    viewport: { width: look.width, height: look.width === 390 ? 844 : 800 },
    // A phone's scroll bars take no room and its fingers do not hover.
    isMobile: look.width === 390,
    hasTouch: look.width === 390,
  });
  context.setDefaultTimeout(patience.timeout);
  const page = await context.newPage();
  const faults: string[] = [];
  watch(page, faults);
  return { page, context, look, faults };
}

/** Notes what goes wrong behind a page. */
function watch(page: Page, faults: string[]): void {
  page.on("pageerror", (error) => faults.push(`script: ${error.message}`));
  page.on("console", (message) => {
    // Chromium's own line about an answer names no address; the answer itself is noted below.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource"))
      faults.push(`console: ${message.text()}`);
  });
  page.on("requestfailed", (request) => {
    // A page that is left gives up what it was still asking for.
    const error = request.failure()?.errorText ?? "";
    if (error !== "net::ERR_ABORTED") faults.push(`${request.method()} ${request.url()}: ${error}`);
  });
  page.on("response", (response) => {
    if (response.status() < 400) return;
    const { pathname } = new URL(response.url());
    // Whether there is a session is found out by asking.
    if (response.status() === 401 && /^\/v1\/(console\/)?me$/.test(pathname)) return;
    faults.push(`${response.request().method()} ${pathname}: ${response.status()}`);
  });
}

/**
 * Holds what every screen must hold: no axe violation in either theme, no sideways scroll, the right language and
 * nothing of the other one, nothing broken behind it. Keeps a picture in `test-results/e2e`.
 */
export async function inspect(visitor: Visitor, name: string): Promise<void> {
  const { page, look } = visitor;
  const screen = `${name} (${look.language}, ${look.width}, ${look.theme})`;
  await page.evaluate("document.fonts.ready");
  // Placeholders stand in for what is still on its way.
  await eventually(() => page.locator(".animate-pulse").count()).toBe(0);
  await takePicture(page, look, name);
  // A phone widens its window to what does not fit, so the window is held to its width as well.
  const [overflow, width] = await page.evaluate<[number, number]>(
    "[document.documentElement.scrollWidth - document.documentElement.clientWidth, innerWidth]",
  );
  expect.soft(overflow, `sideways scroll of ${screen}`).toBeLessThanOrEqual(0);
  expect.soft(width, `width of ${screen}`).toBe(look.width);
  expect
    .soft(await page.locator("html").getAttribute("lang"), screen)
    .toMatch(look.language === "zh" ? /^zh-CN$/ : /^en(-GB)?$/);
  expect.soft(await page.title(), screen).not.toBe("");
  expect.soft(await foreignText(page, look.language), `words of another language on ${screen}`).toEqual([]);

  expect.soft(await axeViolations(page), `axe on ${screen}`).toEqual([]);
  // Only colours differ between the themes.
  await withoutTransitions(page, async () => {
    await page.emulateMedia({ colorScheme: look.theme === "light" ? "dark" : "light" });
    const found = await axeViolations(page, ["color-contrast", "link-in-text-block"]);
    expect.soft(found, `axe on ${screen}, other theme`).toEqual([]);
    await page.emulateMedia({ colorScheme: look.theme });
  });

  expect.soft(visitor.faults.splice(0), `behind ${screen}`).toEqual([]);
}

/** Half-way from one theme to the other, colours are nobody's: meanwhile they change at once. */
async function withoutTransitions(page: Page, look: () => Promise<void>): Promise<void> {
  await page.evaluate(`{
    const sheet = new CSSStyleSheet();
    sheet.replaceSync("*, *::before, *::after { transition: none !important }");
    document.adoptedStyleSheets.push(sheet);
  }`);
  await look();
  await page.evaluate("void document.adoptedStyleSheets.pop()");
}

/** The whole page in one picture: the window grows to it, so that what clings to its edges stays there. */
async function takePicture(page: Page, look: Look, name: string): Promise<void> {
  mkdirSync(pictures, { recursive: true });
  const window = page.viewportSize();
  const height = await page.evaluate<number>("document.documentElement.scrollHeight");
  if (window && height > window.height) await page.setViewportSize({ ...window, height });
  await page.screenshot({ path: join(pictures, `${look.language}-${look.width}-${look.theme}-${name}.png`) });
  if (window) await page.setViewportSize(window);
}

const readmePictures: ReadonlySet<string> = new Set([
  "wallet-home-zh-390",
  "wallet-home-en-1280",
  "console-payment-en-1280",
  "bank-consent-zh-390",
]);

/**
 * A picture of what the window shows, where the README has one of this subject and look. It goes to the folder in
 * `JINQIAO_PICTURES` (say `docs/pictures`, to renew them), and to the other pictures otherwise.
 */
export async function takeReadmePicture({ page, look }: Visitor, subject: string): Promise<void> {
  const name = `${subject}-${look.language}-${look.width}`;
  if (!readmePictures.has(name)) return;
  const folder = process.env.JINQIAO_PICTURES ?? pictures;
  mkdirSync(folder, { recursive: true });
  await eventually(() => page.locator(".animate-pulse").count()).toBe(0);
  await page.screenshot({ path: join(folder, `${name}.png`) });
}

/** Waits until a value is as it must be; says what it was when that never happens. */
export function eventually<Value>(read: () => Promise<Value> | Value) {
  return expect.poll(read, { ...patience, interval: 100 });
}
