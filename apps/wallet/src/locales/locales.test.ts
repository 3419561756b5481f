import { readdirSync, readFileSync } from "node:fs";
import { catalogueFaults } from "@jinqiao/ui/locales/catalogue-faults";
import { en as uiEn } from "@jinqiao/ui/locales/en";
import { expect, test } from "vitest";
import { en } from "./en.ts";
import { zh } from "./zh.ts";

/** The texts that come with every page, and those of single pages in folders beside them. */
const texts = [
  { en, zh },
  ...(await Promise.all(
    folders().map(async (part) => ({
      en: (await import(`./${part}/en.ts`)).en as Record<string, string>,
      zh: (await import(`./${part}/zh.ts`)).zh as Record<string, string>,
    })),
  )),
];
const all = {
  en: Object.assign({}, ...texts.map(({ en }) => en)) as Record<string, string>,
  zh: Object.assign({}, ...texts.map(({ zh }) => zh)) as Record<string, string>,
};

test("both languages have the same ids, parse as ICU MessageFormat and use the same values", () => {
  expect(catalogueFaults(all)).toEqual([]);
});

test("no id hides another one", () => {
  expect(Object.keys(all.en).filter((id) => id in uiEn)).toEqual([]);
  // A part may carry another one whole; the same id must then be the same text.
  const hidden = texts.flatMap(({ en }) => Object.entries(en).filter(([id, text]) => all.en[id] !== text));
  expect(hidden).toEqual([]);
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

function folders(): string[] {
  return readdirSync(new URL(".", import.meta.url), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
}

function readSources(folder: URL): string {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith("locales/") && !name.includes(".test."))
    .map((name) => readFileSync(new URL(name, folder), "utf8"))
    .join("\n");
}
