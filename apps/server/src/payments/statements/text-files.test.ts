import { WalletStatement } from "@jinqiao/contract";
import { parseDecimal } from "@jinqiao/money";
import { parse } from "csv-parse/sync";
import { describe, expect, it } from "vitest";
import { bytesOf, sampleStatement } from "./testing/sample.ts";
import { csvField, csvFile, jsonFile } from "./text-files.ts";

const rowsOf = (csv: Buffer): string[][] => parse(csv, { bom: true });

describe("CSV", () => {
  it("read by a parser again, gives the same sums and balances", async () => {
    const document = sampleStatement({ lines: 1_234, language: "en" });
    const csv = await bytesOf(csvFile(document));
    expect([...csv.subarray(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    const [head = [], opening = [], ...rest] = rowsOf(csv);
    const closing = rest.pop() ?? [];
    const column = (name: string) => head.indexOf(name);
    const minor = (row: string[], name: string) => parseDecimal(row[column(name)] || "0", "CNY");
    const sum = (name: string) => rest.reduce((total, row) => total + minor(row, name), 0n);
    expect(rest).toHaveLength(1_234);
    expect(sum("Money in")).toBe(document.moneyIn);
    expect(sum("Money out")).toBe(document.moneyOut);
    expect(minor(opening, "Balance")).toBe(document.opening);
    expect(minor(closing, "Balance")).toBe(document.closing);
    let balance = document.opening;
    for (const row of rest) {
      balance += minor(row, "Money in") - minor(row, "Money out");
      expect(minor(row, "Balance")).toBe(balance);
    }
  });

  it("ends every line with CRLF and keeps line ends, quotes and commas inside their field", async () => {
    const odd = 'three, "two"\r\none';
    const csv = await bytesOf(csvFile(sampleStatement({ lines: 1, note: () => odd })));
    const text = csv.toString("utf8");
    expect(text.replaceAll("\r\n", "")).not.toMatch(/[\r\n]/);
    expect(text.endsWith("\r\n")).toBe(true);
    expect(rowsOf(csv)[2]).toContain(odd);
  });

  it.each([
    ["=1+1", "'=1+1"],
    ["+86 138", "'+86 138"],
    ["-2+3", "'-2+3"],
    ["@SUM(A1)", "'@SUM(A1)"],
    ["\tcmd", "'\tcmd"],
    ["＝1+1", "'＝1+1"],
    ['=HYPERLINK("x")', '"\'=HYPERLINK(""x"")"'],
    ["-12.50", "-12.50"],
    ["+08:00", "+08:00"],
    ["午饭", "午饭"],
  ])("lets no spreadsheet run %j as a formula", (text, field) => {
    expect(csvField(text)).toBe(field);
  });

  it("has the currency's decimals", async () => {
    const balances = async (currency: string) =>
      rowsOf(await bytesOf(csvFile(sampleStatement({ lines: 1, currency })))).map((row) => row[8]);
    expect(await balances("JPY")).toEqual(["余额", "10000000", "9999900", "9999900"]);
    expect(await balances("KWD")).toEqual(["余额", "10000.000", "9999.900", "9999.900"]);
  });
});

describe("JSON", () => {
  it("follows the contract, with and without lines", async () => {
    for (const lines of [0, 1, 700]) {
      const document = sampleStatement({ lines, language: "en", note: () => 'a "note"\n' });
      const json = WalletStatement.parse(JSON.parse((await bytesOf(jsonFile(document))).toString("utf8")));
      expect(json.lines).toHaveLength(lines);
      expect(json.count).toBe(lines);
    }
  });
});

describe("long statements", () => {
  it.each([
    ["CSV", csvFile],
    ["JSON", jsonFile],
  ])(
    "are written while they are read: the first piece of %s comes before the second thousand lines",
    async (_name, write) => {
      let read = 0;
      const document = sampleStatement({
        lines: 100_000,
        onLine: () => {
          read += 1;
        },
      });
      const pieces = write(document)[Symbol.asyncIterator]();
      await pieces.next();
      expect(read).toBeGreaterThan(0);
      expect(read).toBeLessThan(1_000);
      await pieces.return?.();
    },
  );
});
