/** Signed notices to merchants: written with the change, delivered afterwards, at least once. */
import { randomBytes } from "node:crypto";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { takeNoticeFault } from "../faults/faults.ts";
import { type BankKeys, signText } from "./keys.ts";
import { findMerchant } from "./merchants.ts";
import { VERSION } from "./pipeline.ts";

const MAX_ATTEMPTS = 8;
const FIRST_RETRY_MS = 500;
const CALL_TIMEOUT_MS = 5_000;

/** Stores a notice with the caller's change. A scripted fault may withhold or double it. */
export async function queueQuickNotice(
  bank: Bank,
  tx: Queryable,
  notice: {
    merchantId: string;
    uri: string;
    content: Record<string, string>;
    /** By which scripted faults find it. */
    reference: string | null;
  },
): Promise<void> {
  const fault = await takeNoticeFault(tx, notice.reference);
  const copies = fault === "duplicate-notice" ? 2 : 1;
  const withheld = fault === "withhold-notice";
  const noticeId = bank.random.uuid();
  for (let copy = 0; copy < copies; copy += 1)
    await tx.query(
      `INSERT INTO quick_notices (id, client_id, uri, content, next_attempt_at, outcome, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        bank.random.uuid(),
        notice.merchantId,
        notice.uri,
        JSON.stringify({ noticeId, ...notice.content }),
        withheld ? null : bank.clock.now(),
        withheld ? "withheld" : null,
        bank.clock.now(),
      ],
    );
}

/** Sends what is due; failed ones wait twice as long each time, and are given up after eight attempts. */
export async function deliverQuickNotices(bank: Bank, keys: BankKeys): Promise<void> {
  const now = bank.clock.now();
  const { rows } = await bank.db.query<{
    id: string;
    client_id: string;
    uri: string;
    content: unknown;
    attempts: number;
  }>(
    // The lease keeps a second round from sending the same notice while this one waits for the answer.
    `UPDATE quick_notices SET attempts = attempts + 1, next_attempt_at = $2
      WHERE id IN (SELECT id FROM quick_notices WHERE next_attempt_at <= $1 ORDER BY created_at, id LIMIT 50
        FOR UPDATE SKIP LOCKED)
      RETURNING id, client_id, uri, content, attempts`,
    [now, new Date(now.getTime() + 2 * CALL_TIMEOUT_MS)],
  );
  for (const row of rows) {
    const delivered = await deliver(bank, keys, row.client_id, row.uri, JSON.stringify(row.content));
    const giveUp = row.attempts >= MAX_ATTEMPTS;
    const next = new Date(bank.clock.now().getTime() + FIRST_RETRY_MS * 2 ** (row.attempts - 1));
    await bank.db.query("UPDATE quick_notices SET next_attempt_at = $2, outcome = $3 WHERE id = $1", [
      row.id,
      delivered || giveUp ? null : next,
      delivered ? "delivered" : giveUp ? "failed" : null,
    ]);
  }
}

async function deliver(
  bank: Bank,
  keys: BankKeys,
  merchantId: string,
  uri: string,
  content: string,
): Promise<boolean> {
  const merchant = await findMerchant(bank.db, merchantId);
  if (merchant === undefined) return false;
  const key = keys.sign[merchant.key.algorithm];
  const timestamp = bank.clock.now().toISOString();
  const nonce = randomBytes(16).toString("base64url");
  const signature = signText(
    key,
    [VERSION, "NOTICE", merchantId, timestamp, nonce, key.serial, key.algorithm, content].join("\n"),
  );
  const { serial: keySerial, algorithm } = key;
  try {
    const response = await fetch(uri, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ content, merchantId, timestamp, nonce, keySerial, algorithm, signature }),
      redirect: "error",
      signal: AbortSignal.timeout(CALL_TIMEOUT_MS),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
