import fc from "fast-check";
import { expect, test } from "vitest";
import { expectedArrival } from "./arrival.ts";
import { type Candidate, chooseRoute, criteria, feeOf, successPerMille } from "./routing.ts";

const at = (iso: string) => new Date(iso);
function candidate(changes: Partial<Candidate> = {}): Candidate {
  return {
    bankId: "harbour",
    rail: { id: "credit_transfer", urgency: "usual" },
    isOwnBank: false,
    carriesCurrency: true,
    reaches: true,
    maxPerPayment: null,
    leftToday: null,
    fee: 0n,
    expected: { at: at("2026-11-23T12:00:00Z"), precision: "minutes" },
    closed: null,
    isCovered: true,
    record: { payments: 0, succeeded: 0 },
    ...changes,
  };
}

const limit = fc.option(fc.bigInt({ min: 0n, max: 2_000n }));
const record = fc
  .tuple(fc.nat(100), fc.nat(100))
  .map(([one, other]) => ({ payments: Math.max(one, other), succeeded: Math.min(one, other) }));
const anyCandidate = fc.record({
  bankId: fc.constantFrom("albion", "granite", "harbour", "lotus"),
  rail: fc.constantFrom(
    { id: "instant_transfer", urgency: "instant" } as const,
    { id: "credit_transfer", urgency: "usual" } as const,
  ),
  isOwnBank: fc.boolean(),
  carriesCurrency: fc.boolean(),
  reaches: fc.boolean(),
  maxPerPayment: limit,
  leftToday: limit,
  fee: fc.bigInt({ min: 0n, max: 3n }),
  expected: fc.nat(3).map((hours) => ({
    at: new Date(Date.parse("2026-11-23T00:00:00Z") + hours * 3_600_000),
    precision: "minutes" as const,
  })),
  closed: fc.constantFrom(null, null, "maintenance" as const),
  isCovered: fc.boolean(),
  record,
});
const candidates = fc.uniqueArray(anyCandidate, {
  maxLength: 8,
  selector: (one) => `${one.bankId} ${one.rail.id}`,
});
const amount = fc.bigInt({ min: 1n, max: 2_000n });

test("never a way over its limit, of another currency, or that does not reach the account", () => {
  fc.assert(
    fc.property(amount, candidates, (money, ways) => {
      const { choice, excluded } = chooseRoute(money, ways);
      const usable = ways.filter(
        (one) =>
          one.carriesCurrency &&
          one.reaches &&
          (one.maxPerPayment === null || money <= one.maxPerPayment) &&
          (one.leftToday === null || money <= one.leftToday),
      );
      expect(choice === undefined).toBe(usable.length === 0);
      if (choice) expect(usable).toContain(choice.chosen);
      expect(excluded).toHaveLength(ways.length - usable.length);
      if (choice) expect(choice.others).toHaveLength(ways.length - 1);
    }),
  );
});

test("the same ways in another order are the same choice", () => {
  const shuffled = candidates.chain((ways) =>
    fc.tuple(
      fc.constant(ways),
      fc.shuffledSubarray(ways, { minLength: ways.length, maxLength: ways.length }),
    ),
  );
  fc.assert(
    fc.property(amount, shuffled, (money, [ways, again]) => {
      expect(chooseRoute(money, again)).toEqual(chooseRoute(money, ways));
    }),
  );
});

test("a further way that is worse than the chosen one changes nothing but the list of the others", () => {
  fc.assert(
    fc.property(amount, candidates, anyCandidate, (money, ways, further) => {
      const before = chooseRoute(money, ways).choice;
      const after = chooseRoute(money, [...ways, { ...further, bankId: "zenith" }]).choice;
      const isBetter = after?.chosen.bankId === "zenith";
      if (before === undefined || isBetter) return;
      expect(after?.chosen).toBe(before.chosen);
      // Nor does taking away any way that was not chosen.
      for (const { candidate: other } of before.others)
        expect(
          chooseRoute(
            money,
            ways.filter((one) => one !== other),
          ).choice?.chosen,
        ).toBe(before.chosen);
    }),
  );
});

test("a way that was tried is not taken again", () => {
  fc.assert(
    fc.property(amount, candidates, (money, ways) => {
      const first = chooseRoute(money, ways).choice?.chosen;
      if (first === undefined) return;
      const second = chooseRoute(money, ways, [{ bankId: first.bankId, railId: first.rail.id }]).choice;
      expect(second?.chosen).not.toBe(first);
      const elsewhere = chooseRoute(money, ways, [{ bankId: first.bankId, railId: null }]).choice;
      expect(elsewhere?.chosen.bankId).not.toBe(first.bankId);
    }),
  );
});

test("certain comes before cheap, and cheap before quick", () => {
  expect(criteria).toEqual(["open", "covered", "certain", "cheap", "quick", "own_bank"]);
  const shaky = candidate({ bankId: "albion", record: { payments: 100, succeeded: 40 } });
  const dear = candidate({ bankId: "granite", fee: 200n });
  const cheap = candidate({
    bankId: "harbour",
    fee: 20n,
    expected: { at: at("2026-11-24T22:59:59Z"), precision: "day" },
  });
  const { choice } = chooseRoute(1_000n, [shaky, dear, cheap]);
  expect(choice?.chosen).toBe(cheap);
  expect(choice?.reasons).toEqual(["certain", "cheap"]);
  expect(choice?.others.map(({ candidate: { bankId }, whyNot }) => [bankId, whyNot])).toEqual([
    ["granite", "cheap"],
    ["albion", "certain"],
  ]);
  expect(chooseRoute(1_000n, [cheap]).choice?.reasons).toEqual(["only_way"]);
});

test("a bank that is closed or short of our money is taken only where no other can", () => {
  const closed = candidate({ isOwnBank: true, closed: "maintenance" });
  const short = candidate({ bankId: "granite", isCovered: false });
  const ready = candidate({ bankId: "albion", fee: 900n });
  expect(chooseRoute(1n, [closed, short, ready]).choice?.chosen).toBe(ready);
  expect(chooseRoute(1n, [closed, short]).choice?.chosen).toBe(short);
  expect(chooseRoute(1n, [closed]).choice?.chosen).toBe(closed);
});

test("few payments decide nothing, many failures do", () => {
  expect(successPerMille({ payments: 0, succeeded: 0 })).toBe(950);
  expect(successPerMille({ payments: 3, succeeded: 0 })).toBeGreaterThanOrEqual(900);
  expect(successPerMille({ payments: 20, succeeded: 10 })).toBeLessThan(900);
});

test("a fee is an amount and a share, and never rounded in our favour", () => {
  expect(feeOf({ fixed: 20n, perMille: 2n }, 10_001n)).toBe(41n);
  expect(feeOf({ fixed: 0n, perMille: 0n }, 10_001n)).toBe(0n);
});

test("arrival counts the bank's business days, its cut-off, its holidays and the hour its clocks change", () => {
  const prague = { timeZone: "Europe/Prague", holidays: ["2026-12-24", "2026-12-25"] };
  const nextDay = { businessDays: 1, cutOff: "16:00" };
  const due = (sent: string, arrival = nextDay) =>
    expectedArrival(arrival, at(sent), prague).at.toISOString();
  // Thursday before the cut-off: Friday. After it: Monday. Saturday counts as Monday: Tuesday.
  expect(due("2026-11-26T14:59:00Z")).toBe("2026-11-27T22:59:59.000Z");
  expect(due("2026-11-26T15:00:00Z")).toBe("2026-11-30T22:59:59.000Z");
  expect(due("2026-11-28T20:00:00Z")).toBe("2026-12-01T22:59:59.000Z");
  // Wednesday before two days of rest and a weekend.
  expect(due("2026-12-23T09:00:00Z")).toBe("2026-12-28T22:59:59.000Z");
  // The clocks go back on Sunday 25 October: the end of Monday is an hour later in UTC.
  expect(due("2026-10-23T10:00:00Z")).toBe("2026-10-26T22:59:59.000Z");
  expect(due("2026-10-22T10:00:00Z")).toBe("2026-10-23T21:59:59.000Z");
  expect(expectedArrival({ withinSeconds: 10 }, at("2026-11-28T20:00:00Z"), prague)).toEqual({
    at: at("2026-11-28T20:00:10Z"),
    precision: "minutes",
  });
});
