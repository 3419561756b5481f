import { describe, expect, it } from "vitest";
import type { Instruction } from "../../../apps/server/src/ledger/index.ts";
import { balanceOf, tally } from "./kit.ts";
import type { Context } from "./suite.ts";

/** Each key acts once; what is decided on old facts does not act at all. */
export function describeOnce(context: Context): void {
  const { kit } = context;

  describe("a key", () => {
    it("acts once: the same again is a replay with the first result", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 1_000n));
      const sending = kit.move(one, other, 300n, { result: { receipt: [1, "二", null] } });
      await context.ledger.commit(sending);
      const again = { ...sending, result: { receipt: "another" } };
      expect(await context.ledger.commit(again)).toEqual({
        status: "replayed",
        result: { receipt: [1, "二", null] },
      });
      expect((await balanceOf(context.ledger, other)).balance).toBe(300n);
    });

    it("used for something else is a conflict, and the first answer stands", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 1_000n));
      const key = kit.key();
      await context.ledger.commit(kit.move(one, other, 300n, { key, result: "first" }));
      expect(await context.ledger.commit(kit.move(one, other, 301n, { key }))).toEqual({
        status: "conflict",
      });
      expect(await context.ledger.commit(kit.move(one, other, 300n, { key }))).toEqual({
        status: "replayed",
        result: "first",
      });
      expect((await balanceOf(context.ledger, other)).balance).toBe(300n);
    });

    it("that was refused stays refused, for the same reason, when the reason is gone", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      const sending = kit.move(one, other, 100n);
      const refused = { status: "refused", code: "payment.insufficient_funds", retryable: true };
      expect(await context.ledger.commit(sending)).toEqual(refused);
      await context.ledger.commit(kit.fund(one, 1_000n));
      expect(await context.ledger.commit(sending)).toEqual(refused);
      expect(await context.ledger.commit({ ...sending, hash: "other" })).toEqual({ status: "conflict" });
      expect(await context.ledger.commit({ ...sending, key: kit.key() })).toMatchObject({
        status: "accepted",
      });
    });

    it("that was refused for its form is stored too", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      const empty = kit.move(one, other, 0n);
      const refused = { status: "refused", code: "ledger.amount_invalid", retryable: false };
      expect(await context.ledger.commit(empty)).toEqual(refused);
      expect(await context.ledger.commit(empty)).toEqual(refused);
      expect(await context.ledger.commit(kit.move(one, other, 1n, { key: empty.key }))).toEqual({
        status: "conflict",
      });
    });

    it("that comes many times at once, to two engines, acts once", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 1_000n));
      const second = await context.under.another();
      const sending = kit.move(one, other, 10n, { result: 7 });
      const outcomes = await Promise.all(
        Array.from({ length: 30 }, (_, index) => (index % 2 ? context.ledger : second).commit(sending)),
      );
      expect(tally(outcomes)).toEqual({ accepted: 1, replayed: 29 });
      expect(outcomes.map((outcome) => "result" in outcome && outcome.result)).toEqual(Array(30).fill(7));
      expect((await balanceOf(context.ledger, other)).balance).toBe(10n);
    });

    it("acts once also where nothing is locked that two engines would wait for", async () => {
      const second = await context.under.another();
      const id = kit.next("n");
      const note = () =>
        kit.instruct({ rows: [{ writer: context.under.notes.writer, row: { id, version: 1 } }], result: id });
      const wrong = () => kit.move(kit.customer(), kit.customer(), 0n);
      for (let round = 0; round < 5; round += 1) {
        const [once, refused] = [note(), wrong()];
        // One at a time: an engine that fails may try a batch again in parts, but one instruction has none.
        const both = (instruction: Instruction) =>
          Promise.all([context.ledger, second].map((ledger) => ledger.commit(instruction)));
        expect(tally(await both(once))).toEqual({ accepted: 1, replayed: 1 });
        expect(tally(await both(refused))).toEqual({ "ledger.amount_invalid": 2 });
      }
    });

    it("that comes twice in one batch with another payload: the first acts, the second is a conflict", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 1_000n));
      const key = kit.key();
      const outcomes = await Promise.all(
        [
          kit.move(one, other, 10n, { key }),
          kit.move(one, other, 11n, { key }),
          kit.move(one, other, 100n),
        ].map((instruction) => context.ledger.commit(instruction)),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(["accepted", "conflict", "accepted"]);
      expect((await balanceOf(context.ledger, other)).balance).toBe(110n);
    });

    it("with any characters is kept as it is", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      await context.ledger.commit(kit.fund(one, 1_000n));
      const keys = ['"', "\\", "{a,b}", "NULL", "null", "金桥", " a ", "a'b", "a\nb", "a\tb", "😀"].map(
        (text) => `${kit.key()}/${text}`,
      );
      const all = () =>
        Promise.all(keys.map((key) => context.ledger.commit(kit.move(one, other, 1n, { key, result: key }))));
      expect(tally(await all())).toEqual({ accepted: keys.length });
      expect(await all()).toEqual(keys.map((key) => ({ status: "replayed", result: key })));
    });
  });

  describe("a guard", () => {
    const guarded = (id: string, version: number, writes?: number) =>
      kit.instruct({
        guards: [{ check: context.under.notes.check, arg: { id, version }, id }],
        rows:
          writes === undefined ? [] : [{ writer: context.under.notes.writer, row: { id, version: writes } }],
      });

    it("lets through what was decided on how things still are", async () => {
      const id = kit.next("n");
      expect(await context.ledger.commit(guarded(id, 0, 1))).toMatchObject({ status: "accepted" });
      expect(await context.ledger.commit(guarded(id, 1, 2))).toMatchObject({ status: "accepted" });
    });

    it("stops what was decided on how things were; nothing is stored, not even the key", async () => {
      const id = kit.next("n");
      await context.ledger.commit(guarded(id, 0, 1));
      const late = guarded(id, 0, 9);
      expect(await context.ledger.commit(late)).toEqual({ status: "stale" });
      expect(await context.under.notes.all()).toContainEqual({ id, version: 1 });
      expect(await context.ledger.commit({ ...guarded(id, 1, 5), key: late.key })).toMatchObject({
        status: "accepted",
      });
    });

    it("shared by several at once, lets one through at a time", async () => {
      const id = kit.next("n");
      const second = await context.under.another();
      const outcomes = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          (index % 2 ? context.ledger : second).commit(guarded(id, 0, 1)),
        ),
      );
      expect(tally(outcomes)).toEqual({ accepted: 1, stale: 7 });
    });

    it("stops no neighbour, and a replay comes before it", async () => {
      const [one, other] = [kit.customer(), kit.customer()];
      const id = kit.next("n");
      const first = guarded(id, 0, 1);
      await context.ledger.commit(first);
      const outcomes = await Promise.all(
        [first, kit.fund(one, 50n), guarded(id, 0, 2), kit.move(one, other, 20n)].map((instruction) =>
          context.ledger.commit(instruction),
        ),
      );
      expect(outcomes.map(({ status }) => status)).toEqual(["replayed", "accepted", "stale", "accepted"]);
    });
  });
}
