/**
 * The way of every call, the same for all operations: definition check → signature → scripted fault → token → handler
 * (once per idempotency key) → answer, signed where the standard asks for it (and checked again where a test asks).
 */
import { createHash } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type Provider from "oidc-provider";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { cutAnswer } from "../faults/cut-answer.ts";
import { type StoredFault, takeCallFault } from "../faults/faults.ts";
import { CertificateRefused } from "../tls/entrance.ts";
import { findClientKeys } from "./clients.ts";
import { findConsentByGrant, type UkConsent } from "./consents.ts";
import type { UkDefinition } from "./definition.ts";
import { errorBody, UkError } from "./errors.ts";
import { PossessionError } from "./possession.ts";
import { authenticate, type Caller } from "./provider.ts";
import { signBody, verifyBody } from "./signatures.ts";

/** One call as a handler sees it. */
export interface UkCall {
  caller: Caller;
  /** The consent behind a customer's token; `null` with the company's own. */
  consent: UkConsent | null;
  path: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  // biome-ignore lint/suspicious/noExplicitAny: the body has passed the published schema of its operation.
  body: any;
  /** A scripted refusal that the handler shall turn into its own kind of "no". */
  refuse: boolean;
}

export interface UkAnswer {
  status: number;
  /** JSON, or text when `contentType` is given. */
  body?: unknown;
  contentType?: string;
  /** Beside those that every answer has. */
  headers?: Record<string, string>;
}

export interface UkEndpoint {
  operationId: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Fastify path. */
  url: string;
  scope: "accounts" | "payments" | "fundsconfirmations";
  /** Name of the operation in the script API's faults. */
  fault: string;
  /** Messages of payment interfaces are signed both ways (Read/Write API profile, Message Signing). */
  signed?: boolean;
  /** Handled once per `x-idempotency-key`, in one transaction with the stored answer. */
  handleOnce?(call: UkCall, tx: Queryable): Promise<UkAnswer>;
  handle?(call: UkCall): Promise<UkAnswer>;
}

export interface UkPipeline {
  bank: Bank;
  provider: Provider;
  definition: UkDefinition;
  /** Checks every answer too, and turns a wrong one into a 500. For tests. */
  validateResponses: boolean;
}

interface RawBody {
  text: string;
  json: unknown;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export function registerUk(app: FastifyInstance, options: UkPipeline, endpoints: UkEndpoint[]): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("application/json", { parseAs: "string" }, (_request, text, done) => {
    try {
      done(null, { text, json: JSON.parse(text as string) } satisfies RawBody | { text: unknown });
    } catch {
      done(new UkError(400, "Resource.InvalidFormat", "The body is not valid JSON."));
    }
  });
  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    if (request.raw.socket.destroyed) return reply.hijack();
    const refusal = toUkError(options.bank, error);
    const endpoint = endpoints.find(
      ({ method, url }) => method === request.method && url === request.routeOptions.url,
    );
    return send(options, endpoint, request, reply, {
      status: refusal.status,
      body: errorBody(interactionId(options.bank, request), refusal),
      ...(refusal instanceof PossessionError ? { headers: refusal.headers } : {}),
    });
  });
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.url,
      handler: (request, reply) => run(options, endpoint, request, reply),
    });
  }
  app.all("/open-banking/*", async () => {
    throw new UkError(404, "Resource.NotFound", "The bank offers no such operation.");
  });
}

async function run(
  options: UkPipeline,
  endpoint: UkEndpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { bank, definition } = options;
  const path = request.url.split("?")[0] ?? "";
  const query = request.query as Record<string, string>;
  const headers = request.headers as Record<string, string>;
  const raw = (request.body ?? undefined) as RawBody | undefined;
  const operation = definition.findOperation(request.method, path);
  if (operation?.id !== endpoint.operationId)
    throw new Error(`${endpoint.url} is ${operation?.id}, not ${endpoint.operationId}`);
  const caller = await authenticate(bank, options.provider, request);
  if (caller === undefined)
    throw new UkError(401, "Header.Invalid", "The token is unknown, expired or revoked.", "Authorization");
  if (!caller.scope.split(" ").includes(endpoint.scope))
    throw new UkError(403, "Header.Invalid", `The token has no scope ${endpoint.scope}.`, "Authorization");
  const [finding] = definition.validateRequest({
    method: request.method,
    path,
    query,
    headers,
    body: raw?.json,
  });
  if (finding !== undefined) {
    const missing = finding.message === "is missing";
    const code = finding.where.startsWith("header")
      ? missing
        ? finding.where.includes("x-jws-signature")
          ? "Signature.Missing"
          : "Header.Missing"
        : "Header.Invalid"
      : missing
        ? "Field.Missing"
        : "Field.Invalid";
    throw new UkError(400, code, `${finding.where} ${finding.message}`, finding.where);
  }
  if (endpoint.signed && raw !== undefined) {
    const jwks = await findClientKeys(bank.db, caller.clientId);
    await verifyBody(raw.text, headers["x-jws-signature"], { clientId: caller.clientId, jwks });
  }

  const fault = await takeCallFault(bank.db, endpoint.fault, endToEndIdOf(raw?.json));
  if (fault !== undefined) await strikeBefore(fault, request);
  if (request.raw.socket.destroyed) return reply.hijack();
  const call: UkCall = {
    caller,
    consent:
      caller.grantId === null ? null : ((await findConsentByGrant(bank, bank.db, caller.grantId)) ?? null),
    path: operation.pathParameters,
    query,
    headers,
    body: raw?.json,
    refuse: fault?.action === "refuse",
  };
  if (caller.grantId !== null && call.consent === null)
    throw new UkError(401, "Header.Invalid", "The token belongs to no consent.", "Authorization");
  if (call.refuse && endpoint.fault !== "initiatePayment")
    throw new UkError(403, "Resource.InvalidConsentStatus", "The bank refuses this call (scripted fault).");
  const answer =
    endpoint.handleOnce === undefined
      ? await (endpoint.handle as NonNullable<UkEndpoint["handle"]>)(call)
      : await answerOnce(bank, endpoint, call, raw?.text ?? "");
  if (fault !== undefined && (await strikeAfter(fault, request))) return reply.hijack();
  if (fault?.action === "cut-answer") cutAnswer(reply);
  return send(options, endpoint, request, reply, answer, fault?.action === "wrong-signature");
}

/**
 * The same `x-idempotency-key` from the same company gets the stored answer again; with another body it is refused.
 * A refused call is not remembered.
 */
async function answerOnce(bank: Bank, endpoint: UkEndpoint, call: UkCall, text: string): Promise<UkAnswer> {
  const key = call.headers["x-idempotency-key"];
  const { clientId } = call.caller;
  const handle = endpoint.handleOnce as NonNullable<UkEndpoint["handleOnce"]>;
  const hash = createHash("sha256").update(text).digest();
  return bank.db.transaction(async (tx) => {
    if (key === undefined) return handle(call, tx);
    // The advisory lock makes the second of two simultaneous repetitions wait for the first one's answer.
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", [
      `${clientId} ${endpoint.operationId} ${key}`,
    ]);
    const { rows } = await tx.query<{ body_hash: Buffer; status: number; body: unknown }>(
      "SELECT body_hash, status, body FROM uk_requests WHERE client_id = $1 AND operation = $2 AND idempotency_key = $3",
      [clientId, endpoint.operationId, key],
    );
    const stored = rows[0];
    if (stored !== undefined) {
      if (!stored.body_hash.equals(hash))
        throw new UkError(
          400,
          "Header.Invalid",
          "This x-idempotency-key was used for another request.",
          "x-idempotency-key",
        );
      return { status: stored.status, body: stored.body };
    }
    const answer = await handle(call, tx);
    await tx.query(
      `INSERT INTO uk_requests (client_id, operation, idempotency_key, body_hash, status, body, created_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7)`,
      [
        clientId,
        endpoint.operationId,
        key,
        hash,
        answer.status,
        JSON.stringify(answer.body),
        bank.clock.now(),
      ],
    );
    return answer;
  });
}

async function strikeBefore(fault: StoredFault, request: FastifyRequest): Promise<void> {
  if (fault.action === "delay") return wait(fault.delayMs, request);
  if (fault.action === "error")
    throw new UkError(500, "UnexpectedError", "Something went wrong at the bank (scripted fault).");
  if (fault.action === "timeout-before") await wait(fault.delayMs, request);
  if (fault.action.endsWith("-before")) request.raw.socket.destroy();
}

async function strikeAfter(fault: StoredFault, request: FastifyRequest): Promise<boolean> {
  if (!fault.action.endsWith("-after")) return false;
  if (fault.action === "timeout-after") await wait(fault.delayMs, request);
  request.raw.socket.destroy();
  return true;
}

/** Waits, but not longer than the caller does. */
function wait(ms: number, request: FastifyRequest): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      request.raw.socket.off("close", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    request.raw.socket.once("close", done);
  });
}

function endToEndIdOf(body: unknown): string | null {
  const data = (
    body as { Data?: Record<string, { EndToEndIdentification?: unknown } | undefined> } | undefined
  )?.Data;
  const id = data?.Instruction?.EndToEndIdentification ?? data?.Initiation?.EndToEndIdentification;
  return typeof id === "string" ? id : null;
}

function toUkError(bank: Bank, error: Error & { statusCode?: number }): UkError {
  if (error instanceof UkError) return error;
  if (error instanceof CertificateRefused)
    return new UkError(401, "Header.Invalid", error.message, "client certificate");
  if (error.statusCode === 415)
    return new UkError(415, "Header.Invalid", "The bank reads application/json.", "Content-Type");
  if (error.statusCode !== undefined && error.statusCode < 500)
    return new UkError(400, "Resource.InvalidFormat", "The body cannot be read.");
  bank.log.error({ err: error }, "UK Open Banking call failed");
  return new UkError(500, "UnexpectedError", "Something went wrong at the bank.");
}

function interactionId(bank: Bank, request: FastifyRequest): string {
  const sent = request.headers["x-fapi-interaction-id"];
  return typeof sent === "string" && UUID.test(sent) ? sent : bank.random.uuid();
}

async function send(
  options: UkPipeline,
  endpoint: UkEndpoint | undefined,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: UkAnswer,
  forged = false,
): Promise<FastifyReply> {
  const { bank } = options;
  const headers: Record<string, string> = {
    ...answer.headers,
    "x-fapi-interaction-id": interactionId(bank, request),
  };
  const isJson = answer.body !== undefined && answer.contentType === undefined;
  const text = isJson ? JSON.stringify(answer.body) : answer.body;
  if (answer.body !== undefined) headers["content-type"] = answer.contentType ?? "application/json";
  if (endpoint?.signed && isJson) {
    const key = bank.keys.jwks.keys[0] as Parameters<typeof signBody>[1];
    headers["x-jws-signature"] = await signBody(
      // A scripted forgery: a true signature, of another text.
      forged ? `${text} ` : (text as string),
      key,
      bank.baseUrl,
      bank.clock.now(),
    );
  }
  if (options.validateResponses && endpoint !== undefined) {
    const path = request.url.split("?")[0] ?? "";
    const findings = options.definition.validateResponse(request.method, path, {
      status: answer.status,
      headers,
      body: answer.body,
    });
    if (findings.length > 0) {
      const broken = findings.map(({ where, message }) => `${where} ${message}`).join("; ");
      bank.log.error({ findings, url: endpoint.url }, "answer breaks the definition");
      return reply.code(500).send({ brokenAnswer: broken, status: answer.status });
    }
  }
  reply.code(answer.status).headers(headers);
  return reply.send(text);
}
