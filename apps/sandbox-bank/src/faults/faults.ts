/** Scripted faults: what the bank shall do wrong, to which call, and how often. */
import type { Queryable } from "../database.ts";

/** Actions on a call to the bank. "before" = nothing was executed; "after" = executed, the answer is lost. */
export const CALL_ACTIONS = [
  "delay",
  "refuse",
  "error",
  "timeout-before",
  "timeout-after",
  "reset-connection-before",
  "reset-connection-after",
  // Executed, and only the first half of the answer arrives.
  "cut-answer",
  "wrong-signature",
] as const;
/** Actions on the notices about a payment. */
export const NOTICE_ACTIONS = [
  "duplicate-notice",
  "withhold-notice",
  // Of notices that are files: half of it first, and after those that were caused later.
  "partial-notice",
  "late-notice",
] as const;

export type CallAction = (typeof CALL_ACTIONS)[number];
export type NoticeAction = (typeof NOTICE_ACTIONS)[number];

/** Calls that a fault can name. `*` means any of them. */
export const FAULT_OPERATIONS = [
  "*",
  "token",
  "createConsent",
  "getConsent",
  "consentStatus",
  "deleteConsent",
  "consentAuthorisations",
  "accounts",
  "account",
  "balances",
  "transactions",
  "transaction",
  "initiatePayment",
  "getPayment",
  "paymentStatus",
  "cancelPayment",
  "paymentAuthorisations",
  "cancellationAuthorisations",
  "signingBaskets",
  "fundsConsents",
  "fundsConfirmation",
  "cardAccounts",
  "trustedBeneficiaries",
  // What a company does through SFTP: giving a file its final name, listing a folder, reading a file.
  "putFile",
  "listFiles",
  "getFile",
] as const;
export type FaultOperation = (typeof FAULT_OPERATIONS)[number];

export interface FaultRule {
  operation: FaultOperation;
  endToEndId?: string;
  action: CallAction | NoticeAction;
  /** Which matching call is the first to fail, counted from 1. Default 1. */
  nth?: number;
  /** How many calls fail from there on. Default 1. */
  times?: number;
  /** For `delay` and `timeout-*`: how long. Default 1000 for delay, 30000 for timeouts. */
  delayMs?: number;
}

export interface StoredFault extends Required<Omit<FaultRule, "endToEndId">> {
  id: string;
  endToEndId: string | null;
  /** Matching calls seen so far, and how many of them failed. */
  seen: number;
  fired: number;
}

interface Row {
  id: bigint;
  operation: FaultOperation;
  end_to_end_id: string | null;
  action: CallAction | NoticeAction;
  nth: number;
  times: number;
  delay_ms: number;
  seen: number;
  fired: number;
}

function fromRow(row: Row): StoredFault {
  return {
    id: row.id.toString(),
    operation: row.operation,
    endToEndId: row.end_to_end_id,
    action: row.action,
    nth: row.nth,
    times: row.times,
    delayMs: row.delay_ms,
    seen: row.seen,
    fired: row.fired,
  };
}

export async function addFault(db: Queryable, rule: FaultRule): Promise<StoredFault> {
  const { rows } = await db.query<Row>(
    `INSERT INTO faults (operation, end_to_end_id, action, nth, times, delay_ms) VALUES ($1, $2, $3, $4, $5, $6)
     RETURNING *`,
    [
      rule.operation,
      rule.endToEndId ?? null,
      rule.action,
      rule.nth ?? 1,
      rule.times ?? 1,
      rule.delayMs ?? (rule.action === "delay" ? 1_000 : 30_000),
    ],
  );
  return fromRow(rows[0] as Row);
}

export async function listFaults(db: Queryable): Promise<StoredFault[]> {
  const { rows } = await db.query<Row>("SELECT * FROM faults ORDER BY id");
  return rows.map(fromRow);
}

export async function clearFaults(db: Queryable): Promise<void> {
  await db.query("DELETE FROM faults");
}

/** Counts this call on every rule that matches it, and answers the first rule that strikes now. */
export async function takeCallFault(
  db: Queryable,
  operation: string,
  endToEndId: string | null,
): Promise<StoredFault | undefined> {
  return take(db, [operation, "*"], endToEndId, CALL_ACTIONS);
}

/** The same for a notice about a payment. */
export async function takeNoticeFault(
  db: Queryable,
  endToEndId: string | null,
): Promise<NoticeAction | undefined> {
  const fault = await take(db, undefined, endToEndId, NOTICE_ACTIONS);
  return fault?.action as NoticeAction | undefined;
}

async function take(
  db: Queryable,
  operations: string[] | undefined,
  endToEndId: string | null,
  actions: readonly string[],
): Promise<StoredFault | undefined> {
  // One statement: concurrent calls count one after the other on the locked rows.
  const { rows } = await db.query<Row & { strikes: boolean }>(
    `UPDATE faults SET seen = seen + 1,
       fired = fired + CASE WHEN seen + 1 >= nth AND seen + 1 < nth + times THEN 1 ELSE 0 END
     WHERE action = ANY ($1) AND ($2::text[] IS NULL OR operation = ANY ($2))
       AND (end_to_end_id IS NULL OR end_to_end_id = $3) AND fired < times
     RETURNING *, (seen >= nth AND seen < nth + times) AS strikes`,
    [actions, operations ?? null, endToEndId],
  );
  const struck = rows.filter((row) => row.strikes).sort((a, b) => (a.id < b.id ? -1 : 1))[0];
  return struck && fromRow(struck);
}
