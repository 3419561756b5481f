import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readStatement, signedMinor } from "./index.ts";
import { decimalsOf } from "./values.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const vectors = new URL("../../../vectors/iso20022/camt053/", import.meta.url);
const shared = new URL("../../../../shared/standards/iso20022/", import.meta.url);

/** Samples that are refused, and why. */
const refused: Record<string, string> = {
  "camt053.v2.wrong.xml": "it holds no statement: Stmt, which the schema demands, is absent",
};

const camt = (folder: URL): URL[] =>
  !existsSync(folder)
    ? []
    : readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".xml"))
        .map((name) => new URL(name, folder))
        .filter((file) =>
          /<(?:\w+:)?BkToCstmr(?:Stmt|AcctRpt|DbtCdtNtfctn)\b/.test(readFileSync(file, "utf8")),
        );

/** A decimal text in units of 10⁻⁵, which hold every currency. */
function scaled(text: string): bigint {
  const [whole = "", fraction = ""] = text.split(".");
  return BigInt(whole + fraction.slice(0, 5).padEnd(5, "0"));
}

/** Sum of the booked entries, taken from the text and not from the reader. */
function sumInText(xml: string): bigint {
  const entries = [...xml.matchAll(/<(?:\w+:)?Ntry>[\s\S]*?<\/(?:\w+:)?Ntry>/g)];
  return entries.reduce((total, [text]) => {
    const amount = /<(?:\w+:)?Amt Ccy=["']\w+["']>([^<]+)</.exec(text)?.[1]?.trim() ?? "";
    const mark = /<(?:\w+:)?CdtDbtInd>\s*(DBIT|CRDT)/.exec(text)?.[1];
    const booked = /<(?:\w+:)?Sts>\s*(?:<(?:\w+:)?Cd>\s*)?BOOK/.test(text);
    return booked ? total + scaled(amount) * (mark === "DBIT" ? -1n : 1n) : total;
  }, 0n);
}

describe.each([
  ["vectors", camt(vectors)],
  ["shared/standards/iso20022", camt(shared)],
])("camt files of %s", (_, files) => {
  test.skipIf(files.length === 0)("each is read to the minor unit, or refused with a reason", async () => {
    for (const file of files) {
      const name = file.pathname.split("/").at(-1) ?? "";
      const source = readFileSync(file);
      if (name in refused) {
        await expect(readStatement(source), name).rejects.toMatchObject({ problem: "camt_invalid" });
        continue;
      }
      const read = await readStatement(source);
      expect(read.format, name).toMatch(/^camt\.05[234]$/);
      const sum = read.statements
        .flatMap(({ lines }) => lines)
        .reduce(
          (total, line) => total + signedMinor(line) * 10n ** BigInt(5 - decimalsOf(line.currency)),
          0n,
        );
      expect(sum, name).toBe(sumInText(source.toString()));
    }
  });
});

test("a document type, and an end in the middle, are refused with the line", async () => {
  const head = '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a "b">]>\n';
  const body = '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>';
  await expect(readStatement(bytes(head + body))).rejects.toMatchObject({ problem: "camt_invalid", line: 2 });
  await expect(readStatement(bytes(body))).rejects.toMatchObject({
    problem: "camt_invalid",
    text: { zh: expect.stringMatching(/[\u4e00-\u9fff]/) },
  });
});
