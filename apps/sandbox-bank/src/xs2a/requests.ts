/** The same X-Request-ID from the same TPP: the same answer, and nothing done twice. */
import { createHash } from "node:crypto";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { formatError } from "./errors.ts";
import type { Answer, Call } from "./pipeline.ts";

interface Stored {
  operation: string;
  body_hash: Buffer;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

/**
 * Runs `work` once per TPP and X-Request-ID, in one transaction with its remembered answer. A repetition with the
 * same operation and body gets that answer; with another body FORMAT_ERROR. A refused call is not remembered.
 */
export async function answerOnce(
  bank: Bank,
  call: Call,
  operation: string,
  work: (tx: Queryable) => Promise<Answer>,
): Promise<Answer> {
  const requestId = call.headers["x-request-id"] ?? "";
  const hash = createHash("sha256")
    .update(canonical([operation, call.path, call.body]))
    .digest();
  return bank.db.transaction(async (tx) => {
    // The advisory lock makes the second of two simultaneous repetitions wait for the first one's answer.
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `${call.caller.clientId} ${requestId}`,
    ]);
    const { rows } = await tx.query<Stored>(
      "SELECT operation, body_hash, status, headers, body FROM requests WHERE client_id = $1 AND request_id = $2",
      [call.caller.clientId, requestId],
    );
    const stored = rows[0];
    if (stored !== undefined) {
      if (!stored.body_hash.equals(hash)) {
        throw formatError("This X-Request-ID was used for another request.", "X-Request-ID");
      }
      return { status: stored.status, headers: stored.headers, body: stored.body };
    }
    const answer = await work(tx);
    await tx.query(
      `INSERT INTO requests (client_id, request_id, operation, body_hash, status, headers, body, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [
        call.caller.clientId,
        requestId,
        operation,
        hash,
        answer.status,
        JSON.stringify(answer.headers ?? {}),
        JSON.stringify(answer.body),
        bank.clock.now(),
      ],
    );
    return answer;
  });
}

/** JSON with sorted keys: the order in which a client writes its members does not matter. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `{${members.map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`).join(",")}}`;
  }
  return JSON.stringify(value) ?? "null";
}
