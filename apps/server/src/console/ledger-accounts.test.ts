import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestServer, type TestServer } from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import { createLedger, custodyAccount, customerAccount, type Ledger } from "../ledger/index.ts";
import { manualClock } from "../platform/clock.ts";
import { createSubscriptions } from "../platform/events.ts";
import { createIds } from "../platform/ids.ts";
import { ledgerAccountRoutes } from "./ledger-accounts.ts";

const clock = manualClock("2026-05-01T08:00:00.000Z");
const ids = createIds(clock);
const custody = custodyAccount("harbour", "CNY");
const customer = customerAccount("cus_1", "CNY");
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let ledger: Ledger;
let server: TestServer;
let operations: string;
let viewer: string;

beforeAll(async () => {
  database = await createServerDatabase();
  ledger = createLedger({ db: database.db, clock, subscriptions: createSubscriptions() });
  server = await createTestServer(database.db, { handlers: ledgerAccountRoutes({ ledger }) });
  [operations, viewer] = [await server.staff("operations"), await server.staff("viewer")];
  for (let index = 1; index <= 5; index += 1) {
    clock.advance(1_000);
    const postings =
      index === 4
        ? [{ debit: customer, credit: custody, amount: 30n }]
        : [{ debit: custody, credit: customer, amount: BigInt(index) * 100n }];
    const transfer = { id: ids.next("trf"), kind: "test", subject: `pay_${index}`, postings };
    expect((await ledger.commit({ key: `t/${index}`, hash: "t", transfer })).status).toBe("accepted");
  }
});
afterAll(async () => {
  await ledger.idle();
  await server.close();
  await database.drop();
});

type Answer = {
  items: {
    sequence: string;
    direction: string;
    amount: { amount: string };
    balanceAfter: { amount: string };
  }[];
  nextCursor: string | null;
};
const ask = (path: string, query: Record<string, string>, cookie = viewer) =>
  server.ask("GET", `/v1/console/${path}?${new URLSearchParams(query)}`, { cookie });
const book = { account: custody.code, currency: "CNY" };

describe("one account of the books", () => {
  it("tells what it is and what stands on it", async () => {
    expect(await ask("ledger-account", book)).toMatchObject({
      status: 200,
      json: {
        account: "custody:harbour",
        kind: "asset",
        status: "open",
        balance: { amount: "10.70", currency: "CNY" },
        held: { amount: "0.00" },
        at: null,
        balanceAt: null,
      },
    });
  });

  it("tells what stood on it at a moment, that moment included", async () => {
    const balanceAt = async (at: string) =>
      ((await ask("ledger-account", { ...book, at })).json as { balanceAt: { amount: string } }).balanceAt
        .amount;
    expect(await balanceAt("2026-05-01T08:00:00.999Z")).toBe("0.00");
    expect(await balanceAt("2026-05-01T08:00:01.000Z")).toBe("1.00");
    expect(await balanceAt("2026-05-01T08:00:03.500Z")).toBe("6.00");
    expect(await balanceAt("2026-05-01T08:00:04.000Z")).toBe("5.70");
    expect(await balanceAt("2030-01-01T00:00:00.000Z")).toBe("10.70");
  });

  it("lists its entries as debits and credits, a page at a time", async () => {
    const seen: Answer["items"] = [];
    let cursor: string | null = "";
    do {
      const { json } = await ask("ledger-entries", { ...book, limit: "2", ...(cursor ? { cursor } : {}) });
      const page = json as Answer;
      seen.push(...page.items);
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(
      seen.map((entry) => [entry.sequence, entry.direction, entry.amount.amount, entry.balanceAfter.amount]),
    ).toEqual([
      ["5", "debit", "5.00", "10.70"],
      ["4", "credit", "0.30", "5.70"],
      ["3", "debit", "3.00", "6.00"],
      ["2", "debit", "2.00", "3.00"],
      ["1", "debit", "1.00", "1.00"],
    ]);
    const { json } = await ask("ledger-entries", { ...book, before: "2026-05-01T08:00:03.000Z" });
    expect((json as Answer).items.map((entry) => entry.sequence)).toEqual(["2", "1"]);
  });

  it("shows a liability's debits as debits", async () => {
    const query = { account: customer.code, currency: "CNY" };
    const { json } = await ask("ledger-entries", query, operations);
    expect((json as Answer).items.map((entry) => entry.direction)).toEqual([
      "credit",
      "debit",
      "credit",
      "credit",
      "credit",
    ]);
  });

  it("shows a customer's account to operations alone, and no book to strangers", async () => {
    const query = { account: customer.code, currency: "CNY" };
    for (const path of ["ledger-account", "ledger-entries"]) {
      expect((await ask(path, query, operations)).status).toBe(200);
      expect(await ask(path, query, viewer)).toMatchObject({
        status: 403,
        json: { code: "identity.not_allowed" },
      });
      const { cookie } = await server.customer(`${path}@example.com`);
      expect((await ask(path, book, cookie)).status).toBe(401);
    }
  });

  it.each([
    [{ account: "custody:nowhere", currency: "CNY" }, 404, "request.not_found"],
    [{ account: "custody:harbour", currency: "EUR" }, 404, "request.not_found"],
    [{ account: "custody:harbour", currency: "XXX" }, 400, "request.invalid"],
    [{ account: "", currency: "CNY" }, 404, "request.not_found"],
    [{ ...book, at: "yesterday" }, 400, "request.invalid"],
    [{ currency: "CNY" }, 400, "request.invalid"],
  ])("%j is answered %i %s", async (query, status, code) => {
    expect(await ask("ledger-account", query as Record<string, string>)).toMatchObject({
      status,
      json: { code },
    });
  });
});
