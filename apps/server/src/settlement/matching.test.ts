import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { exactSums } from "./exact-sums.ts";
import { whySuggested } from "./match-words.ts";
import { type OpenLine, type OpenPayment, suggestForLine, suggestForPayment } from "./matching.ts";
import { fewestEdits, mostEdits, normalReference, sightReference } from "./references.ts";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const reference = fc
  .string({ minLength: 26, maxLength: 26, unit: fc.constantFrom(...alphabet) })
  .map((body) => `JQ${body}`);
const aLine = (facts: Partial<OpenLine>): OpenLine => ({
  id: "line",
  amount: 100n,
  bookingDate: "2026-03-03",
  endToEndId: null,
  remittance: null,
  counterpartyName: null,
  count: null,
  ...facts,
});
const aPayment = (facts: Partial<OpenPayment>): OpenPayment => ({
  id: "payment",
  amount: 100n,
  sentOn: "2026-03-02",
  reference: "JQ01KAM3V7D2TQX8RZ5N4WCGE9YH",
  names: ["Lin Xiao 林晓"],
  ...facts,
});
const other = aPayment({ id: "other", reference: "JQ01KAM3V7D2AAAABBBBCCCCDDDD" });

describe("references", () => {
  it("a reference is found with as many slips as are allowed, wherever it stands and however it is spaced", () => {
    // Apart from each other: an exchange across a gap is more than one slip, and counted so.
    const slip = (third: number) =>
      fc.record({
        at: fc.integer({ min: third * 9, max: third * 9 + 6 }),
        kind: fc.constantFrom("nothing", "replace", "leave out", "exchange"),
      });
    fc.assert(
      fc.property(
        reference,
        fc.tuple(slip(2), slip(1), slip(0)),
        fc.string({ maxLength: 20 }),
        (one, slips, words) => {
          const written = slips.reduce((text, { at, kind }) => {
            const [before, here, next, after] = [
              text.slice(0, at),
              text.slice(at, at + 1),
              text.slice(at + 1, at + 2),
              text.slice(at + 2),
            ];
            if (kind === "nothing") return text;
            if (kind === "replace") return `${before}${here === "7" ? "8" : "7"}${next}${after}`;
            return kind === "exchange" ? `${before}${next}${here}${after}` : `${before}${next}${after}`;
          }, one);
          const spaced = written.replace(/(.{4})/g, "$1 ").toLowerCase();
          expect(sightReference(one, `${words} ${spaced} ref`)).not.toBeNull();
          expect(sightReference(one, one)).toEqual({ as: "same" });
        },
      ),
    );
  });

  it("two references of chance are not taken for one another, and letters that the alphabet lacks are their digits", () => {
    fc.assert(
      fc.property(reference, reference, (one, two) => {
        fc.pre(fewestEdits(one, two) > mostEdits);
        expect(sightReference(one, two)).toBeNull();
      }),
    );
    expect(sightReference("JQ01KAM3V7D2TQX8RZ5N4WCGE9YH", "JQOIKAM3V7D2TQX8RZ5N4WCGE9YH")).toEqual({
      as: "same",
    });
    expect(sightReference("JQ01KAM3V7D2TQX8RZ5N4WCGE9YH", "JQ01KAM3V7D2TQX8RZ")).toEqual({ as: "cut" });
    expect(sightReference("JQ01KAM3V7D2TQX8RZ5N4WCGE9YH", "JQ01KAM3V7D2")).toBeNull();
    expect(normalReference(" jq-o1 il ")).toBe("JQ0111");
    expect(fewestEdits("ABCD", "xxABDCxx")).toBe(1);
  });
});

const amounts = fc.array(fc.bigInt(1n, 10_000n), { minLength: 2, maxLength: 14 });
const partsOf = (values: readonly bigint[]) => values.map((amount, index) => ({ id: `p${index}`, amount }));

describe("exact sums", () => {
  it("every group is of different parts and equals the total to the minor unit; one that exists is found", () => {
    fc.assert(
      fc.property(amounts, fc.infiniteStream(fc.boolean()), (values, choice) => {
        const parts = partsOf(values);
        const chosen = parts.filter(() => choice.next().value);
        fc.pre(chosen.length > 1);
        const total = chosen.reduce((sum, { amount }) => sum + amount, 0n);
        const groups = exactSums(parts, total, { parts: 14, steps: 2 ** 15 });
        expect(groups.length).toBeGreaterThan(0);
        for (const ids of groups) {
          expect(new Set(ids).size).toBe(ids.length);
          expect(ids.length).toBeGreaterThan(1);
          expect(
            parts.filter(({ id }) => ids.includes(id)).reduce((sum, { amount }) => sum + amount, 0n),
          ).toBe(total);
        }
      }),
    );
  });

  it("ends within its steps where there is nothing to find", () => {
    const parts = partsOf(Array.from({ length: 60 }, (_, index) => BigInt(2 * (index + 500))));
    expect(exactSums(parts, 9_999n)).toEqual([]);
  });
});

describe("suggestions", () => {
  it("an exact suggestion is equal to the minor unit, and none is offered for money that came before the payment", () => {
    const day = fc.integer({ min: 1, max: 28 }).map((date) => `2026-03-${String(date).padStart(2, "0")}`);
    const line = fc.record({ amount: fc.bigInt(1n, 60n), bookingDate: day });
    const payment = fc.record({ amount: fc.bigInt(1n, 60n), sentOn: day });
    fc.assert(
      fc.property(
        fc.array(line, { minLength: 1, maxLength: 8 }),
        fc.array(payment, { minLength: 1, maxLength: 8 }),
        (ls, ps) => {
          const lines = ls.map((facts, index) => aLine({ ...facts, id: `l${index}` }));
          const payments = ps.map((facts, index) =>
            aPayment({ ...facts, id: `p${index}`, reference: `R${index}` }),
          );
          const sum = (all: readonly { id: string; amount: bigint }[], ids: readonly string[]) =>
            all.filter(({ id }) => ids.includes(id)).reduce((total, { amount }) => total + amount, 0n);
          const found = [
            ...suggestForLine(lines[0] as OpenLine, lines, payments),
            ...suggestForPayment(payments[0] as OpenPayment, lines, payments),
          ];
          for (const one of found) {
            expect(one.isExact).toBe(sum(lines, one.lines) === sum(payments, one.payments));
            expect(Math.min(one.lines.length, one.payments.length)).toBe(1);
            expect(one.score).toBeGreaterThan(0);
            for (const { bookingDate } of lines.filter(({ id }) => one.lines.includes(id)))
              for (const { sentOn } of payments.filter(({ id }) => one.payments.includes(id)))
                expect(Date.parse(bookingDate)).toBeGreaterThanOrEqual(Date.parse(sentOn) - 86_400_000);
          }
        },
      ),
    );
  });

  it("says why in both languages, the likeliest first", () => {
    const line = aLine({ remittance: "Rent JQ01KAM3V7D2TQX8RZ5N4WCGE9YX", counterpartyName: "XIAO LIN" });
    const [best, second] = suggestForLine(line, [line], [other, aPayment({})]);
    expect(best).toMatchObject({ payments: ["payment"], isExact: true });
    expect(second).toMatchObject({ payments: ["other"], isExact: true });
    expect(whySuggested(best?.reasons ?? [])).toEqual({
      en: "The line bears the reference with one character wrong, same amount, one day later, the name matches.",
      zh: "该行所带参考号有 1 个字符不同，金额相同，晚一天，户名一致。",
    });
  });

  it("a line that bears one payment's very reference is no slip of another's", () => {
    const near = aPayment({ id: "near", reference: "JQ01KAM3V7D2TQX8RZ5N4WCGE9YX", amount: 90n });
    const line = aLine({ endToEndId: "JQ01KAM3V7D2TQX8RZ5N4WCGE9YH" });
    expect(suggestForLine(line, [line], [near, aPayment({})]).map(({ payments }) => payments)).toEqual([
      ["payment"],
    ]);
  });

  it("another amount is shown with its reference, last and never as exact", () => {
    const line = aLine({ amount: 99n, endToEndId: "JQ01KAM3V7D2TQX8RZ5N4WCGE9YH" });
    const [first, last] = suggestForLine(line, [line], [aPayment({}), { ...other, amount: 99n }]);
    expect(first).toMatchObject({ payments: ["other"], isExact: true });
    expect(last).toMatchObject({ payments: ["payment"], isExact: false });
  });

  it("several payments that are one line, and several lines that are one payment", () => {
    const payments = [30n, 45n, 25n, 61n].map((amount, index) =>
      aPayment({ id: `p${index}`, amount, reference: `R${index}` }),
    );
    const batch = aLine({ count: 3 });
    const [whole] = suggestForLine(batch, [batch], payments);
    expect(whole?.payments.toSorted()).toEqual(["p0", "p1", "p2"]);
    expect(whySuggested(whole?.reasons ?? []).en).toBe(
      "3 payments add up to the line exactly, as many as the bank says it holds, all sent on one day, the line one day later.",
    );
    expect(suggestForPayment(payments[0] as OpenPayment, [batch], payments)[0]?.payments.toSorted()).toEqual([
      "p0",
      "p1",
      "p2",
    ]);

    const parts = [70n, 30n, 11n].map((amount, index) => aLine({ id: `l${index}`, amount }));
    const [split] = suggestForPayment(aPayment({}), parts, [aPayment({})]);
    expect(split?.lines.toSorted()).toEqual(["l0", "l1"]);
    expect(suggestForLine(parts[0] as OpenLine, parts, [aPayment({})])[0]?.lines.toSorted()).toEqual([
      "l0",
      "l1",
    ]);
    expect(suggestForLine(parts[2] as OpenLine, parts, [aPayment({})])).toEqual([]);
  });

  it("answers at once among a thousand payments", () => {
    const payments = Array.from({ length: 1_000 }, (_, index) =>
      aPayment({
        id: `p${index}`,
        amount: BigInt(2 * index + 2),
        reference: `JQ01KAM3V7D2TQX8RZ5N4WCG${index}`,
      }),
    );
    const line = aLine({ amount: 99_999n, remittance: "x".repeat(140) });
    expect(suggestForLine(line, [line], payments)).toEqual([]);
  });
});
