import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AccountRef, AccountStatus, Instruction } from "../../../apps/server/src/ledger/index.ts";
import type { Id } from "../../../packages/money/src/index.ts";
import { balanceOf } from "./kit.ts";
import { createModel } from "./model.ts";
import { createModelLedger } from "./model-ledger.ts";
import type { Context } from "./suite.ts";

const people = 3;
const amount = fc.bigInt({ min: -1n, max: 900n });
const who = fc.nat(people - 1);
/** One of the last holds that were placed; none of them may be open any more. */
const which = fc.nat(3);

/** What may be asked, in small numbers, so that instructions meet on the same accounts, holds, limits and keys. */
const step = fc.oneof(
  { weight: 2, arbitrary: fc.record({ do: fc.constant("fund" as const), who, amount }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("send" as const), who, to: who, amount }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("purchase" as const), who, amount, fee: amount }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("hold" as const), who, amount }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("capture" as const),
      which,
      to: who,
      amount: fc.option(amount, { nil: undefined }),
      posted: amount,
      keepRest: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("void" as const), which, who: fc.option(who) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("limit" as const), who, to: who, amount, used: amount }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("change" as const),
      who,
      status: fc.constantFrom<(AccountStatus | undefined)[]>(
        undefined,
        "open",
        "open",
        "credit_only",
        "debit_only",
        "frozen",
        "closed",
      ),
      floor: fc.constantFrom<(bigint | null | undefined)[]>(undefined, undefined, null, -100n, 0n, 50n),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("again" as const),
      back: fc.nat(people - 1),
      altered: fc.boolean(),
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** Any mix of instructions, all at once: the engine answers each as plain arithmetic does, one after another. */
export function describeProperty(context: Context): void {
  const { kit, clock } = context;

  function instructionsOf(steps: readonly Step[]): { instructions: Instruction[]; accounts: AccountRef[] } {
    const customers = Array.from({ length: people }, () => kit.customer());
    const shop = { code: `merchant:${kit.next("m")}`, currency: "CNY" };
    const fees = { code: `fees:${kit.next("f")}`, currency: "CNY" };
    const counter = kit.next("limit/");
    const of = (index: number): AccountRef => customers[index] as AccountRef;
    const holds: { id: Id<"hld">; account: AccountRef }[] = [];
    const holdAt = (back: number) => holds.at(-1 - back) ?? { id: kit.ids.next("hld"), account: of(0) };
    const instructions: Instruction[] = customers.map((customer) => kit.fund(customer, 1_000n));

    for (const one of steps) {
      if (one.do === "fund") instructions.push(kit.fund(of(one.who), one.amount));
      else if (one.do === "send") instructions.push(kit.move(of(one.who), of(one.to), one.amount));
      else if (one.do === "purchase")
        instructions.push(
          kit.book([
            { account: of(one.who), amount: one.amount },
            { account: shop, amount: one.fee - one.amount },
            { account: fees, amount: -one.fee },
          ]),
        );
      else if (one.do === "hold") {
        const id = kit.ids.next("hld");
        holds.push({ id, account: of(one.who) });
        instructions.push(kit.hold(of(one.who), one.amount, { id }));
      } else if (one.do === "capture") {
        const { id, account } = holdAt(one.which);
        const part = one.amount === undefined ? {} : { amount: one.amount };
        instructions.push(
          kit.move(account, of(one.to), one.posted, {
            releases: [{ holdId: id, account, as: "captured", keepRest: one.keepRest, ...part }],
          }),
        );
      } else if (one.do === "void") {
        const { id, account } = holdAt(one.which);
        // Now and then under the name of somebody else.
        const named = one.who === null ? account : of(one.who);
        instructions.push(kit.release({ holdId: id, account: named, as: "voided" }));
      } else if (one.do === "limit")
        instructions.push(
          kit.move(of(one.who), of(one.to), one.amount, {
            allowances: [
              { counter, currency: "CNY", amount: one.used, max: 1_000n, resetsAt: kit.later(86_400_000) },
            ],
          }),
        );
      else if (one.do === "change")
        instructions.push(
          kit.change({
            account: of(one.who),
            ...(one.status === undefined ? {} : { status: one.status }),
            ...(one.floor === undefined ? {} : { floor: one.floor }),
          }),
        );
      else {
        const earlier = instructions.at(-1 - one.back) as Instruction;
        instructions.push(one.altered ? { ...earlier, hash: "altered" } : earlier);
      }
    }
    return { instructions, accounts: [...customers, shop, fees] };
  }

  describe("any mix of instructions", () => {
    it("is answered and booked as plain arithmetic predicts", async () => {
      // Fees that are given back to shops come out of the operator's own money in custody.
      const own = { code: "own-funds", currency: "CNY" };
      await context.ledger.commit(kit.move(kit.custody(), own, 1_000_000_000n));
      await fc.assert(
        fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 60 }), async (steps) => {
          const { instructions, accounts } = instructionsOf(steps);
          const model = createModel();
          const predicted = createModelLedger({ clock, model });
          const expected = instructions.map((instruction) => model.answer(instruction, clock.now()));
          const outcomes = await Promise.all(
            instructions.map((instruction) => context.ledger.commit(instruction)),
          );
          expect(outcomes).toEqual(expected);
          for (const account of accounts) {
            expect(await balanceOf(context.ledger, account)).toEqual(await balanceOf(predicted, account));
            const shown = async (ledger: Pick<typeof predicted, "entries">) =>
              (await ledger.entries(account, { limit: 1_000 })).lines.map(
                ({ transferId, sequence, amount: change, balance, counterparty }) =>
                  [transferId, sequence, change, balance, counterparty] as const,
              );
            expect(await shown(context.ledger)).toEqual(await shown(predicted));
          }
        }),
        { numRuns: 40 },
      );
    });
  });
}
