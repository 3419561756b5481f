import { beforeAll, describe, expect, it } from "vitest";
import type {
  AccountRef,
  Instruction,
  PageRequest,
  StatementLine,
} from "../../../apps/server/src/ledger/index.ts";
import { balanceOf } from "./kit.ts";
import type { Context } from "./suite.ts";

async function allOf<T>(list: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of list) all.push(one);
  return all;
}

/** What the books tell, now and of any instant before. */
export function describeReading(context: Context): void {
  const { kit, clock } = context;
  const commit = (instruction: Instruction) => context.ledger.commit(instruction);

  describe("reading", () => {
    const [one, other] = [kit.customer(), kit.customer()];
    const subject = kit.next("pay_");
    /** When each of the ten transfers was booked, a minute apart; the last two share an instant. */
    const instants: Date[] = [];

    beforeAll(async () => {
      clock.advance(60_000);
      await commit(kit.fund(one, 1_000n));
      instants.push(clock.now());
      for (let n = 1; n < 10; n += 1) {
        if (n < 9) clock.advance(60_000);
        const [from, to] = n % 3 === 0 ? [other, one] : [one, other];
        await commit(kit.post([{ debit: from, credit: to, amount: BigInt(n) }], { kind: "send", subject }));
        instants.push(clock.now());
      }
      clock.advance(60_000);
    });
    const at = (n: number): Date => instants[n] as Date;
    const justBefore = (n: number): Date => new Date(at(n).getTime() - 1);
    /** Change of `one` by each transfer. */
    const changes = [1_000n, -1n, -2n, 3n, -4n, -5n, 6n, -7n, -8n, 9n];
    const balanceAfter = (n: number): bigint =>
      changes.slice(0, n + 1).reduce((sum, change) => sum + change, 0n);
    const strangers = { code: `customer:${kit.next("nobody")}`, currency: "CNY" };

    it("gives the balance now and at any instant", async () => {
      expect((await balanceOf(context.ledger, one)).balance).toBe(balanceAfter(9));
      expect(await context.ledger.balanceAt(one, justBefore(0))).toBe(0n);
      for (let n = 0; n < 8; n += 1) {
        expect(await context.ledger.balanceAt(one, at(n))).toBe(balanceAfter(n));
        expect(await context.ledger.balanceAt(one, justBefore(n + 1))).toBe(balanceAfter(n));
      }
      expect(await context.ledger.balanceAt(one, at(9))).toBe(balanceAfter(9));
      expect(await context.ledger.balanceAt(one, kit.later(1_000_000_000))).toBe(balanceAfter(9));
    });

    it("tells of an account that nobody has used nothing but zero", async () => {
      const period = { from: at(0), to: kit.later(0) };
      expect(await context.ledger.balances(strangers.code)).toEqual([]);
      expect(await context.ledger.balanceAt(strangers, kit.later(0))).toBe(0n);
      expect(await context.ledger.entries(strangers)).toEqual({ lines: [], next: null });
      expect(await context.ledger.statement(strangers, period)).toMatchObject({
        opening: 0n,
        closing: 0n,
        raised: 0n,
        lowered: 0n,
        count: 0n,
      });
      expect(await context.ledger.flows(strangers, one, period)).toEqual({
        forth: 0n,
        back: 0n,
        transfers: 0n,
      });
      expect(await context.ledger.entriesOf(strangers.code)).toEqual([]);
      expect(await context.ledger.holdsOf(strangers.code)).toEqual([]);
    });

    it("shows each entry as its owner reads it", async () => {
      const { lines } = await context.ledger.entries(one, { limit: 1 });
      const sent = await context.ledger.entriesOf(subject);
      expect(lines).toEqual([
        {
          sequence: 10n,
          at: at(9),
          transferId: sent.at(-1)?.transfer_id,
          kind: "send",
          subject,
          amount: 9n,
          balance: balanceAfter(9),
          counterparty: other.code,
        },
      ]);
    });

    async function walk(account: AccountRef, page: PageRequest): Promise<StatementLine[][]> {
      const pages: StatementLine[][] = [];
      let cursor: string | null = null;
      do {
        const answer = await context.ledger.entries(account, cursor === null ? page : { ...page, cursor });
        pages.push(answer.lines);
        cursor = answer.next;
      } while (cursor !== null && pages.length < 50);
      return pages;
    }

    it.each([1, 3, 5, 10, 11])("pages newest first and oldest first, %i lines at a time", async (limit) => {
      const oldest = await walk(one, { limit, order: "oldest" });
      expect(oldest.flat().map((line) => line.amount)).toEqual(changes);
      expect(oldest.map((lines) => lines.length).slice(0, -1)).toEqual(
        Array(Math.ceil(10 / limit) - 1).fill(limit),
      );
      const newest = await walk(one, { limit, order: "newest" });
      expect(newest.flat()).toEqual(oldest.flat().toReversed());
      expect((await context.ledger.entries(one, { limit })).lines).toEqual(newest[0]);
    });

    it("pages within a period: from its first instant to just before its last", async () => {
      const within = async (from: Date, to: Date) =>
        (await walk(one, { limit: 2, order: "oldest", from, to })).flat().map((line) => line.sequence);
      expect(await within(at(2), at(5))).toEqual([3n, 4n, 5n]);
      expect(await within(at(8), kit.later(0))).toEqual([9n, 10n]);
      expect(await within(at(2), at(2))).toEqual([]);
      const last = await walk(one, { limit: 2, from: at(2), to: at(5) });
      expect(last.map((lines) => lines.map((line) => line.sequence))).toEqual([[5n, 4n], [3n]]);
    });

    it("pages on from where it was, though new entries came meanwhile", async () => {
      const account = kit.customer();
      for (const amount of [1n, 2n, 3n]) await commit(kit.fund(account, amount));
      const first = await context.ledger.entries(account, { limit: 2 });
      expect(first.lines.map((line) => line.amount)).toEqual([3n, 2n]);
      await commit(kit.fund(account, 4n));
      const rest = await context.ledger.entries(account, { limit: 2, cursor: first.next ?? "" });
      expect(rest.lines.map((line) => line.amount)).toEqual([1n]);
    });

    it.each(["", "x", "-1", "../../etc", "9".repeat(40)])(
      "refuses the cursor %j, which it never gave",
      async (cursor) => {
        await expect(context.ledger.entries(one, { cursor })).rejects.toThrow();
      },
    );

    it("writes a statement: opening, what came, what went, closing, and each line", async () => {
      const statement = await context.ledger.statement(one, { from: at(3), to: at(7) });
      expect(statement).toMatchObject({
        account: one,
        opening: balanceAfter(2),
        closing: balanceAfter(6),
        raised: 9n,
        lowered: 9n,
        count: 4n,
      });
      const lines = await allOf(statement.lines());
      expect(lines.map((line) => [line.amount, line.balance])).toEqual(
        [3, 4, 5, 6].map((n) => [changes[n], balanceAfter(n)]),
      );
      expect(statement.opening + statement.raised - statement.lowered).toBe(statement.closing);
    });

    it("writes the same statement, though new entries come while it is read", async () => {
      const account = kit.customer();
      await commit(kit.fund(account, 5n));
      const statement = await context.ledger.statement(account, { from: at(0), to: kit.later(1_000) });
      await commit(kit.fund(account, 7n));
      expect((await allOf(statement.lines())).map((line) => line.amount)).toEqual([5n]);
      expect(statement.closing).toBe(5n);
    });

    it("writes long statements whole", async () => {
      const account = kit.customer();
      const amounts = Array.from({ length: 1_203 }, (_, index) => BigInt(index + 1));
      await Promise.all(amounts.map((amount) => commit(kit.fund(account, amount))));
      const statement = await context.ledger.statement(account, { from: at(0), to: kit.later(1) });
      const lines = await allOf(statement.lines());
      expect(lines.map((line) => line.amount)).toEqual(amounts);
      expect([statement.count, statement.raised]).toEqual([1_203n, (1_203n * 1_204n) / 2n]);
    });

    it("adds up what went between two accounts, forth and back", async () => {
      const whole = { from: at(0), to: kit.later(0) };
      const forth = 1n + 2n + 4n + 5n + 7n + 8n;
      const back = 3n + 6n + 9n;
      expect(await context.ledger.flows(one, other, whole)).toEqual({ forth, back, transfers: 9n });
      expect(await context.ledger.flows(other, one, whole)).toEqual({
        forth: back,
        back: forth,
        transfers: 9n,
      });
      expect(await context.ledger.flows(one, other, { from: at(3), to: at(5) })).toEqual({
        forth: 4n,
        back: 3n,
        transfers: 2n,
      });
      expect(await context.ledger.flows(kit.custody(), other, whole)).toEqual({
        forth: 0n,
        back: 0n,
        transfers: 0n,
      });
    });

    it("adds up the share of each where a transfer has more than two sides", async () => {
      const [payer, shop, fees] = [
        kit.customer(),
        { code: `merchant:${kit.next("m")}`, currency: "CNY" },
        { code: `fees:${kit.next("f")}`, currency: "CNY" },
      ];
      await commit(kit.fund(payer, 100n));
      await commit(
        kit.book([
          { account: payer, amount: 100n },
          { account: shop, amount: -97n },
          { account: fees, amount: -3n },
        ]),
      );
      const whole = { from: at(0), to: kit.later(1) };
      expect(await context.ledger.flows(payer, shop, whole)).toEqual({ forth: 97n, back: 0n, transfers: 1n });
      expect(await context.ledger.flows(fees, payer, whole)).toEqual({ forth: 0n, back: 3n, transfers: 1n });
      expect(await context.ledger.flows(shop, fees, whole)).toMatchObject({ forth: 0n, back: 0n });
    });

    it("tells all sides of what belongs together, debits positive", async () => {
      const rows = await context.ledger.entriesOf(subject);
      expect(rows).toHaveLength(18);
      const sums = new Map<string, bigint>();
      for (const row of rows) sums.set(row.transfer_id, (sums.get(row.transfer_id) ?? 0n) + row.amount);
      expect([...sums.values()]).toEqual(Array(9).fill(0n));
      expect(rows.slice(0, 2)).toMatchObject([
        { kind: "send", at: at(1), ...one, amount: 1n, balance_after: 999n },
        { kind: "send", at: at(1), ...other, amount: -1n, balance_after: 1n },
      ]);
    });

    it("tells holds by what they belong to, with what was used of them", async () => {
      const about = kit.next("pay_");
      const [account, holdId] = [kit.customer(), kit.ids.next("hld")];
      await commit(kit.fund(account, 50n));
      await commit(kit.hold(account, 30n, { id: holdId, subject: about }));
      const placed = { id: holdId, ...account, amount: 30n, subject: about, at: clock.now() };
      expect(await context.ledger.holdsOf(about)).toMatchObject([
        { ...placed, captured: 0n, status: "open" },
      ]);
      await commit(
        kit.move(account, other, 20n, {
          releases: [{ holdId, account, as: "captured", amount: 20n, keepRest: true }],
        }),
      );
      expect(await context.ledger.holdsOf(about)).toMatchObject([
        { ...placed, captured: 20n, status: "open" },
      ]);
    });

    it("sums the account tree: branches of their leaves, customers in one row, everything of a currency to zero", async () => {
      const rows = (await context.ledger.trialBalance()).filter((row) => row.currency === "CNY");
      const leaves = rows.filter((row) => !row.branch);
      expect(leaves.reduce((sum, row) => sum + row.net_debit, 0n)).toBe(0n);
      expect(leaves.filter((row) => row.account.startsWith("customer")).map((row) => row.account)).toEqual([
        "customer:*",
      ]);
      const transit = await context.ledger.trialBalance();
      const [bank] = [kit.next("b")];
      const into = { code: `transit:in:${bank}`, currency: "CNY" };
      const out = { code: `transit:out:${bank}`, currency: "CNY" };
      await commit(kit.move(into, out, 5n));
      await commit(kit.move(into, one, 2n));
      const now = await context.ledger.trialBalance();
      const of = (list: typeof now, account: string) =>
        list.find((row) => row.currency === "CNY" && row.account === account);
      expect(of(now, into.code)).toEqual({
        currency: "CNY",
        account: into.code,
        branch: false,
        kind: "asset",
        accounts: 1n,
        net_debit: 7n,
        owed: 7n,
      });
      expect(of(now, out.code)).toMatchObject({ kind: "liability", net_debit: -5n, owed: -5n });
      for (const [branch, change, added] of [
        ["transit:in", 7n, 1n],
        ["transit:out", -5n, 1n],
        ["transit", 2n, 2n],
        ["customer", -2n, 0n],
      ] as const) {
        const before = of(transit, branch);
        expect(of(now, branch), branch).toMatchObject({
          branch: true,
          net_debit: (before?.net_debit ?? 0n) + change,
          accounts: (before?.accounts ?? 0n) + added,
        });
      }
      expect(of(now, "transit")?.kind).toBe(null);
    });

    it("keeps the sum of what is held for customers against what is owed to them", async () => {
      const before = await context.ledger.safeguarding("CNY");
      await commit(kit.fund(kit.customer(), 70n));
      await commit(kit.move(one, other, 1n));
      await commit(kit.move(one, { code: "fees:suite", currency: "CNY" }, 2n));
      expect(await context.ledger.safeguarding("CNY")).toEqual({
        assets: before.assets + 70n,
        owed: before.owed + 68n,
      });
      expect(await context.ledger.safeguarding("ZMW")).toEqual({ assets: 0n, owed: 0n });
    });
  });
}
