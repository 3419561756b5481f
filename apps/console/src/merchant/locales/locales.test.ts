import { catalogueFaults } from "@jinqiao/ui/locales/catalogue-faults";
import { expect, test } from "vitest";
import { en as consoleEn } from "../../locales/en.ts";
import { en as developersEn } from "./developers/en.ts";
import { zh as developersZh } from "./developers/zh.ts";
import { en as portalEn } from "./en.ts";
import { en as moneyEn } from "./money/en.ts";
import { zh as moneyZh } from "./money/zh.ts";
import { en as overviewEn } from "./overview/en.ts";
import { zh as overviewZh } from "./overview/zh.ts";
import { en as paymentsEn } from "./payments/en.ts";
import { zh as paymentsZh } from "./payments/zh.ts";
import { en as shopEn } from "./shop/en.ts";
import { zh as shopZh } from "./shop/zh.ts";
import { zh as portalZh } from "./zh.ts";

const parts = { portalEn, overviewEn, paymentsEn, moneyEn, shopEn, developersEn };
const en: Record<string, string> = {
  ...portalEn,
  ...overviewEn,
  ...paymentsEn,
  ...moneyEn,
  ...shopEn,
  ...developersEn,
};
const zh: Record<string, string> = {
  ...portalZh,
  ...overviewZh,
  ...paymentsZh,
  ...moneyZh,
  ...shopZh,
  ...developersZh,
};

test("both languages say the same things with the same values", () => {
  expect(catalogueFaults({ en, zh })).toEqual([]);
});

test("no text hides another one", () => {
  const ids = Object.values(parts).flatMap((texts) => Object.keys(texts));
  expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
});

test("what the console's parts say, they say in the portal as well", () => {
  const shared = Object.keys(portalEn).filter((id) => id in consoleEn);
  expect(shared.length).toBeGreaterThan(10);
  const texts: Record<string, string> = portalEn;
  for (const id of shared) expect(texts[id], id).toBe((consoleEn as Record<string, string>)[id]);
});

test("Chinese texts are Chinese", () => {
  const untranslated = Object.keys(zh).filter((id) => !/[\u4e00-\u9fff、]/.test(zh[id] ?? ""));
  expect(untranslated).toEqual([]);
});
