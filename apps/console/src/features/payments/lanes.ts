import type { ConsolePayment } from "@jinqiao/contract";
import type { BankMessage, LedgerHold, LedgerTransfer, Status } from "../../api.ts";

export type Lane = "wallet" | "ledger" | "bank";

/** One arrow (or, where both lanes are the same, one dot) of the lane diagram. */
export type LaneEvent = { key: string; at: string; from: Lane; to: Lane } & (
  | { kind: "status"; status: Status; rerouted: boolean }
  | { kind: "hold"; hold: LedgerHold }
  | { kind: "transfer"; transfer: LedgerTransfer }
  | { kind: "message"; message: BankMessage }
  /** The same question with the same answer, so many times more. */
  | { kind: "repeats"; count: number }
  | { kind: "line"; line: ConsolePayment["statementLines"][number] }
);

/** The steps of a payment's timeline; a status that was only confirmed again is no step. */
export function statusSteps(
  timeline: ConsolePayment["payment"]["timeline"],
): ConsolePayment["payment"]["timeline"] {
  return timeline.filter(
    ({ status, event }, index) => event !== undefined || status !== timeline[index - 1]?.status,
  );
}

/** Of events in the same instant, the cause comes first: a bank is called only after what was held is committed. */
const causalOrder: Record<LaneEvent["kind"], number> = {
  hold: 0,
  line: 1,
  transfer: 2,
  status: 3,
  message: 4,
  repeats: 4,
};

/** From so many equal questions in a row on, only the first and the last are drawn. */
const foldedFrom = 4;

/**
 * What happened to a payment, in time order, each as a step between the wallet, our ledger and the bank.
 * A statement line carries only a date: it stands at the posting that it made, or at the end of its booking day.
 */
export function laneEvents(joined: ConsolePayment): LaneEvent[] {
  const transferAt = new Map(joined.transfers.map((transfer) => [transfer.id as string, transfer.at]));
  const events: LaneEvent[] = [
    ...statusSteps(joined.payment.timeline).map(
      ({ status, at, event }, index): LaneEvent => ({
        key: `status-${index}`,
        at,
        from: "wallet",
        to: "wallet",
        kind: "status",
        status,
        rerouted: event === "rerouted",
      }),
    ),
    ...joined.holds.map(
      (hold): LaneEvent => ({ key: hold.id, at: hold.at, from: "wallet", to: "ledger", kind: "hold", hold }),
    ),
    ...joined.transfers.map(
      (transfer): LaneEvent => ({
        key: transfer.id,
        at: transfer.at,
        from: "ledger",
        to: "ledger",
        kind: "transfer",
        transfer,
      }),
    ),
    ...joined.bankMessages.map((message): LaneEvent => {
      const sent = message.direction === "sent";
      const lanes = sent
        ? ({ from: "wallet", to: "bank" } as const)
        : ({ from: "bank", to: "wallet" } as const);
      return { key: message.id, at: message.at, ...lanes, kind: "message", message };
    }),
    ...joined.statementLines.map((line): LaneEvent => {
      const posted = line.transferId === null ? undefined : transferAt.get(line.transferId);
      return {
        key: line.id,
        at: posted ?? `${line.bookingDate}T23:59:59.999Z`,
        from: "bank",
        to: "ledger",
        kind: "line",
        line,
      };
    }),
  ];
  return fold(
    events
      .map((event, index) => ({ event, index, ms: Date.parse(event.at) }))
      .sort(
        (a, b) => a.ms - b.ms || causalOrder[a.event.kind] - causalOrder[b.event.kind] || a.index - b.index,
      )
      .map(({ event }) => event),
  );
}

/** A bank that is asked sixty times and says the same each time would fill many screens. */
function fold(events: readonly LaneEvent[]): LaneEvent[] {
  const folded: LaneEvent[] = [];
  for (let index = 0; index < events.length; ) {
    const question = questionAt(events, index);
    let times = 1;
    while (question !== undefined && questionAt(events, index + 2 * times) === question) times += 1;
    if (question === undefined || times < foldedFrom) {
      folded.push(events[index] as LaneEvent);
      index += 1;
      continue;
    }
    const end = index + 2 * times;
    const second = events[index + 2] as LaneEvent;
    folded.push(...events.slice(index, index + 2), {
      key: `repeats-${second.key}`,
      at: second.at,
      from: "wallet",
      to: "bank",
      kind: "repeats",
      count: times - 2,
    });
    folded.push(...events.slice(end - 2, end));
    index = end;
  }
  return folded;
}

/** What is asked at this place and what is answered next, where these are a question and its answer. */
function questionAt(events: readonly LaneEvent[], index: number): string | undefined {
  const [sent, received] = [events[index], events[index + 1]];
  if (sent?.kind !== "message" || received?.kind !== "message") return undefined;
  if (sent.message.direction !== "sent" || received.message.direction !== "received") return undefined;
  if (sent.message.kind !== received.message.kind) return undefined;
  return `${sent.message.kind} ${received.message.outcome}`;
}
