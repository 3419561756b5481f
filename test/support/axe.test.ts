import type { Browser } from "@playwright/test";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchBrowser } from "../e2e/browser.ts";
import { axeViolations } from "./axe.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser();
});
afterAll(() => browser?.close());

test("axe is asked again on each document, and finds what is wrong there", async () => {
  const page = await browser.newPage();
  const document = (body: string) =>
    page.setContent(`<!doctype html><html lang="en"><title>Page</title><main>${body}</main></html>`);
  await document('<p style="color:#777;background:#888">Hard to read</p><img src="data:,">');
  expect((await axeViolations(page)).map((line) => line.split(":")[0])).toEqual([
    "color-contrast",
    "image-alt",
  ]);
  expect(await axeViolations(page, ["color-contrast"])).toHaveLength(1);
  await document('<p>Easy to read</p><img alt="A bridge" src="data:,">');
  expect(await axeViolations(page)).toEqual([]);
  await document("<iframe title='Another page' srcdoc='<p>Unseen</p>'></iframe>");
  await expect(axeViolations(page)).rejects.toThrow("has frames");
});
