import { describe, expect, it } from "vitest";
import { fxPosition } from "../../../apps/server/src/ledger/index.ts";
import { event } from "../../../apps/server/src/platform/events.ts";
import { balanceOf, tally } from "./kit.ts";
import type { Context } from "./suite.ts";

/** Transfers that are accepted, and all that an accepted instruction brings with it. */
export function describePosting(context: Context): void {
  const { kit, clock } = context;

  describe("posting", () => {
    it("moves money from one account to another and answers with the result", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 10_000n));
      expect(
        await context.ledger.commit(kit.move(one, other, 2_500n, { result: { sent: "25.00" } })),
      ).toEqual({
        status: "accepted",
        result: { sent: "25.00" },
      });
      expect(await balanceOf(context.ledger, one)).toEqual({ balance: 7_500n, held: 0n });
      expect(await balanceOf(context.ledger, other)).toEqual({ balance: 2_500n, held: 0n });
    });

    it("books several postings of one transfer together, each with its other side", async () => {
      const [payer, shop] = [kit.customer(), { code: `merchant:${kit.next("m")}`, currency: "CNY" }];
      const fees = { code: `fees:${kit.next("f")}`, currency: "CNY" };
      await context.ledger.commit(kit.fund(payer, 10_000n));
      const purchase = kit.post(
        [
          { debit: payer, credit: shop, amount: 8_000n },
          { debit: shop, credit: fees, amount: 48n },
        ],
        { kind: "purchase", subject: kit.next("pay_") },
      );
      expect(await context.ledger.commit(purchase)).toMatchObject({ status: "accepted" });
      expect((await balanceOf(context.ledger, shop)).balance).toBe(7_952n);
      const { lines } = await context.ledger.entries(shop, { order: "oldest" });
      expect(lines.map(({ amount, balance, counterparty }) => [amount, balance, counterparty])).toEqual([
        [8_000n, 8_000n, payer.code],
        [-48n, 7_952n, fees.code],
      ]);
    });

    it("books more than two legs as one line per account", async () => {
      const [payer, shop] = [kit.customer(), { code: `merchant:${kit.next("m")}`, currency: "CNY" }];
      const fees = { code: `fees:${kit.next("f")}`, currency: "CNY" };
      await context.ledger.commit(kit.fund(payer, 10_000n));
      const purchase = kit.book([
        { account: payer, amount: 8_000n },
        { account: shop, amount: -7_952n },
        { account: fees, amount: -48n },
      ]);
      expect(await context.ledger.commit(purchase)).toMatchObject({ status: "accepted" });
      const { lines } = await context.ledger.entries(shop);
      expect(lines.map(({ amount, balance, counterparty }) => [amount, balance, counterparty])).toEqual([
        [7_952n, 7_952n, null],
      ]);
      expect((await balanceOf(context.ledger, fees)).balance).toBe(48n);
    });

    it("takes a transfer of as many legs as are allowed", async () => {
      const [payer, bank] = [kit.customer(), kit.custody()];
      await context.ledger.commit(kit.fund(payer, 999n));
      const legs = Array.from({ length: 999 }, () => ({ account: bank, amount: -1n }));
      expect(
        await context.ledger.commit(kit.book([{ account: payer, amount: 999n }, ...legs])),
      ).toMatchObject({
        status: "accepted",
      });
      expect(await balanceOf(context.ledger, payer)).toEqual({ balance: 0n, held: 0n });
    });

    it("keeps currencies apart, whatever their minor unit", async () => {
      const code = `customer:${kit.next("c")}`;
      await context.ledger.commit(kit.fund({ code, currency: "JPY" }, 5n));
      await context.ledger.commit(kit.fund({ code, currency: "KWD" }, 1_234n));
      expect(await context.ledger.balances(code)).toMatchObject([
        { currency: "JPY", balance: 5n, held: 0n },
        { currency: "KWD", balance: 1_234n, held: 0n },
      ]);
    });

    it("converts between two currencies in one transfer through the position accounts", async () => {
      const code = `customer:${kit.next("c")}`;
      const [yuan, euro] = [
        { code, currency: "CNY" },
        { code, currency: "EUR" },
      ];
      const ownEuro = kit.move(kit.custody("EUR"), { code: "own-funds", currency: "EUR" }, 100_000n);
      await context.ledger.commit(ownEuro);
      await context.ledger.commit(kit.fund(yuan, 80_000n));
      const before = await context.ledger.balances("fx:position:EUR/CNY");
      const position = (currency: string) => before.find((row) => row.currency === currency)?.balance ?? 0n;
      const sell = { account: yuan, amount: 78_150n };
      const buy = { account: euro, amount: -10_000n };
      const conversion = kit.book([
        sell,
        { account: fxPosition("EUR/CNY", "CNY"), amount: -78_150n },
        { account: fxPosition("EUR/CNY", "EUR"), amount: 10_000n },
        buy,
      ]);
      expect(await context.ledger.commit(conversion)).toMatchObject({ status: "accepted" });
      expect((await balanceOf(context.ledger, yuan)).balance).toBe(1_850n);
      expect((await balanceOf(context.ledger, euro)).balance).toBe(10_000n);
      expect(await context.ledger.balances("fx:position:EUR/CNY")).toMatchObject([
        { currency: "CNY", balance: position("CNY") - 78_150n },
        { currency: "EUR", balance: position("EUR") + 10_000n },
      ]);
    });

    it("holds money far beyond what a double counts exactly", async () => {
      const rich = kit.customer("JPY");
      const much = 2n ** 62n - 1n;
      const from = { code: `losses:${kit.next("l")}`, currency: "JPY" };
      const to = { code: `rewards:${kit.next("r")}`, currency: "JPY" };
      expect(await context.ledger.commit(kit.move(from, to, much))).toMatchObject({ status: "accepted" });
      expect(await context.ledger.commit(kit.move(from, to, 1n))).toMatchObject({ status: "accepted" });
      expect((await balanceOf(context.ledger, from)).balance).toBe(2n ** 62n);
      expect((await balanceOf(context.ledger, to)).balance).toBe(-(2n ** 62n));
      expect(await balanceOf(context.ledger, rich)).toEqual({ balance: 0n, held: 0n });
    });

    it("decides in the order of the calls", async () => {
      const [one, other, third] = [kit.customer(), kit.customer(), kit.customer()];
      const outcomes = await Promise.all([
        context.ledger.commit(kit.move(one, other, 60n)),
        context.ledger.commit(kit.fund(one, 100n)),
        context.ledger.commit(kit.move(one, other, 60n)),
        context.ledger.commit(kit.move(other, third, 60n)),
        context.ledger.commit(kit.move(one, other, 60n)),
      ]);
      expect(outcomes.map(({ status }) => status)).toEqual([
        "refused",
        "accepted",
        "accepted",
        "accepted",
        "refused",
      ]);
      expect((await balanceOf(context.ledger, third)).balance).toBe(60n);
    });

    it("leaves nobody waiting for ever, though each of two accounts is busy all the time", async () => {
      const [busy, alsoBusy] = [kit.customer(), kit.customer()];
      for (const account of [busy, alsoBusy]) await context.ledger.commit(kit.fund(account, 1_000_000n));
      let done = 0;
      let over = false;
      const keepBusy = async (account: typeof busy): Promise<void> => {
        while (!over && done < 20_000) {
          await context.ledger.commit(
            kit.move(account, { code: `fees:${account.code.slice(9)}`, currency: "CNY" }, 1n),
          );
          done += 1;
        }
      };
      const crowd = [busy, alsoBusy].flatMap((account) =>
        Array.from({ length: 150 }, () => keepBusy(account)),
      );
      await context.ledger.commit(kit.move(busy, alsoBusy, 1n));
      await Promise.all(
        Array.from({ length: 5 }, async () => context.ledger.commit(kit.move(busy, alsoBusy, 1n))),
      );
      over = true;
      expect(done).toBeLessThan(20_000);
      await Promise.all(crowd);
    });

    it("lets a balance be spent once, though two engines are asked for all of it many times at once", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      const second = await context.under.another();
      await context.ledger.commit(kit.fund(one, 700n));
      const outcomes = await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (index % 2 ? context.ledger : second).commit(kit.move(one, other, 700n)),
        ),
      );
      expect(tally(outcomes)).toEqual({ accepted: 1, "payment.insufficient_funds": 39 });
      expect(await balanceOf(context.ledger, one)).toEqual({ balance: 0n, held: 0n });
      expect((await balanceOf(context.ledger, other)).balance).toBe(700n);
    });

    it("dates no entry before an earlier one of its account, though the clock goes back", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      const start = clock.now();
      clock.advance(60_000);
      await context.ledger.commit(kit.fund(one, 100n));
      clock.set(start.toISOString());
      await context.ledger.commit(kit.fund(other, 100n));
      await context.ledger.commit(kit.move(one, other, 10n));
      await context.ledger.commit(kit.fund(other, 1n));
      const { lines } = await context.ledger.entries(other, { order: "oldest" });
      // The bank's account carries the later date over to whoever deals with it.
      const instants = lines.map(({ at }) => at.getTime());
      expect(instants).toEqual(instants.toSorted((a, b) => a - b));
      expect(instants.at(1)).toBe(start.getTime() + 60_000);
      clock.set(new Date(start.getTime() + 60_000).toISOString());
    });
  });

  describe("what an instruction brings along", () => {
    const balanceChanged = (customer: string) =>
      event("balance.changed", { customerId: `cus_${customer}` as never, currency: "CNY" });
    const brought = (id: string) => ({
      rows: [{ writer: context.under.notes.writer, row: { id, version: 1 } }],
      events: [balanceChanged(id)],
      jobs: [{ task: `suite.${id}`, payload: { id } }],
    });

    it("is stored with the transfer: rows of other modules, events, jobs", async () => {
      const one = kit.customer();
      const [id, other] = [kit.next("n"), kit.next("n")];
      const before = await context.under.emitted();
      const rows = [
        { writer: context.under.notes.writer, row: { id, version: 1 } },
        { writer: context.under.notes.writer, row: { id: other, version: 4 } },
      ];
      await context.ledger.commit(kit.fund(one, 100n, { ...brought(id), rows }));
      const notes = await context.under.notes.all();
      expect(notes).toContainEqual({ id, version: 1 });
      expect(notes).toContainEqual({ id: other, version: 4 });
      const now = await context.under.emitted();
      expect(now.events.slice(before.events.length)).toEqual(["balance.changed"]);
      expect(now.jobs.slice(before.jobs.length)).toEqual([`suite.${id}`]);
    });

    it("needs no transfer", async () => {
      const id = kit.next("n");
      expect(await context.ledger.commit(kit.instruct(brought(id)))).toEqual({
        status: "accepted",
        result: null,
      });
      expect(await context.under.notes.all()).toContainEqual({ id, version: 1 });
    });

    it("is written in the order of the instructions", async () => {
      const id = kit.next("n");
      const write = (version: number) =>
        kit.instruct({ rows: [{ writer: context.under.notes.writer, row: { id, version } }] });
      await Promise.all([1, 2, 3].map((version) => context.ledger.commit(write(version))));
      expect(await context.under.notes.all()).toContainEqual({ id, version: 3 });
    });

    it("is left out when the instruction is refused", async () => {
      const [poor, other] = [kit.customer(), kit.customer()];
      const id = kit.next("n");
      const before = await context.under.emitted();
      const outcome = await context.ledger.commit(kit.move(poor, other, 1n, brought(id)));
      expect(outcome).toMatchObject({ status: "refused", code: "payment.insufficient_funds" });
      expect((await context.under.notes.all()).map((note) => note.id)).not.toContain(id);
      expect(await context.under.emitted()).toEqual(before);
    });

    it("when it cannot be written, fails its own instruction and no neighbour", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 1_000n));
      const broken = kit.move(one, other, 5n, {
        rows: [{ writer: "ledger.no_such_writer", row: {} }],
        holds: [{ id: kit.ids.next("hld"), account: one, amount: 1n, expiresAt: kit.later(1_000) }],
      });
      const neighbours = (count: number) =>
        Array.from({ length: count }, () => context.ledger.commit(kit.move(one, other, 10n)));
      const [failed, ...fine] = await Promise.allSettled([
        context.ledger.commit(broken),
        ...neighbours(14),
        // Its key is not burnt: nothing is stored under it.
      ]);
      expect(failed?.status).toBe("rejected");
      expect(tally(fine.flatMap((one) => (one.status === "fulfilled" ? [one.value] : [])))).toEqual({
        accepted: 14,
      });
      const mended = { ...broken, rows: [] };
      expect(await context.ledger.commit(mended)).toMatchObject({ status: "accepted" });
      expect(await balanceOf(context.ledger, other)).toEqual({ balance: 145n, held: 0n });
      expect(await balanceOf(context.ledger, one)).toEqual({ balance: 855n, held: 1n });
    });
  });
}
