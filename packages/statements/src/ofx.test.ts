import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { readStatement, signedMinor } from "./index.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const folder = new URL("../../../../shared/standards/ofx/tests/fixtures/", import.meta.url);

describe.skipIf(!existsSync(folder))("samples of shared/standards/ofx", () => {
  /** Account, currency, lines with their sum, closing balance: what the samples' own tests state of them. */
  test.each([
    ["bank_medium.ofx", [["12300 000012345678", "CAD", 3, -34527n, 38234n]]],
    ["checking.ofx", [["1452687~7", "USD", 3, -5950n, 10099n]]],
    [
      "multiple_accounts.ofx",
      [
        ["9100", "USD", 0, 0n, 11100n],
        ["9200", "USD", 0, 0n, 22200n],
      ],
    ],
    // Seventeen movements of cash, none of them a balance: an investment account states positions.
    ["fidelity.ofx", [["01234567890", "USD", 17, -1052667n, null]]],
    // Units were transferred, and no money moved.
    ["tiaacref.ofx", [["111A1111 22B222 33C333", "USD", 0, 0n, null]]],
    ["fail_nice/empty_balance.ofx", [["192639749", "CAD", 1, 12000n, null]]],
  ] as const)("%s", async (name, expected) => {
    const { statements } = await readStatement(readFileSync(new URL(name, folder)));
    expect(
      statements.map(({ account, currency, lines, closing }) => [
        account.number,
        currency,
        lines.length,
        lines.reduce((sum, line) => sum + signedMinor(line), 0n),
        closing?.amountMinor ?? null,
      ]),
    ).toEqual(expected);
  });

  test.each([
    ["fail_nice/date_missing.ofx", "date_missing", 33],
    ["fail_nice/decimal_error.ofx", "date_invalid", 36],
    ["signon_success.ofx", "no_statement", null],
    ["signon_success_no_message.ofx", "no_statement", null],
    ["account_listing_aggregation.ofx", "no_statement", null],
  ])("%s is rightly refused: %s", async (name, problem, line) => {
    await expect(readStatement(readFileSync(new URL(name, folder)))).rejects.toMatchObject({ problem, line });
  });
});

const sgml = (lines: string) => `OFXHEADER:100
DATA:OFXSGML
VERSION:102

<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><CURDEF>GBP
<BANKACCTFROM><BANKID>200000<ACCTID>12345678<ACCTTYPE>CHECKING</BANKACCTFROM>
<BANKTRANLIST>
${lines}
</BANKTRANLIST>
</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>`;

describe("OFX", () => {
  test("elements without end tags, empty ones among them; unknown ones are kept", async () => {
    const text = sgml(
      "<STMTTRN><TRNTYPE>POS<DTPOSTED>20260301<TRNAMT>-6.60<FITID>A1<MEMO>\n<NAME>Tea &amp; Co<SIC>5812</STMTTRN>",
    );
    const { statements } = await readStatement(bytes(text));
    expect(statements[0]?.lines).toMatchObject([
      {
        bookingDate: "2026-03-01",
        amountMinor: 660n,
        direction: "debit",
        bankId: "A1",
        counterparty: { name: "Tea & Co" },
        tags: [{ name: "SIC", value: "5812" }],
        line: 8,
      },
    ]);
  });

  test("an amount in a currency of its own is in that currency", async () => {
    const text = sgml(
      "<STMTTRN><TRNTYPE>POS<DTPOSTED>20260301<TRNAMT>-500<FITID>A1<CURRENCY><CURRATE>0.005<CURSYM>JPY</CURRENCY></STMTTRN>",
    );
    const { statements } = await readStatement(bytes(text));
    expect(statements[0]?.lines[0]).toMatchObject({ amountMinor: 500n, currency: "JPY" });
  });

  test("an amount with more decimals than its currency has is refused with its line", async () => {
    const text = sgml("<STMTTRN><TRNTYPE>POS<DTPOSTED>20260301\n<TRNAMT>-1.005<FITID>A1</STMTTRN>");
    await expect(readStatement(bytes(text))).rejects.toMatchObject({ problem: "amount_invalid", line: 9 });
  });

  test("entities and document types are refused", async () => {
    const text = `<?xml version="1.0"?><!DOCTYPE OFX [<!ENTITY a "x">]><OFX>&a;</OFX>`;
    await expect(readStatement(bytes(text))).rejects.toMatchObject({ problem: "markup_forbidden" });
  });

  test("a million nested tags are refused at the first that is too deep", async () => {
    const text = `<OFX>${"<A>".repeat(1_000_000)}`;
    await expect(readStatement(bytes(text))).rejects.toMatchObject({ problem: "markup_malformed", line: 1 });
  });
});
