import { describe, expect, test } from "vitest";
import type { GroupAnswer } from "../../connector-services.ts";
import { BankRefused, type Obie } from "./obie.ts";
import { createOrders } from "./orders.ts";
import { type Days, daysOf } from "./schedule.ts";

describe("days of a standing order", () => {
  type Order = Parameters<typeof daysOf>[0];
  test.each<[string, Partial<Order>, [first: string, last: string | null] | undefined]>([
    ["without an end", {}, ["2026-01-31", null]],
    ["the last day of shorter months", { endDate: "2026-04-10" }, ["2026-01-31", "2026-03-31"]],
    ["the end itself is a day", { endDate: "2026-02-28" }, ["2026-01-31", "2026-02-28"]],
    ["a day that this month has had", { startDate: "2026-01-20", dayOfExecution: 15 }, ["2026-02-15", null]],
    [
      "every two weeks",
      { frequency: "every_two_weeks", endDate: "2026-03-01" },
      ["2026-01-31", "2026-02-28"],
    ],
    [
      "once a year from a leap day",
      { startDate: "2028-02-29", frequency: "annual", endDate: "2029-12-31" },
      ["2028-02-29", "2029-02-28"],
    ],
    ["no day at all", { startDate: "2026-02-01", dayOfExecution: 31, endDate: "2026-02-27" }, undefined],
  ])("%s", (_name, change, expected) => {
    const order: Order = { startDate: "2026-01-31", endDate: null, frequency: "monthly", ...change };
    const days = daysOf(order);
    expect(days && [days.first, days.last]).toEqual(expected);
  });

  test("frequencies by the code set; a day of the month has two digits", () => {
    const frequencyOf = (change: Partial<Order>): Days["frequency"] | undefined =>
      daysOf({ startDate: "2026-01-01", endDate: null, frequency: "monthly", ...change })?.frequency;
    expect(frequencyOf({ frequency: "semi_annual" })).toEqual({ Type: "MIAN" });
    expect(frequencyOf({ frequency: "every_two_months", dayOfExecution: 5 })).toEqual({
      Type: "TWMH",
      PointInTime: "05",
    });
    expect(frequencyOf({ frequency: "weekly", dayOfExecution: 5 })).toEqual({ Type: "WEEK" });
  });
});

/** What banks answer, by the last part of the address; all else they do not offer. */
function statusOf(id: string, answers: Record<string, object>, now = "2026-06-01"): Promise<GroupAnswer> {
  const obie = {
    exchange: async (schema, call) => {
      const answer = answers[call.path.split("/").at(-1) ?? ""];
      if (answer === undefined) throw new BankRefused(404, "Resource.NotFound");
      return { data: schema.parse({ Data: answer }), status: 200 };
    },
  } as Obie;
  const orders = createOrders({
    obie,
    config: { timeZone: "Europe/London" },
    clock: { now: () => new Date(`${now}T12:00:00Z`) },
  } as Parameters<typeof createOrders>[0]);
  return orders.periodicPayments.status(id, "GBP");
}

describe("statuses as v3.1 writes them", () => {
  const standing = (Status: string, more: object = {}) => ({ DomesticStandingOrderId: "7", Status, ...more });
  const id = "domestic-standing-orders/7";

  test.each<[string, string]>([
    ["InitiationPending", "accepted"],
    ["InitiationCompleted", "accepted"],
    ["InitiationFailed", "rejected"],
    ["Cancelled", "cancelled"],
    ["SomethingNew", "unknown"],
  ])("a standing order that is %s is %s", async (status, outcome) => {
    expect(await statusOf(id, { 7: standing(status) })).toMatchObject({ outcome });
  });

  test("it is over when its last day is, with the days by which banks put it off", async () => {
    const answers = {
      7: standing("InitiationCompleted", {
        Initiation: { FinalPaymentDateTime: "2026-05-29T00:00:00+00:00" },
      }),
    };
    expect(await statusOf(id, answers, "2026-06-01")).toMatchObject({ outcome: "accepted" });
    expect(await statusOf(id, answers, "2026-06-04")).toMatchObject({ outcome: "finished" });
  });

  test("one of its payments that failed is told where the bank tells of payments", async () => {
    const details = { PaymentStatus: [{ Status: "AcceptedSettlementCompleted" }, { Status: "Rejected" }] };
    expect(
      await statusOf(id, { 7: standing("InitiationCompleted"), "payment-details": details }),
    ).toMatchObject({ outcome: "partly" });
  });

  test("a scheduled payment is paid when its payment is", async () => {
    const scheduled = { DomesticScheduledPaymentId: "7", Status: "InitiationCompleted" };
    const of = (details: object) =>
      statusOf("domestic-scheduled-payments/7", { 7: scheduled, "payment-details": details });
    expect(await of({})).toMatchObject({ outcome: "accepted" });
    expect(await of({ PaymentStatus: [{ Status: "AcceptedSettlementInProcess" }] })).toMatchObject({
      outcome: "accepted",
    });
    expect(await of({ PaymentStatus: [{ Status: "AcceptedSettlementCompleted" }] })).toMatchObject({
      outcome: "finished",
    });
  });
});
