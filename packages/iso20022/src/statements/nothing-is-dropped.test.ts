import { expect, it } from "vitest";
import { readAllStatements } from "../index.ts";
import { published, vector, vectors } from "../testing/samples.ts";

/**
 * Every text and every attribute of a sample is found again in what was read of it: in a record as it is, or as an
 * amount, a date, a number or a direction, or in `extra`. `NOTPROVIDED` alone is nothing.
 */
const own = [...vectors("samples/camt.*.xml"), ...vectors("camt053/*.xml")].map((path) => ({
  path,
  read: () => vector(path),
}));
const others = (published?.files() ?? [])
  .filter((path) => /camt.*\.xml$/.test(path) && !/corpus\/|valid_camt/.test(path))
  .map((path) => ({ path, read: () => published?.read(path) as Buffer }));

it.each([...own, ...others].filter(({ path }) => !path.includes("wrong")))("$path", async ({ read }) => {
  const bytes = read();
  const found = new Set(valuesIn(await readAllStatements(bytes)));
  expect(valuesOf(bytes.toString()).filter((value) => !found.has(value))).toEqual([]);
});

/** Texts between tags and values of attributes, without namespaces, in the spelling of a record. */
function valuesOf(xml: string): string[] {
  const plain = xml.replace(/<\?.*?\?>|<!--[\s\S]*?-->/g, "");
  const texts = [...plain.matchAll(/<(?!\/)([^\s>/]+)([^>]*)>([^<]*)/g)].flatMap(
    ([, , attributes = "", text = ""]) => [
      text,
      ...[...attributes.matchAll(/\s(?!xmlns|xsi:|Xmlns)[\w:]+=["']([^"']*)["']/g)].map(
        ([, value = ""]) => value,
      ),
    ],
  );
  return [...new Set(texts.map(decoded).filter((text) => text !== "" && text !== "NOTPROVIDED"))].map(
    spelling,
  );
}

function decoded(text: string): string {
  const entities: Record<string, string> = { lt: "<", gt: ">", amp: "&", quot: '"', apos: "'" };
  return text
    .replace(/&(\w+);/g, (_, name: string) => entities[name] ?? `&${name};`)
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .trim();
}

function valuesIn(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  // A balance tells its direction by its sign.
  if (typeof value === "bigint")
    return [value < 0n ? "DBIT" : "CRDT", spelling(String(value < 0n ? -value : value)), ...decimals(value)];
  if (typeof value === "object") return Object.values(value).flatMap(valuesIn);
  const words: Record<string, string[]> = {
    credit: ["CRDT"],
    debit: ["DBIT"],
    true: ["true", "1"],
    false: ["false", "0"],
  };
  return [spelling(String(value)), ...(words[String(value)] ?? [])];
}

/** A number without the zeros that change nothing, a text without blanks (an IBAN may be grouped). */
function spelling(text: string): string {
  if (/^[+]?\d+(\.\d+)?$/.test(text)) {
    const [whole = "", fraction = ""] = text.replace("+", "").split(".");
    return `${whole.replace(/^0+(?=\d)/, "")}.${fraction.replace(/0+$/, "")}`;
  }
  return text.replace(/\s/g, "");
}

function decimals(minor: bigint): string[] {
  const digits = (minor < 0n ? -minor : minor).toString().padStart(4, "0");
  return [2, 3].map((places) => spelling(`${digits.slice(0, -places)}.${digits.slice(-places)}`));
}
