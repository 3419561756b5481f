import { describe, expect, test } from "vitest";
import { bulkStatus } from "./bulk.ts";
import { nextExecution, type PeriodicRequest } from "./periodic.ts";

const order = (change: Partial<PeriodicRequest>): PeriodicRequest => ({
  debtorAccount: {},
  creditorAccount: {},
  creditorName: "Jinqiao",
  instructedAmount: { amount: "1.00", currency: "EUR" },
  startDate: "2026-01-31",
  frequency: "Monthly",
  ...change,
});

/** The first executions of an order. */
function days(request: PeriodicRequest, count: number): (string | undefined)[] {
  const found: (string | undefined)[] = [];
  let from = "1900-01-01";
  for (let index = 0; index < count; index += 1) {
    const day = nextExecution(request, from);
    found.push(day);
    if (day === undefined) break;
    from = new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
  }
  return found;
}

describe("days of a periodic payment", () => {
  test.each<[string, Partial<PeriodicRequest>, (string | undefined)[]]>([
    ["the last day of shorter months", {}, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]],
    ["a leap year's February", { startDate: "2028-01-31" }, ["2028-01-31", "2028-02-29"]],
    [
      "a day of the month before the start waits for the next month",
      { startDate: "2026-01-20", dayOfExecution: "15" },
      ["2026-02-15", "2026-03-15"],
    ],
    [
      "31 is the month's end",
      { startDate: "2026-02-01", dayOfExecution: "31" },
      ["2026-02-28", "2026-03-31"],
    ],
    [
      "every day, over a year's end",
      { startDate: "2026-12-31", frequency: "Daily" },
      ["2026-12-31", "2027-01-01"],
    ],
    [
      "every two weeks",
      { startDate: "2026-03-02", frequency: "EveryTwoWeeks" },
      ["2026-03-02", "2026-03-16"],
    ],
    ["twice a year", { startDate: "2026-08-31", frequency: "SemiAnnual" }, ["2026-08-31", "2027-02-28"]],
    ["once a year", { startDate: "2028-02-29", frequency: "Annual" }, ["2028-02-29", "2029-02-28"]],
    [
      "the end date is the last day",
      { startDate: "2026-01-01", endDate: "2026-03-01" },
      ["2026-01-01", "2026-02-01", "2026-03-01", undefined],
    ],
    // 31 January 2026 is a Saturday, 28 February too.
    [
      "weekends give way to Monday",
      { executionRule: "following" },
      ["2026-02-02", "2026-03-02", "2026-03-31"],
    ],
    [
      "weekends give way to Friday",
      { executionRule: "preceding" },
      ["2026-01-30", "2026-02-27", "2026-03-31"],
    ],
  ])("%s", (_name, change, expected) => {
    expect(days(order(change), expected.length)).toEqual(expected);
  });
});

test.each<[Parameters<typeof bulkStatus>[0], string]>([
  [["ACSC", "ACCC"], "ACSC"],
  [["ACSC", "ACSP"], "ACSP"],
  [["ACSC", "RJCT"], "PART"],
  [["RJCT", "RJCT"], "RJCT"],
])("a bulk of %j stands at %s", (statuses, expected) => {
  expect(bulkStatus(statuses)).toBe(expected);
});
