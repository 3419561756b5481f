/** Notices to TPPs: written in the transaction that changes something, delivered afterwards, at least once. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { takeNoticeFault } from "../faults/faults.ts";

/** A resource status notice, as `TPP-Notification-URI` asked for it. */
export interface Notice {
  uri: string;
  body: Record<string, string>;
  /** Payment's end-to-end id, by which scripted faults find it. */
  endToEndId: string | null;
}

const MAX_ATTEMPTS = 8;
const FIRST_RETRY_MS = 500;
const CALL_TIMEOUT_MS = 5_000;

/** Stores a notice with the caller's change. A scripted fault may withhold or double it. */
export async function queueNotice(bank: Bank, tx: Queryable, notice: Notice): Promise<void> {
  const fault = await takeNoticeFault(tx, notice.endToEndId);
  const copies = fault === "duplicate-notice" ? 2 : 1;
  for (let copy = 0; copy < copies; copy++) {
    await tx.query(
      `INSERT INTO notices (uri, body, request_id, next_attempt_at, outcome, created_at)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [
        notice.uri,
        JSON.stringify(notice.body),
        bank.random.uuid(),
        fault === "withhold-notice" ? null : bank.clock.now(),
        fault === "withhold-notice" ? "withheld" : null,
        bank.clock.now(),
      ],
    );
  }
}

/** Sends the notices that are due; failed ones wait twice as long each time, and are given up after eight attempts. */
export async function deliverDueNotices(bank: Bank): Promise<number> {
  const { rows } = await bank.db.query<{
    id: bigint;
    uri: string;
    body: unknown;
    request_id: string;
    attempts: number;
  }>(
    // The lease keeps a second process from sending the same notice while this one waits for the answer.
    `UPDATE notices SET attempts = attempts + 1, next_attempt_at = $2
      WHERE id IN (SELECT id FROM notices WHERE next_attempt_at <= $1 ORDER BY id LIMIT 50 FOR UPDATE SKIP LOCKED)
      RETURNING id, uri, body, request_id, attempts`,
    [bank.clock.now(), new Date(bank.clock.now().getTime() + 2 * CALL_TIMEOUT_MS)],
  );
  rows.sort((a, b) => (a.id < b.id ? -1 : 1));
  for (const notice of rows) {
    const delivered = await send(notice.uri, notice.request_id, notice.body);
    const retryMs = FIRST_RETRY_MS * 2 ** (notice.attempts - 1);
    const giveUp = notice.attempts >= MAX_ATTEMPTS;
    await bank.db.query("UPDATE notices SET next_attempt_at = $2, outcome = $3 WHERE id = $1", [
      notice.id,
      delivered || giveUp ? null : new Date(bank.clock.now().getTime() + retryMs),
      delivered ? "delivered" : giveUp ? "failed" : null,
    ]);
  }
  return rows.length;
}

async function send(uri: string, requestId: string, body: unknown): Promise<boolean> {
  try {
    const response = await fetch(uri, {
      method: "POST",
      headers: { "content-type": "application/json", "x-request-id": requestId },
      body: JSON.stringify(body),
      redirect: "error",
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
