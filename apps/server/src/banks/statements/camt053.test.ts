import { readdirSync, readFileSync } from "node:fs";
import { readAllStatements } from "@jinqiao/iso20022";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDay, StatementError } from "./camt053.ts";

const folder = new URL("../../../../../vectors/iso20022/camt053/", import.meta.url);
const file = (name: string) => readFileSync(new URL(name, folder), "utf8");
/**
 * What each published sample is to one who books from it; its entries are read in `packages/iso20022`. Most are made to
 * show elements, so that their balances do not fit together.
 */
const samples: Record<string, RegExp | "good"> = {
  "camt053.v2.all-balance-types.xml": /does not add up: its closing balance is off by -582 minor units/,
  "camt053.v2.five.decimals.xml": /off by 5 minor units/,
  "camt053.v2.minimal.ultimate.xml": /mixes SEK with EUR/,
  "camt053.v2.minimal.xml": /mixes SEK with EUR/,
  "camt053.v2.multi.statement.xml": "good",
  "camt053.v2.with-account-name.xml": /mixes JPY with EUR/,
  "camt053.v2.with-party-ids.xml": /mixes SEK with EUR/,
  "camt053.v2.wrong.xml": /Something is missing: BkToCstmrStmt has no Stmt/,
  "camt053.v3.xml": /mixes SEK with EUR/,
  "camt053.v4.xml": /mixes SEK with EUR/,
  "camt053.v8.xml": /mixes SEK with EUR/,
};

async function wantedOf(name: string) {
  const [first] = (await readAllStatements(file(name)).catch(() => ({ statements: [] }))).statements;
  const closing = first?.balances.find(({ code }) => code === "CLBD") ?? first?.balances[0];
  if (first === undefined || closing === undefined) return wanted;
  const iban = first.account.iban ?? first.account.other?.id ?? "";
  return { iban, currency: closing.amount.currency, date: closing.date.date };
}

describe("published samples", () => {
  it("each is read, or refused for the reason listed", async () => {
    expect(readdirSync(folder).filter((name) => name.endsWith(".xml"))).toEqual(Object.keys(samples).sort());
    for (const [name, expected] of Object.entries(samples)) {
      const read = readDay(file(name), await wantedOf(name));
      if (expected === "good") expect((await read).entries.length, name).toBeGreaterThan(0);
      else await expect(read, name).rejects.toThrow(expected);
    }
  });

  it("several parts of one day are one day; a file whose balances mix currencies is refused", async () => {
    const wanted = { iban: "NL26VAYB8060476890", currency: "EUR", date: "2014-12-31" };
    expect(await readDay(file("camt053.v2.multi.statement.xml"), wanted)).toMatchObject({
      openingMinor: 1815n,
      closingMinor: 2000n,
      entries: [
        { sequence: 1, direction: "credit", amountMinor: 885n },
        { sequence: 2, direction: "debit", amountMinor: 700n },
      ],
    });
    await expect(readDay(file("camt053.v2.minimal.xml"), wanted)).rejects.toThrow(/mixes EUR with/);
    await expect(readDay(file("camt053.v2.wrong.xml"), wanted)).rejects.toThrow(StatementError);
  });
});

type Line = { amount: string; direction: "CRDT" | "DBIT"; status?: string; details?: string };
const stmt = (input: {
  id?: string;
  page?: number;
  opening?: string;
  closing?: string;
  lines: Line[];
  currency?: string;
}) => {
  const currency = input.currency ?? "EUR";
  const balance = (code: string, amount: string | undefined) =>
    amount === undefined
      ? ""
      : `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${amount.replace("-", "")}</Amt><CdtDbtInd>${amount.startsWith("-") ? "DBIT" : "CRDT"}</CdtDbtInd><Dt><Dt>2026-03-02</Dt></Dt></Bal>`;
  const lines = input.lines.map(
    ({ amount, direction, status, details }) =>
      `<Ntry><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd><Sts><Cd>${status ?? "BOOK"}</Cd></Sts><BookgDt><Dt>2026-03-02</Dt></BookgDt>${details ?? ""}</Ntry>`,
  );
  return `<Stmt><Id>${input.id ?? "S1"}</Id><StmtPgntn><PgNb>${input.page ?? 1}</PgNb></StmtPgntn><Acct><Id><IBAN>DE00TEST</IBAN></Id></Acct>${balance("OPBD", input.opening)}${balance("CLBD", input.closing)}${lines.join("")}</Stmt>`;
};
const document = (...statements: string[]) =>
  `<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>${statements.join("")}</BkToCstmrStmt></Document>`;
const wanted = { iban: "DE00TEST", currency: "EUR", date: "2026-03-02" };

describe("strictness", () => {
  it("an opening balance and lines that do not give the closing balance are refused, by one minor unit too", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ minor: fc.bigInt(1n, 10n ** 15n), isCredit: fc.boolean() }), { maxLength: 20 }),
        fc.bigInt(-(10n ** 12n), 10n ** 12n),
        fc.integer({ min: -1, max: 1 }),
        async (lines, opening, off) => {
          const decimal = (minor: bigint) => {
            const digits = (minor < 0n ? -minor : minor).toString().padStart(3, "0");
            return `${minor < 0n ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
          };
          const closing = lines.reduce(
            (sum, { minor, isCredit }) => (isCredit ? sum + minor : sum - minor),
            opening,
          );
          const xml = document(
            stmt({
              opening: decimal(opening),
              closing: decimal(closing + BigInt(off)),
              lines: lines.map(({ minor, isCredit }) => ({
                amount: decimal(minor),
                direction: isCredit ? "CRDT" : "DBIT",
              })),
            }),
          );
          if (off !== 0) await expect(readDay(xml, wanted)).rejects.toThrow(/does not add up/);
          else
            expect(await readDay(xml, wanted)).toMatchObject({
              openingMinor: opening,
              closingMinor: closing,
              entries: lines.map(({ minor }) => ({ amountMinor: minor })),
            });
        },
      ),
    );
  });

  it("refuses what cannot be read exactly, and says what it is", async () => {
    const one = (line: Partial<Line>, currency = "EUR") =>
      document(
        stmt({
          opening: "1.00",
          closing: "1.00",
          currency,
          lines: [{ amount: "1.00", direction: "CRDT", ...line }],
        }),
      );
    const cases: [string, RegExp][] = [
      ["not xml at all", /not well-formed/],
      [document("<Stmt a></Stmt>"), /not well-formed/],
      [`<!DOCTYPE d [<!ENTITY a "b">]>${document()}`, /entities/],
      [document().replace("UTF-8", "ISO-8859-1"), /ISO-8859-1/],
      [document(), /BkToCstmrStmt has no Stmt/],
      [one({ amount: "1.001" }), /cannot be read/],
      [one({ amount: "1e3" }), /cannot be read/],
      [one({ amount: "1,00" }), /cannot be read/],
      [one({ amount: "-1.00" }), /negative/],
      [one({}, "XYZ"), /XYZ/],
      [one({ direction: "BOTH" as never }), /CRDT|DBIT/],
      [document(stmt({ opening: "1.00", lines: [] })), /lacks its opening or closing/],
      [document(stmt({ closing: "1.00", lines: [] })), /lacks its opening or closing/],
      [
        document(
          stmt({ opening: "1.00", closing: "1.00", lines: [] }),
          stmt({ opening: "1.00", closing: "1.00", lines: [] }),
        ),
        /more than once/,
      ],
    ];
    for (const [xml, message] of cases) await expect(readDay(xml, wanted), xml).rejects.toThrow(message);
    const other = document(stmt({ opening: "1.00", closing: "1.00", lines: [] }));
    await expect(readDay(other, { ...wanted, iban: "DE11OTHER" })).rejects.toThrow(
      /no statement of the account/,
    );
    await expect(readDay(other, { ...wanted, date: "2026-03-03" })).rejects.toThrow(
      /no statement of the account/,
    );
    await expect(readDay(other, { ...wanted, currency: "CNY" })).rejects.toThrow(/mixes/);
  });

  it("joins pages in their order, leaves out what is not booked, splits a batch only where it adds up", async () => {
    const part = (amount: string, id: string) =>
      `<TxDtls><Refs><EndToEndId>${id}</EndToEndId></Refs><Amt Ccy="EUR">${amount}</Amt></TxDtls>`;
    const batch = (second: string): Line => ({
      amount: "5.00",
      direction: "CRDT",
      details: `<NtryDtls>${part("2.00", "A")}${part(second, "B")}</NtryDtls>`,
    });
    const xml = document(
      stmt({ page: 2, closing: "7.00", lines: [{ amount: "3.00", direction: "DBIT" }] }),
      stmt({
        page: 1,
        opening: "5.00",
        lines: [batch("3.00"), { amount: "9.00", direction: "CRDT", status: "PDNG" }],
      }),
    );
    const day = await readDay(xml, wanted);
    expect(
      day.entries.map(({ sequence, direction, amountMinor, endToEndId }) => [
        sequence,
        direction,
        amountMinor,
        endToEndId,
      ]),
    ).toEqual([
      [1, "credit", 200n, "A"],
      [2, "credit", 300n, "B"],
      [3, "debit", 300n, null],
    ]);
    const odd = document(stmt({ opening: "0", closing: "5.00", lines: [batch("2.99")] }));
    expect((await readDay(odd, wanted)).entries).toMatchObject([
      { amountMinor: 500n, endToEndId: null, batch: { references: ["A", "B"], id: null, count: 2 } },
    ]);
  });

  it("reads the counterparty in either shape, escaped or not, and never a defined entity", async () => {
    const name = async (party: string) => {
      const details = `<NtryDtls><TxDtls><RltdPties><Dbtr>${party}</Dbtr></RltdPties></TxDtls></NtryDtls>`;
      const lines: Line[] = [{ amount: "1", direction: "CRDT", details }];
      const day = await readDay(document(stmt({ opening: "0", closing: "1", lines })), wanted);
      return day.entries[0]?.counterpartyName;
    };
    expect(await name("<Pty><Nm>林晓 &amp; Söhne</Nm></Pty>")).toBe("林晓 & Söhne");
    expect(await name("<Nm>&#x6797;&#26195;</Nm>")).toBe("林晓");
  });

  it("a line of zero moves nothing and is left out", async () => {
    const lines: Line[] = [{ amount: "0.00", direction: "CRDT" }];
    expect((await readDay(document(stmt({ opening: "0", closing: "0", lines })), wanted)).entries).toEqual(
      [],
    );
  });
});
