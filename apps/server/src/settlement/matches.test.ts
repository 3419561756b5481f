import type { Staff } from "@jinqiao/contract";
import fc from "fast-check";
import pino from "pino";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createServerDatabase } from "../../../../test/support/server-database.ts";
import type { Banks, CustodyStatement, StatementEntry } from "../banks/index.ts";
import { createLedger, type Ledger } from "../ledger/index.ts";
import { createPayments, type Payments, type PaymentsDeps } from "../payments/index.ts";
import { manualClock } from "../platform/clock.ts";
import { createDb, type Db } from "../platform/db.ts";
import { createSubscriptions } from "../platform/events.ts";
import { createIds } from "../platform/ids.ts";
import { createVault } from "../vault/index.ts";
import { watchAgeing } from "./break-ageing.ts";
import { createSettlement, type Settlement } from "./index.ts";
import { acceptMatch, carryOut, placeBatch } from "./matches.ts";
import type { ReconcileDeps } from "./rows.ts";
import type { BreakRow } from "./sql.ts";
import * as sql from "./sql.ts";
import { suggestionsFor } from "./suggestions.ts";
import { ageOf } from "./views.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let db: Db;
let ledger: Ledger;
let payments: Payments;
let settlement: Settlement;
let deps: ReconcileDeps;
const vault = createVault({ masterKey: Buffer.alloc(32, 9).toString("base64") });
let statement: CustodyStatement | null = null;
// A Thursday.
const clock = manualClock("2026-03-05T12:00:00Z");
const bank = { id: "harbour", currencies: ["EUR"], name: { en: "Harbour", zh: "港湾" } };
const staff: Staff = { id: "stf_1", displayName: "陈静 Chen Jing", role: "operations" } as never;
const people = new Map<string, { id: string; displayName: string; email: string }>();
const account = { code: "suspense:harbour", currency: "EUR" };

beforeAll(async () => {
  database = await createServerDatabase();
  db = createDb({ url: database.url });
  const ids = createIds(clock);
  const subscriptions = createSubscriptions();
  ledger = createLedger({ db, clock, subscriptions });
  const banks = {
    list: () => [bank],
    config: () => ({ timeZone: "UTC", name: bank.name, breakLimitDays: 2 }),
    linkedAccountsById: async () => new Map(),
    custodyStatement: async (_id: string, _currency: string, date: string) => {
      if (statement === null || date > statement.date) return null;
      // A day without a test's lines is a quiet day.
      return date === statement.date
        ? statement
        : { ...statement, date, closingMinor: statement.openingMinor, entries: [] };
    },
  } as unknown as Banks;
  const identity = { customersById: async () => people, looks: { openTo: async () => new Set() } };
  payments = createPayments({
    db,
    clock,
    ids,
    vault,
    ledger,
    banks,
    subscriptions,
    identity,
    watch: {},
    publicUrl: "",
    walletUrl: "",
  } as unknown as PaymentsDeps);
  deps = { db, clock, ids, vault, ledger, banks, payments };
  settlement = createSettlement({ ...deps, subscriptions, logger: pino({ level: "silent" }) });
});
afterAll(async () => {
  await ledger.idle();
  await db.close();
  await database.drop();
});

const dayMs = 86_400_000;
let serial = 0;
/** A top-up that the bank has accepted and that no statement has shown. */
async function topUp(amount: bigint, name = "Lin Xiao") {
  serial += 1;
  const id = deps.ids.next("pay");
  const customer = deps.ids.next("cus");
  people.set(customer, { id: customer, displayName: name, email: "" });
  const reference = `JQ${id.slice(4).toUpperCase()}`;
  await db.query(
    `INSERT INTO payments.payment (id, kind, status, customer_id, bank_id, linked_account_id, currency, amount, reference,
       request_id, bank_payment_id, bank_status, sent_at, accepted_at, created_at, updated_at)
     VALUES ($1, 'top_up', 'submitted', $2, 'harbour', 'lac_1', 'EUR', $3, $4, gen_random_uuid(), $5, 'ACCP', $6, $6, $6, $6)`,
    [id, customer, amount, reference, `bank-${serial}`, clock.now()],
  );
  return { id, customer, reference, amount };
}
const line = (
  amountMinor: bigint,
  facts: Partial<StatementEntry> = {},
): Omit<StatementEntry, "sequence"> => ({
  direction: "credit",
  amountMinor,
  bookingDate: clock.now().toISOString().slice(0, 10),
  valueDate: null,
  endToEndId: null,
  bankReference: null,
  counterpartyName: null,
  remittance: null,
  ...facts,
});
let closing = 0n;
/** The bank closes the day with these lines; it is reconciled, and the next day begins. */
async function close(...lines: Omit<StatementEntry, "sequence">[]): Promise<BreakRow[]> {
  const date = clock.now().toISOString().slice(0, 10);
  const openingMinor = closing;
  for (const { amountMinor, direction } of lines)
    closing += direction === "credit" ? amountMinor : -amountMinor;
  statement = {
    iban: "DE00TEST",
    currency: "EUR",
    date,
    openingMinor,
    closingMinor: closing,
    sha256: "0".repeat(64),
    entries: lines.map((entry, index) => ({ ...entry, sequence: index + 1 })),
  };
  const id = (await settlement.fetchStatements()).at(-1) ?? "";
  clock.advance(dayMs);
  const kept = await sql.selectLines(db, vault, { statementId: id });
  const place = (found: BreakRow) =>
    kept.find((one) => one.id === found.line_id)?.sequence ?? Number.POSITIVE_INFINITY;
  return (await sql.selectBreaks(db, vault, { statementId: id, limit: 100 })).toSorted(
    (a, b) => place(a) - place(b),
  );
}
const statusOf = async (id: string) => (await payments.byId(id))?.status;
const balance = async (code: string) =>
  (await ledger.balances(code)).find((one) => one.currency === "EUR")?.balance ?? 0n;
let attempts = 0;
const match = (breakId: string, breakIds: string[], paymentIds: string[], key = `match-${++attempts}`) =>
  acceptMatch(
    deps,
    staff,
    { key, hash: JSON.stringify([breakId, breakIds, paymentIds]) },
    breakId,
    { breakIds, paymentIds, note: "Looked at together." },
    async (row) => ({
      id: row.id,
      action: row.action,
      transfer: row.transfer_id,
    }),
  );
/** Whatever happened: the books hold, and what waits in suspense is what open breaks say, to the minor unit. */
async function sound() {
  expect(
    (await ledger.violations()).filter(({ invariant }) => invariant !== "custody covers what is owed"),
  ).toEqual([]);
  expect(await balance("custody:harbour")).toBe(closing);
  const [row] = await db.query<{ sum: bigint }>(
    `SELECT coalesce(sum(b.bank_amount - coalesce((SELECT sum(m.amount) FROM settlement.match m WHERE m.break_id = b.id AND m.outcome IS NOT NULL), 0)), 0)::bigint AS sum
       FROM settlement.break b WHERE b.closed_at IS NULL AND b.line_id IS NOT NULL`,
  );
  expect(await balance(account.code)).toBe(row?.sum);
}

describe("matching what waits in suspense", () => {
  it("a line without its reference and the payment that it is: suggested with reasons, and settled once", async () => {
    const payment = await topUp(8_000n);
    const [found] = await close(line(8_000n, { counterpartyName: "Lin Xiao" }));
    expect(found).toMatchObject({ kind: "unexpected_line" });
    const [best] = await suggestionsFor(deps, found as BreakRow);
    expect(best).toMatchObject({
      exact: true,
      payments: [{ paymentId: payment.id, names: ["Lin Xiao"] }],
      lines: [{ breakId: found?.id }],
      why: { en: "Same amount, on the same day, the name matches.", zh: "金额相同，日期相同，户名一致。" },
    });
    // The next day misses the payment, too.
    const [missing] = await close();
    expect(missing).toMatchObject({ kind: "missing_on_statement", payment_id: payment.id });
    expect((await suggestionsFor(deps, missing as BreakRow))[0]?.lines.map(({ breakId }) => breakId)).toEqual(
      [found?.id],
    );
    await sound();

    const breakIds = [found?.id ?? ""];
    const answer = await match(missing?.id ?? "", breakIds, [payment.id], "one");
    expect(answer).toMatchObject({ id: missing?.id, action: "match" });
    await expect(match(found?.id ?? "", breakIds, [payment.id])).rejects.toMatchObject({
      code: "settlement.break_closed",
    });
    expect(await statusOf(payment.id)).toBe("settled");
    expect(await balance(`customer:${payment.customer}`)).toBe(8_000n);
    expect((await sql.selectBreaks(db, vault, { open: true, limit: 100 })).length).toBe(0);
    expect((await settlement.linesOf(staff, payment.id)).map(({ amount }) => amount)).toEqual([
      { amount: "80.00", currency: "EUR" },
    ]);
    await sound();
  });

  it("a batch that the bank lists by our references is placed by itself: one line, several payments", async () => {
    const made = [await topUp(1_000n), await topUp(2_000n), await topUp(3_001n)];
    const batch = { references: made.map(({ reference }) => reference), id: "B1", count: 3 };
    const [found] = await close(line(6_001n, { batch }));
    expect(found).toMatchObject({ closed_by_id: "reconciliation", action: "match" });
    for (const one of made) {
      expect(await statusOf(one.id)).toBe("settled");
      expect(await balance(`customer:${one.customer}`)).toBe(one.amount);
    }
    await sound();
  });

  it("a list that does not add up, or names a stranger's payment, is a suggestion's business", async () => {
    const made = [await topUp(1_100n), await topUp(2_200n)];
    const batch = (references: string[]) => ({ references, id: null, count: references.length });
    const breaks = await close(
      line(3_301n, { batch: batch(made.map(({ reference }) => reference)) }),
      line(1_100n, { batch: batch([made[0]?.reference ?? "", "JQ00000000000000000000000000"]) }),
    );
    expect(breaks.filter(({ line_id }) => line_id).map(({ closed_at }) => closed_at)).toEqual([null, null]);
    await expect(
      match(
        breaks[0]?.id ?? "",
        [breaks[0]?.id ?? ""],
        made.map(({ id }) => id),
      ),
    ).rejects.toMatchObject({ code: "settlement.match_not_exact" });
    await sound();
    await match(breaks[1]?.id ?? "", [breaks[1]?.id ?? ""], [made[0]?.id ?? ""]);
    // What is left is written down, and a second line makes the other payment whole.
    const [rest] = await close(line(2_200n));
    await match(rest?.id ?? "", [rest?.id ?? ""], [made[1]?.id ?? ""]);
    await sound();
  });

  it("several lines are one payment: all their breaks close with it", async () => {
    const payment = await topUp(10_000n);
    const breaks = await close(line(7_000n, { endToEndId: payment.reference }), line(3_000n), line(2_999n));
    expect(breaks.slice(0, 3).map(({ kind }) => kind)).toEqual([
      "amount_differs",
      "unexpected_line",
      "unexpected_line",
    ]);
    const [first, second] = breaks.map(({ id }) => id as string) as [string, string];
    const [best] = await suggestionsFor(deps, breaks[0] as BreakRow);
    expect(best?.exact && best.lines.map(({ breakId }) => breakId).toSorted()).toEqual(
      [first, second].toSorted(),
    );
    await match(first, [first, second], [payment.id]);
    expect(await statusOf(payment.id)).toBe("settled");
    expect(
      (await sql.selectBreaks(db, vault, { open: true, limit: 100 })).map(({ bank_amount }) => bank_amount),
    ).toContain(2_999n);
    await sound();
  });

  it("two people at once: matched once, also with different payments", async () => {
    const made = [await topUp(500n), await topUp(700n), await topUp(300n), await topUp(900n)];
    const [found] = await close(line(1_200n));
    const id = found?.id ?? "";
    const [a, b, c, d] = made.map((one) => one.id as string) as [string, string, string, string];
    const outcomes = await Promise.allSettled([match(id, [id], [a, b]), match(id, [id], [c, d])]);
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const settled = await Promise.all(made.map((one) => statusOf(one.id)));
    expect(settled.filter((status) => status === "settled")).toHaveLength(2);
    await sound();
  });

  it("a match cut short is carried out by its job; a payment that ended meanwhile leaves its share in a break", async () => {
    const [a, b] = [await topUp(400n), await topUp(600n)];
    const [first] = await sql.selectStatements(db, { limit: 1 });
    const head = await sql.selectStatement(db, first?.id ?? "");
    // As a process that ends right after the first commit leaves it: the list is kept, nothing is carried out.
    const stopped = {
      ...deps,
      ledger: {
        ...ledger,
        commit: async (one: never) => ({ ...(await ledger.commit(one)), status: "stale" as const }),
      },
    };
    const entry = { ...line(1_000n), sequence: 999 };
    const rows = await Promise.all([payments.byId(a.id), payments.byId(b.id)]);
    await placeBatch(stopped as never, head as never, entry, rows as never);
    closing += 1_000n;
    await sound();
    const found = (
      await sql.selectBreaks(db, vault, { statementId: head?.id ?? "", open: true, limit: 10 })
    ).find(({ bank_amount }) => bank_amount === 1_000n);
    const id = found?.id ?? "";
    await expect(match(id, [id], [a.id, b.id])).rejects.toMatchObject({ code: "settlement.break_closed" });
    await payments.apply(b.id, { cause: "bank_rejected" });
    await Promise.all([carryOut(deps, id), carryOut(deps, id)]);
    expect(await statusOf(a.id)).toBe("settled");
    expect(await statusOf(b.id)).toBe("rejected");
    expect(await sql.selectBreak(db, vault, id)).toMatchObject({ action: "match" });
    const left = (await sql.selectBreaks(db, vault, { paymentId: b.id, open: true, limit: 10 })).map(
      ({ bank_amount }) => bank_amount,
    );
    expect(left).toEqual([600n]);
    // The share can be matched like any other line.
    const again = await topUp(600n);
    const [rest] = await sql.selectBreaks(db, vault, { paymentId: b.id, open: true, limit: 10 });
    const [suggestion] = await suggestionsFor(deps, rest as BreakRow);
    expect(suggestion).toMatchObject({ exact: true, lines: [{ amount: { amount: "6.00" } }] });
    await match(rest?.id ?? "", [rest?.id ?? ""], [again.id]);
    await sound();
  });

  it("money that came before a payment was sent, another direction, and anything twice are refused", async () => {
    const [found] = await close(line(4_444n));
    clock.advance(2 * dayMs);
    const later = await topUp(4_444n);
    const id = found?.id ?? "";
    expect(await suggestionsFor(deps, found as BreakRow)).toEqual([]);
    const impossible = { code: "settlement.match_not_possible" };
    await expect(match(id, [id], [later.id])).rejects.toMatchObject(impossible);
    await expect(match(id, [id], [later.id, later.id])).rejects.toMatchObject(impossible);
    await expect(match(id, [], [later.id])).rejects.toMatchObject(impossible);
    await expect(match(id, [id], ["pay_none"])).rejects.toMatchObject(impossible);
    await expect(match("brk_none", [id], [later.id])).rejects.toMatchObject({ code: "request.not_found" });
    await payments.apply(later.id, { cause: "bank_rejected" });
  });

  it("the bank's no and its statement's yes are a break with both sides", async () => {
    const payment = await topUp(2_500n);
    const reason = { code: "AM04", text: { en: "There is not enough money.", zh: "余额不足。" } };
    await payments.apply(payment.id, { cause: "bank_rejected", bankStatus: "RJCT", reason });
    const date = clock.now().toISOString().slice(0, 10);
    const [found] = await close(line(2_500n, { endToEndId: payment.reference }));
    expect(found).toMatchObject({
      kind: "answer_differs",
      bank_amount: 2_500n,
      ledger_amount: 0n,
      payment_id: payment.id,
    });
    expect(found?.why_en).toBe(
      `The bank's last answer was that it did not carry out this payment (RJCT): “There is not enough money.” Its statement of ${date} shows that the money moved. It waits in suspense.`,
    );
    await sound();
  });

  it("ages in business days; what passes its bank's limit is told once", async () => {
    const open = await sql.selectBreaks(db, vault, { open: true, oldestFirst: true, limit: 100 });
    expect(open.map(({ date }) => date)).toEqual(open.map(({ date }) => date).toSorted());
    clock.advance(10 * dayMs);
    const overdue = open.filter((row) => ageOf(deps, row).overdue);
    expect(overdue).toEqual(open);
    const told = async () =>
      (
        await db.query<{ payload: { breakId: string } }>(
          "SELECT payload FROM platform.outbox WHERE name = 'break.overdue'",
        )
      ).length;
    await watchAgeing(deps);
    expect(await told()).toBe(open.length);
    await watchAgeing(deps);
    expect(await told()).toBe(open.length);
    const page = await sql.selectBreaks(db, vault, { open: true, oldestFirst: true, limit: 1 });
    const next = await sql.selectBreaks(db, vault, {
      open: true,
      oldestFirst: true,
      cursor: page[0]?.id,
      limit: 100,
    });
    expect(next.map(({ id }) => id)).toEqual(open.slice(1).map(({ id }) => id));
  });

  it("whatever lines and payments come and however they are matched, no money appears or is lost", async () => {
    const day = fc.record({
      amounts: fc.array(fc.bigInt(1n, 40n), { minLength: 1, maxLength: 5 }),
      lines: fc.array(fc.bigInt(1n, 120n), { minLength: 1, maxLength: 3 }),
      picks: fc.array(fc.nat(4), { minLength: 1, maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(day, async ({ amounts, lines, picks }) => {
        const before = await Promise.all(amounts.map((amount) => topUp(amount)));
        const sum = before.reduce((total, { amount }) => total + amount, 0n);
        const breaks = await close(...[...lines, sum].map((amount) => line(amount)));
        for (const [index, pick] of picks.entries()) {
          const found = breaks[index % breaks.length] as BreakRow;
          const suggestion = (await suggestionsFor(deps, found))[pick];
          if (suggestion?.exact !== true) continue;
          const [one, two] = [
            suggestion.lines.map((l) => l.breakId),
            suggestion.payments.map((p) => p.paymentId),
          ];
          await match(found.id, one as string[], two as string[]).catch((error) =>
            expect(error.code).toMatch(/settlement|payment/),
          );
        }
        await sound();
        const left = await Promise.all(before.map(({ id }) => payments.byId(id)));
        for (const payment of left)
          if (payment?.status === "submitted") await payments.apply(payment.id, { cause: "bank_rejected" });
      }),
      { numRuns: 5 },
    );
  });
});
