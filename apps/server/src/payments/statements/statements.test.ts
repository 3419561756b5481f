import { WalletStatement } from "@jinqiao/contract";
import { parseDecimal } from "@jinqiao/money";
import { parse } from "csv-parse/sync";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestServer, type TestServer } from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { createLedger, custodyAccount, customerAccount, type Ledger } from "../../ledger/index.ts";
import { manualClock } from "../../platform/clock.ts";
import type { Db } from "../../platform/db.ts";
import { createSubscriptions } from "../../platform/events.ts";
import { createIds } from "../../platform/ids.ts";
import { createVault } from "../../vault/index.ts";
import { localTimesIn } from "./calendar.ts";
import { statementRoutes } from "./index.ts";

const clock = manualClock("2026-01-01T00:00:00Z");
const ids = createIds(clock);
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let ledger: Ledger;
let server: TestServer;
let serial = 0;
/** Says which statement is not answered. */
let breakAt: ((text: string) => boolean) | undefined;
/** Statements that read entries, with their values, while somebody listens. */
let heard: { text: string; values: readonly unknown[] }[] | undefined;

beforeAll(async () => {
  database = await createServerDatabase();
  const db: Db = {
    ...database.db,
    query: (text, values) => {
      if (text.includes("ledger.entry")) heard?.push({ text, values: values ?? [] });
      if (breakAt?.(text)) return Promise.reject(new Error("Connection terminated unexpectedly"));
      return database.db.query(text, values);
    },
  };
  ledger = createLedger({ db, clock, subscriptions: createSubscriptions() });
  server = await createTestServer(database.db, {
    handlers: statementRoutes({
      db,
      clock,
      vault: createVault({ masterKey: Buffer.alloc(32, 5).toString("base64") }),
      ledger,
      // Nobody here moves money with a bank; lifecycle tests cover those with a real one.
      banks: { linkedAccountsById: async () => new Map(), config: () => undefined },
      identity: { customersById: (all) => server.identity.customersById(all) },
    }),
  });
});
afterAll(async () => {
  await ledger.idle();
  await server.close();
  await database.drop();
});

type Person = { id: string; cookie: string };
const newPerson = (name?: string): Promise<Person> => server.customer(`p${++serial}@example.com`, name);

/** Books money in (positive) or out (negative) at the moment the clock shows. */
async function book(person: Person, amount: bigint, currency = "CNY"): Promise<void> {
  // A custody account of their own: an entry is never before the last one of any account it touches.
  const [custody, wallet] = [custodyAccount(person.id, currency), customerAccount(person.id, currency)];
  const outcome = await ledger.commit({
    key: `test/${++serial}`,
    hash: "test",
    transfer: {
      id: ids.next("trf"),
      kind: "transfer",
      postings: [
        amount > 0n
          ? { debit: custody, credit: wallet, amount }
          : { debit: wallet, credit: custody, amount: -amount },
      ],
    },
  });
  expect(outcome.status).toBe("accepted");
}

type Query = Record<string, string | number>;
const address = (path: string, query: Query) =>
  `/v1/wallet/statements${path}?${new URLSearchParams(Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]))}`;
const march = { currency: "CNY", from: "2026-03-01", to: "2026-04-01", timeZone: "Asia/Shanghai" };

async function file(person: Person, query: Query) {
  return server.http.inject({
    method: "GET",
    url: address("", query),
    headers: { cookie: person.cookie },
  });
}
async function statement(person: Person, query: Query) {
  const answer = await file(person, query);
  expect(answer.statusCode).toBe(200);
  return WalletStatement.parse(answer.json());
}
const minor = (money: { amount: string; currency: string } | null) =>
  money === null ? 0n : parseDecimal(money.amount, money.currency);

describe("a statement", () => {
  it("counts the days of the zone that was asked for, over both clock changes", async () => {
    const person = await newPerson();
    // Berlin: 29 March 2026 has 23 hours, 25 October 25.
    const moments: [at: string, berlin: string, shanghai: string][] = [
      ["2026-03-28T22:59:59.999Z", "2026-03-28", "2026-03-29"],
      ["2026-03-28T23:00:00.000Z", "2026-03-29", "2026-03-29"],
      ["2026-03-29T21:59:59.999Z", "2026-03-29", "2026-03-30"],
      ["2026-03-29T22:00:00.000Z", "2026-03-30", "2026-03-30"],
      ["2026-10-24T22:00:00.000Z", "2026-10-25", "2026-10-25"],
      ["2026-10-25T00:30:00.000Z", "2026-10-25", "2026-10-25"],
      ["2026-10-25T01:30:00.000Z", "2026-10-25", "2026-10-25"],
      ["2026-10-25T22:59:59.999Z", "2026-10-25", "2026-10-26"],
      ["2026-10-25T23:00:00.000Z", "2026-10-26", "2026-10-26"],
    ];
    for (const [at] of moments) {
      clock.set(at);
      await book(person, 100n);
    }
    const linesOf = async (timeZone: string, from: string, to: string) =>
      (await statement(person, { currency: "CNY", timeZone, from, to })).lines.map((line) => line.at);
    for (const [index, timeZone] of [
      [1, "Europe/Berlin"],
      [2, "Asia/Shanghai"],
    ] as const) {
      for (const [from, to] of [
        ["2026-03-28", "2026-03-29"],
        ["2026-03-29", "2026-03-30"],
        ["2026-03-30", "2026-03-31"],
        ["2026-10-25", "2026-10-26"],
        ["2026-10-26", "2026-10-27"],
      ] as const)
        expect(await linesOf(timeZone, from, to), `${timeZone} ${from}`).toEqual(
          moments.filter((moment) => moment[index] === from).map(([at]) => at),
        );
    }
    const autumn = await statement(person, {
      currency: "CNY",
      timeZone: "Europe/Berlin",
      from: "2026-10-25",
      to: "2026-10-26",
    });
    expect(autumn.lines.map((line) => line.localTime)).toEqual([
      "2026-10-25T00:00:00+02:00",
      "2026-10-25T02:30:00+02:00",
      "2026-10-25T02:30:00+01:00",
      "2026-10-25T23:59:59+01:00",
    ]);
    expect(autumn.opening.amount).toBe("4.00");
    expect(autumn.closing.amount).toBe("8.00");
  });

  it("puts the last moment of a month into the month its zone says", async () => {
    const person = await newPerson();
    for (const at of ["2026-11-30T15:59:59.999Z", "2026-11-30T16:00:00.000Z", "2026-11-30T23:59:59.999Z"]) {
      clock.set(at);
      await book(person, 100n);
    }
    const november = { currency: "CNY", from: "2026-11-01", to: "2026-12-01" };
    expect((await statement(person, { ...november, timeZone: "Asia/Shanghai" })).count).toBe(1);
    expect((await statement(person, november)).count).toBe(3);
    expect(
      (
        await statement(person, {
          currency: "CNY",
          from: "2026-12-01",
          to: "2027-01-01",
          timeZone: "Asia/Shanghai",
        })
      ).opening.amount,
    ).toBe("1.00");
  });

  it("adds up: opening + in − out = closing, and each line to the one before, whatever happened when", async () => {
    const zones = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Apia"];
    const day = fc.integer({ min: 0, max: 120 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ hours: fc.integer({ min: 0, max: 72 }), amount: fc.bigInt(-500n, 1_000n) }), {
          maxLength: 15,
        }),
        fc.constantFrom(...zones),
        day,
        fc.integer({ min: 1, max: 60 }),
        async (moves, timeZone, firstDay, days) => {
          const person = await newPerson();
          const booked: { at: Date; amount: bigint }[] = [];
          let balance = 0n;
          let at = Date.parse("2027-02-01T00:00:00Z");
          for (const { hours, amount } of moves) {
            at += hours * 3_600_000;
            const real = balance + amount < 0n ? -balance : amount;
            if (real === 0n) continue;
            clock.set(new Date(at).toISOString());
            await book(person, real);
            booked.push({ at: new Date(at), amount: real });
            balance += real;
          }
          const dateAfter = (count: number) =>
            new Date(Date.UTC(2027, 1, 1 + count)).toISOString().slice(0, 10);
          const [from, to] = [dateAfter(firstDay), dateAfter(firstDay + days)];
          const got = await statement(person, { currency: "CNY", timeZone, from, to });

          const local = localTimesIn(timeZone);
          const before = booked.filter((one) => local(one.at).date < from);
          const within = booked.filter((one) => local(one.at).date >= from && local(one.at).date < to);
          const sum = (all: { amount: bigint }[]) => all.reduce((total, { amount }) => total + amount, 0n);
          expect(minor(got.opening)).toBe(sum(before));
          expect(minor(got.closing)).toBe(sum(before) + sum(within));
          expect(minor(got.opening) + minor(got.moneyIn) - minor(got.moneyOut)).toBe(minor(got.closing));
          expect(got.lines.map((line) => minor(line.moneyIn) - minor(line.moneyOut))).toEqual(
            within.map(({ amount }) => amount),
          );
          expect(got.count).toBe(within.length);
          let running = minor(got.opening);
          for (const line of got.lines) {
            running += minor(line.moneyIn) - minor(line.moneyOut);
            expect(minor(line.balance)).toBe(running);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  it("comes as CSV and PDF too, each under a name of its own, kept by nobody on the way", async () => {
    const person = await newPerson("林晓");
    clock.set("2027-09-05T00:00:00Z");
    await book(person, 12_050n);
    await book(person, -50n);
    const september = { ...march, from: "2027-09-01", to: "2027-10-01", language: "zh" };
    const csv = await file(person, { ...september, format: "csv" });
    expect(csv.headers["content-type"]).toBe("text/csv; charset=utf-8; header=present");
    expect(csv.headers["cache-control"]).toBe("no-store");
    const name = encodeURIComponent("金桥-账户对账单-CNY-2027-09-01-2027-09-30.csv");
    expect(csv.headers["content-disposition"]).toBe(
      `attachment; filename="Jinqiao-Account-statement-CNY-2027-09-01-2027-09-30.csv"; filename*=UTF-8''${name}`,
    );
    const rows: string[][] = parse(csv.rawPayload, { bom: true });
    expect(rows.map((row) => [row[3], row[6], row[7], row[8]])).toEqual([
      ["摘要", "收入", "支出", "余额"],
      ["期初余额", "", "", "0.00"],
      ["收到他人的转账", "120.50", "", "120.50"],
      ["转账给他人", "", "0.50", "120.00"],
      ["期末余额", "", "", "120.00"],
    ]);
    const pdf = await file(person, { ...september, format: "pdf" });
    expect(pdf.headers["content-type"]).toBe("application/pdf");
    expect(pdf.rawPayload.subarray(0, 8).toString("latin1")).toBe("%PDF-1.7");
    expect(
      (await file(person, { ...september, format: "pdf", language: "en" })).headers["content-disposition"],
    ).toContain('filename="Jinqiao-Account-statement-CNY-2027-09-01-2027-09-30.pdf"');
  });

  it("shows nobody another person's money", async () => {
    const [rich, poor] = [await newPerson(), await newPerson()];
    clock.set("2027-11-05T00:00:00Z");
    await book(rich, 100n);
    const november = { ...march, from: "2027-11-01", to: "2027-12-01" };
    expect((await statement(rich, november)).count).toBe(1);
    expect((await statement(poor, november)).count).toBe(0);
    const stranger = await server.ask("GET", address("", november));
    expect(stranger).toMatchObject({ status: 401, json: { code: "identity.not_signed_in" } });
  });

  it("has the decimals of its currency, and is empty where the wallet never had that money", async () => {
    const person = await newPerson();
    clock.set("2027-12-05T00:00:00Z");
    await book(person, 1_234_567n, "JPY");
    const december = { from: "2027-12-01", to: "2028-01-01" };
    expect((await statement(person, { ...december, currency: "JPY" })).closing).toEqual({
      amount: "1234567",
      currency: "JPY",
    });
    expect(await statement(person, { ...december, currency: "KWD" })).toMatchObject({
      count: 0,
      opening: { amount: "0.000", currency: "KWD" },
      lines: [],
    });
  });
});

describe("what cannot be answered is refused with the field that is wrong", () => {
  it.each([
    [{ timeZone: "Mars/Olympus" }, "timeZone", "field.time_zone"],
    [{ timeZone: "+08:00" }, "timeZone", "field.time_zone"],
    [{ timeZone: "" }, "timeZone", "field.time_zone"],
    [{ to: "2026-03-01" }, "to", "field.period_order"],
    [{ to: "2026-02-28" }, "to", "field.period_order"],
    [{ to: "2031-03-02" }, "to", "field.period_too_long"],
    [{ currency: "XXX" }, "currency", "amount.unknown_currency"],
    [{ currency: "cny" }, "currency", "amount.unknown_currency"],
    [{ from: "2026-02-30" }, "from", "field.invalid"],
    [{ from: "0000-01-01", to: "0000-02-01" }, "from", "field.invalid"],
    [{ language: "fr" }, "language", "field.invalid"],
    [{ format: "xlsx" }, "format", "field.invalid"],
    [{ unknown: "1" }, "unknown", "field.unknown"],
  ])("%j", async (change, field, code) => {
    const person = await newPerson();
    const answer = await server.ask("GET", address("", { ...march, ...change }), { cookie: person.cookie });
    expect(answer.status).toBe(400);
    expect((answer.json as { errors: { field: string; code: string }[] }).errors).toContainEqual(
      expect.objectContaining({ field, code }),
    );
  });

  it("accepts exactly five years", async () => {
    const person = await newPerson();
    expect((await file(person, { ...march, to: "2031-03-01" })).statusCode).toBe(200);
  });

  it("names a page's cursor that is none", async () => {
    const person = await newPerson();
    const answer = await server.ask("GET", address("/lines", { ...march, cursor: "zzz" }), {
      cookie: person.cookie,
    });
    expect(answer).toMatchObject({
      status: 400,
      json: { code: "request.invalid", errors: [{ field: "cursor", code: "field.invalid" }] },
    });
  });
});

describe("many lines", () => {
  const count = 26_000;
  const atOnce = 100;
  const perPage = 25;
  const period = { currency: "CNY", from: "2028-01-01", to: "2028-03-01", timeZone: "Asia/Shanghai" };
  let person: Person;

  beforeAll(async () => {
    person = await newPerson();
    clock.set("2028-01-10T00:00:00Z");
    for (let done = 0; done < count; done += atOnce) {
      clock.advance(60_000);
      await Promise.all(Array.from({ length: atOnce }, () => book(person, 1n)));
    }
    await database.db.query("ANALYZE ledger.entry");
  });

  const page = async (cursor?: string, limit = perPage) => {
    const url = address("/lines", { ...period, limit, ...(cursor ? { cursor } : {}) });
    const answer = await server.ask("GET", url, { cookie: person.cookie });
    expect(answer.status).toBe(200);
    return answer.json as {
      items: { sequence: string; balance: { amount: string } }[];
      nextCursor: string | null;
    };
  };

  it("come a page at a time, every line once, newest first, to the last page", async () => {
    let cursor: string | undefined;
    let expected = count;
    let pages = 0;
    do {
      const { items, nextCursor } = await page(cursor);
      for (const item of items) {
        expect(item.sequence).toBe(String(expected));
        expect(minor({ ...item.balance, currency: "CNY" })).toBe(BigInt(expected));
        expected -= 1;
      }
      pages += 1;
      cursor = nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(expected).toBe(0);
    expect(pages).toBe(count / perPage);
  });

  it("cost the same on page 1 and on page 10,000: as many rows and buffers are read", async () => {
    const first = await costOf(() => page(undefined, 1));
    // A cursor says where a page ends, whatever its length: pages of 99 lead to the 10,000th of one line.
    let cursor: string | undefined;
    for (let line = 0; line < 9_999; line += 99) cursor = (await page(cursor, 99)).nextCursor ?? undefined;
    expect((await page(cursor, 1)).items[0]?.sequence).toBe(String(count - 9_999));
    const last = await costOf(() => page(cursor, 1));
    expect(last.rows).toBeLessThanOrEqual(first.rows + 1);
    expect(last.buffers).toBeLessThanOrEqual(first.buffers + perPage);
    // And both are far from all that there is.
    expect(Math.max(first.rows, last.rows)).toBeLessThan(count / 20);
  });

  it("are too many for a PDF, which says so; CSV takes them all and sums up", async () => {
    const pdf = await file(person, { ...period, format: "pdf" });
    expect(pdf.statusCode).toBe(422);
    expect(pdf.json()).toMatchObject({ code: "statement.too_long_for_pdf" });
    const csv = await file(person, { ...period, format: "csv", language: "en" });
    const rows: string[][] = parse(csv.rawPayload, { bom: true, from: 3, to: count + 2 });
    expect(rows).toHaveLength(count);
    expect(rows.reduce((sum, row) => sum + parseDecimal(row[6] || "0", "CNY"), 0n)).toBe(BigInt(count));
  });

  it("stay as they were counted while more is booked", async () => {
    const lonely = await newPerson();
    clock.set("2028-02-10T00:00:00Z");
    await book(lonely, 100n);
    const opened = await ledger.statement(customerAccount(lonely.id, "CNY"), {
      from: new Date("2028-02-01T00:00:00Z"),
      to: new Date("2028-03-01T00:00:00Z"),
    });
    await book(lonely, 200n);
    const lines = [];
    for await (const line of opened.lines()) lines.push(line.amount);
    expect(lines).toEqual([100n]);
    expect(opened.closing).toBe(100n);
  });
});

describe("a database that goes away while a statement is sent", () => {
  let origin: string;
  beforeAll(async () => {
    origin = await server.listen({ host: "127.0.0.1", port: 0 });
  });

  it.each(["json", "csv", "pdf"])(
    "breaks the %s off: nobody takes half of it for the whole",
    async (format) => {
      const person = await newPerson();
      clock.set("2028-04-05T00:00:00Z");
      for (let done = 0; done < 1_100; done += 100)
        await Promise.all(Array.from({ length: 100 }, () => book(person, 1n)));
      const april = new URLSearchParams({ ...march, from: "2028-04-01", to: "2028-05-01", format });
      // The second page of lines is asked for when the first has been sent.
      let pages = 0;
      breakAt = (text) => text.includes("LIMIT $5") && ++pages === 2;
      const answer = await fetch(`${origin}/v1/wallet/statements?${april}`, {
        headers: { cookie: person.cookie },
      });
      expect(answer.status).toBe(200);
      await expect(answer.arrayBuffer()).rejects.toThrow();
      breakAt = undefined;
      const whole = await fetch(`${origin}/v1/wallet/statements?${april}`, {
        headers: { cookie: person.cookie },
      });
      expect((await whole.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
    },
  );
});

/** What PostgreSQL reads for the statements that a piece of work sends: rows of every plan node, and buffers. */
async function costOf(work: () => Promise<unknown>): Promise<{ rows: number; buffers: number }> {
  heard = [];
  await work();
  const statements = heard;
  heard = undefined;
  expect(statements.length).toBeGreaterThan(0);
  type Plan = Record<string, unknown> & { Plans?: Plan[] };
  const total = { rows: 0, buffers: 0 };
  for (const { text, values } of statements) {
    const [answer] = await database.db.query<{ "QUERY PLAN": { Plan: Plan }[] }>(
      `EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ${text}`,
      values,
    );
    const root = answer?.["QUERY PLAN"][0]?.Plan;
    if (!root) throw new Error("no plan");
    total.buffers += Number(root["Shared Hit Blocks"]) + Number(root["Shared Read Blocks"]);
    const walk = (plan: Plan): void => {
      total.rows += Number(plan["Actual Rows"]) * Number(plan["Actual Loops"]);
      total.rows += Number(plan["Rows Removed by Filter"] ?? 0);
      plan.Plans?.forEach(walk);
    };
    walk(root);
  }
  return total;
}
