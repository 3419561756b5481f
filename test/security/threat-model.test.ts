import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const model = readFileSync(new URL("docs/threat-model.md", root), "utf8");

/** Rows of the tables of threats: the letter of STRIDE stands in the first column. */
const rows = model.split("\n").filter((line) => /^\| [STRIDE] \|/.test(line));

it("has threats of every kind", () => {
  expect(rows.length).toBeGreaterThan(30);
  for (const letter of "STRIDE")
    expect(
      rows.some((row) => row.startsWith(`| ${letter} |`)),
      letter,
    ).toBe(true);
});

it.each(rows)("%s", (row) => {
  const named = [...row.matchAll(/`([\w./-]+\.test\.tsx?)` “([^”]+)”/g)];
  expect(named, "names a test beside its mitigation").not.toEqual([]);
  for (const [, file = "", title = ""] of named) {
    const source = readFileSync(new URL(file, root), "utf8");
    expect(source, `${file} has the test “${title}”`).toContain(title);
    expect(source, `${file} skips no test`).not.toMatch(/\b(it|test|describe)\.(skip|todo|only|fails)\b/);
  }
});
