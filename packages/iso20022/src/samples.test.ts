import { readFileSync } from "node:fs";
import { describe, expect, it, test } from "vitest";
import { published, vector, vectors } from "./testing/samples.ts";
import { summaryOf } from "./testing/summary.ts";

/** Path, message, what is read of it or `refused` and the problem, and for those the reason why that is right. */
type Sample = { path: string; definition: string; result: string; reason: string };

function table(file: string): Sample[] {
  const [, ...lines] = readFileSync(new URL(file, import.meta.url), "utf8")
    .trimEnd()
    .split("\n");
  return lines.map((line) => {
    const [path = "", definition = "", result = "", reason = ""] = line.split("\t");
    return { path, definition, result, reason };
  });
}

const expected = table("./testing/published-samples.tsv");
const copied = table("./testing/copied-samples.tsv");

describe.skipIf(published === undefined)("the published samples beside the repository", () => {
  test("are all listed", () => {
    expect(expected.map(({ path }) => path)).toEqual(published?.files());
  });
  it.each(expected)("$path: $result", async ({ path, definition, result }) => {
    expect(await summaryOf(published?.read(path) as Buffer)).toEqual({ definition, result });
  });
});

describe("the samples in the repository", () => {
  test("are all listed", () => {
    expect(copied.map(({ path }) => path)).toEqual(vectors("samples/*.xml"));
  });
  it.each(copied)("$path: $result", async ({ path, definition, result }) => {
    expect(await summaryOf(vector(path))).toEqual({ definition, result });
  });
});

test("whatever is refused has a reason", () => {
  const refused = [...expected, ...copied].filter(({ result }) => result.startsWith("refused"));
  expect(refused.filter(({ reason }) => reason.length < 20)).toEqual([]);
});
