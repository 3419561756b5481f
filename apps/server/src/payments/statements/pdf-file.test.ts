import { getDocument } from "pdfjs-dist/legacy/build/pdf.mjs";
import { describe, expect, it } from "vitest";
import { pagesFor, pdfFile } from "./pdf-file.ts";
import { bytesOf, sampleStatement } from "./testing/sample.ts";

/** What a reader of the file finds: text by page, metadata, and the kinds of structure elements. */
async function read(bytes: Uint8Array) {
  const task = getDocument({ data: new Uint8Array(bytes), verbosity: 0 });
  const pdf = await task.promise;
  const pages: string[] = [];
  const roles = new Set<string>();
  type Node = { role?: string; children?: Node[] };
  const walk = (node: Node): void => {
    if (node.role) roles.add(node.role);
    node.children?.forEach(walk);
  };
  for (let number = 1; number <= pdf.numPages; number += 1) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    pages.push(items.map((item) => ("str" in item ? item.str : "")).join(" "));
    walk((await page.getStructTree()) as Node);
  }
  const { info } = await pdf.getMetadata();
  const mark = await pdf.getMarkInfo();
  await task.destroy();
  return { pages, roles, info: info as Record<string, unknown>, mark };
}

describe("PDF", () => {
  it("holds its Chinese as text, with the font inside", async () => {
    const bytes = await bytesOf(pdfFile(sampleStatement({ lines: 3, note: () => "午饭 lunch" })));
    const { pages, info } = await read(bytes);
    expect(pages).toHaveLength(1);
    for (const text of [
      "账户对账单",
      "林晓 Lin Xiao",
      "期初余额",
      "期末余额",
      "收入",
      "支出",
      "第2笔转账",
      "午饭 lunch",
    ])
      expect(pages[0]).toContain(text);
    expect(pages[0]).toContain("100,000.00");
    expect(info.Title).toBe("账户对账单 CNY 2026-03-01 – 2026-03-31 · 林晓 Lin Xiao");
    expect(info.Language).toBe("zh-CN");
    expect(bytes.includes("/FontFile3") || bytes.includes("/FontFile2")).toBe(true);
    expect(bytes.length).toBeLessThan(300_000);
  });

  it("speaks English throughout when asked to", async () => {
    const { pages, info } = await read(await bytesOf(pdfFile(sampleStatement({ lines: 3, language: "en" }))));
    for (const text of [
      "Account statement",
      "Opening balance",
      "Money in",
      "Transfer number 2",
      "1 Mar 2026",
    ])
      expect(pages[0]).toContain(text);
    expect(info.Language).toBe("en-GB");
  });

  it("numbers its pages and repeats the table's head on each", async () => {
    for (const lines of [0, 18, 19, 43, 44, 300]) {
      const { pages } = await read(await bytesOf(pdfFile(sampleStatement({ lines }))));
      expect(pages).toHaveLength(pagesFor(lines));
      for (const [index, page] of pages.entries()) {
        expect(page).toContain(`${index + 1} / ${pages.length}`);
        for (const head of ["日期", "摘要", "收入", "支出", "余额"]) expect(page).toContain(head);
      }
      for (let line = 1; line <= lines; line += 1)
        expect(pages.filter((page) => page.includes(`第${line}笔转账`))).toHaveLength(1);
    }
  });

  it("is tagged: a heading and a table that a screen reader can walk", async () => {
    const { roles, mark } = await read(await bytesOf(pdfFile(sampleStatement({ lines: 60 }))));
    expect(mark).toEqual(
      new Map([
        ["Marked", true],
        ["UserProperties", false],
        ["Suspects", false],
      ]),
    );
    expect([...roles]).toEqual(expect.arrayContaining(["Document", "H1", "P", "Table", "TR", "TH", "TD"]));
  });

  it("gives the same bytes for the same statement of an ended period, whenever it is asked for", async () => {
    const one = await bytesOf(pdfFile(sampleStatement({ lines: 50, asOf: "2026-04-01T00:00:00Z" })));
    const other = await bytesOf(pdfFile(sampleStatement({ lines: 50, asOf: "2027-01-01T12:34:56Z" })));
    expect(one.equals(other)).toBe(true);
  });

  it("says of a period that goes on up to when it was made", async () => {
    const { pages } = await read(
      await bytesOf(pdfFile(sampleStatement({ lines: 1, asOf: "2026-03-10T04:05:06Z" }))),
    );
    expect(pages[0]).toContain("2026-03-10 12:05:06+08:00");
    expect(pages[0]).toContain("该期间尚未结束");
  });

  it("never cuts an amount, however large", async () => {
    const largest = 2n ** 63n - 1n;
    const document = { ...sampleStatement({ lines: 1 }), opening: largest, closing: largest };
    const lines = async function* () {
      for await (const line of sampleStatement({ lines: 1 }).lines())
        yield { ...line, amount: largest, balance: largest };
    };
    const { pages } = await read(await bytesOf(pdfFile({ ...document, lines })));
    expect(pages[0]?.match(/92,233,720,368,547,758\.07/g)).toHaveLength(4);
  });

  it("says that nothing happened where nothing did", async () => {
    const { pages } = await read(await bytesOf(pdfFile(sampleStatement({ lines: 0 }))));
    expect(pages[0]).toContain("该期间没有资金变动");
  });

  it("hands on what breaks while the lines are read, and draws the next one all the same", async () => {
    const broken = sampleStatement({
      lines: 30,
      onLine: (index) => {
        if (index === 25) throw new Error("the database has gone");
      },
    });
    await expect(bytesOf(pdfFile(broken))).rejects.toThrow("the database has gone");
    expect((await bytesOf(pdfFile(sampleStatement({ lines: 1 })))).length).toBeGreaterThan(1_000);
  });
});
