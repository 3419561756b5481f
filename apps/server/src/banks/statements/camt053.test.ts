import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseCamt053, readDay, StatementError } from "./camt053.ts";

const folder = new URL("../../../../../vectors/iso20022/camt053/", import.meta.url);
const file = (name: string) => readFileSync(new URL(name, folder), "utf8");
const published = readdirSync(folder).filter((name) => name.endsWith(".json"));

type Expected = {
  getEntries: {
    getAmount: { getAmount: string; getCurrency: { getCode: string } };
    getBookingDate: { "0": string };
    getAccountServicerReference: string | null;
  }[];
};

describe("published samples", () => {
  it.each(published)("%s: the entries that its authors expect", (name) => {
    const statements = parseCamt053(file(name.replace(/json$/, "xml")));
    const entries = statements.flatMap((statement) => statement.entries);
    const expected = (JSON.parse(file(name)) as Expected).getEntries;
    expect(expected.length).toBeGreaterThan(0);
    for (const { getAmount, getBookingDate, getAccountServicerReference } of expected) {
      const signed = BigInt(getAmount.getAmount);
      const found = entries.filter(
        (entry) =>
          (entry.direction === "credit" ? entry.amountMinor : -entry.amountMinor) === signed &&
          entry.currency === getAmount.getCurrency.getCode &&
          entry.bookingDate === getBookingDate["0"].slice(0, 10),
      );
      expect(found).toHaveLength(1);
      if (getAccountServicerReference) expect(found[0]?.bankReference).toBe(getAccountServicerReference);
    }
  });

  it("reads parties and references in the shapes of versions 02 and 08", () => {
    const [oldEntry] = parseCamt053(file("camt053.v2.minimal.xml"))[0]?.entries ?? [];
    expect(oldEntry).toMatchObject({
      counterpartyName: "NAME NAME",
      remittance: "4654654654654654",
      valueDate: "2015-01-02",
      endToEndId: null,
    });
    const [newEntry] = parseCamt053(file("camt053.v8.xml"))[0]?.entries ?? [];
    expect(newEntry).toMatchObject({ counterpartyName: "NAME NAME", endToEndId: "MUELL/FINP/RA12345" });
  });

  it("several parts of one day are one day; a file whose balances mix currencies is refused", () => {
    const wanted = { iban: "NL26VAYB8060476890", currency: "EUR", date: "2014-12-31" };
    expect(readDay(file("camt053.v2.multi.statement.xml"), wanted)).toMatchObject({
      openingMinor: 1815n,
      closingMinor: 2000n,
      entries: [
        { sequence: 1, direction: "credit", amountMinor: 885n },
        { sequence: 2, direction: "debit", amountMinor: 700n },
      ],
    });
    expect(() => readDay(file("camt053.v2.minimal.xml"), wanted)).toThrow(/mixes EUR with/);
    expect(() => parseCamt053(file("camt053.v2.wrong.xml"))).toThrow(StatementError);
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
  `<?xml version="1.0" encoding="UTF-8"?><ns:Document xmlns:ns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>${statements.join("")}</BkToCstmrStmt></ns:Document>`;
const wanted = { iban: "DE00TEST", currency: "EUR", date: "2026-03-02" };

describe("strictness", () => {
  it("an opening balance and lines that do not give the closing balance are refused, by one minor unit too", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ minor: fc.bigInt(1n, 10n ** 15n), isCredit: fc.boolean() }), { maxLength: 20 }),
        fc.bigInt(-(10n ** 12n), 10n ** 12n),
        fc.integer({ min: -1, max: 1 }),
        (lines, opening, off) => {
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
          if (off !== 0) expect(() => readDay(xml, wanted)).toThrow(/does not add up/);
          else
            expect(readDay(xml, wanted)).toMatchObject({
              openingMinor: opening,
              closingMinor: closing,
              entries: lines.map(({ minor }) => ({ amountMinor: minor })),
            });
        },
      ),
    );
  });

  it("refuses what cannot be read exactly, and says what it is", () => {
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
      ["not xml at all", /not well-formed|no camt.053/],
      ["<Document><BkToCstmrStmt><Stmt></BkToCstmrStmt></Document>", /not well-formed/],
      [`<!DOCTYPE d [<!ENTITY a "b">]>${document()}`, /entities/],
      [document().replace("UTF-8", "ISO-8859-1"), /ISO-8859-1/],
      [document(), /no camt.053 statement/],
      [one({ amount: "1.001" }), /cannot be read exactly/],
      [one({ amount: "1e3" }), /cannot be read exactly/],
      [one({ amount: "1,00" }), /cannot be read exactly/],
      [one({ amount: "-1.00" }), /negative/],
      [one({}, "XYZ"), /XYZ is not known/],
      [one({ direction: "BOTH" as never }), /neither CRDT nor DBIT/],
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
    for (const [xml, message] of cases) expect(() => readDay(xml, wanted)).toThrow(message);
    const other = document(stmt({ opening: "1.00", closing: "1.00", lines: [] }));
    expect(() => readDay(other, { ...wanted, iban: "DE11OTHER" })).toThrow(/no statement of the account/);
    expect(() => readDay(other, { ...wanted, date: "2026-03-03" })).toThrow(/no statement of the account/);
    expect(() => readDay(other, { ...wanted, currency: "CNY" })).toThrow(/mixes/);
  });

  it("joins pages in their order, leaves out what is not booked, splits a batch only where it adds up", () => {
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
    const day = readDay(xml, wanted);
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
    expect(readDay(odd, wanted).entries).toMatchObject([{ amountMinor: 500n, endToEndId: null }]);
  });

  it("reads characters beyond ASCII, escaped or not, and never a defined entity", () => {
    const name = (text: string) =>
      parseCamt053(
        document(
          stmt({
            lines: [
              {
                amount: "1",
                direction: "CRDT",
                details: `<NtryDtls><TxDtls><RltdPties><Dbtr><Pty><Nm>${text}</Nm></Pty></Dbtr></RltdPties></TxDtls></NtryDtls>`,
              },
            ],
          }),
        ),
      )[0]?.entries[0]?.counterpartyName;
    expect(name("林晓 &amp; Söhne")).toBe("林晓 & Söhne");
    expect(name("&#x6797;&#26195;")).toBe("林晓");
  });
});
