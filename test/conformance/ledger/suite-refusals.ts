import { beforeAll, describe, expect, it } from "vitest";
import {
  type AccountRef,
  type Instruction,
  maxLegs,
  type RefusalCode,
  refusals,
} from "../../../apps/server/src/ledger/index.ts";
import { balanceOf, tally } from "./kit.ts";
import type { Context } from "./suite.ts";

/** What is wrong with an instruction: parts that are put together with others. */
type Flaw = Pick<Instruction, "holds" | "releases" | "allowances" | "accounts"> & {
  legs?: { account: AccountRef; amount: bigint }[];
};

/** Wrong input and every reason to refuse, alone, in pairs, and among neighbours. */
export function describeRefusals(context: Context): void {
  const { kit } = context;
  const codes = Object.keys(refusals) as RefusalCode[];

  describe("refusals", () => {
    const bank = kit.custody();
    const [rich, poor, closed, frozen, other] = [1, 2, 3, 4, 5].map(() => kit.customer()) as [
      AccountRef,
      AccountRef,
      AccountRef,
      AccountRef,
      AccountRef,
    ];
    const holdId = kit.ids.next("hld");

    beforeAll(async () => {
      const { ledger } = context;
      await ledger.commit(kit.fund(rich, 1_000_000n));
      await ledger.commit(kit.hold(rich, 100n, { id: holdId }));
      await ledger.commit(kit.change({ account: closed, status: "closed" }));
      await ledger.commit(kit.change({ account: frozen, status: "frozen" }));
    });

    /** One flaw each. Legs balance where the flaw is not that they do not, so that flaws can be put together. */
    const flaws: { [Code in RefusalCode]: () => Flaw } = {
      "ledger.too_many_legs": () => ({
        legs: [
          { account: rich, amount: BigInt(maxLegs) },
          ...Array.from({ length: maxLegs }, () => ({ account: bank, amount: -1n })),
        ],
      }),
      "ledger.amount_invalid": () => ({
        holds: [{ id: kit.ids.next("hld"), account: rich, amount: 0n, expiresAt: kit.later(1_000) }],
      }),
      "ledger.amount_too_large": () => ({
        holds: [{ id: kit.ids.next("hld"), account: rich, amount: 2n ** 63n, expiresAt: kit.later(1_000) }],
      }),
      "ledger.account_unknown": () => ({
        legs: [
          { account: rich, amount: 5n },
          { account: { code: "nowhere:1", currency: "CNY" }, amount: -5n },
        ],
      }),
      "ledger.currency_mismatch": () => ({
        legs: [
          { account: { code: bank.code, currency: "QQQ" }, amount: 5n },
          { account: { code: rich.code, currency: "QQQ" }, amount: -5n },
        ],
      }),
      "ledger.unbalanced": () => ({ legs: [{ account: rich, amount: 5n }] }),
      "ledger.hold_not_open": () => ({
        releases: [{ holdId: kit.ids.next("hld"), account: rich, as: "voided" }],
      }),
      "ledger.hold_exceeded": () => ({
        releases: [{ holdId, account: rich, as: "captured", amount: 101n }],
      }),
      "ledger.account_closed": () => ({
        legs: [
          { account: bank, amount: 5n },
          { account: closed, amount: -5n },
        ],
      }),
      "ledger.account_frozen": () => ({
        legs: [
          { account: bank, amount: 5n },
          { account: frozen, amount: -5n },
        ],
      }),
      "ledger.account_not_empty": () => ({ accounts: [{ account: rich, status: "closed" }] }),
      "ledger.limit_exceeded": () => ({
        allowances: [
          { counter: kit.next("limit/"), currency: "CNY", amount: 11n, max: 10n, resetsAt: kit.later(1_000) },
        ],
      }),
      "payment.insufficient_funds": () => ({
        legs: [
          { account: poor, amount: 5n },
          { account: other, amount: -5n },
        ],
      }),
    };
    const put = (...parts: Flaw[]): Instruction => {
      const { transfer, ...rest } = kit.book(parts.flatMap((part) => part.legs ?? []));
      return {
        ...rest,
        ...(transfer?.legs?.length ? { transfer } : {}),
        holds: parts.flatMap((part) => part.holds ?? []),
        releases: parts.flatMap((part) => part.releases ?? []),
        allowances: parts.flatMap((part) => part.allowances ?? []),
        accounts: parts.flatMap((part) => part.accounts ?? []),
      };
    };
    const refusedAs = (code: RefusalCode) => ({
      status: "refused",
      code,
      retryable: refusals[code].retryable,
    });

    it.each(codes)("%s, and says whether to try again", async (code) => {
      expect(await context.ledger.commit(put(flaws[code]()))).toEqual(refusedAs(code));
    });

    it("only those that lie in the state of an account or a limit are worth trying again", () => {
      expect(codes.filter((code) => refusals[code].retryable)).toEqual([
        "ledger.account_frozen",
        "ledger.account_not_empty",
        "ledger.limit_exceeded",
        "payment.insufficient_funds",
      ]);
    });

    it.each(codes.slice(0, -1))(
      "%s comes before whatever else is wrong after it in the order",
      async (code) => {
        const later = codes.slice(codes.indexOf(code) + 1);
        const both = later.flatMap((second) => [
          put(flaws[code](), flaws[second]()),
          put(flaws[second](), flaws[code]()),
        ]);
        const outcomes = await Promise.all(both.map((instruction) => context.ledger.commit(instruction)));
        expect(tally(outcomes)).toEqual({ [code]: both.length });
      },
    );

    const wrong: [string, RefusalCode, () => Instruction][] = [
      ["a transfer without legs", "ledger.amount_invalid", () => kit.book([])],
      ["a transfer without postings", "ledger.amount_invalid", () => kit.post([])],
      ["a posting of zero", "ledger.amount_invalid", () => kit.move(rich, other, 0n)],
      ["a negative posting", "ledger.amount_invalid", () => kit.move(rich, other, -5n)],
      ["a posting of 10^30", "ledger.amount_too_large", () => kit.move(rich, other, 10n ** 30n)],
      ["a posting of 2^63", "ledger.amount_too_large", () => kit.move(rich, other, 2n ** 63n)],
      [
        "a leg of zero",
        "ledger.amount_invalid",
        () =>
          kit.book([
            { account: rich, amount: 5n },
            { account: other, amount: -5n },
            { account: bank, amount: 0n },
          ]),
      ],
      [
        "a leg of −10^30",
        "ledger.amount_too_large",
        () =>
          kit.book([
            { account: bank, amount: 10n ** 30n },
            { account: rich, amount: -(10n ** 30n) },
          ]),
      ],
      [
        "a balance that passes 2^63 − 1 on the way, though not at the end",
        "ledger.amount_too_large",
        () =>
          kit.book([
            { account: bank, amount: 2n ** 63n - 1n },
            { account: bank, amount: -(2n ** 63n - 1n) },
          ]),
      ],
      [
        "a balance that would pass 2^63 − 1",
        "ledger.amount_too_large",
        () => kit.move(bank, { code: "own-funds", currency: "CNY" }, 2n ** 63n - 1n),
      ],
      ["1,001 legs", "ledger.too_many_legs", () => put(flaws["ledger.too_many_legs"]())],
      [
        "501 postings",
        "ledger.too_many_legs",
        () => kit.post(Array.from({ length: 501 }, () => ({ debit: rich, credit: other, amount: 1n }))),
      ],
      [
        "an account of no family",
        "ledger.account_unknown",
        () => kit.move(rich, { code: "customer", currency: "CNY" }, 5n),
      ],
      [
        "an account without a name",
        "ledger.account_unknown",
        () => kit.move(rich, { code: "customer:", currency: "CNY" }, 5n),
      ],
      [
        "an account whose name breaks the line",
        "ledger.account_unknown",
        () => kit.move(rich, { code: "customer:a\nb", currency: "CNY" }, 5n),
      ],
      [
        "a posting between two currencies",
        "ledger.currency_mismatch",
        () => kit.move(rich, { ...other, currency: "EUR" }, 5n),
      ],
      [
        "a currency that does not exist",
        "ledger.currency_mismatch",
        () => kit.move({ ...bank, currency: "cny" }, { ...other, currency: "cny" }, 5n),
      ],
      ["one account on both sides", "ledger.unbalanced", () => kit.move(rich, rich, 5n)],
      [
        "legs that do not sum to zero",
        "ledger.unbalanced",
        () =>
          kit.book([
            { account: rich, amount: 5n },
            { account: other, amount: -4n },
          ]),
      ],
      [
        "legs that sum to zero only across currencies",
        "ledger.unbalanced",
        () =>
          kit.book([
            { account: rich, amount: 5n },
            { account: { ...other, currency: "EUR" }, amount: -5n },
          ]),
      ],
      ["a hold of zero", "ledger.amount_invalid", () => kit.hold(rich, 0n)],
      ["a negative hold", "ledger.amount_invalid", () => kit.hold(rich, -1n)],
      ["a hold of 10^30", "ledger.amount_too_large", () => kit.hold(rich, 10n ** 30n)],
      [
        "a capture of zero",
        "ledger.amount_invalid",
        () => kit.release({ holdId, account: rich, as: "captured", amount: 0n }),
      ],
      [
        "a negative capture",
        "ledger.amount_invalid",
        () => kit.release({ holdId, account: rich, as: "captured", amount: -1n }),
      ],
      [
        "a hold of another account",
        "ledger.hold_not_open",
        () => kit.release({ holdId, account: other, as: "voided" }),
      ],
    ];

    it.each(wrong)("%s is refused as %s, and its neighbours are unharmed", async (_name, code, make) => {
      const before = await balanceOf(context.ledger, rich);
      const outcomes = await Promise.all(
        [kit.move(rich, other, 1n), make(), kit.move(rich, other, 1n), make(), kit.move(rich, other, 1n)].map(
          (instruction) => context.ledger.commit(instruction),
        ),
      );
      const fine = { status: "accepted", result: null };
      expect(outcomes).toEqual([fine, refusedAs(code), fine, refusedAs(code), fine]);
      expect(await balanceOf(context.ledger, rich)).toEqual({ ...before, balance: before.balance - 3n });
    });

    const bugs: [string, () => Instruction][] = [
      ["an empty key", () => ({ ...kit.move(rich, other, 1n), key: "" })],
      ["an empty hash", () => ({ ...kit.move(rich, other, 1n), hash: "" })],
      ["a hold that is over before it begins", () => kit.hold(rich, 1n, { expiresAt: kit.later(0) })],
      [
        "one hold named twice",
        () =>
          kit.instruct({
            releases: [
              { holdId, account: rich, as: "captured", amount: 10n, keepRest: true },
              { holdId, account: rich, as: "voided" },
            ],
          }),
      ],
    ];
    it.each(bugs)(
      "%s is an error of whoever asks, not a refusal; neighbours are unharmed",
      async (_name, make) => {
        const before = await balanceOf(context.ledger, rich);
        const settled = await Promise.allSettled(
          [kit.move(rich, other, 1n), make(), kit.move(rich, other, 1n)].map(async (instruction) =>
            context.ledger.commit(instruction),
          ),
        );
        expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
        expect(await balanceOf(context.ledger, rich)).toEqual({ ...before, balance: before.balance - 2n });
      },
    );

    it("all of them in one batch harm no neighbour", async () => {
      const before = await balanceOf(context.ledger, other);
      const batch = wrong.flatMap(([, , make]) => [make(), kit.move(rich, other, 1n)]);
      const outcomes = await Promise.all(batch.map((instruction) => context.ledger.commit(instruction)));
      expect(tally(outcomes).accepted).toBe(wrong.length);
      expect((await balanceOf(context.ledger, other)).balance - before.balance).toBe(BigInt(wrong.length));
    });
  });
}
