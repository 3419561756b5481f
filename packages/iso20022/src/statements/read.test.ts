import { describe, expect, it, test } from "vitest";
import { counterpartyOf, readAllStatements, readStatements, splitEntry } from "../index.ts";
import { schemaErrors } from "../testing/samples.ts";
import type { Entry, StatementFile } from "./types.ts";

const own = "DE89370400440532013000";

function entry(options: {
  amount?: string;
  currency?: string;
  direction?: "CRDT" | "DBIT";
  status?: string;
  reversal?: boolean;
  details?: string;
  more?: string;
}): string {
  const { amount = "10.00", currency = "EUR", direction = "CRDT", status = "BOOK" } = options;
  return `<Ntry><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd>${
    options.reversal ? "<RvslInd>true</RvslInd>" : ""
  }<Sts><Cd>${status}</Cd></Sts><BookgDt><Dt>2026-11-20</Dt></BookgDt><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>${
    options.details ?? ""
  }${options.more ?? ""}</Ntry>`;
}

function balance(code: string, amount: string, direction = "CRDT", currency = "EUR"): string {
  return `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>`;
}

function file(inside: string, { version = "08", head = "" } = {}): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.${version}"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-11-21T01:00:00+01:00</CreDtTm></GrpHdr>
<Stmt><Id>S1</Id>${head}<Acct><Id><IBAN>${own}</IBAN></Id><Ccy>EUR</Ccy></Acct>${inside}</Stmt></BkToCstmrStmt></Document>`;
}

async function statement(xml: string): Promise<StatementFile["statements"][number]> {
  const { statements } = await readAllStatements(xml);
  return statements[0] as StatementFile["statements"][number];
}

async function firstEntry(xml: string): Promise<Entry> {
  return (await statement(xml)).entries[0] as Entry;
}

const payment = (amount: string, more = "", direction = "CRDT") =>
  `<TxDtls><Refs><EndToEndId>E-${amount}</EndToEndId></Refs><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${direction}</CdtDbtInd>${more}</TxDtls>`;

test("what these tests read is a camt.053", async () => {
  const document = file(
    balance("OPBD", "1.00") +
      balance("CLBD", "31.00") +
      entry({
        amount: "30",
        details: `<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>${payment("10")}${payment("20")}</NtryDtls>`,
      }),
  );
  expect(await schemaErrors(document, "camt.053.001.08")).toEqual([]);
});

describe("amounts are exact", () => {
  it.each([
    ["0.10", "EUR", 10n],
    ["0.10000", "EUR", 10n],
    ["5", "EUR", 500n],
    ["+005.5", "EUR", 550n],
    [".5", "EUR", 50n],
    ["9007199254740993.01", "EUR", 900719925474099301n],
    ["1500", "JPY", 1500n],
    ["1.234", "KWD", 1234n],
  ])("%s %s", async (amount, currency, minor) => {
    expect((await firstEntry(file(entry({ amount, currency })))).amount).toEqual({ minor, currency });
  });

  it.each([
    ["0.105", "EUR"],
    ["1.5", "JPY"],
    ["-1.00", "EUR"],
    ["1e3", "EUR"],
    ["1,50", "EUR"],
    ["", "EUR"],
    [".", "EUR"],
    ["1.00", "QQQ"],
  ])("or refused: %s %s", async (amount, currency) => {
    await expect(statement(file(entry({ amount, currency })))).rejects.toMatchObject({
      code: "invalidValue",
      line: 4,
    });
  });
});

describe("dates", () => {
  const dated = (date: string) => file(entry({}).replace("<Dt>2026-11-20</Dt>", date));
  it.each([
    ["<Dt>2026-11-20</Dt>", { date: "2026-11-20", dateTime: null }],
    ["<Dt>2026-11-20+01:00</Dt>", { date: "2026-11-20", dateTime: null }],
    // The bank's day, not that of UTC.
    ["<DtTm>2026-11-20T00:30:00+01:00</DtTm>", { date: "2026-11-20", dateTime: "2026-11-20T00:30:00+01:00" }],
  ])("%s", async (written, expected) => {
    expect((await firstEntry(dated(written))).bookingDate).toEqual(expected);
  });
  it.each(["<Dt>2026-02-30</Dt>", "<Dt>20.11.2026</Dt>", "<DtTm>2026-11-20T25:00:00Z</DtTm>"])(
    "%s is refused",
    async (written) => {
      await expect(statement(dated(written))).rejects.toMatchObject({ code: "invalidValue" });
    },
  );
});

describe("nothing is dropped", () => {
  it("of an entry, its payments, the statement and what is around it", async () => {
    const document = file(
      balance("OPBD", "1.00").replace("<Dt>", "<Avlbty><Dt><NbOfDays>2</NbOfDays></Dt></Avlbty><Dt>") +
        entry({
          more: `<NewThing kind="x"><Deep>42</Deep></NewThing>`,
          details: `<NtryDtls><Btch><Unheard>of</Unheard></Btch>${payment("10", "<RltdDts><AccptncDtTm>2026-11-20T09:00:00Z</AccptncDtTm></RltdDts>")}</NtryDtls>`,
        }) +
        "<AddtlStmtInf>after</AddtlStmtInf><Late>too</Late>",
      { version: "14" },
    ).replace(
      "</BkToCstmrStmt>",
      "<SplmtryData><Envlp><x:A xmlns:x='urn:x'><x:Id>7</x:Id></x:A></Envlp></SplmtryData></BkToCstmrStmt>",
    );
    const read = await readAllStatements(document);
    const [only] = read.statements;
    expect(only?.additionalInformation).toBe("after");
    expect(only?.extra).toEqual([{ path: "Late", value: "too" }]);
    expect(only?.balances[0]?.extra).toEqual([{ path: "Avlbty/Dt/NbOfDays", value: "2" }]);
    expect(only?.entries[0]?.extra).toEqual([
      { path: "NewThing@kind", value: "x" },
      { path: "NewThing/Deep", value: "42" },
    ]);
    expect(only?.entries[0]?.details[0]?.transactions[0]?.extra).toEqual([
      { path: "RltdDts/AccptncDtTm", value: "2026-11-20T09:00:00Z" },
    ]);
    expect(only?.entries[0]?.details[0]?.extra).toEqual([{ path: "Btch/Unheard", value: "of" }]);
    expect(read.message.extra).toEqual([{ path: "SplmtryData/Envlp/{urn:x}A/Id", value: "7" }]);
    expect(read.findings.map(({ code }) => code)).toEqual(["unknownVersion"]);
  });

  it("nor a secondary amount that cannot be read exactly", async () => {
    const details = `<NtryDtls><TxDtls><AmtDtls><InstdAmt><Amt Ccy="XBT">0.00012345</Amt></InstdAmt></AmtDtls></TxDtls></NtryDtls>`;
    const { entries, findings } = await statement(file(entry({ details })));
    expect(entries[0]?.details[0]?.transactions[0]).toMatchObject({
      instructed: null,
      extra: [
        { path: "AmtDtls/InstdAmt/Amt@Ccy", value: "XBT" },
        { path: "AmtDtls/InstdAmt/Amt", value: "0.00012345" },
      ],
    });
    expect(findings.map(({ code }) => code)).toEqual(["unreadableAmount"]);
  });
});

describe("a statement is held to its own sums", () => {
  const codes = async (xml: string) => (await statement(xml)).findings.map(({ code }) => code);
  const open = balance("OPBD", "5.00");
  const lines = entry({ amount: "10.00" }) + entry({ amount: "2.50", direction: "DBIT" });
  it.each([
    ["adds up", open + balance("CLBD", "12.50") + lines, []],
    ["is a cent off", open + balance("CLBD", "12.51") + lines, ["doesNotAdd"]],
    [
      "is overdrawn at the end",
      open + balance("CLBD", "5.00", "DBIT") + entry({ amount: "10.00", direction: "DBIT" }),
      [],
    ],
    ["opens with the last closing", balance("PRCD", "5.00") + balance("CLBD", "12.50") + lines, []],
    [
      "has pending entries, which do not count",
      open + balance("CLBD", "5.00") + entry({ status: "PDNG" }),
      [],
    ],
    ["mixes currencies", open + balance("CLBD", "5.00", "CRDT", "USD"), ["mixedCurrencies"]],
    ["has no closing balance yet", open + lines, []],
    [
      "counts right",
      `${open}<TxsSummry><TtlNtries><NbOfNtries>2</NbOfNtries></TtlNtries><TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>10</Sum></TtlCdtNtries></TxsSummry>${lines}`,
      [],
    ],
    [
      "counts wrong",
      `${open}<TxsSummry><TtlNtries><NbOfNtries>3</NbOfNtries></TtlNtries><TtlDbtNtries><Sum>2.49</Sum></TtlDbtNtries></TxsSummry>${lines}`,
      ["summaryDiffers", "summaryDiffers"],
    ],
    [
      "lists a batch in full",
      entry({
        details: `<NtryDtls><Btch><NbOfTxs>1</NbOfTxs><TtlAmt Ccy="EUR">10.00</TtlAmt></Btch>${payment("10")}</NtryDtls>`,
      }),
      [],
    ],
    [
      "lists a batch in part",
      entry({ details: `<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>${payment("10")}</NtryDtls>` }),
      ["batchDiffers"],
    ],
  ])("that %s", async (_, inside, expected) => {
    expect(await codes(file(inside))).toEqual(expected);
  });

  it("and says in both languages by how much it is off", async () => {
    const { findings } = await statement(file(open + balance("CLBD", "12.51") + lines));
    expect(findings[0]?.text).toEqual({
      en: "The opening balance 5.00 EUR and the booked entries give 12.50 EUR, but the closing balance is 12.51 EUR: 0.01 EUR off.",
      zh: "期初余额 5.00 EUR 加已入账明细为 12.50 EUR，而期末余额为 12.51 EUR，相差 0.01 EUR。",
    });
  });

  it("but not on one page of several", async () => {
    const page = "<StmtPgntn><PgNb>2</PgNb><LastPgInd>true</LastPgInd></StmtPgntn>";
    expect(await codes(file(open + balance("CLBD", "99.00") + lines, { head: page }))).toEqual([]);
  });
});

describe("an entry of several payments", () => {
  const batch = (...payments: string[]) => `<NtryDtls>${payments.join("")}</NtryDtls>`;
  it.each([
    ["is taken apart if they add up", "30.00", batch(payment("10"), payment("20")), [1000n, 2000n]],
    ["also with some the other way", "5.00", batch(payment("20"), payment("15", "", "DBIT")), [2000n, 1500n]],
    ["stays one if they do not", "30.00", batch(payment("10"), payment("10")), [3000n]],
    ["stays one if they carry no amounts", "30.00", batch("<TxDtls/>", "<TxDtls/>"), [3000n]],
    ["has its payment if it is only one", "30.00", batch(payment("10")), [3000n]],
    ["may list none", "30.00", "", [3000n]],
  ])("%s", async (_, amount, details, expected) => {
    const parts = splitEntry(await firstEntry(file(entry({ amount, details }))));
    expect(parts.map((part) => part.amount.minor)).toEqual(expected);
    expect(parts[0]?.transaction !== null).toBe(expected.length > 1 || details === batch(payment("10")));
  });
});

describe("the other side of a payment", () => {
  const party = (role: string, name: string, iban?: string) =>
    `<${role}><Pty><Nm>${name}</Nm></Pty></${role}>${iban === undefined ? "" : `<${role}Acct><Id><IBAN>${iban}</IBAN></Id></${role}Acct>`}`;
  const back = "<RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf>";
  it.each([
    ["of money in is the debtor", "CRDT", party("Dbtr", "A") + party("Cdtr", "B"), "", false, "A"],
    ["of money out is the creditor", "DBIT", party("Dbtr", "A") + party("Cdtr", "B"), "", false, "B"],
    [
      "is told by the account number first",
      "CRDT",
      party("Dbtr", "A", own) + party("Cdtr", "B"),
      "",
      false,
      "B",
    ],
    [
      "of a reversed debit is still the creditor",
      "CRDT",
      party("Dbtr", "A") + party("Cdtr", "B"),
      "",
      true,
      "B",
    ],
    [
      "of a returned transfer is still the creditor",
      "CRDT",
      party("Dbtr", "A") + party("Cdtr", "B"),
      back,
      false,
      "B",
    ],
    ["is the only one named", "CRDT", party("Cdtr", "B"), "", false, "B"],
  ] as const)("%s", async (_, direction, parties, more, reversal, name) => {
    const details = `<NtryDtls><TxDtls><Refs/><RltdPties>${parties}</RltdPties>${more}</TxDtls></NtryDtls>`;
    const read = await firstEntry(file(entry({ direction, details, reversal })));
    const [part] = splitEntry(read);
    if (!part?.transaction) throw new Error("no payment");
    expect(counterpartyOf(part.transaction, read, { iban: own, other: null }).party?.name).toBe(name);
  });
});

describe("a large file", () => {
  it("is handed on as it comes, entry by entry, and no entry before its statement", async () => {
    let given = 0;
    async function* source(): AsyncGenerator<Uint8Array> {
      const [before, after] = file("|").split("|") as [string, string];
      for (const part of [before, ...Array.from({ length: 500 }, () => entry({})), after]) {
        given += 1;
        yield new TextEncoder().encode(part);
      }
    }
    const seen: string[] = [];
    let gap = 0;
    let entries = 0;
    for await (const event of readStatements(source())) {
      if (seen.at(-1) !== event.type) seen.push(event.type);
      if (event.type === "entry") {
        entries += 1;
        gap = Math.max(gap, given - entries);
      }
    }
    expect(seen).toEqual(["message", "statement", "entry", "statementEnd", "end"]);
    expect(entries).toBe(500);
    expect(gap).toBeLessThan(10);
  });

  it("of one entry with very many payments does not meet the limit of a record", async () => {
    const details = `<NtryDtls>${payment("0.01").repeat(20_000)}</NtryDtls>`;
    const read = await readAllStatements(file(entry({ amount: "200.00", details })), { maxElements: 100 });
    expect(splitEntry(read.statements[0]?.entries[0] as Entry)).toHaveLength(20_000);
  });

  it("that ends early is refused after its entries were handed on: nobody sees its end", async () => {
    const types: string[] = [];
    const cut = file(entry({}) + entry({})).slice(0, -40);
    const reading = async () => {
      for await (const { type } of readStatements(cut)) types.push(type);
    };
    await expect(reading()).rejects.toMatchObject({ code: "truncated" });
    expect(types).not.toContain("end");
  });
});

it.each(["Id", "Acct"])("a statement without %s is refused with its place", async (name) => {
  const broken = file("").replace(new RegExp(`<${name}>(?!<).*?</${name}>|<Acct>.*</Acct>`), (found) =>
    found.startsWith(`<${name}>`) ? "" : found,
  );
  await expect(readAllStatements(broken)).rejects.toMatchObject({ code: "missing", line: 4 });
});

it("an account may be named by a telephone number alone", async () => {
  const proxied = file("", { version: "12" }).replace(
    /<Id><IBAN>.*<\/Ccy>/,
    "<Prxy><Tp><Cd>TELE</Cd></Tp><Id>+861380</Id></Prxy>",
  );
  const { account } = await statement(proxied);
  expect(account).toMatchObject({ iban: null, other: { id: "+861380", scheme: "TELE", issuer: null } });
});

it("a message without any statement is refused", async () => {
  const empty = file("").replace(/<Stmt>.*<\/Stmt>/s, "");
  await expect(readAllStatements(empty)).rejects.toMatchObject({ code: "missing" });
});
