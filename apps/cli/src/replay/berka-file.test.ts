import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BerkaDay, type CheckedFile, checkBerkaFile, readAccountNumbers } from "./berka-file.ts";

const header =
  '"trans_id";"account_id";"date";"type";"operation";"amount";"balance";"k_symbol";"bank";"account"';
let folder: string;
let serial = 0;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "jinqiao-berka-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const row = (id: string, account: string, date: string, type: string, amount: string, balance: string) =>
  `${id};${account};${date};"${type}";"VKLAD";${amount};${balance};"";;`;

async function check(text: string, knownAccounts?: ReadonlySet<string>): Promise<CheckedFile> {
  serial += 1;
  const workFolder = join(folder, String(serial));
  await mkdir(workFolder);
  const file = join(folder, `${serial}.asc`);
  await writeFile(file, text, "latin1");
  return checkBerkaFile({ file, workFolder, knownAccounts, signal: new AbortController().signal });
}

async function daysOf(file: CheckedFile): Promise<BerkaDay[]> {
  const days: BerkaDay[] = [];
  for await (const day of file.days()) days.push(day);
  return days;
}

test("rows come by date, with Czech types as signs and amounts to the haléř", async () => {
  const file = await check(
    [
      header,
      row("7", "2", "930201", "VYBER", "0.50", "999.50"),
      row("5", "1", "930101", "PRIJEM", "700.00", "700.00"),
      row("6", "2", "930101", "PRIJEM", "1000", "1000.0"),
      row("8", "2", "930201", "VYDAJ", "1000.00", "-0.50"),
      "",
    ].join("\r\n"),
  );
  expect(file).toMatchObject({ rows: 4, accounts: 2, badRows: 0, leftOut: null });
  expect(await daysOf(file)).toEqual([
    {
      date: "1993-01-01",
      rows: [
        { line: 3, transactionId: "5", account: "1", date: "1993-01-01", amount: 70_000n, stated: 70_000n },
        { line: 4, transactionId: "6", account: "2", date: "1993-01-01", amount: 100_000n, stated: 100_000n },
      ],
    },
    {
      date: "1993-02-01",
      rows: [
        { line: 2, transactionId: "7", account: "2", date: "1993-02-01", amount: -50n, stated: 99_950n },
        { line: 5, transactionId: "8", account: "2", date: "1993-02-01", amount: -100_000n, stated: -50n },
      ],
    },
  ]);
});

test("columns are found by their names, and others do not matter", async () => {
  const file = await check(
    'balance;"amount";"type";date;account_id;trans_id\n700.00;700.00;"PRIJEM";930101;1;5\n',
  );
  expect(file).toMatchObject({ rows: 1, badRows: 0 });
});

test.each([
  ["a letter in a number", row("5x", "1", "930101", "PRIJEM", "1.00", "1.00"), 'trans_id "5x" is no number'],
  ["no account", row("5", "", "930101", "PRIJEM", "1.00", "1.00"), 'account_id "" is no number'],
  ["a day that is none", row("5", "1", "930230", "PRIJEM", "1.00", "1.00"), 'date "930230" is no date'],
  ["another form of date", row("5", "1", "1993-01-01", "PRIJEM", "1.00", "1.00"), "is no date"],
  ["an unknown type", row("5", "1", "930101", "PRIJEN", "1.00", "1.00"), 'type "PRIJEN" is neither'],
  ["a negative amount", row("5", "1", "930101", "PRIJEM", "-1.00", "1.00"), 'amount "-1.00" is no amount'],
  ["three decimals", row("5", "1", "930101", "PRIJEM", "1.005", "1.00"), 'amount "1.005" is no amount'],
  ["a comma", row("5", "1", "930101", "PRIJEM", "1,00", "1.00"), 'amount "1,00" is no amount'],
  ["no balance", row("5", "1", "930101", "PRIJEM", "1.00", ""), 'balance "" is no amount'],
  ["too few cells", "5;1;930101", "the row has 3 cells and the header 10"],
  ["too many cells", `${row("5", "1", "930101", "PRIJEM", "1.00", "1.00")};`, "the row has 11 cells"],
  ["nothing", "", "the row is empty"],
  ["a trans_id twice", row("1", "1", "930101", "PRIJEM", "1.00", "2.00"), "trans_id 1 was there before"],
  ["a stranger", row("5", "9", "930101", "PRIJEM", "1.00", "1.00"), "account 9 is not in account.asc"],
])("a row with %s is named with its line and counted", async (_, bad, problem) => {
  const good = row("1", "1", "930101", "PRIJEM", "1.00", "1.00");
  const after = row("2", "1", "930102", "PRIJEM", "1.00", "2.00");
  const file = await check(`${[header, good, bad, after].join("\n")}\n`, new Set(["1"]));
  expect(file.badRows).toBe(1);
  expect(file.bad).toEqual([
    { line: 3, problem: expect.objectContaining({ en: expect.stringContaining(problem) }) },
  ]);
});

test("every bad row counts, though only the first hundred are listed", async () => {
  const bad = Array.from({ length: 150 }, (_, index) => row(`x${index}`, "1", "930101", "PRIJEM", "1", "1"));
  const file = await check(`${[header, ...bad].join("\n")}\n`);
  expect(file.badRows).toBe(150);
  expect(file.bad).toHaveLength(100);
});

test.each([
  ["an empty file", "", "the file is empty"],
  ["another table", "account_id;district_id;frequency;date\n1;2;3;930101\n", "the header names no trans_id"],
])("%s is refused", async (_, text, problem) => {
  const file = await check(text);
  expect(file.bad).toEqual([
    { line: 1, problem: expect.objectContaining({ en: expect.stringContaining(problem) }) },
  ]);
});

test("a row that is cut off at the end takes its incomplete date with it, and nothing else", async () => {
  const whole = [
    header,
    row("1", "1", "930101", "PRIJEM", "1.00", "1.00"),
    row("2", "1", "930102", "PRIJEM", "1.00", "2.00"),
    row("3", "2", "930102", "PRIJEM", "1.00", "1.00"),
  ];
  const cut = await check([...whole, '4;3;930102;"PRIJ'].join("\n"));
  expect(cut).toMatchObject({
    rows: 1,
    accounts: 1,
    badRows: 0,
    leftOut: { line: 5, date: "1993-01-02", rows: 3 },
  });
  expect((await daysOf(cut)).map(({ date }) => date)).toEqual(["1993-01-01"]);

  // Cut within the date: it is that of the row before.
  expect((await check([...whole, "4;3;9301"].join("\n"))).leftOut?.date).toBe("1993-01-02");
  // A last row without a line break is whole when all its cells are there.
  expect(await check(whole.join("\n"))).toMatchObject({ rows: 3, leftOut: null, badRows: 0 });
  // A short row before the last is no cut.
  expect((await check([...whole, "4;3;930102", ""].join("\n"))).badRows).toBe(1);
});

test("accounts come from account.asc, where there is one", async () => {
  expect(await readAccountNumbers(join(folder, "nowhere"))).toBeUndefined();
  await writeFile(join(folder, "account.asc"), '"account_id";"district_id"\r\n576;55\r\n3818;74\r\n');
  expect(await readAccountNumbers(folder)).toEqual(new Set(["576", "3818"]));
});
