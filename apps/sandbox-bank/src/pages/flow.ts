/** One person's walk through the pages: who has logged in, which one-time code waits for an answer. */
import { createHmac, timingSafeEqual } from "node:crypto";
import type { Bank } from "../context.ts";
import { logIn, type Psu } from "../psus.ts";

export interface Flow {
  id: string;
  kind: "consent" | "payment" | "online";
  psuId: string | null;
  loginFailures: number;
  /** What the person chose so far. */
  state: Record<string, unknown>;
}

const LIFE_MS = { consent: 10 * 60_000, payment: 10 * 60_000, online: 15 * 60_000 };
const MAX_LOGIN_FAILURES = 5;
const CODE_LIFE_MS = 5 * 60_000;
const CODE_ATTEMPTS = 3;

/** Starts a flow under a given id, or finds the one that runs. */
export async function openFlow(bank: Bank, id: string, kind: Flow["kind"]): Promise<Flow> {
  const found = await findFlow(bank, id, kind);
  if (found !== undefined) return found;
  const expires = new Date(bank.clock.now().getTime() + LIFE_MS[kind]);
  await bank.db.query(
    `INSERT INTO page_flows (id, kind, state, expires_at) VALUES ($1, $2, '{}', $3)
     ON CONFLICT (id) DO UPDATE SET psu_id = NULL, login_failures = 0, state = '{}', expires_at = EXCLUDED.expires_at
       WHERE page_flows.expires_at <= $4`,
    [id, kind, expires, bank.clock.now()],
  );
  return { id, kind, psuId: null, loginFailures: 0, state: {} };
}

export async function findFlow(bank: Bank, id: string, kind: Flow["kind"]): Promise<Flow | undefined> {
  const { rows } = await bank.db.query<{
    psu_id: string | null;
    login_failures: number;
    state: Flow["state"];
  }>("SELECT psu_id, login_failures, state FROM page_flows WHERE id = $1 AND kind = $2 AND expires_at > $3", [
    id,
    kind,
    bank.clock.now(),
  ]);
  const row = rows[0];
  return row && { id, kind, psuId: row.psu_id, loginFailures: row.login_failures, state: row.state };
}

export async function saveFlowState(bank: Bank, flow: Flow): Promise<void> {
  await bank.db.query("UPDATE page_flows SET state = $2 WHERE id = $1", [
    flow.id,
    JSON.stringify(flow.state),
  ]);
}

export async function endFlow(bank: Bank, flow: Flow): Promise<void> {
  await bank.db.query("DELETE FROM page_flows WHERE id = $1", [flow.id]);
}

export function isLocked(flow: Flow): boolean {
  return flow.loginFailures >= MAX_LOGIN_FAILURES;
}

/** Tries a log-in. Wrong ones are counted; a locked flow takes no more, right or wrong. */
export async function logInto(
  bank: Bank,
  flow: Flow,
  body: Record<string, unknown>,
): Promise<Psu | undefined> {
  if (isLocked(flow)) return undefined;
  const psu = await logIn(bank.db, String(body.username ?? ""), String(body.password ?? ""));
  if (psu === undefined) {
    const { rows } = await bank.db.query<{ login_failures: number }>(
      "UPDATE page_flows SET login_failures = login_failures + 1 WHERE id = $1 RETURNING login_failures",
      [flow.id],
    );
    flow.loginFailures = rows[0]?.login_failures ?? MAX_LOGIN_FAILURES;
    return undefined;
  }
  await bank.db.query("UPDATE page_flows SET psu_id = $2 WHERE id = $1", [flow.id, psu.id]);
  flow.psuId = psu.id;
  return psu;
}

/**
 * Sends a new one-time code. It is bound to what is being confirmed (dynamic linking, RTS (EU) 2018/389 art. 5):
 * the same digits confirm nothing else.
 */
export async function sendCode(bank: Bank, flow: Flow, subject: string): Promise<void> {
  const code = (bank.random.bytes(6).readUIntBE(0, 6) % 1_000_000).toString().padStart(6, "0");
  const expires = new Date(bank.clock.now().getTime() + CODE_LIFE_MS);
  await bank.db.query(
    `INSERT INTO sca_challenges (flow_id, code_hash, attempts_left, expires_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT (flow_id) DO UPDATE SET code_hash = EXCLUDED.code_hash, expires_at = EXCLUDED.expires_at`,
    [flow.id, hashCode(bank, flow.id, code, subject), CODE_ATTEMPTS, expires],
  );
  await bank.db.query(
    "INSERT INTO sandbox_sms (flow_id, code) VALUES ($1, $2) ON CONFLICT (flow_id) DO UPDATE SET code = EXCLUDED.code",
    [flow.id, code],
  );
}

/** The code on the sandbox telephone, or `undefined` when none was sent. */
export async function smsCode(bank: Bank, flow: Flow): Promise<string | undefined> {
  const { rows } = await bank.db.query<{ code: string }>("SELECT code FROM sandbox_sms WHERE flow_id = $1", [
    flow.id,
  ]);
  return rows[0]?.code;
}

export type CodeCheck =
  | { result: "right" }
  | { result: "wrong"; attemptsLeft: number }
  | { result: "expired" };

/** Checks a code and uses up an attempt. Attempts are counted over all codes of the flow. */
export async function checkCode(bank: Bank, flow: Flow, given: string, subject: string): Promise<CodeCheck> {
  const { rows } = await bank.db.query<{ code_hash: Buffer; attempts_left: number; expires_at: Date }>(
    `UPDATE sca_challenges SET attempts_left = attempts_left - 1 WHERE flow_id = $1 AND attempts_left > 0
     RETURNING code_hash, attempts_left, expires_at`,
    [flow.id],
  );
  const challenge = rows[0];
  if (challenge === undefined) return { result: "wrong", attemptsLeft: 0 };
  const right = timingSafeEqual(
    challenge.code_hash,
    hashCode(bank, flow.id, given.replace(/\s/g, ""), subject),
  );
  if (challenge.expires_at <= bank.clock.now()) {
    return challenge.attempts_left === 0 ? { result: "wrong", attemptsLeft: 0 } : { result: "expired" };
  }
  return right ? { result: "right" } : { result: "wrong", attemptsLeft: challenge.attempts_left };
}

function hashCode(bank: Bank, flowId: string, code: string, subject: string): Buffer {
  return createHmac("sha256", bank.keys.pageKey)
    .update(JSON.stringify(["code", flowId, code, subject]))
    .digest();
}
