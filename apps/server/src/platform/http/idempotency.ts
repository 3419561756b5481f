import type { Route } from "@jinqiao/contract";
import type { Answers } from "../answers.ts";
import type { Db } from "../db.ts";
import { isErrorCode, Refusal } from "../errors.ts";
import { hashOf } from "../hash.ts";
import { createLookup } from "../lookup.ts";

/** Key and hash that tell one attempt from another. */
export type Attempt = { key: string; hash: string };

/**
 * The attempt a request belongs to. The key is scoped to the caller and the route, so that nobody meets another's
 * keys; the hash covers what was asked, without the proofs of who asks.
 * @throws Refusal `idempotency.key_missing` when the header is absent or malformed
 */
export function attemptOf(
  route: Route,
  callerId: string,
  header: string | string[] | undefined,
  asked: { params: unknown; body: unknown },
): Attempt {
  if (typeof header !== "string" || !/^[\x21-\x7e]{8,128}$/.test(header))
    throw new Refusal("idempotency.key_missing");
  return {
    key: `${callerId}/${route.id}/${header}`,
    hash: hashOf({ ...asked, body: without(asked.body, route.proofs) }),
  };
}

function without(body: unknown, fields: readonly string[] = []): unknown {
  if (fields.length === 0 || typeof body !== "object" || body === null) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !fields.includes(name)));
}

/** What an earlier request of the same attempt was answered; undefined when there was none. */
export type EarlierAnswers = (attempt: Attempt) => Promise<{ result: unknown } | undefined>;

type RequestRow = {
  key: string;
  hash: string;
  outcome: "accepted" | "refused";
  code: string | null;
  /** Of accepted requests; null where there is nothing to answer. */
  result_sealed: string | null;
};

/**
 * Looks for earlier answers. The decisive check is made again in the commit: two equal requests may pass here at once,
 * and only one of them acts. The function throws the stored Refusal, or `idempotency.key_reused` when something else
 * was asked under the key.
 */
export function createEarlierAnswers(db: Db, answers: Answers): EarlierAnswers {
  const requestOf = createLookup(async (keys) => {
    const rows = await db.query<RequestRow>(
      "SELECT key, hash, outcome, code, result_sealed FROM platform.request WHERE key = ANY($1::text[])",
      [keys],
      "platform.requests",
    );
    return new Map(rows.map((row) => [row.key, row]));
  });
  return async (attempt) => {
    const row = await requestOf(attempt.key);
    if (row === undefined) return undefined;
    if (row.hash !== attempt.hash) throw new Refusal("idempotency.key_reused");
    if (row.outcome === "accepted")
      return { result: row.result_sealed === null ? null : answers.open(attempt.key, row.result_sealed) };
    throw new Refusal(row.code !== null && isErrorCode(row.code) ? row.code : "server.unexpected");
  };
}
