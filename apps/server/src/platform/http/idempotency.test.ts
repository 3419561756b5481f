import { createTransfer, getPayment, type Payment } from "@jinqiao/contract";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestServer, type TestServer } from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { createLedger, custodyAccount, customerAccount, type Ledger } from "../../ledger/index.ts";
import { systemClock } from "../clock.ts";
import { Refusal } from "../errors.ts";
import { createSubscriptions } from "../events.ts";
import { createIds } from "../ids.ts";
import { handle } from "./handler.ts";

// A small transfer on the real ledger: what the server does around a use case, without the payments module.
let database: Awaited<ReturnType<typeof createServerDatabase>>;
let server: TestServer;
let ledger: Ledger;
let runs = 0;
const ids = createIds(systemClock);
const payee = ids.next("cus");

beforeAll(async () => {
  database = await createServerDatabase();
  ledger = createLedger({ db: database.db, clock: systemClock, subscriptions: createSubscriptions() });
  server = await createTestServer(database.db, {
    handlers: [
      handle(createTransfer, async ({ customerId, body, idempotency }) => {
        runs += 1;
        const id = ids.next("pay");
        const at = new Date().toISOString();
        const payment: Payment = {
          id,
          kind: "transfer",
          direction: "out",
          status: "settled",
          amount: body.amount,
          counterparty: { kind: "customer", name: "W***", detail: null, bankName: null },
          note: body.note ?? null,
          reference: "JQ1",
          reason: null,
          credited: true,
          actionUrl: null,
          payeeCheck: null,
          route: null,
          authentication: null,
          originalPaymentId: null,
          returns: [],
          returned: null,
          refunds: [],
          refunded: null,
          authorisedAmount: null,
          paymentIntentId: null,
          timeline: [{ status: "settled", at }],
          createdAt: at,
          updatedAt: at,
        };
        const currency = "CNY";
        const outcome = await ledger.commit<Payment>({
          ...idempotency,
          result: payment,
          transfer: {
            id: ids.next("trf"),
            kind: "transfer",
            postings: [
              {
                debit: { code: customerAccount(customerId, currency).code, currency },
                credit: customerAccount(body.payeeId, currency),
                amount: BigInt(body.amount.amount.replace(".", "")),
              },
            ],
          },
        });
        if (outcome.status === "accepted" || outcome.status === "replayed") return outcome.result;
        if (outcome.status === "refused") throw new Refusal(outcome.code);
        throw new Refusal("idempotency.key_reused");
      }),
      handle(getPayment, async () => {
        throw new Refusal("request.not_found");
      }),
    ],
  });
});
afterAll(async () => {
  await ledger.idle();
  await server.close();
  await database.drop();
});

let serial = 0;
async function person(funds: bigint) {
  serial += 1;
  const { id, cookie } = await server.customer(`payer${serial}@people.example`);
  if (funds > 0n)
    await ledger.commit({
      key: `fund/${id}`,
      hash: "fund",
      transfer: {
        id: ids.next("trf"),
        kind: "fund",
        postings: [
          { debit: custodyAccount("test", "CNY"), credit: customerAccount(id, "CNY"), amount: funds },
        ],
      },
    });
  const send = (key: string | undefined, amount = "5.00") =>
    server.ask("POST", "/v1/transfers", {
      cookie,
      headers: key === undefined ? {} : { "idempotency-key": key },
      body: { payeeId: payee, amount: { amount, currency: "CNY" } },
    });
  const balance = async () => (await ledger.balances(`customer:${id}`))[0]?.balance ?? 0n;
  return { send, balance, id };
}

it("asks for a key of 8 to 128 visible ASCII characters", async () => {
  const { send, balance } = await person(1_000n);
  for (const key of [undefined, "", "short", "x".repeat(129), "with space", "schlüssel-ä", "tab\tinside"])
    expect(await send(key)).toMatchObject({ status: 400, json: { code: "idempotency.key_missing" } });
  expect(await balance()).toBe(1_000n);
});

it("gives the same answer to the same request, without running it again", async () => {
  const { send, balance } = await person(1_000n);
  const first = await send("attempt-0001");
  expect(first.status).toBe(201);
  const before = runs;
  for (let again = 0; again < 3; again += 1) {
    const replay = await send("attempt-0001");
    expect(replay.status).toBe(201);
    expect(replay.json).toEqual(first.json);
  }
  expect(runs).toBe(before);
  expect(await balance()).toBe(500n);
});

it("answers another body under the same key with a conflict", async () => {
  const { send, balance } = await person(1_000n);
  await send("attempt-0001");
  expect(await send("attempt-0001", "5.01")).toMatchObject({
    status: 409,
    json: { code: "idempotency.key_reused", retryable: false },
  });
  expect(await balance()).toBe(500n);
});

it("keeps refusals: a replay is refused alike though funds have come meanwhile", async () => {
  const { send, id } = await person(0n);
  expect(await send("attempt-0001")).toMatchObject({
    status: 422,
    json: { code: "payment.insufficient_funds" },
  });
  await ledger.commit({
    key: `late/${id}`,
    hash: "late",
    transfer: {
      id: ids.next("trf"),
      kind: "fund",
      postings: [{ debit: custodyAccount("test", "CNY"), credit: customerAccount(id, "CNY"), amount: 900n }],
    },
  });
  expect(await send("attempt-0001")).toMatchObject({
    status: 422,
    json: { code: "payment.insufficient_funds" },
  });
  expect((await send("attempt-0002")).status).toBe(201);
});

it("acts once when a button is pressed twenty times at once", async () => {
  const { send, balance } = await person(100_000n);
  const answers = await Promise.all(Array.from({ length: 20 }, () => send("attempt-0001")));
  expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(201));
  expect(new Set(answers.map(({ json }) => (json as Payment).id)).size).toBe(1);
  expect(await balance()).toBe(99_500n);
});

it("keeps people's keys apart", async () => {
  const [a, b] = [await person(1_000n), await person(1_000n)];
  const one = await a.send("the-same-key");
  const other = await b.send("the-same-key", "7.00");
  expect([one.status, other.status]).toEqual([201, 201]);
  expect([await a.balance(), await b.balance()]).toEqual([500n, 300n]);
});
