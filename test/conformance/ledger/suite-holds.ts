import { describe, expect, it } from "vitest";
import type { AccountRef, HoldRelease } from "../../../apps/server/src/ledger/index.ts";
import { balanceOf, tally } from "./kit.ts";
import type { Context } from "./suite.ts";

/** Money set aside, taken and given back. */
export function describeHolds(context: Context): void {
  const { kit, clock } = context;
  const refused = (code: string) => ({ status: "refused", code });
  const accepted = { status: "accepted" };

  /** A customer with 1,000, of which `amount` is held. */
  async function withHold(amount: bigint, expiresInMs = 3_600_000) {
    const account = kit.customer();
    const holdId = kit.ids.next("hld");
    const subject = kit.next("pay_");
    await context.ledger.commit(kit.fund(account, 1_000n));
    const hold = kit.hold(account, amount, { id: holdId, subject, expiresAt: kit.later(expiresInMs) });
    expect(await context.ledger.commit(hold)).toMatchObject(accepted);
    const stored = async () => (await context.ledger.holdsOf(subject))[0];
    return { account, holdId, subject, stored };
  }
  const capture = (
    hold: { account: AccountRef; holdId: string },
    to: AccountRef,
    posted: bigint,
    options: { amount?: bigint; keepRest?: boolean } = {},
  ) =>
    kit.move(hold.account, to, posted, {
      releases: [{ holdId: hold.holdId, account: hold.account, as: "captured", ...options }],
    });
  const end = ({ holdId, account }: { account: AccountRef; holdId: string }, as: "voided" | "expired") =>
    kit.release({ holdId, account, as } as HoldRelease);

  describe("holds", () => {
    it("count against what is available, once each", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 1_000n));
      expect(await context.ledger.commit(kit.hold(one, 600n))).toMatchObject(accepted);
      expect(await context.ledger.commit(kit.hold(one, 401n))).toMatchObject(
        refused("payment.insufficient_funds"),
      );
      expect(await context.ledger.commit(kit.move(one, other, 401n))).toMatchObject(
        refused("payment.insufficient_funds"),
      );
      expect(await context.ledger.commit(kit.move(one, other, 400n))).toMatchObject(accepted);
      expect(await balanceOf(context.ledger, one)).toEqual({ balance: 600n, held: 600n });
    });

    it("are told by what they belong to", async () => {
      const { account, holdId, stored } = await withHold(800n);
      expect(await stored()).toMatchObject({
        id: holdId,
        ...account,
        amount: 800n,
        status: "open",
        at: clock.now(),
        expires_at: kit.later(3_600_000),
      });
    });

    it("several in one instruction stand or fall together", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 100n));
      await context.ledger.commit(kit.fund(other, 100n));
      const both = (amount: bigint) =>
        kit.instruct({
          holds: [one, other].map((account, index) => ({
            id: kit.ids.next("hld"),
            account,
            amount: index ? amount : 60n,
            expiresAt: kit.later(1_000),
          })),
        });
      expect(await context.ledger.commit(both(101n))).toMatchObject(refused("payment.insufficient_funds"));
      expect(await balanceOf(context.ledger, one)).toEqual({ balance: 100n, held: 0n });
      expect(await context.ledger.commit(both(100n))).toMatchObject(accepted);
      expect(await balanceOf(context.ledger, one)).toEqual({ balance: 100n, held: 60n });
      expect(await balanceOf(context.ledger, other)).toEqual({ balance: 100n, held: 100n });
    });

    it("pay with the money they set aside, even where nothing else is available", async () => {
      const hold = await withHold(1_000n);
      const shop = kit.customer();
      expect(await context.ledger.commit(capture(hold, shop, 1_000n))).toMatchObject(accepted);
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 0n, held: 0n });
      expect(await hold.stored()).toMatchObject({ status: "captured" });
    });

    it("captured in part, free the rest", async () => {
      const hold = await withHold(800n);
      expect(
        await context.ledger.commit(capture(hold, kit.customer(), 500n, { amount: 500n })),
      ).toMatchObject(accepted);
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 500n, held: 0n });
      expect(await hold.stored()).toMatchObject({ status: "captured" });
    });

    it("captured in part and kept, are captured again until nothing is left", async () => {
      const hold = await withHold(800n);
      const shop = kit.customer();
      const part = (amount: bigint) => capture(hold, shop, amount, { amount, keepRest: true });
      expect(await context.ledger.commit(part(300n))).toMatchObject(accepted);
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 700n, held: 500n });
      expect(await hold.stored()).toMatchObject({ status: "open" });
      expect(await context.ledger.commit(part(501n))).toMatchObject(refused("ledger.hold_exceeded"));
      expect(await context.ledger.commit(part(500n))).toMatchObject(accepted);
      expect(await hold.stored()).toMatchObject({ status: "captured" });
      expect(await context.ledger.commit(part(1n))).toMatchObject(refused("ledger.hold_not_open"));
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 200n, held: 0n });
    });

    it("captured without an amount, are taken whole: what is left of them", async () => {
      const hold = await withHold(800n);
      const shop = kit.customer();
      await context.ledger.commit(capture(hold, shop, 100n, { amount: 100n, keepRest: true }));
      expect(await context.ledger.commit(capture(hold, shop, 700n))).toMatchObject(accepted);
      expect(await hold.stored()).toMatchObject({ status: "captured" });
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 200n, held: 0n });
    });

    it("never pay more than was set aside, where other holds need the rest", async () => {
      const hold = await withHold(600n);
      await context.ledger.commit(kit.hold(hold.account, 400n));
      expect(await context.ledger.commit(capture(hold, kit.customer(), 601n))).toMatchObject(
        refused("payment.insufficient_funds"),
      );
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 1_000n, held: 1_000n });
      expect(await hold.stored()).toMatchObject({ status: "open" });
    });

    it.each(["voided", "expired"] as const)("%s, free all that is left, once", async (as) => {
      const hold = await withHold(800n);
      await context.ledger.commit(capture(hold, kit.customer(), 100n, { amount: 100n, keepRest: true }));
      expect(await context.ledger.commit(end(hold, as))).toMatchObject(accepted);
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 900n, held: 0n });
      expect(await hold.stored()).toMatchObject({ status: as });
      for (const again of [end(hold, as), end(hold, "voided"), capture(hold, kit.customer(), 1n)])
        expect(await context.ledger.commit(again)).toMatchObject(refused("ledger.hold_not_open"));
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 900n, held: 0n });
    });

    it("captured twice in one batch, pay once", async () => {
      const hold = await withHold(800n);
      const shop = kit.customer();
      const outcomes = await Promise.all(
        [800n, 800n, 5n].map((amount) => context.ledger.commit(capture(hold, shop, amount))),
      );
      expect(outcomes).toMatchObject([
        accepted,
        refused("ledger.hold_not_open"),
        refused("ledger.hold_not_open"),
      ]);
      expect((await balanceOf(context.ledger, shop)).balance).toBe(800n);
    });

    it("captured in parts in one batch, pay what they hold and no more", async () => {
      const hold = await withHold(1_000n);
      const shop = kit.customer();
      const outcomes = await Promise.all(
        Array.from({ length: 5 }, () =>
          context.ledger.commit(capture(hold, shop, 300n, { amount: 300n, keepRest: true })),
        ),
      );
      expect(tally(outcomes)).toEqual({ accepted: 3, "ledger.hold_exceeded": 2 });
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 100n, held: 100n });
    });

    it("captured by two engines at once, pay once", async () => {
      const hold = await withHold(800n);
      const shop = kit.customer();
      const second = await context.under.another();
      const outcomes = await Promise.all(
        Array.from({ length: 6 }, (_, index) =>
          (index % 2 ? context.ledger : second).commit(capture(hold, shop, 800n)),
        ),
      );
      expect(tally(outcomes)).toEqual({ accepted: 1, "ledger.hold_not_open": 5 });
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 200n, held: 0n });
    });

    it("placed and captured in one batch, in that order", async () => {
      const account = kit.customer();
      const shop = kit.customer();
      const holdId = kit.ids.next("hld");
      const outcomes = await Promise.all(
        [
          kit.fund(account, 500n),
          capture({ account, holdId }, shop, 500n),
          kit.hold(account, 500n, { id: holdId }),
          capture({ account, holdId }, shop, 200n, { amount: 200n, keepRest: true }),
          end({ account, holdId }, "voided"),
          capture({ account, holdId }, shop, 100n),
        ].map((instruction) => context.ledger.commit(instruction)),
      );
      expect(outcomes).toMatchObject([
        accepted,
        refused("ledger.hold_not_open"),
        accepted,
        accepted,
        accepted,
        refused("ledger.hold_not_open"),
      ]);
      expect(await balanceOf(context.ledger, account)).toEqual({ balance: 300n, held: 0n });
    });

    it("changed for a smaller one in one instruction, need the difference only", async () => {
      const hold = await withHold(1_000n);
      const smaller = kit.hold(
        hold.account,
        400n,
        {},
        { releases: [{ holdId: hold.holdId, account: hold.account, as: "voided" }] },
      );
      expect(await context.ledger.commit(smaller)).toMatchObject(accepted);
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 1_000n, held: 400n });
    });

    it("of one name are placed once: the second fails alone and changes nothing", async () => {
      const hold = await withHold(100n);
      const [twin, fine] = await Promise.allSettled([
        context.ledger.commit(kit.hold(hold.account, 50n, { id: hold.holdId as never })),
        context.ledger.commit(kit.hold(hold.account, 25n)),
      ]);
      expect([twin?.status, fine]).toMatchObject(["rejected", { value: accepted }]);
      expect(await balanceOf(context.ledger, hold.account)).toEqual({ balance: 1_000n, held: 125n });
    });

    it("end by themselves when their time has come", async () => {
      const short = await withHold(300n, 1_000);
      const long = await withHold(300n, 100_000);
      await context.ledger.expireHolds();
      expect(await short.stored()).toMatchObject({ status: "open" });
      clock.advance(1_000);
      const second = await context.under.another();
      const ended = await Promise.all([context.ledger.expireHolds(), second.expireHolds()]);
      expect(ended[0] + ended[1]).toBeGreaterThanOrEqual(1);
      expect(await short.stored()).toMatchObject({ status: "expired" });
      expect(await balanceOf(context.ledger, short.account)).toEqual({ balance: 1_000n, held: 0n });
      expect(await long.stored()).toMatchObject({ status: "open" });
      expect(await context.ledger.expireHolds()).toBe(0);
    });
  });
}
