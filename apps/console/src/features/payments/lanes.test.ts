import type { ConsolePayment } from "@jinqiao/contract";
import { expect, test } from "vitest";
import { laneEvents, statusSteps } from "./lanes.ts";

const cny = { amount: "100.00", currency: "CNY" };

const withdrawal: ConsolePayment = {
  payment: {
    id: "pay_1",
    kind: "withdrawal",
    direction: "out",
    status: "settled",
    amount: cny,
    counterparty: { kind: "bank_account", name: "Lin", detail: "•• 3021", bankName: null },
    note: null,
    reference: "JQ1",
    reason: null,
    credited: false,
    actionUrl: null,
    payeeCheck: null,
    originalPaymentId: null,
    returns: [],
    returned: null,
    refunds: [],
    refunded: null,
    authorisedAmount: null,
    paymentIntentId: null,
    route: null,
    authentication: null,
    timeline: [
      { status: "authorised", at: "2026-11-22T08:00:00.000Z" },
      { status: "submitted", at: "2026-11-22T08:00:02.000Z" },
      { status: "settled", at: "2026-11-23T01:00:00.000Z" },
    ],
    createdAt: "2026-11-22T08:00:00.000Z",
    updatedAt: "2026-11-23T01:00:00.000Z",
  },
  customerId: "cus_1",
  customerName: "Lin",
  namesHidden: false,
  bankId: "harbour",
  route: null,
  holds: [
    {
      id: "hld_1",
      accountCode: "customer:cus_1",
      amount: cny,
      status: "captured",
      expiresAt: "2026-12-22T08:00:00.000Z",
      at: "2026-11-22T08:00:00.000Z",
    },
  ],
  transfers: [
    { id: "trf_1", kind: "withdrawal.accepted", at: "2026-11-22T08:00:02.000Z", entries: [] },
    { id: "trf_2", kind: "withdrawal.settled", at: "2026-11-23T01:00:00.000Z", entries: [] },
  ],
  bankMessages: [
    {
      id: "msg_2",
      at: "2026-11-22T08:00:01.500Z",
      direction: "received",
      kind: "payment.initiate",
      outcome: "accepted",
      httpStatus: 201,
      durationMs: 500,
      content: {},
    },
    {
      id: "msg_1",
      at: "2026-11-22T08:00:01.000Z",
      direction: "sent",
      kind: "payment.initiate",
      outcome: null,
      httpStatus: null,
      durationMs: null,
      content: {},
    },
  ],
  statementLines: [
    {
      id: "lin_1",
      statementId: "stm_1",
      sequence: 1,
      direction: "debit",
      amount: cny,
      bookingDate: "2026-11-22",
      valueDate: null,
      endToEndId: "JQ1",
      bankReference: null,
      counterpartyName: null,
      remittance: null,
      status: "matched",
      paymentId: "pay_1",
      transferId: "trf_2",
      breakId: null,
    },
  ],
  breakIds: [],
  recall: { possible: "no", recall: null },
};

test("everything that happened stands in time order, causes before effects", () => {
  expect(laneEvents(withdrawal).map((event) => [event.key, event.from, event.to])).toEqual([
    ["hld_1", "wallet", "ledger"],
    ["status-0", "wallet", "wallet"],
    ["msg_1", "wallet", "bank"],
    ["msg_2", "bank", "wallet"],
    ["trf_1", "ledger", "ledger"],
    ["status-1", "wallet", "wallet"],
    ["lin_1", "bank", "ledger"],
    ["trf_2", "ledger", "ledger"],
    ["status-2", "wallet", "wallet"],
  ]);
});

test("a line that made no posting stands at the end of its booking day", () => {
  const [line] = withdrawal.statementLines;
  if (line === undefined) throw new Error("the sample has a line");
  const events = laneEvents({ ...withdrawal, statementLines: [{ ...line, transferId: null }] });
  expect(events.map((event) => event.key).indexOf("lin_1")).toBe(6);
  expect(events[6]?.at).toBe("2026-11-22T23:59:59.999Z");
});

test("a status that was only confirmed again is no step", () => {
  const at = "2026-11-22T08:00:00.000Z";
  const timeline = (["authorised", "authorised", "unknown", "submitted", "unknown"] as const).map(
    (status) => ({ status, at }),
  );
  expect(statusSteps(timeline).map((step) => step.status)).toEqual([
    "authorised",
    "unknown",
    "submitted",
    "unknown",
  ]);
});

test("another way is a step of its own, although the status stays", () => {
  const timeline = [
    { status: "authorised" as const, at: "2026-11-22T08:00:00.000Z" },
    { status: "authorised" as const, at: "2026-11-22T08:00:01.000Z", event: "rerouted" as const },
    { status: "submitted" as const, at: "2026-11-22T08:00:02.000Z" },
  ];
  const steps = laneEvents({ ...withdrawal, payment: { ...withdrawal.payment, timeline } });
  expect(steps.flatMap((step) => (step.kind === "status" ? [step.rerouted] : []))).toEqual([
    false,
    true,
    false,
  ]);
});

test("the same question with the same answer, many times in a row, is drawn once at its beginning and end", () => {
  const asked = (count: number, outcome: string) =>
    Array.from({ length: count }, (_, n) => {
      const at = (half: number) => new Date(Date.UTC(2026, 10, 22, 9, n, half)).toISOString();
      const common = { kind: "payment.find" as const, httpStatus: null, durationMs: null, content: null };
      return [
        { ...common, id: `msg_s${outcome}${n}`, at: at(0), direction: "sent" as const, outcome: null },
        { ...common, id: `msg_r${outcome}${n}`, at: at(1), direction: "received" as const, outcome },
      ];
    }).flat();
  const drawn = (bankMessages: ConsolePayment["bankMessages"]) =>
    laneEvents({ ...withdrawal, bankMessages }).filter(
      ({ kind }) => kind === "message" || kind === "repeats",
    );
  expect(drawn(asked(3, "not_found"))).toHaveLength(6);
  const many = drawn(asked(61, "not_found"));
  expect(many.map(({ kind }) => kind)).toEqual(["message", "message", "repeats", "message", "message"]);
  expect(many[2]).toMatchObject({ count: 59 });
  expect(many.map(({ key }) => key).at(-1)).toBe("msg_rnot_found60");
});
