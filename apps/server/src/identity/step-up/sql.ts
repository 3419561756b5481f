import type { StepUpMethodKind, StepUpReason } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Queryable } from "../../platform/db.ts";

export type StepUpRow = {
  id: Id<"sca">;
  customer_id: Id<"cus">;
  session_id: string;
  device_id: string | null;
  kind: "transfer" | "withdrawal" | "purchase";
  payee_id: string;
  trust_payee: boolean;
  sealed: string;
  digest: Buffer;
  reasons: StepUpReason[];
  linked_only: boolean;
  pin_allowed: boolean;
  tries: number;
  method: StepUpMethodKind | null;
  linked: boolean | null;
  confirmed_at: Date | null;
  used_by: string | null;
  used_at: Date | null;
  void_at: Date | null;
  created_at: Date;
  expires_at: Date;
};

export async function insertStepUp(
  db: Queryable,
  row: Pick<
    StepUpRow,
    | "id"
    | "customer_id"
    | "session_id"
    | "device_id"
    | "kind"
    | "payee_id"
    | "trust_payee"
    | "sealed"
    | "digest"
    | "reasons"
    | "linked_only"
    | "pin_allowed"
    | "created_at"
    | "expires_at"
  >,
): Promise<void> {
  await db.query(
    `INSERT INTO identity.step_up (id, customer_id, session_id, device_id, kind, payee_id, trust_payee, sealed, digest, reasons,
       linked_only, pin_allowed, created_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      row.id,
      row.customer_id,
      row.session_id,
      row.device_id,
      row.kind,
      row.payee_id,
      row.trust_payee,
      row.sealed,
      row.digest,
      row.reasons,
      row.linked_only,
      row.pin_allowed,
      row.created_at,
      row.expires_at,
    ],
  );
}

export async function selectStepUp(
  db: Queryable,
  customerId: string,
  id: string,
): Promise<StepUpRow | undefined> {
  const rows = await db.query<StepUpRow>(
    "SELECT * FROM identity.step_up WHERE id = $2 AND customer_id = $1",
    [customerId, id],
  );
  return rows[0];
}

/** What waits to be confirmed, newest first. */
export function selectPending(db: Queryable, customerId: string, now: Date): Promise<StepUpRow[]> {
  return db.query<StepUpRow>(
    `SELECT * FROM identity.step_up WHERE customer_id = $1 AND expires_at > $2 AND confirmed_at IS NULL AND void_at IS NULL
      ORDER BY id DESC LIMIT 10`,
    [customerId, now],
  );
}

/** How many were asked for since a moment. */
export async function countSince(db: Queryable, customerId: string, since: Date): Promise<number> {
  const [row] = await db.query<{ count: bigint }>(
    "SELECT count(*) AS count FROM identity.step_up WHERE customer_id = $1 AND created_at > $2",
    [customerId, since],
  );
  return Number(row?.count ?? 0n);
}

/** Takes one of the tries, before the answer is looked at, so that answers sent at once count as many. */
export async function takeTry(
  db: Queryable,
  id: string,
  limits: { now: Date; maxTries: number },
): Promise<StepUpRow | undefined> {
  const rows = await db.query<StepUpRow>(
    `UPDATE identity.step_up SET tries = tries + 1
      WHERE id = $1 AND tries < $3 AND expires_at > $2 AND confirmed_at IS NULL AND void_at IS NULL RETURNING *`,
    [id, limits.now, limits.maxTries],
  );
  return rows[0];
}

/** Marks it confirmed, once. */
export async function confirm(
  db: Queryable,
  id: string,
  by: { method: StepUpMethodKind; linked: boolean; at: Date },
): Promise<StepUpRow | undefined> {
  const rows = await db.query<StepUpRow>(
    `UPDATE identity.step_up SET method = $2, linked = $3, confirmed_at = $4
      WHERE id = $1 AND confirmed_at IS NULL AND void_at IS NULL AND expires_at > $4 RETURNING *`,
    [id, by.method, by.linked, by.at],
  );
  return rows[0];
}

/** Binds a confirmation to the one attempt it authorises; again for the same attempt, never for another. */
export async function use(db: Queryable, id: string, attempt: string, now: Date): Promise<boolean> {
  const rows = await db.query(
    `UPDATE identity.step_up SET used_by = $2, used_at = coalesce(used_at, $3)
      WHERE id = $1 AND confirmed_at IS NOT NULL AND void_at IS NULL AND (used_by IS NULL OR used_by = $2) RETURNING id`,
    [id, attempt, now],
  );
  return rows.length === 1;
}

export async function makeVoid(db: Queryable, id: string, now: Date): Promise<void> {
  await db.query(
    "UPDATE identity.step_up SET void_at = coalesce(void_at, $2) WHERE id = $1 AND used_by IS NULL",
    [id, now],
  );
}

export type KnownFacts = {
  payee_known: boolean;
  payee_trusted: boolean;
  device_known: boolean;
  demanded: boolean;
  /** When something was last confirmed in the session. */
  confirmed_at: Date | null;
  spent: bigint;
  count: number;
};

/** Of which payment the policy wants to know. */
export type FactsAsked = {
  customerId: string;
  payeeId: string;
  sessionId: string;
  deviceId: string | null;
  currency: string;
};

/**
 * What the policy needs to know of payments, in one round trip for all that are judged at once.
 * @param asked each as JSON of `FactsAsked`; the answer is by that text
 */
export async function selectFacts(
  db: Queryable,
  asked: readonly string[],
  now: Date,
): Promise<Map<string, KnownFacts>> {
  const rows = await db.query<KnownFacts & { asked: string }>(
    `SELECT q.asked, f.*
       FROM unnest($1::text[]) AS q (asked)
      CROSS JOIN LATERAL jsonb_to_record(q.asked::jsonb)
            AS a ("customerId" text, "payeeId" text, "sessionId" text, "deviceId" text, currency text)
      CROSS JOIN LATERAL (SELECT
         EXISTS (SELECT FROM identity.step_up WHERE customer_id = a."customerId" AND payee_id = a."payeeId" AND used_at IS NOT NULL) AS payee_known,
         EXISTS (SELECT FROM identity.trusted_payee WHERE customer_id = a."customerId" AND payee_id = a."payeeId") AS payee_trusted,
         EXISTS (SELECT FROM identity.step_up WHERE customer_id = a."customerId" AND device_id = a."deviceId" AND confirmed_at IS NOT NULL AND linked) AS device_known,
         EXISTS (SELECT FROM identity.step_up_demand WHERE customer_id = a."customerId" AND until > $2) AS demanded,
         (SELECT max(confirmed_at) FROM identity.step_up WHERE customer_id = a."customerId" AND session_id = a."sessionId") AS confirmed_at,
         coalesce(sum(e.amount) FILTER (WHERE e.currency = a.currency), 0)::bigint AS spent,
         count(e.attempt)::int AS count
       FROM identity.step_up_exemption e
      WHERE e.customer_id = a."customerId" AND e.at > coalesce(
        (SELECT max(used_at) FROM identity.step_up WHERE customer_id = a."customerId" AND used_at IS NOT NULL), '-infinity')) AS f`,
    [asked, now],
    "identity.step_up_facts",
  );
  return new Map(rows.map((row) => [row.asked, row]));
}

export async function takeExemption(
  db: Queryable,
  use: {
    attempt: string;
    customerId: string;
    currency: string;
    amount: bigint;
    maxSum: bigint;
    maxCount: number;
    now: Date;
  },
): Promise<boolean> {
  const [row] = await db.query<{ taken: boolean }>(
    "SELECT identity.take_exemption($1, $2, $3, $4, $5, $6, $7) AS taken",
    [use.attempt, use.customerId, use.currency, use.amount, use.maxSum, use.maxCount, use.now],
    "identity.take_exemption",
  );
  return row?.taken === true;
}

export async function trust(
  db: Queryable,
  customerId: string,
  payeeId: string,
  stepUpId: string,
  at: Date,
): Promise<void> {
  await db.query(
    `INSERT INTO identity.trusted_payee (customer_id, payee_id, step_up_id, since) VALUES ($1, $2, $3, $4)
     ON CONFLICT (customer_id, payee_id) DO NOTHING`,
    [customerId, payeeId, stepUpId, at],
  );
}

export function selectTrusted(
  db: Queryable,
  customerId: string,
): Promise<{ payee_id: string; since: Date; id: string; sealed: string }[]> {
  return db.query(
    `SELECT t.payee_id, t.since, s.id, s.sealed FROM identity.trusted_payee t JOIN identity.step_up s ON s.id = t.step_up_id
      WHERE t.customer_id = $1 ORDER BY t.since DESC LIMIT 200`,
    [customerId],
  );
}

export async function deleteTrusted(db: Queryable, customerId: string, payeeId: string): Promise<boolean> {
  const rows = await db.query(
    "DELETE FROM identity.trusted_payee WHERE customer_id = $1 AND payee_id = $2 RETURNING payee_id",
    [customerId, payeeId],
  );
  return rows.length === 1;
}

/** Asks that everything is confirmed until then; an earlier, longer demand stays. */
export async function demand(db: Queryable, customerId: string, until: Date): Promise<void> {
  await db.query(
    `INSERT INTO identity.step_up_demand (customer_id, until) VALUES ($1, $2)
     ON CONFLICT (customer_id) DO UPDATE SET until = greatest(step_up_demand.until, excluded.until)`,
    [customerId, until],
  );
}

export type FailureRow = { failures: number; locked_until: Date | null };

export async function selectFailures(db: Queryable, customerId: string): Promise<FailureRow> {
  const rows = await db.query<FailureRow>(
    "SELECT failures, locked_until FROM identity.step_up_failure WHERE customer_id = $1",
    [customerId],
  );
  return rows[0] ?? { failures: 0, locked_until: null };
}

/** Counts a wrong answer; the one that makes `maxTries` in a row begins the wait, and the count begins anew after it. */
export async function countFailure(
  db: Queryable,
  customerId: string,
  limits: { maxTries: number; lockedUntil: Date },
): Promise<void> {
  await db.query(
    `INSERT INTO identity.step_up_failure AS f (customer_id, failures) VALUES ($1, 1)
     ON CONFLICT (customer_id) DO UPDATE SET
       failures = CASE WHEN f.failures + 1 >= $2 THEN 0 ELSE f.failures + 1 END,
       locked_until = CASE WHEN f.failures + 1 >= $2 THEN $3 ELSE f.locked_until END`,
    [customerId, limits.maxTries, limits.lockedUntil],
  );
}

export async function forgetFailures(db: Queryable, customerId: string): Promise<void> {
  await db.query("DELETE FROM identity.step_up_failure WHERE customer_id = $1", [customerId]);
}

/** Confirmations that were never used, and payments that went without long ago. What was used stays: it is evidence. */
export async function deleteOld(db: Queryable, before: { unused: Date; exemptions: Date }): Promise<void> {
  await db.query("DELETE FROM identity.step_up WHERE used_at IS NULL AND expires_at < $1", [before.unused]);
  await db.query("DELETE FROM identity.step_up_exemption WHERE at < $1", [before.exemptions]);
}
