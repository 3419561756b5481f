import { unwrap } from "@jinqiao/contract/client";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { harbourBank } from "../../../../apps/cli/src/instance/sandbox-banks/index.ts";
import { createTestDatabase } from "../../../../test/support/database.ts";
import {
  attempt,
  createWorld,
  introduced,
  type Session,
  scriptToken,
  type World,
} from "../../../../test/support/world.ts";
import { createSandboxBank } from "../../../sandbox-bank/src/index.ts";
import type { BankConfig } from "../banks/index.ts";

/**
 * Two banks that can both pay to an account at the first one. What certainly moved nothing goes another way, once, under
 * the same reference; what may have moved something never does. Money arrives once, whatever breaks.
 */
let world: World;
let quay: Awaited<ReturnType<typeof createSandboxBank>>;
let person: Session & { id: string };
let account: string;
let quayAccount: string;
const databases: { url: string; drop(): Promise<void> }[] = [];
const quayConfig = {} as BankConfig;
const quayPlan = { ...harbourBank, id: "quay", name: { en: "Quay Bank", zh: "码头银行" } };
const armed = { when: "before" as "before" | "after", countdown: 0 };
const terms = (fixed: string) => ({ CNY: { fee: { fixed, perMille: 0 } } });

beforeAll(async () => {
  databases.push(await createTestDatabase(), await createTestDatabase());
  const [harbourDb = { url: "" }, quayDb = { url: "" }] = databases;
  const peers: { code: string; url: string }[] = [];
  quay = await createSandboxBank({
    databaseUrl: quayDb.url,
    port: 0,
    scriptToken,
    seed: "demo",
    settleAfterMs: 0,
    autoEndOfDay: false,
    bankCode: "9996",
    peers,
  });
  world = await createWorld({
    bank: { databaseUrl: harbourDb.url },
    overrides: {
      strict: false,
      fault: (when) => {
        if (armed.countdown === 0 || armed.when !== when) return;
        armed.countdown -= 1;
        if (armed.countdown === 0)
          throw Object.assign(new Error(`the connection broke ${when} a statement`), { code: "ECONNRESET" });
      },
    },
    moreBanks: async (url) => {
      const at = { bankUrl: quay.url, serverUrl: url, script: quay.script };
      return [
        Object.assign(quayConfig, { executionWindowMs: 0 }, await introduced(quayPlan, at), {
          rails: [{ id: "credit_transfer", currencies: terms("1.00"), reach: ["CZ"] }],
        } as object),
      ];
    },
  });
  peers.push({ code: "9999", url: world.bank.url });
  person = await world.customer("林晓", "zh");
  account = (await world.link(person, "linxiao")).get("CNY")?.id ?? "";
  quayAccount = await linkAtQuay();
  await move("/v1/top-ups", account, "1000.00");
  await move("/v1/top-ups", quayAccount, "1000.00");
  await closeDays();
});
afterAll(async () => {
  await world.close();
  await quay.close();
  await Promise.all(databases.map((database) => database.drop()));
});

async function linkAtQuay(): Promise<string> {
  const consent = await unwrap(
    person.api.POST("/v1/consents", { params: { header: attempt() }, body: { bankId: "quay" } }),
  );
  const { redirectUrl } = await quay.script.authorise({
    authorizationUrl: consent.authorisationUrl ?? "",
    username: "linxiao",
    trustTopUpsPerDay: "100000",
  });
  await person.follow(redirectUrl);
  const { items } = await unwrap(person.api.GET("/v1/linked-accounts"));
  return items.find(({ bankId, currency }) => bankId === "quay" && currency === "CNY")?.id ?? "";
}
async function closeDays(): Promise<void> {
  await quay.script.endOfDay();
  await world.closeDay();
}
async function order(path: "/v1/top-ups" | "/v1/withdrawals", linkedAccountId: string, amount: string) {
  const header = attempt();
  for (let press = 0; ; press += 1) {
    const body = { linkedAccountId, amount: { amount, currency: "CNY" } };
    const answer = await person.api.POST(path, { params: { header }, body }).catch(() => undefined);
    if (answer?.data || press === 3) return answer?.data?.id ?? "";
  }
}
async function move(path: "/v1/top-ups" | "/v1/withdrawals", linkedAccountId: string, amount: string) {
  const id = await order(path, linkedAccountId, amount);
  await world.settleJobs();
  armed.countdown = 0;
  await world.settleJobs();
  return payment(id);
}
const payment = (paymentId: string) =>
  unwrap(person.api.GET("/v1/payments/{paymentId}", { params: { path: { paymentId } } }));
const booked = async (bank: typeof quay, iban: string) =>
  BigInt((await bank.script.account(iban)).bookedMinor);
const custody = (config: BankConfig) =>
  config.custodyAccounts.find(({ currency }) => currency === "CNY")?.iban ?? "";
const linXiao = async () =>
  (await world.bank.script.psus())
    .find(({ username }) => username === "linxiao")
    ?.accounts.find(({ currency }) => currency === "CNY")?.iban ?? "";
/** What has left the custody accounts and arrived at the customer's since, minor units. */
async function watchMoney() {
  const iban = await linXiao();
  const now = async () => ({
    harbour: await booked(world.bank, custody(world.config)),
    quay: await booked(quay, custody(quayConfig)),
    arrived: await booked(world.bank, iban),
  });
  const before = await now();
  return async () => {
    const after = await now();
    return {
      harbour: before.harbour - after.harbour,
      quay: before.quay - after.quay,
      arrived: after.arrived - before.arrived,
    };
  };
}
async function harbourAt(url: string): Promise<void> {
  await world.stopServer();
  Object.assign(world.config, { baseUrl: url });
  await world.startServer();
}
/** An address of this machine where nobody answers. */
const nobody = "http://localhost:9";

it("the cheaper bank carries it, and the payment says why and what else there was", async () => {
  const amount = { amount: "10.00", currency: "CNY" };
  const told = await unwrap(
    person.api.POST("/v1/payment-routes", { body: { kind: "withdrawal", linkedAccountId: account, amount } }),
  );
  expect(told).toMatchObject({
    bankId: "harbour",
    rail: "credit_transfer",
    fee: { amount: "0.00" },
    reasons: ["cheap"],
    others: [{ bankId: "quay", whyNot: "cheap" }],
    before: null,
  });
  const moved = await watchMoney();
  const made = await move("/v1/withdrawals", account, "10.00");
  expect(made.route).toMatchObject({ bankId: "harbour", reasons: ["cheap"] });
  expect(await moved()).toEqual({ harbour: 1_000n, quay: 0n, arrived: 1_000n });
  // Harbour Bank has no agreement to pay to other banks: it is not even a possibility there.
  const elsewhere = await unwrap(
    person.api.POST("/v1/payment-routes", {
      body: { kind: "withdrawal", linkedAccountId: quayAccount, amount },
    }),
  );
  expect(elsewhere).toMatchObject({
    bankId: "quay",
    others: [{ bankId: "harbour", whyNot: "out_of_reach" }],
  });
});

it("of several accounts that can pay, the top-up page is told which is best and why", async () => {
  const { recommended, others } = await unwrap(
    person.api.POST("/v1/top-up-recommendations", { body: { amount: { amount: "5.00", currency: "CNY" } } }),
  );
  expect(recommended).toEqual({ linkedAccountId: account, reasons: ["cheap"] });
  expect(others).toEqual([{ linkedAccountId: quayAccount, whyNot: "cheap" }]);
});

it("a bank that cannot be reached: another one pays at once, and the money arrives at the account at the first", async () => {
  await harbourAt(nobody);
  const moved = await watchMoney();
  const made = await move("/v1/withdrawals", account, "20.00");
  expect(made).toMatchObject({
    status: "submitted",
    counterparty: { bankName: { en: "Harbour Bank" } },
    route: { bankId: "quay", before: { bankId: "harbour", why: "not_sent" } },
  });
  expect(made.timeline.map(({ status, event }) => event ?? status)).toEqual([
    "authorised",
    "rerouted",
    "submitted",
  ]);
  await harbourAt(world.bank.url);
  await expect.poll(moved).toEqual({ harbour: 0n, quay: 2_000n, arrived: 2_000n });
  await closeDays();
  expect(await payment(made.id)).toMatchObject({ status: "settled" });
  expect(await world.app.ledger.violations()).toEqual([]);
});

it("custody that is short at the bank: another one pays; the bank has said no, so nothing is paid twice", async () => {
  const db = new pg.Client({ connectionString: databases[0]?.url ?? "" });
  await db.connect();
  const reserve = (amount: string) =>
    db.query(`UPDATE bank.accounts SET pending_debit_minor = ${amount} WHERE iban = $1`, [
      custody(world.config),
    ]);
  try {
    await reserve("-booked_minor");
    const moved = await watchMoney();
    const made = await move("/v1/withdrawals", account, "30.00");
    expect(made.route).toMatchObject({ bankId: "quay", before: { bankId: "harbour", why: "refused" } });
    await expect.poll(moved).toEqual({ harbour: 0n, quay: 3_000n, arrived: 3_000n });
  } finally {
    await reserve("0");
    await db.end();
  }
});

it("an answer that is lost, or a refusal of this very payment, is no reason to try elsewhere", async () => {
  const moved = await watchMoney();
  await world.bank.script.addFault({ operation: "initiatePayment", action: "reset-connection-after" });
  const lost = await move("/v1/withdrawals", account, "40.00");
  expect(lost).toMatchObject({ status: "submitted", route: { bankId: "harbour", before: null } });
  await world.bank.script.addFault({ operation: "initiatePayment", action: "refuse" });
  const refused = await move("/v1/withdrawals", account, "41.00");
  expect(refused).toMatchObject({ status: "rejected", route: { bankId: "harbour", before: null } });
  expect(await moved()).toEqual({ harbour: 4_000n, quay: 0n, arrived: 4_000n });
});

it("whatever statement breaks on the other way, the money leaves once", async () => {
  await harbourAt(nobody);
  const moved = await watchMoney();
  let expected = 0n;
  for (const [round, countdown] of [4, 9, 14, 19].entries()) {
    Object.assign(armed, { when: round % 2 === 0 ? "before" : "after", countdown });
    const made = await move("/v1/withdrawals", account, "1.00");
    // Where the mark "sent" outlived the answer, only the bank could tell, and it cannot be reached.
    expect(["submitted", "unknown"]).toContain(made.status);
    if (made.status === "submitted") expected += 100n;
  }
  expect(expected).toBeGreaterThan(0n);
  await harbourAt(world.bank.url);
  await world.settleJobs();
  await expect.poll(moved).toEqual({ harbour: 0n, quay: expected, arrived: expected });
  await closeDays();
  expect(await world.app.ledger.violations()).toEqual([]);
});

it("a bank that is closed is passed over; with nowhere else to go the payment waits at it", async () => {
  await world.stopServer();
  const closed = [{ from: "00:00", to: "23:59", daily: true as const }];
  Object.assign(world.config, { maintenance: [...closed, { from: "23:58", to: "00:01", daily: true }] });
  await world.startServer();
  const made = await move("/v1/withdrawals", account, "2.00");
  expect(made.route).toMatchObject({ bankId: "quay", reasons: ["open"], before: null });
  const topUp = await move("/v1/top-ups", account, "2.00");
  expect(topUp).toMatchObject({ status: "authorised", reason: { code: "bank.maintenance" } });
});
