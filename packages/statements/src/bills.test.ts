import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { addsUp, readStatement, type StatementFile, type StatementLine } from "./index.ts";
import { decimalText } from "./values.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const folder = new URL("../../../../shared/data/cn-bills/example/", import.meta.url);

/**
 * The samples with the double entries that their own converter makes of them. It leaves out what its configuration
 * tells it to (`dropped`), which a reader of statements must not.
 */
const samples: {
  file: string;
  expected: string;
  format: string;
  lines: number;
  dropped?: { count: number; reason: string };
}[] = [
  {
    file: "alipay/example-alipay-records.csv",
    expected: "alipay/example-alipay-output.beancount",
    format: "alipay",
    lines: 10,
    dropped: { count: 3, reason: "a closed order, and an order with its full refund: they cancel out" },
  },
  {
    file: "wechat/example-wechat-records.csv",
    expected: "wechat/example-wechat-output.beancount",
    format: "wechat",
    lines: 27,
  },
  {
    file: "wechat/example-wechat-records.xlsx",
    expected: "wechat/example-wechat-output.beancount",
    format: "wechat",
    lines: 27,
  },
  {
    file: "jd/example-jd-records.csv",
    expected: "jd/example-jd-output.beancount",
    format: "jd",
    lines: 26,
    dropped: {
      count: 4,
      reason:
        "three deferred purchases, two of them of nothing, and one paid through WeChat Pay, which bills it",
    },
  },
  {
    file: "icbc/credit/example-icbc-credit-records.csv",
    expected: "icbc/credit/example-icbc-credit-output.beancount",
    format: "icbc",
    lines: 9,
    dropped: { count: 5, reason: "payments that Alipay and WeChat Pay bill themselves" },
  },
  {
    file: "icbc/debit-v1/example-icbc-debit-v1-records.csv",
    expected: "icbc/debit-v1/example-icbc-debit-v1-output.beancount",
    format: "icbc",
    lines: 11,
    dropped: {
      count: 4,
      reason: "payments that Alipay and WeChat Pay bill themselves, and the repayment of a card",
    },
  },
  {
    file: "icbc/debit-v2/example-icbc-debit-v2-records.csv",
    expected: "icbc/debit-v2/example-icbc-debit-v2-output.beancount",
    format: "icbc",
    lines: 11,
    dropped: {
      count: 4,
      reason: "payments that Alipay and WeChat Pay bill themselves, and the repayment of a card",
    },
  },
  {
    file: "boc/debit/example-boc-records.csv",
    expected: "boc/debit/example-boc-debit-output.beancount",
    format: "boc_debit",
    lines: 17,
    dropped: { count: 9, reason: "payments that Alipay bills itself" },
  },
  {
    file: "boc/credit/example-boc-records.csv",
    expected: "boc/credit/example-boc-credit-output.beancount",
    format: "boc_credit",
    lines: 14,
    dropped: { count: 7, reason: "payments that Alipay and JD bill themselves, and a repayment" },
  },
  {
    file: "ccb/交易明细_xxxx_2025xxxx_2025xxxx.xls",
    expected: "ccb/example-ccb-output.beancount",
    format: "ccb",
    lines: 6,
  },
  {
    file: "abc_debit/example-abc_debit-records.csv",
    expected: "abc_debit/example-abc_debit-output.beancount",
    format: "abc",
    lines: 5,
  },
];

describe.skipIf(!existsSync(folder))("samples of shared/data/cn-bills", () => {
  test.each(samples)("$file", async ({ file, expected, format, lines, dropped }) => {
    const read = await readStatement(readFileSync(new URL(file, folder)));
    const ours = linesOf(read);
    const entries = entriesOf(readFileSync(new URL(expected, folder), "utf8"));
    expect(read.format).toBe(format);
    expect(ours).toHaveLength(lines);
    const left = ours.map(
      (line) => `${line.bookingDate} ${decimalText(line.amountMinor, line.currency)} ${line.currency}`,
    );
    const missing = entries.filter((entry) => {
      const at = left.indexOf(entry);
      if (at >= 0) left.splice(at, 1);
      return at < 0;
    });
    expect({ missing, extra: left.length }).toEqual({ missing: [], extra: dropped?.count ?? 0 });
  });
});

const linesOf = (file: StatementFile): StatementLine[] => file.statements.flatMap(({ lines }) => lines);

/** Date, amount and currency of each entry of a Beancount file: what its postings bring somewhere, fees with it. */
function entriesOf(text: string): string[] {
  return text.split(/\n(?=\d{4}-\d{2}-\d{2} [*!] )/).flatMap((entry) => {
    const date = /^(\d{4}-\d{2}-\d{2}) [*!] /.exec(entry)?.[1];
    const brought = [...entry.matchAll(/^\t[A-Z]\S+ (\d+)\.(\d{2}) ([A-Z]{3})$/gm)];
    const currency = brought[0]?.[3];
    if (date === undefined || currency === undefined) return [];
    const minor = brought.reduce((sum, [, whole, cents]) => sum + BigInt(`${whole}${cents}`), 0n);
    return [`${date} ${decimalText(minor, currency)} ${currency}`];
  });
}

const statement = async (text: string, options = {}) => {
  const file = await readStatement(bytes(text), options);
  expect(file.statements).toHaveLength(1);
  return file.statements[0] as (typeof file.statements)[0];
};

describe("bills", () => {
  test("Alipay: GB18030, account and period from above the table, neutral and refunded lines", async () => {
    const source = readFileSync(new URL("../../../vectors/statements/cn-bills/alipay.csv", import.meta.url));
    const file = await readStatement(source);
    expect(file.format).toBe("alipay");
    const [only] = file.statements;
    expect(only).toMatchObject({
      account: { number: "xx@gmail.com", bank: "支付宝", owner: "xx" },
      from: "2023-02-10",
      to: "2023-02-13",
      currency: "CNY",
      opening: null,
    });
    expect(only?.lines.map(({ direction, state }) => `${direction} ${state}`)).toEqual([
      "debit booked",
      "debit booked",
      "credit booked",
      "none booked",
      "credit booked",
      "none cancelled",
      "credit booked",
      "debit booked",
      "debit booked",
      "debit booked",
    ]);
    expect(only?.lines[0]).toMatchObject({
      line: 26,
      bookingDate: "2023-02-12",
      time: "21:32:14",
      amountMinor: 4974n,
      counterparty: { name: "xxxxxxxxxxxx", account: null },
      description: "亲情卡",
      code: "亲友代付",
      bankId: "202302xxxxxx0011000103xxxxxx",
      references: { merchantOrder: "20230xxxxxxx014741014xxxxxx" },
      tags: [
        { name: "收/付款方式", value: "交通银行信用卡(7449)" },
        { name: "交易状态", value: "交易成功" },
      ],
    });
  });

  test("WeChat Pay: what neither came nor went has no direction, remarks are kept", async () => {
    const source = readFileSync(new URL("../../../vectors/statements/cn-bills/wechat.csv", import.meta.url));
    const lines = linesOf(await readStatement(source));
    expect(lines[0]).toMatchObject({ direction: "debit", amountMinor: 2816n, time: "12:45:27" });
    expect(lines.find(({ code }) => code === "零钱提现")).toMatchObject({
      direction: "none",
      amountMinor: 10010n,
      tags: expect.arrayContaining([{ name: "备注", value: "服务费¥0.10" }]),
    });
  });

  test("a running balance gives opening and closing, whichever way the days go", async () => {
    const rows = ["2026-03-01,10.00,,110.00", "2026-03-02,,30.00,80.00", "2026-03-03,5.50,,85.50"];
    for (const ordered of [rows, [...rows].reverse()]) {
      const read = await statement(["日期,收入,支出,余额", ...ordered].join("\n"), { currency: "CNY" });
      expect(read).toMatchObject({ opening: { amountMinor: 10000n }, closing: { amountMinor: 8550n } });
      expect(addsUp(read)).toBe(true);
    }
  });
});

describe("tables of any origin", () => {
  test("English headings, the currency in a heading, negative amounts and quoted commas", async () => {
    const read = await statement(
      'Booking Date;Payee;Amount (EUR);Reference\n01.03.2026;"Bakery; Corner";-1.234,56;A1\n15.03.2026;Employer;2.000,00;A2\n',
    );
    expect(read.lines).toMatchObject([
      { bookingDate: "2026-03-01", direction: "debit", amountMinor: 123456n, currency: "EUR", line: 2 },
      {
        bookingDate: "2026-03-15",
        direction: "credit",
        amountMinor: 200000n,
        references: { customer: "A2" },
      },
    ]);
  });

  test("columns nobody knows are kept as tags", async () => {
    const read = await statement("Date,Amount,Currency,Colour\n2026-03-01,1.00,GBP,blue\n");
    expect(read.lines[0]?.tags).toEqual([{ name: "Colour", value: "blue" }]);
  });

  test("several currencies become several statements", async () => {
    const file = await readStatement(
      bytes("Date,Amount,Currency\n2026-03-01,1.00,GBP\n2026-03-01,500,JPY\n"),
    );
    expect(file.statements.map(({ currency, lines }) => [currency, lines[0]?.amountMinor])).toEqual([
      ["GBP", 100n],
      ["JPY", 500n],
    ]);
  });

  test.each([
    ["Date,Amount\n2026-03-01,1.00\n", {}, "currency_missing", 2],
    ["Date,Amount,Currency\n2026-03-01,1.00,GBP\n2026-02-30,1.00,GBP\n", {}, "date_invalid", 3],
    ["Date,Amount,Currency\n2026-03-01,twelve,GBP\n", {}, "amount_invalid", 2],
    ["Date,Amount,Currency\n2026-03-01,,GBP\n", {}, "amount_missing", 2],
    ["Date,Amount,Currency\n2026-03-01,1.005,GBP\n", {}, "amount_invalid", 2],
    ["Date,Amount,Currency\n2026-03-01,1.00,XYQ\n", {}, "currency_unknown", 2],
    ["Date,Amount,Currency\n03/04/2026,1.00,GBP\n", {}, "date_order_unknown", 2],
    ["Date,Credit,Debit,Currency\n2026-03-01,1.00,2.00,GBP\n", {}, "direction_missing", 2],
    ["hello\nworld\n", {}, "not_recognised", null],
    ["<html><body>no</body></html>", {}, "not_recognised", null],
    ["", {}, "empty", null],
    [" \n ", {}, "empty", null],
  ])("%j is refused with its line", async (text, options, problem, line) => {
    await expect(readStatement(bytes(text), options)).rejects.toMatchObject({
      problem,
      line,
      text: { en: expect.stringMatching(/\w/), zh: expect.stringMatching(/[\u4e00-\u9fff]/) },
    });
  });

  test("the order of day and month is told by any day above twelve, or by the caller", async () => {
    const text = "Date,Amount,Currency\n03/04/2026,1.00,GBP\n25/04/2026,1.00,GBP\n";
    expect((await statement(text)).lines[0]?.bookingDate).toBe("2026-04-03");
    const unclear = "Date,Amount,Currency\n03/04/2026,1.00,GBP\n";
    expect((await statement(unclear, { dateOrder: "mdy" })).lines[0]?.bookingDate).toBe("2026-03-04");
  });

  test("a file over the limit is refused before it is read", async () => {
    await expect(readStatement(new Uint8Array(2_000_000), { maxBytes: 1_000_000 })).rejects.toMatchObject({
      problem: "too_large",
    });
  });

  test("a table of more rows than are read is refused and never cut short", async () => {
    const text = `Date,Amount,Currency\n${"2026-03-01,1.00,GBP\n".repeat(200_001)}`;
    await expect(readStatement(bytes(text))).rejects.toMatchObject({ problem: "too_large" });
  });

  test("a spreadsheet that unpacks to more than the limit is refused", async () => {
    const { zipSync } = await import("fflate");
    const bomb = zipSync({ "xl/worksheets/sheet1.xml": new Uint8Array(101 * 1024 * 1024) });
    await expect(readStatement(bomb)).rejects.toMatchObject({ problem: "archive_malformed" });
  });

  test("damaged spreadsheets are refused and never loop", async () => {
    const xls = new Uint8Array(4096);
    xls.set([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1]);
    await expect(readStatement(xls)).rejects.toMatchObject({ problem: "archive_malformed" });
    await expect(readStatement(new Uint8Array([0x50, 0x4b, 3, 4, 9, 9]))).rejects.toMatchObject({
      problem: "archive_malformed",
    });
  });
});
