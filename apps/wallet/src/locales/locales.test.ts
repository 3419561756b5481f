import { readdirSync, readFileSync } from "node:fs";
import { catalogueFaults } from "@jinqiao/ui/locales/catalogue-faults";
import { en as uiEn } from "@jinqiao/ui/locales/en";
import { expect, test } from "vitest";
import { en as cardEn } from "./card/en.ts";
import { zh as cardZh } from "./card/zh.ts";
import { en } from "./en.ts";
import { en as importsEn } from "./imports/en.ts";
import { zh as importsZh } from "./imports/zh.ts";
import { en as paymentEn } from "./payment/en.ts";
import { zh as paymentZh } from "./payment/zh.ts";
import { en as permissionsEn } from "./permissions/en.ts";
import { zh as permissionsZh } from "./permissions/zh.ts";
import { en as statementsEn } from "./statements/en.ts";
import { zh as statementsZh } from "./statements/zh.ts";
import { en as wayEn } from "./way/en.ts";
import { zh as wayZh } from "./way/zh.ts";
import { zh } from "./zh.ts";

const all = {
  en: { ...en, ...statementsEn, ...permissionsEn, ...importsEn, ...cardEn, ...paymentEn, ...wayEn },
  zh: { ...zh, ...statementsZh, ...permissionsZh, ...importsZh, ...cardZh, ...paymentZh, ...wayZh },
};

test("both languages have the same ids, parse as ICU MessageFormat and use the same values", () => {
  expect(catalogueFaults(all)).toEqual([]);
});

test("no id hides another one", () => {
  expect(Object.keys(all.en).filter((id) => id in uiEn)).toEqual([]);
  expect(Object.keys(statementsEn).filter((id) => id in en)).toEqual([]);
});

test("every text is used somewhere", () => {
  const source = readSources(new URL("..", import.meta.url));
  const written = new Set([...source.matchAll(/"([a-z_]+(?:\.[a-z_]+)+)"/g)].map((match) => match[1]));
  // Ids put together in the code, such as `permissions.status.${status}`: the part that varies stands for any word.
  const patterns = [...source.matchAll(/`([a-z_]+\.[^`]*\$\{[^`]*)`/g)].map(
    (match) => new RegExp(`^${(match[1] ?? "").replaceAll(".", "\\.").replace(/\$\{[^}]*\}+/g, "[a-z_]+")}$`),
  );
  const unused = Object.keys(all.en).filter(
    (id) => !written.has(id) && !patterns.some((one) => one.test(id)),
  );
  expect(unused).toEqual([]);
});

function readSources(folder: URL): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("locales/") && !name.includes(".test."))
    .map((name) => readFileSync(new URL(name, folder), "utf8"))
    .join("\n");
}
