import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AccountState, type BatchState, type Decision, decide, nameOf, toItem } from "./decide.ts";
import type { AccountRef, AccountStatus, Instruction, Leg } from "./instruction.ts";
import { account, cny, codeOf, eur, holdOn, noonMs, snapshot, stateOf, tomorrow } from "./testing/books.ts";

// Any sequence of instructions, in batches of any size, on a few accounts, so that they meet often.

const codes = ["customer:a", "customer:b", "custody:bank", "own-funds", "fx:position:EUR/CNY"];
const refs: readonly AccountRef[] = [...codes.map(cny), ...codes.map(eur)];
const cnyRefs = refs.filter(({ currency }) => currency === "CNY");

const oneOf = fc.constantFrom(...refs);
const oneOfCny = fc.constantFrom(...cnyRefs);
const amount = fc.bigInt({ min: 1n, max: 60n });
const holdId = fc.integer({ min: 1, max: 4 }).map((number) => `hld_${number}` as const);

const posting = fc
  .tuple(oneOf, oneOf, amount)
  .map(([debit, credit, of]) => ({ debit, credit: { ...credit, currency: debit.currency }, amount: of }));
/** Legs that balance: a stretch of accounts in each currency, the last of which takes what is left. */
const legs = fc
  .array(fc.tuple(oneOfCny, fc.bigInt({ min: -40n, max: 40n })), { minLength: 1, maxLength: 5 })
  .map((drafts): Leg[] => {
    const rest = drafts.reduce((sum, [, of]) => sum + of, 0n);
    return [
      ...drafts.map(([ref, of]) => ({ account: ref, amount: of })),
      { account: cny("own-funds"), amount: -rest },
    ];
  });
const transfer = fc.oneof(
  fc.array(posting, { minLength: 1, maxLength: 3 }).map((postings) => ({ postings })),
  legs.map((given) => ({ legs: given })),
);

const release = fc.tuple(
  holdId,
  fc.constantFrom("captured", "voided", "expired"),
  amount,
  fc.boolean(),
  fc.boolean(),
);
const change = fc.tuple(
  fc.constantFrom(cny("customer:a"), cny("customer:b")),
  fc.constantFrom<AccountStatus | undefined>(undefined, "open", "debit_only", "credit_only", "frozen"),
  fc.constantFrom<bigint | null | undefined>(undefined, 0n, -20n, 30n),
);

/** Not there in `without` of `without + 1` cases. */
const sometimes = <T>(arbitrary: fc.Arbitrary<T>, without: number): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: without, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

/** What is asked, but for the things that depend on how far the sequence has come. */
const draft = fc.record({
  keyOf: sometimes(fc.nat({ max: 5 }), 4),
  otherHash: fc.boolean(),
  stale: sometimes(fc.constant(true), 15),
  transfer: fc.oneof({ weight: 3, arbitrary: transfer }, { weight: 1, arbitrary: fc.constant(undefined) }),
  hold: sometimes(fc.tuple(holdId, fc.constantFrom(...refs.slice(0, 2)), amount), 2),
  release: sometimes(release, 2),
  use: sometimes(fc.bigInt({ min: -30n, max: 60n }), 2),
  change: sometimes(change, 8),
});
type Draft = typeof draft extends fc.Arbitrary<infer T> ? T : never;
const batches = fc.array(fc.array(draft, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 15 });

function opening(): BatchState {
  const state = stateOf(
    refs.map((ref, index) =>
      account(ref, {
        id: BigInt(index + 1),
        balance: ref.code.startsWith("customer:") ? 100n : 0n,
        lastMs: noonMs - 10,
      }),
    ),
  );
  state.allowances.set("day CNY", { counter: "day", currency: "CNY", used: 0n, resetsAt: tomorrow });
  return state;
}

/** Holds have ids of their own in life; here a hold that is still open keeps its id, and another is not asked for. */
function instructionOf(state: BatchState, given: Draft, number: number): Instruction {
  const held = given.release ? state.holds.get(given.release[0]) : undefined;
  const openHere = given.hold && state.holds.get(given.hold[0])?.status === "open";
  return {
    key: `key/${given.keyOf ?? number}`,
    hash: given.keyOf !== undefined && given.otherHash ? "other" : `hash/${given.keyOf ?? number}`,
    result: { number },
    ...(given.transfer && { transfer: { id: `trf_${number}`, kind: "test", ...given.transfer } }),
    ...(given.hold && !openHere && { holds: [holdOn(given.hold[1], given.hold[2], given.hold[0])] }),
    ...(given.release && {
      releases: [releaseOf(given.release, held?.account.ref ?? (cnyRefs[0] as AccountRef))],
    }),
    ...(given.use !== undefined && {
      allowances: [{ counter: "day", currency: "CNY", amount: given.use, max: 100n, resetsAt: tomorrow }],
    }),
    ...(given.change && { accounts: [changeOf(given.change)] }),
  };
}
const releaseOf = ([id, as, of, whole, keepRest]: NonNullable<Draft["release"]>, ref: AccountRef) =>
  as === "captured"
    ? { holdId: id, account: ref, as, keepRest, ...(whole ? {} : { amount: of }) }
    : { holdId: id, account: ref, as: as as "voided" | "expired" };
const changeOf = ([ref, status, floor]: NonNullable<Draft["change"]>) => ({
  account: ref,
  ...(status !== undefined && { status }),
  ...(floor !== undefined && { floor }),
});

/** Walks all batches; `look` sees the books before and after each, with what was decided. */
function walk(
  drafts: readonly (readonly Draft[])[],
  look: (seen: {
    state: BatchState;
    before: ReturnType<typeof snapshot>;
    instructions: Instruction[];
    decision: Decision;
  }) => void,
): BatchState {
  let state = opening();
  let number = 100;
  for (const batch of drafts) {
    const instructions = batch.map((given) => {
      number += 1;
      return instructionOf(state, given, number);
    });
    // Two new holds of one batch have two ids.
    const taken = new Set<string>();
    for (const instruction of instructions)
      if (instruction.holds?.some(({ id }) => taken.size === taken.add(id).size)) delete instruction.holds;
    const stale = new Set(batch.flatMap((given, index) => (given.stale ? [index] : [])));
    state = { ...state, stale };
    const before = snapshot(state);
    const decision = decide(state, instructions.map(toItem), noonMs + number);
    look({ state, before, instructions, decision });
  }
  return state;
}

const runs = { numRuns: 400 };
const sumBy = (list: readonly { currency: string; amount: bigint }[]): Record<string, bigint> => {
  const sums: Record<string, bigint> = {};
  for (const { currency, amount: of } of list) sums[currency] = (sums[currency] ?? 0n) + of;
  return sums;
};

describe("whatever is asked, in whatever batches", () => {
  it("each transfer sums to zero in each currency, and the entries of an account follow from one another", () => {
    fc.assert(
      fc.property(batches, (drafts) => {
        const last = new Map(
          [...opening().accounts].map(([name, { balance, sequence, lastMs }]) => [
            name,
            { balance, sequence, lastMs },
          ]),
        );
        const end = walk(drafts, ({ decision, instructions }) => {
          const accepted = instructions.filter(
            (instruction, index) => instruction.transfer && decision.outcomes[index]?.status === "accepted",
          );
          expect(decision.transfers.map(({ id }) => id)).toEqual(accepted.map(({ transfer: of }) => of?.id));
          for (const { legs: booked, atMs } of decision.transfers) {
            const sums = sumBy(
              booked.map((leg) => ({ currency: leg.account.ref.currency, amount: leg.amount })),
            );
            expect(Object.values(sums).every((sum) => sum === 0n)).toBe(true);
            for (const leg of booked) {
              const name = nameOf(leg.account.ref);
              const before = last.get(name) as NonNullable<ReturnType<typeof last.get>>;
              expect(leg.sequence).toBe(before.sequence + 1n);
              expect(leg.after).toBe(before.balance + leg.account.sign * leg.amount);
              expect(atMs).toBeGreaterThanOrEqual(before.lastMs);
              last.set(name, { balance: leg.after, sequence: leg.sequence, lastMs: atMs });
            }
          }
        });
        for (const [name, { balance, sequence, lastMs }] of end.accounts)
          expect(last.get(name)).toEqual({ balance, sequence, lastMs });
      }),
      runs,
    );
  });

  it("no account is below its floor, what is held is what holds are open for, and no limit is passed", () => {
    fc.assert(
      fc.property(batches, (drafts) => {
        walk(drafts, ({ state }) => {
          for (const one of state.accounts.values()) {
            if (one.floor !== null) expect(one.balance - one.held >= one.floor).toBe(true);
            const open = [...state.holds.values()].filter(
              (hold) => hold.account === one && hold.status === "open",
            );
            expect(one.held).toBe(open.reduce((sum, hold) => sum + hold.amount - hold.captured, 0n));
          }
          for (const hold of state.holds.values()) {
            expect(hold.captured >= 0n && hold.captured <= hold.amount).toBe(true);
            if (hold.status === "voided" || hold.status === "expired") continue;
            if (hold.status === "open") expect(hold.captured < hold.amount).toBe(true);
            else expect(hold.captured > 0n).toBe(true);
          }
          const used = state.allowances.get("day CNY")?.used ?? -1n;
          expect(used >= 0n && used <= 100n).toBe(true);
        });
      }),
      runs,
    );
  });

  it("what is refused, replayed, stale or in conflict changes nothing; what is accepted is all that is written", () => {
    fc.assert(
      fc.property(batches, (drafts) => {
        walk(drafts, ({ state, before, decision, instructions }) => {
          const accepted = decision.outcomes.map(({ status }) => status === "accepted");
          if (!accepted.includes(true)) expect(snapshot(state)).toEqual(before);
          const named = (part: (instruction: Instruction) => readonly string[]): Set<string> =>
            new Set(instructions.flatMap((instruction, index) => (accepted[index] ? part(instruction) : [])));
          const names = (list: Iterable<AccountState>): Set<string> =>
            new Set([...list].map(({ ref }) => nameOf(ref)));
          expect(names(decision.restated)).toEqual(
            named(({ accounts = [] }) => accounts.map((one) => nameOf(one.account))),
          );
          expect(new Set(decision.newHolds.map(({ hold }) => hold.id))).toEqual(
            named(({ holds = [] }) => holds.map(({ id }) => id)),
          );
          expect(new Set([...decision.holds].map(({ id }) => id))).toEqual(
            named(({ releases = [] }) => releases.map((one) => one.holdId)),
          );
          const moved = named(({ transfer: of, holds = [], releases = [] }) =>
            [
              ...(of?.postings ?? []).flatMap(({ debit, credit }) => [debit, credit]),
              ...[...(of?.legs ?? []), ...holds, ...releases].map((part) => part.account),
            ].map(nameOf),
          );
          expect(names(decision.accounts)).toEqual(moved);
          const unmoved = (list: unknown[]) =>
            (list as { ref: AccountRef }[]).filter(
              ({ ref }) => !moved.has(nameOf(ref)) && !names(decision.restated).has(nameOf(ref)),
            );
          expect(unmoved(snapshot(state).accounts)).toEqual(unmoved(before.accounts));
        });
      }),
      runs,
    );
  });

  it("each key is answered once, and the same ever after", () => {
    fc.assert(
      fc.property(batches, (drafts) => {
        const stored = new Map<string, { hash: string; code: string; result: unknown }>();
        walk(drafts, ({ decision, instructions, state }) => {
          const answered = new Map(decision.answers.map(({ item, code }) => [item, code]));
          instructions.forEach(({ key, hash, result }, index) => {
            const outcome = decision.outcomes[index];
            const first = stored.get(key);
            if (first) {
              expect(answered.has(index)).toBe(false);
              if (first.hash !== hash) expect(outcome).toEqual({ status: "conflict" });
              else if (first.code === "accepted")
                expect(outcome).toEqual({ status: "replayed", result: first.result });
              else expect(codeOf(outcome)).toBe(first.code);
            } else if (state.stale.has(index)) {
              // Nothing is stored, so that the same key may be decided again.
              expect([outcome?.status, answered.has(index)]).toEqual(["stale", false]);
            } else {
              expect(answered.get(index)).toBe(outcome?.status === "refused" ? outcome.code : null);
              if (outcome?.status === "accepted") expect(outcome.result).toEqual(result);
              stored.set(key, { hash, code: codeOf(outcome), result });
            }
          });
        });
      }),
      runs,
    );
  });

  it("it is the same as one after the other", () => {
    fc.assert(
      fc.property(fc.array(draft, { minLength: 1, maxLength: 20 }), (drafts) => {
        const together = opening();
        const alone = opening();
        const instructions = drafts.map((given, index) => {
          const { holds: _none, ...instruction } = instructionOf(together, given, 100 + index);
          return given.hold
            ? { ...instruction, holds: [holdOn(given.hold[1], given.hold[2], `hld_${100 + index}`)] }
            : instruction;
        });
        const items = instructions.map(toItem);
        const whole = decide(together, items, noonMs);
        const parts = items.map((item) => decide(alone, [item], noonMs));
        expect(whole.outcomes).toEqual(parts.flatMap(({ outcomes }) => outcomes));
        expect(whole.transfers.map(({ id }) => id)).toEqual(
          parts.flatMap(({ transfers }) => transfers.map(({ id }) => id)),
        );
        expect(snapshot(together)).toEqual(snapshot(alone));
      }),
      runs,
    );
  });
});
