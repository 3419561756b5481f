import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { validateXML } from "xmllint-wasm";
import type { SandboxBank } from "../index.ts";
import { parseAmount } from "../money.ts";
import {
  codeOf,
  createTpp,
  DAY_MS,
  demoIban,
  startBank,
  type TestClock,
  type Tpp,
  testClock,
} from "../testing/tpp.ts";

const SCHEMA = readFileSync(
  new URL("../../../../vectors/iso20022/camt.053.001.08.xsd", import.meta.url),
  "utf8",
);

let bank: SandboxBank;
let tpp: Tpp;
let clock: TestClock;
let close: () => Promise<void>;
let linxiao: string;
let custody: { iban: string; resourceId: string; consentId: string };
const closed: string[] = [];

beforeAll(async () => {
  clock = testClock();
  ({ bank, close } = await startBank({ clock, autoEndOfDay: false, pageSize: 10 }));
  tpp = await createTpp(bank, "桥 & Söhne <Wallet>");
  linxiao = await demoIban(bank, "linxiao", "CNY");
  const [account] = await bank.script.custodyAccounts({ clientId: tpp.clientId, currencies: ["CNY"] });
  if (account === undefined) throw new Error("no custody account");
  custody = account;
});
afterAll(async () => {
  expect((await bank.script.trialBalance()).filter(({ sumMinor }) => sumMinor !== "0")).toEqual([]);
  await close();
});

interface Statement {
  date: string;
  opening: bigint;
  closing: bigint;
  lines: { minor: bigint; endToEndId: string; reference: string }[];
}

/** A reader of its own for the tests: regular expressions over the validated message. */
function read(xml: string): Statement[] {
  const one = (text: string, pattern: RegExp) => pattern.exec(text)?.[1] ?? "";
  const signed = (text: string) => {
    const minor = parseAmount(one(text, /<Amt Ccy="CNY">([^<]+)</), "CNY") ?? 0n;
    return text.includes("<CdtDbtInd>DBIT") ? -minor : minor;
  };
  return [...xml.matchAll(/<Stmt>([\s\S]*?)<\/Stmt>/g)].map(([, stmt = ""]) => {
    const balances = [...stmt.matchAll(/<Bal>[\s\S]*?<\/Bal>/g)].map(([text]) => text);
    const balance = (code: string) => signed(balances.find((text) => text.includes(`<Cd>${code}<`)) ?? "");
    return {
      date: one(stmt, /<FrDtTm>(\d{4}-\d\d-\d\d)/),
      opening: balance("OPBD"),
      closing: balance("CLBD"),
      lines: [...stmt.matchAll(/<Ntry>([\s\S]*?)<\/Ntry>/g)].map(([, entry = ""]) => ({
        minor: signed(entry.split("<NtryDtls>")[0] ?? ""),
        endToEndId: one(entry, /<EndToEndId>([^<]*)</),
        reference: one(entry, /<AcctSvcrRef>([^<]*)</),
      })),
    };
  });
}

async function statements(from: string, to = from): Promise<Statement[]> {
  const path = `/v1/accounts/${custody.resourceId}/transactions?bookingStatus=booked&dateFrom=${from}&dateTo=${to}`;
  const answer = await tpp.call("GET", path, {
    headers: { "consent-id": custody.consentId, accept: "application/xml" },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers["content-type"]).toContain("application/xml");
  const result = await validateXML({
    xml: [{ fileName: "camt.053.xml", contents: answer.body }],
    schema: [SCHEMA],
  });
  expect(result.errors).toEqual([]);
  return read(answer.body);
}

async function topUp(amount: string, endToEndId: string): Promise<void> {
  const payment = await tpp.pay({ from: linxiao, to: custody.iban, amount, endToEndId });
  await bank.script.authorisePayment(payment.body.paymentId);
}

async function closeDay(): Promise<string> {
  const { closedDate } = await bank.script.endOfDay();
  closed.push(closedDate);
  clock.advance(DAY_MS);
  return closedDate;
}

test("the day's statement is valid against the schema and its sums are exact", async () => {
  await topUp("100.00", "day1-a");
  await topUp("0.01", "day1-b");
  const payout = await tpp.pay({ from: custody.iban, to: linxiao, amount: "30.50", endToEndId: "day1-c" });
  expect(payout.body.transactionStatus).toBe("ACCC");
  const date = await closeDay();
  const [statement] = await statements(date);
  expect(statement).toMatchObject({ date, opening: 0n, closing: 6951n });
  expect(statement?.lines.map(({ minor, endToEndId }) => [endToEndId, minor])).toEqual([
    ["day1-a", 10000n],
    ["day1-b", 1n],
    ["day1-c", -3050n],
  ]);
  expect(new Set(statement?.lines.map(({ reference }) => reference)).size).toBe(3);
});

test("a day without entries has a statement; an open day has none", async () => {
  const date = await closeDay();
  expect(await statements(date)).toEqual([{ date, opening: 6951n, closing: 6951n, lines: [] }]);
  const open = (await bank.script.businessDate()).date;
  const ask = (query: string) =>
    tpp.call("GET", `/v1/accounts/${custody.resourceId}/transactions?bookingStatus=${query}`, {
      headers: { "consent-id": custody.consentId, accept: "application/xml" },
    });
  expect(codeOf(await ask(`booked&dateTo=${open}`))).toBe("400 PERIOD_INVALID");
  expect(codeOf(await ask("both"))).toBe("400 PARAMETER_NOT_SUPPORTED");
  expect(codeOf(await ask(`booked&dateFrom=1999-01-01&dateTo=${date}`))).toBe("400 PERIOD_INVALID");
});

test("alterations: another amount, a line removed, a line added; the chain of balances stays unbroken", async () => {
  await topUp("10.00", "alt-amount");
  await topUp("20.00", "alt-remove");
  await bank.script.alterStatement({
    iban: custody.iban,
    endToEndId: "alt-amount",
    change: { amount: "11.00" },
  });
  await bank.script.alterStatement({
    iban: custody.iban,
    endToEndId: "alt-remove",
    change: { remove: true },
  });
  await bank.script.alterStatement({
    iban: custody.iban,
    change: { add: { amount: "5.00", direction: "debit", reference: "alt-add", counterparty: "Nobody" } },
  });
  const date = await closeDay();
  const [statement] = await statements(date);
  expect(statement?.lines.map(({ minor, endToEndId }) => [endToEndId, minor])).toEqual([
    ["alt-amount", 1100n],
    ["alt-add", -500n],
  ]);
  expect(statement?.closing).toBe(6951n + 1100n - 500n);
  // What was really booked is untouched.
  expect((await bank.script.account(custody.iban)).bookedMinor).toBe("9951");
  await topUp("1.00", "after");
  await closeDay();
  const chain = await statements(closed[0] ?? "", closed.at(-1) ?? "");
  for (const [index, later] of chain.entries()) {
    const sum = later.lines.reduce((total, line) => total + line.minor, later.opening);
    expect(later.closing).toBe(sum);
    if (index > 0) expect(later.opening).toBe(chain[index - 1]?.closing);
  }
});

test("paging walks every booked line once, newest first; a foreign cursor is refused", async () => {
  const authorisation = await tpp.link({ ibans: [linxiao] });
  const [account] = (await tpp.read(authorisation, "/v1/accounts")).body.accounts;
  const seen: string[] = [];
  let path: string | undefined = `/v1/accounts/${account.resourceId}/transactions?bookingStatus=both`;
  let pages = 0;
  while (path !== undefined) {
    const { body } = await tpp.read(authorisation, path);
    seen.push(...body.transactions.booked.map((line: { entryReference: string }) => line.entryReference));
    expect(body.transactions.booked.length).toBeLessThanOrEqual(10);
    const next: string | undefined = body.transactions._links.next?.href;
    path = next === undefined ? undefined : new URL(next).pathname + new URL(next).search;
    pages += 1;
  }
  expect(pages).toBeGreaterThan(5);
  expect(new Set(seen).size).toBe(seen.length);
  expect(seen).toEqual(seen.toSorted().reverse());
  const base = `/v1/accounts/${account.resourceId}/transactions?bookingStatus=booked`;
  expect(codeOf(await tpp.read(authorisation, `${base}&cursor=xyz`))).toBe("400 FORMAT_ERROR");
  expect(codeOf(await tpp.read(authorisation, `${base}&deltaList=true`))).toBe("400 PARAMETER_NOT_SUPPORTED");
  expect(codeOf(await tpp.read(authorisation, `${base}&dateFrom=2026-03-09&dateTo=2026-03-01`))).toBe(
    "400 PERIOD_INVALID",
  );
  const wrong = await tpp.call("GET", `/v1/accounts/${account.resourceId}/transactions?bookingStatus=some`, {
    wrongOnPurpose: true,
  });
  expect(codeOf(wrong)).toBe("400 FORMAT_ERROR");
  const month = await tpp.read(authorisation, `${base}&dateFrom=2026-02-01&dateTo=2026-02-03`);
  const dates = month.body.transactions.booked.map((line: { bookingDate: string }) => line.bookingDate);
  expect(dates.length).toBeGreaterThan(0);
  expect(dates.every((date: string) => date >= "2026-02-01" && date <= "2026-02-03")).toBe(true);
  const text = await tpp.read(authorisation, base, { accept: "text/plain" });
  expect(codeOf(text)).toBe("406 REQUESTED_FORMATS_INVALID");
});
