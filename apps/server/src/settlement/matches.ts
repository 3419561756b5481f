import { randomUUID } from "node:crypto";
import type { Staff } from "@jinqiao/contract";
import type { StatementEntry } from "../banks/index.ts";
import { hashOf, type Instruction, suspense } from "../ledger/index.ts";
import { caseEnding, caseOpening, type PaymentRow } from "../payments/index.ts";
import { dateIn } from "../platform/clock.ts";
import { assert, Refusal } from "../platform/errors.ts";
import { event, type Job } from "../platform/events.ts";
import { answerOf } from "./breaks.ts";
import { intoSuspense } from "./lines.ts";
import { fitsInTime } from "./matching.ts";
import {
  breakGuard,
  directionOf,
  isWaiting,
  lineGuard,
  lineOf,
  matchGuard,
  newBreak,
  type ReconcileDeps,
  signed,
  write,
} from "./rows.ts";
import { closeOf, matchOf } from "./sealed-rows.ts";
import type { BreakRow, LineRow, MatchRow, StatementRow } from "./sql.ts";
import * as sql from "./sql.ts";
import { type AccountRefuses, whyLeft, whyRefused } from "./why.ts";

const shareOf = (
  deps: ReconcileDeps,
  found: BreakRow,
  payment: PaymentRow,
  said: { byId: string; note: string; amount: bigint },
): MatchRow => ({
  id: randomUUID(),
  break_id: found.id,
  payment_id: payment.id,
  amount: said.amount,
  note: said.note,
  by_id: said.byId,
  by: null,
  at: deps.clock.now(),
  transfer_id: deps.ids.next("trf"),
  outcome: null,
  left_break_id: null,
});

/** The match is carried out also when this process ends before it has done so. */
const finishJob = (breakId: string): Job => ({
  task: "settlement.finish_match",
  payload: { breakId },
  key: `match/${breakId}`,
});

/**
 * A line that stands for several payments which the bank lists. In one commit its money goes to suspense and the list
 * is kept; then each payment is settled from there by a move of its own, and the break is closed.
 */
export async function placeBatch(
  deps: ReconcileDeps,
  statement: StatementRow,
  entry: StatementEntry,
  payments: readonly PaymentRow[],
): Promise<void> {
  const transferId = deps.ids.next("trf");
  const lineId = deps.ids.next("lin");
  const found = newBreak(deps, statement, {
    kind: "unexpected_line",
    line_id: lineId,
    payment_id: null,
    bank_amount: signed(entry.direction, entry.amountMinor),
    ledger_amount: null,
    why_en: `One line stands for ${payments.length} payments, which the bank lists. Together they are the line exactly.`,
    why_zh: `该行为 ${payments.length} 笔付款的合计，银行已逐笔列出，金额完全相等。`,
  });
  const said = { byId: "reconciliation", note: "The bank lists these payments in the line's details." };
  const { status } = await deps.ledger.commit({
    key: `statement/${statement.id}/line/${entry.sequence}/batch`,
    hash: hashOf({ statement: statement.id, sequence: entry.sequence, amount: entry.amountMinor }),
    transfer: {
      id: transferId,
      kind: "statement.suspense",
      subject: statement.id,
      postings: [intoSuspense(statement, entry)],
    },
    rows: [
      write({ break: sql.plain(found) }),
      write({
        line: sql.plain(
          lineOf(deps.vault, lineId, statement, entry, { transferId, paymentId: null, breakId: found.id }),
        ),
      }),
      ...payments.map((payment) =>
        write({
          match: matchOf(deps.vault, shareOf(deps, found, payment, { ...said, amount: payment.amount })),
        }),
      ),
    ],
    guards: [lineGuard(statement, entry)],
    events: [event("break.changed", { breakId: found.id, status: "open" })],
    jobs: [finishJob(found.id)],
  });
  if (status === "accepted") await carryOut(deps, found.id);
}

/**
 * Carries out what was matched with a break's line, payment by payment, and closes the break. What is done already is
 * left alone, so it may run again and at once with another.
 */
export async function carryOut(deps: ReconcileDeps, breakId: string): Promise<void> {
  const found = await sql.selectBreak(deps.db, deps.vault, breakId);
  if (found === undefined || found.closed_at !== null) return;
  const shares = await sql.selectMatches(deps.db, deps.vault, [breakId]);
  const [first] = shares;
  if (first === undefined) return;
  for (const share of shares) if (share.outcome === null) await settleShare(deps, found, share);
  const closing = closingRows(deps, found, first);
  await deps.ledger.commit({
    key: `match/${breakId}/close`,
    hash: hashOf({ breakId }),
    ...closing,
    guards: [breakGuard(found)],
  });
}

/** One payment of a match, settled from suspense; or, where it has ended meanwhile, its share kept in a break. */
async function settleShare(deps: ReconcileDeps, found: BreakRow, share: MatchRow): Promise<void> {
  const done = (outcome: Record<string, unknown>) =>
    write({ matched: { breakId: share.break_id, paymentId: share.payment_id, ...outcome } });
  const missing = (await sql.selectMissing(deps.db, deps.vault, [share.payment_id])).get(share.payment_id);
  const closing = missing ? closingRows(deps, missing, share) : { rows: [], events: [] };
  let why = whyLeft;
  try {
    const { moved } = await deps.payments.apply(
      share.payment_id,
      {
        cause: "on_statement",
        transferId: share.transfer_id,
        from: { account: suspense(found.bank_id, found.currency), amount: share.amount },
      },
      () => ({
        rows: [done({ outcome: "settled" }), ...closing.rows],
        guards: [matchGuard(share), ...(missing ? [breakGuard(missing)] : [])],
        events: closing.events,
      }),
    );
    if (moved) return;
  } catch (error) {
    const refused = error instanceof Refusal ? error.code : undefined;
    if (refused !== "ledger.account_closed" && refused !== "ledger.account_frozen") throw error;
    why = whyRefused[refused satisfies AccountRefuses];
  }
  // Not moved: somebody else may have carried it out a moment ago, and then this commit finds it so and does nothing.
  const left = newBreak(
    deps,
    { ...found, id: found.statement_id },
    {
      kind: "unexpected_line",
      line_id: found.line_id,
      payment_id: share.payment_id,
      bank_amount: (found.bank_amount ?? 0n) < 0n ? -share.amount : share.amount,
      ledger_amount: null,
      ...why,
    },
  );
  const { bank_id, currency } = found;
  const late =
    (found.bank_amount ?? 0n) > 0n
      ? caseOpening(
          {
            id: deps.ids.next("cse"),
            kind: "late_money",
            payment_id: share.payment_id,
            break_id: left.id,
            bank_id,
            currency,
            amount: share.amount,
          },
          deps.clock.now(),
        )
      : { rows: [], events: [] };
  await deps.ledger.commit({
    key: `match/${share.break_id}/${share.payment_id}/left`,
    hash: hashOf({ share: share.transfer_id }),
    rows: [write({ break: sql.plain(left) }), done({ outcome: "left", leftBreakId: left.id }), ...late.rows],
    guards: [matchGuard(share)],
    events: [event("break.changed", { breakId: left.id, status: "open" }), ...late.events],
  });
}

/** A break closed because its line, or its payment, was matched. Ends its case, too. */
function closingRows(
  deps: ReconcileDeps,
  found: BreakRow,
  by: Pick<MatchRow, "by_id" | "by" | "note" | "transfer_id">,
): Required<Pick<Instruction, "rows" | "events">> {
  const at = deps.clock.now();
  const cases = caseEnding({ breakId: found.id }, { outcome: "match", byId: by.by_id, at });
  const close = closeOf(deps.vault, found.id, {
    action: "match",
    note: by.note,
    byId: by.by_id,
    by: by.by,
    at,
    transferId: by.transfer_id,
  });
  return {
    rows: [write({ close }), ...cases.rows],
    events: [
      event("break.changed", { breakId: found.id, status: "closed" }),
      ...(found.kind === "missing_on_statement" ? [] : cases.events),
    ],
  };
}

export type Group = { breakIds: readonly string[]; paymentIds: readonly string[]; note: string };

/**
 * A person says which lines in suspense pay which payments: one line several payments, or several lines one payment.
 * Their sums must be equal to the minor unit. Money goes from suspense only where a payment of ours waits for it, each
 * payment by a move of its own. Safe to repeat with the same key.
 * @throws Refusal `settlement.match_not_exact`, `settlement.match_not_possible`, `settlement.break_closed`,
 *   `payment.changed_meanwhile`
 */
export async function acceptMatch<View>(
  deps: ReconcileDeps,
  staff: Staff,
  request: { key: string; hash: string },
  breakId: string,
  group: Group,
  viewOf: (found: BreakRow) => Promise<View>,
): Promise<View> {
  const anchor = await sql.selectBreak(deps.db, deps.vault, breakId);
  if (anchor === undefined) throw new Refusal("request.not_found");
  if (anchor.closed_at !== null) throw new Refusal("settlement.break_closed");
  const { found, payments } = await membersOf(deps, anchor, group);
  const said = { byId: staff.id, note: group.note };
  const [only] = payments;
  const [line] = found;
  assert(only && line, "a match has a line and a payment");

  if (payments.length > 1) {
    const shares = payments.map((payment) =>
      shareOf(deps, line, payment, { ...said, amount: payment.amount }),
    );
    const result = await viewOf(closedBy(deps, anchor, shares[0] as MatchRow));
    const outcome = await deps.ledger.commit<View>({
      ...request,
      result,
      rows: shares.map((share) => write({ match: matchOf(deps.vault, share) })),
      guards: [breakGuard(line)],
      jobs: [finishJob(line.id)],
    });
    answerOf(outcome);
    await carryOut(deps, line.id);
    // What became of it: a payment may have ended meanwhile.
    return viewOf((await sql.selectBreak(deps.db, deps.vault, breakId)) ?? anchor);
  }

  const shares = found.map((one) => shareOf(deps, one, only, { ...said, amount: abs(one.bank_amount) }));
  const transferId = (shares[0] as MatchRow).transfer_id;
  const missing = (await sql.selectMissing(deps.db, deps.vault, [only.id])).get(only.id);
  const breaks = [...found, ...(missing ? [missing] : [])];
  const match = { ...(shares[0] as MatchRow), transfer_id: transferId };
  const closings = breaks.map((one) => closingRows(deps, one, match));
  const result = await viewOf(closedBy(deps, anchor, match));
  const { moved } = await deps.payments.apply(
    only.id,
    {
      cause: "on_statement",
      transferId,
      from: { account: suspense(line.bank_id, line.currency), amount: only.amount },
    },
    () => ({
      request: { ...request, result },
      rows: [
        ...shares.map((share) =>
          write({
            match: matchOf(deps.vault, { ...share, transfer_id: transferId, outcome: "settled" }),
          }),
        ),
        ...closings.flatMap(({ rows }) => rows),
      ],
      guards: breaks.map((one) => breakGuard(one)),
      events: closings.flatMap(({ events }) => events),
    }),
  );
  if (!moved) throw new Refusal("payment.changed_meanwhile");
  return result;
}

/** The breaks and payments of a group, after every check that needs no lock. */
async function membersOf(
  deps: ReconcileDeps,
  anchor: BreakRow,
  { breakIds, paymentIds }: Group,
): Promise<{ found: BreakRow[]; payments: PaymentRow[] }> {
  const impossible = new Refusal("settlement.match_not_possible");
  const isAnchored =
    breakIds.includes(anchor.id) ||
    (anchor.kind === "missing_on_statement" &&
      anchor.payment_id !== null &&
      paymentIds.includes(anchor.payment_id));
  const isDouble = new Set(breakIds).size < breakIds.length || new Set(paymentIds).size < paymentIds.length;
  if (!isAnchored || isDouble || Math.min(breakIds.length, paymentIds.length) !== 1) throw impossible;
  const read = <Row>(ids: readonly string[], one: (id: string) => Promise<Row | undefined>) =>
    Promise.all(ids.map(one)).then((rows) => rows.filter((row) => row !== undefined));
  const found = await read(breakIds, (id) => sql.selectBreak(deps.db, deps.vault, id));
  const payments = await read(paymentIds, (id) => deps.payments.byId(id));
  if (found.length < breakIds.length || payments.length < paymentIds.length) throw impossible;
  if (found.some((one) => one.closed_at !== null)) throw new Refusal("settlement.break_closed");
  const lines = await sql.selectLines(deps.db, deps.vault, {
    ids: found.flatMap((one) => one.line_id ?? []),
  });
  const lineOfBreak = new Map(lines.map((line) => [line.id, line]));
  const timeZone = deps.banks.config(anchor.bank_id)?.timeZone ?? "UTC";
  const fits = found.every((one) => {
    const line = one.line_id ? lineOfBreak.get(one.line_id) : undefined;
    return line !== undefined && payments.every((payment) => isPair(one, line, payment, timeZone));
  });
  if (!fits) throw impossible;
  const sum = found.reduce((total, one) => total + abs(one.bank_amount), 0n);
  if (sum !== payments.reduce((total, { amount }) => total + amount, 0n))
    throw new Refusal("settlement.match_not_exact");
  return { found, payments };
}

/** Whether a line can be a payment's at all: same account and direction, and not older than the order to the bank. */
function isPair(found: BreakRow, line: LineRow, payment: PaymentRow, timeZone: string): boolean {
  return (
    payment.bank_id === found.bank_id &&
    payment.currency === found.currency &&
    directionOf(payment) === line.direction &&
    isWaiting(payment) &&
    payment.sent_at !== null &&
    fitsInTime({ bookingDate: line.booking_date }, { sentOn: dateIn(timeZone, payment.sent_at) })
  );
}

const closedBy = (
  deps: ReconcileDeps,
  found: BreakRow,
  { by_id, note, transfer_id }: MatchRow,
): BreakRow => ({
  ...found,
  action: "match",
  note,
  closed_by_id: by_id,
  closed_at: deps.clock.now(),
  transfer_id,
});

const abs = (value: bigint | null): bigint => ((value ?? 0n) < 0n ? -(value ?? 0n) : (value ?? 0n));
