import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { BankEntry } from "./connector.ts";
import { mergeEntries } from "./entries.ts";
import type { EntryDraft } from "./entry-sql.ts";

const day = (offset: number) => new Date(Date.UTC(2026, 0, 1 + offset)).toISOString().slice(0, 10);
const entry = (part: Partial<BankEntry>): BankEntry => ({
  status: "booked",
  bankId: null,
  endToEndId: null,
  bookingDate: part.status === "pending" ? null : day(0),
  valueDate: day(0),
  amountMinor: -500n,
  currency: "CNY",
  counterpartyName: "Tea House",
  counterpartyIban: null,
  remittance: null,
  ...part,
});

/** The rows of an account as readings change them. */
function account() {
  let rows: EntryDraft[] = [];
  let serial = 0;
  return {
    rows: () => rows,
    read(entries: BankEntry[], today = day(0)) {
      const merge = mergeEntries(rows, entries, { today, newId: () => `btx_${++serial}` });
      const kept = rows.filter(({ id }) => !merge.removed.includes(id));
      const byId = new Map([...kept, ...merge.put].map((row) => [row.id, row]));
      rows = [...byId.values()];
      return merge;
    },
  };
}

describe("reading an account again and again", () => {
  it("a pending entry that is booked under another id keeps its row", () => {
    const one = account();
    one.read([entry({ status: "pending", bankId: "P1", endToEndId: "E1" })]);
    const before = one.rows()[0]?.id;
    one.read(
      [entry({ bankId: "B1", endToEndId: "E1", bookingDate: day(3), remittance: "other text now" })],
      day(3),
    );
    expect(one.rows()).toMatchObject([{ id: before, status: "booked", bank_entry_id: "B1" }]);
    const merge = one.read([
      entry({ bankId: "B1", endToEndId: "E1", bookingDate: day(3), remittance: "other text now" }),
    ]);
    expect(merge).toEqual({ put: [], removed: [] });
  });

  it("without a reference its contents and a near date tell it; a far date does not", () => {
    const near = account();
    near.read([entry({ status: "pending", bankId: "P1" })]);
    near.read([entry({ bankId: "B1", bookingDate: day(4) })], day(4));
    expect(near.rows()).toHaveLength(1);
    const far = account();
    far.read([entry({ status: "pending", bankId: "P1" })]);
    far.read(
      [entry({ status: "pending", bankId: "P1" }), entry({ bankId: "B1", bookingDate: day(40) })],
      day(40),
    );
    expect(far.rows()).toHaveLength(2);
  });

  it("two equal purchases, one of them booked: both are shown", () => {
    const one = account();
    one.read([entry({ status: "pending", bankId: "P1" }), entry({ status: "pending", bankId: "P2" })]);
    one.read([entry({ status: "pending", bankId: "P2" }), entry({ bankId: "B1" })]);
    expect(
      one
        .rows()
        .map(({ status, bank_entry_id }) => [status, bank_entry_id])
        .sort(),
    ).toEqual([
      ["booked", "B1"],
      ["pending", "P2"],
    ]);
    one.read([entry({ bankId: "B2" }), entry({ bankId: "B1" })]);
    expect(
      one
        .rows()
        .map(({ bank_entry_id }) => bank_entry_id)
        .sort(),
    ).toEqual(["B1", "B2"]);
  });

  it("an entry that stands in the list as pending and as booked is shown once", () => {
    const one = account();
    const both = [
      entry({ status: "pending", bankId: "P1", endToEndId: "E1" }),
      entry({ bankId: "B1", endToEndId: "E1" }),
    ];
    one.read(both);
    one.read(both);
    expect(one.rows()).toMatchObject([{ status: "booked", bank_entry_id: "B1" }]);
  });

  it("the same reference every month is a payment every month", () => {
    const one = account();
    const rent = (month: number) =>
      entry({ bankId: `B${month}`, endToEndId: "RENT", bookingDate: day(30 * month) });
    one.read([rent(0)]);
    one.read(
      [rent(0), entry({ status: "pending", bankId: "P1", endToEndId: "RENT", valueDate: day(30) })],
      day(30),
    );
    expect(one.rows()).toHaveLength(2);
    one.read([rent(1), rent(0)], day(31));
    expect(one.rows().map(({ status }) => status)).toEqual(["booked", "booked"]);
  });

  it("a pending entry that the bank takes back disappears", () => {
    const one = account();
    one.read([entry({ status: "pending", bankId: "P1" })]);
    one.read([]);
    expect(one.rows()).toEqual([]);
  });

  it("entries without ids are counted by their contents", () => {
    const one = account();
    one.read([entry({}), entry({})]);
    expect(one.rows()).toHaveLength(2);
    expect(one.read([entry({}), entry({})])).toEqual({ put: [], removed: [] });
    one.read([entry({}), entry({}), entry({})]);
    expect(one.rows()).toHaveLength(3);
  });

  it("property: whatever the order of pages, how often and when it is read, the list is the bank's own", () => {
    const payment = fc.record({
      appears: fc.integer({ min: 0, max: 12 }),
      pendingDays: fc.integer({ min: 0, max: 4 }),
      amount: fc.integer({ min: 1, max: 3 }),
      name: fc.constantFrom("Tea House", "Metro", null),
      withReference: fc.boolean(),
    });
    fc.assert(
      fc.property(
        fc.array(payment, { maxLength: 12 }),
        fc.array(fc.record({ on: fc.integer({ min: 0, max: 18 }), seed: fc.integer() }), {
          minLength: 1,
          maxLength: 8,
        }),
        fc.boolean(),
        (payments, readings, bankGivesIds) => {
          const listOn = (today: number): BankEntry[] =>
            payments.flatMap((item, index): BankEntry[] => {
              if (item.appears > today) return [];
              const isBooked = item.appears + item.pendingDays <= today;
              return [
                entry({
                  status: isBooked ? "booked" : "pending",
                  bankId: bankGivesIds ? `${isBooked ? "B" : "P"}${index}` : null,
                  endToEndId: item.withReference ? `E${index}` : null,
                  bookingDate: isBooked ? day(item.appears + item.pendingDays) : null,
                  valueDate: day(item.appears),
                  amountMinor: BigInt(-item.amount),
                  counterpartyName: item.name,
                }),
              ];
            });
          const one = account();
          for (const { on, seed } of readings.toSorted((a, b) => a.on - b.on)) {
            const list = shuffle(listOn(on), seed);
            // A page that overlaps the one before repeats entries that carry an id.
            const pages = bankGivesIds ? [...list, ...list.slice(0, 3)] : list;
            one.read(pages, day(on));
            const shown = one
              .rows()
              .map((row) =>
                [
                  row.status,
                  row.bank_entry_id,
                  row.end_to_end_id,
                  row.amount,
                  row.counterparty_name,
                  row.booking_date,
                  row.value_date,
                ].join("|"),
              );
            const told = list.map((item) =>
              [
                item.status,
                item.bankId,
                item.endToEndId,
                item.amountMinor,
                item.counterpartyName,
                item.bookingDate,
                item.valueDate,
              ].join("|"),
            );
            expect(shown.sort()).toEqual(told.sort());
            expect(one.read(shuffle(pages, seed + 1), day(on))).toEqual({ put: [], removed: [] });
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

function shuffle<T>(items: readonly T[], seed: number): T[] {
  let state = seed >>> 0;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
