import { describe, expect, it } from "vitest";
import type { AccountRef, AccountStatus, Instruction } from "../../../apps/server/src/ledger/index.ts";
import { balanceOf, tally } from "./kit.ts";
import type { Context } from "./suite.ts";

/** What bounds an account: its status, its floor, and limits on what is done. */
export function describeAccounts(context: Context): void {
  const { kit, clock } = context;
  const refused = (code: string) => ({ status: "refused", code });
  const accepted = { status: "accepted" };
  const commit = (instruction: Instruction) => context.ledger.commit(instruction);

  describe("the status of an account", () => {
    /** A customer with 1,000, of which 100 are held, under a status. */
    async function customerThatIs(status: AccountStatus) {
      const account = kit.customer();
      const holdId = kit.ids.next("hld");
      await commit(kit.fund(account, 1_000n));
      await commit(kit.hold(account, 100n, { id: holdId }));
      expect(await commit(kit.change({ account, status }))).toMatchObject(accepted);
      return { account, holdId };
    }
    const uses: Record<string, (of: { account: AccountRef; holdId: string }) => Instruction> = {
      "a credit": ({ account }) => kit.fund(account, 1n),
      "a debit": ({ account }) => kit.move(account, kit.customer(), 1n),
      "a hold": ({ account }) => kit.hold(account, 1n),
      "a capture": ({ account, holdId }) =>
        kit.move(account, kit.customer(), 1n, {
          releases: [{ holdId, account, as: "captured", amount: 1n, keepRest: true }],
        }),
      "a void": ({ account, holdId }) => kit.release({ holdId, account, as: "voided" }),
    };
    const allows: Record<Exclude<AccountStatus, "closed">, string[]> = {
      open: ["a credit", "a debit", "a hold", "a capture", "a void"],
      credit_only: ["a credit", "a void"],
      debit_only: ["a debit", "a hold", "a capture", "a void"],
      frozen: ["a void"],
    };
    it.each(
      Object.entries(allows).flatMap(([status, allowed]) =>
        Object.keys(uses).map((use) => [status, allowed.includes(use) ? "takes" : "bars", use] as const),
      ),
    )("%s %s %s", async (status, verb, use) => {
      const customer = await customerThatIs(status as AccountStatus);
      expect(await commit((uses[use] as (typeof uses)[string])(customer))).toMatchObject(
        verb === "takes" ? accepted : { ...refused("ledger.account_frozen"), retryable: true },
      );
    });

    it("bars by the side of the books, not by what raises the balance", async () => {
      const asset = { code: `transit:in:${kit.next("b")}`, currency: "CNY" };
      const [one, suspense] = [kit.customer(), { code: `suspense:${kit.next("b")}`, currency: "CNY" }];
      await commit(kit.move(asset, one, 100n));
      await commit(kit.change({ account: asset, status: "credit_only" }));
      expect(await commit(kit.move(asset, one, 1n))).toMatchObject(refused("ledger.account_frozen"));
      expect(await commit(kit.move(one, asset, 1n))).toMatchObject(accepted);
      await commit(kit.change({ account: asset, status: "debit_only" }));
      expect(await commit(kit.move(one, asset, 1n))).toMatchObject(refused("ledger.account_frozen"));
      expect(await commit(kit.move(asset, suspense, 1n))).toMatchObject(accepted);
      await commit(kit.move(kit.custody(), kit.customer(), 200n));
    });

    it("can be lifted again", async () => {
      const { account } = await customerThatIs("frozen");
      expect(await commit(kit.change({ account, status: "open" }))).toMatchObject(accepted);
      expect(await commit(kit.move(account, kit.customer(), 1n))).toMatchObject(accepted);
    });

    it("takes effect for what comes after it in the same batch", async () => {
      const account = kit.customer();
      const outcomes = await Promise.all(
        [
          kit.fund(account, 100n),
          kit.change({ account, status: "frozen" }),
          kit.move(account, kit.customer(), 1n),
          kit.change({ account, status: "open" }),
          kit.move(account, kit.customer(), 1n),
        ].map(commit),
      );
      expect(outcomes).toMatchObject([
        accepted,
        accepted,
        refused("ledger.account_frozen"),
        accepted,
        accepted,
      ]);
    });

    it("becomes closed only when the account is empty, and then for good", async () => {
      const { account, holdId } = await customerThatIs("open");
      const close = () => kit.change({ account, status: "closed" });
      const notEmpty = { ...refused("ledger.account_not_empty"), retryable: true };
      expect(await commit(close())).toMatchObject(notEmpty);
      await commit(kit.move(account, kit.customer(), 900n));
      expect(await commit(close())).toMatchObject(notEmpty);
      await commit(kit.release({ holdId, account, as: "voided" }));
      expect(await commit(close())).toMatchObject(notEmpty);
      // The last money may leave in the very instruction that closes.
      const sweep = { ...kit.move(account, kit.customer(), 100n), accounts: close().accounts ?? [] };
      expect(await commit(sweep)).toMatchObject(accepted);
      for (const late of [
        kit.fund(account, 1n),
        kit.hold(account, 1n),
        kit.change({ account, status: "open" }),
      ])
        expect(await commit(late)).toMatchObject({ ...refused("ledger.account_closed"), retryable: false });
    });
  });

  describe("the floor of an account", () => {
    it("is zero for customers and can be moved: below zero is credit, above zero is kept back", async () => {
      const [account, other] = [kit.customer(), kit.customer()];
      await commit(kit.fund(account, 100n));
      expect(await commit(kit.change({ account, floor: -50n }))).toMatchObject(accepted);
      expect(await commit(kit.move(account, other, 151n))).toMatchObject(
        refused("payment.insufficient_funds"),
      );
      expect(await commit(kit.move(account, other, 150n))).toMatchObject(accepted);
      expect((await balanceOf(context.ledger, account)).balance).toBe(-50n);
      await commit(kit.fund(account, 100n));
      expect(await commit(kit.change({ account, floor: 50n }))).toMatchObject(accepted);
      expect(await commit(kit.hold(account, 1n))).toMatchObject(refused("payment.insufficient_funds"));
    });

    it("cannot be raised above what is available, and nothing changes then", async () => {
      const account = kit.customer();
      await commit(kit.fund(account, 100n));
      await commit(kit.hold(account, 40n));
      expect(await commit(kit.change({ account, floor: 61n, status: "frozen" }))).toMatchObject(
        refused("payment.insufficient_funds"),
      );
      expect(await commit(kit.move(account, kit.customer(), 1n))).toMatchObject(accepted);
      expect(await commit(kit.change({ account, floor: 59n }))).toMatchObject(accepted);
    });

    it("taken away, lets the balance fall without end; what raises it is never refused", async () => {
      const account = kit.customer();
      const other = kit.customer();
      await commit(kit.change({ account, floor: null }));
      expect(await commit(kit.move(account, other, 1_000_000n))).toMatchObject(accepted);
      expect(await commit(kit.change({ account, floor: 0n }))).toMatchObject(
        refused("payment.insufficient_funds"),
      );
      expect(await commit(kit.fund(account, 1n))).toMatchObject(accepted);
      expect((await balanceOf(context.ledger, account)).balance).toBe(-999_999n);
    });

    it("counts what an instruction does in all, not its parts one by one", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await commit(kit.fund(one, 10n));
      const through = kit.post([
        { debit: other, credit: kit.custody(), amount: 10n },
        { debit: one, credit: other, amount: 10n },
      ]);
      expect(await commit(through)).toMatchObject(accepted);
      expect(await balanceOf(context.ledger, other)).toEqual({ balance: 0n, held: 0n });
    });
  });

  describe("a limit", () => {
    const use = (
      counter: string,
      amount: bigint,
      options: { max?: bigint; currency?: string; resetsAt?: Date } = {},
    ) => kit.allow({ counter, amount, max: 100n, ...options });

    it("is used up to its maximum and no further; a refusal uses nothing", async () => {
      const counter = kit.next("limit/");
      expect(await commit(use(counter, 60n))).toMatchObject(accepted);
      expect(await commit(use(counter, 41n))).toMatchObject({
        ...refused("ledger.limit_exceeded"),
        retryable: true,
      });
      expect(await commit(use(counter, 40n))).toMatchObject(accepted);
      expect(await commit(use(counter, 1n))).toMatchObject(refused("ledger.limit_exceeded"));
    });

    it("is not used by an instruction that is refused for another reason", async () => {
      const counter = kit.next("limit/");
      const [poor, other] = [kit.customer(), kit.customer()];
      const sending = kit.move(poor, other, 1n, { allowances: use(counter, 100n).allowances ?? [] });
      expect(await commit(sending)).toMatchObject(refused("payment.insufficient_funds"));
      expect(await commit(use(counter, 100n))).toMatchObject(accepted);
    });

    it("is given back, never below zero", async () => {
      const counter = kit.next("limit/");
      await commit(use(counter, 100n));
      expect(await commit(use(counter, -30n))).toMatchObject(accepted);
      expect(await commit(use(counter, 31n))).toMatchObject(refused("ledger.limit_exceeded"));
      expect(await commit(use(counter, -500n))).toMatchObject(accepted);
      expect(await commit(use(counter, 101n))).toMatchObject(refused("ledger.limit_exceeded"));
      expect(await commit(use(counter, 100n))).toMatchObject(accepted);
    });

    it("that was lowered below what is used takes nothing more, but gives back", async () => {
      const counter = kit.next("limit/");
      await commit(use(counter, 100n));
      expect(await commit(use(counter, 1n, { max: 50n }))).toMatchObject(refused("ledger.limit_exceeded"));
      expect(await commit(use(counter, -10n, { max: 50n }))).toMatchObject(accepted);
    });

    it("is counted for each currency and each counter by itself, and twice where it is named twice", async () => {
      const [counter, second] = [kit.next("limit/"), kit.next("limit/")];
      await commit(use(counter, 100n));
      expect(await commit(use(counter, 100n, { currency: "EUR" }))).toMatchObject(accepted);
      const both = (amount: bigint) =>
        kit.instruct({
          allowances: [second, second].map((name) => ({
            counter: name,
            currency: "CNY",
            amount,
            max: 100n,
            resetsAt: kit.later(1_000),
          })),
        });
      expect(await commit(both(51n))).toMatchObject(refused("ledger.limit_exceeded"));
      expect(await commit(both(50n))).toMatchObject(accepted);
      expect(await commit(use(second, 1n))).toMatchObject(refused("ledger.limit_exceeded"));
    });

    it("used by many at once, from two engines, bears exactly what it allows", async () => {
      const counter = kit.next("limit/");
      const second = await context.under.another();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (index % 2 ? context.ledger : second).commit(use(counter, 30n)),
        ),
      );
      expect(tally(outcomes)).toEqual({ accepted: 3, "ledger.limit_exceeded": 17 });
    });

    it("counts on under its name until it resets", async () => {
      const counter = kit.next("limit/");
      await commit(use(counter, 100n, { resetsAt: kit.later(10_000) }));
      clock.advance(9_999);
      expect(await commit(use(counter, 1n, { resetsAt: kit.later(10_000) }))).toMatchObject(
        refused("ledger.limit_exceeded"),
      );
    });
  });
}
