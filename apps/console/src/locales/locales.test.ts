import { compileMessage } from "@lingui/message-utils/compileMessage";
import { expect, test } from "vitest";
import { en as alarmsEn } from "./alarms/en.ts";
import { zh as alarmsZh } from "./alarms/zh.ts";
import { en as booksEn } from "./books/en.ts";
import { zh as booksZh } from "./books/zh.ts";
import { en as breaksEn } from "./breaks/en.ts";
import { zh as breaksZh } from "./breaks/zh.ts";
import { en as casesEn } from "./cases/en.ts";
import { zh as casesZh } from "./cases/zh.ts";
import { en as deskEn } from "./desk/en.ts";
import { zh as deskZh } from "./desk/zh.ts";
import { en as disputesEn } from "./disputes/en.ts";
import { zh as disputesZh } from "./disputes/zh.ts";
import { en as mainEn } from "./en.ts";
import { en as merchantsEn } from "./merchants/en.ts";
import { zh as merchantsZh } from "./merchants/zh.ts";
import { en as onboardingEn } from "./onboarding/en.ts";
import { zh as onboardingZh } from "./onboarding/zh.ts";
import { en as paymentEn } from "./payment/en.ts";
import { zh as paymentZh } from "./payment/zh.ts";
import { en as reconciliationEn } from "./reconciliation/en.ts";
import { zh as reconciliationZh } from "./reconciliation/zh.ts";
import { en as securityEn } from "./security/en.ts";
import { zh as securityZh } from "./security/zh.ts";
import { zh as mainZh } from "./zh.ts";

const en: Record<string, string> = {
  ...mainEn,
  ...booksEn,
  ...casesEn,
  ...paymentEn,
  ...onboardingEn,
  ...alarmsEn,
  ...breaksEn,
  ...reconciliationEn,
  ...securityEn,
  ...deskEn,
  ...disputesEn,
  ...merchantsEn,
};
const zh: Record<string, string> = {
  ...mainZh,
  ...booksZh,
  ...casesZh,
  ...paymentZh,
  ...onboardingZh,
  ...alarmsZh,
  ...breaksZh,
  ...reconciliationZh,
  ...securityZh,
  ...deskZh,
  ...disputesZh,
  ...merchantsZh,
};

/** Names of the values a compiled message takes, also inside its plural forms. Each part is text or [name, format, forms]. */
function valueNames(compiled: unknown, names = new Set<string>()): string[] {
  if (Array.isArray(compiled)) {
    for (const part of compiled) {
      if (!Array.isArray(part)) continue;
      if (part[0] !== "#") names.add(part[0]);
      for (const form of Object.values(part[2] ?? {})) valueNames(form, names);
    }
  }
  return [...names].sort();
}

const ids = Object.keys(en);

test("both languages have the same texts, and none is empty", () => {
  expect(Object.keys(zh).sort()).toEqual([...ids].sort());
  for (const id of ids) {
    expect(en[id]?.trim(), id).toBeTruthy();
    expect(zh[id]?.trim(), id).toBeTruthy();
  }
});

test.each(ids)("%s takes the same values in both languages", (id) => {
  expect(valueNames(compileMessage(zh[id] ?? ""))).toEqual(valueNames(compileMessage(en[id] ?? "")));
});

test("values inside plural forms are found", () => {
  expect(valueNames(compileMessage("{n, plural, one {a {x}} other {# b {y}}}"))).toEqual(["n", "x", "y"]);
});

test("Chinese texts are Chinese: no sentence was left in English", () => {
  const untranslated = ids.filter(
    (id) => !/[\u4e00-\u9fff]/.test(zh[id] ?? "") && !/^(\{[a-z]+\}|，)+$/.test(zh[id] ?? ""),
  );
  expect(untranslated).toEqual([]);
});

test("no text of a page hides another one", () => {
  expect(ids).toHaveLength(
    [
      mainEn,
      booksEn,
      casesEn,
      paymentEn,
      onboardingEn,
      alarmsEn,
      breaksEn,
      reconciliationEn,
      securityEn,
      deskEn,
      disputesEn,
      merchantsEn,
    ].flatMap((texts) => Object.keys(texts)).length,
  );
});
