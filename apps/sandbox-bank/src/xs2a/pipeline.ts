/**
 * The way of every XS2A call, the same for all operations:
 * definition check → scripted fault → token → handler → answer (checked again where asked).
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type Provider from "oidc-provider";
import type { Bank } from "../context.ts";
import { cutAnswer } from "../faults/cut-answer.ts";
import { type StoredFault, takeCallFault } from "../faults/faults.ts";
import { findPayment } from "../payments/store.ts";
import { CertificateRefused } from "../tls/entrance.ts";
import { authenticate, type Caller } from "./access.ts";
import type { Xs2aDefinition } from "./definition.ts";
import { errorBody, formatError, Xs2aError } from "./errors.ts";
import { checkSignature } from "./signature.ts";

/** One call as a handler sees it. */
export interface Call {
  caller: Caller;
  /** Path parameters by their names in the definition. */
  path: Record<string, string>;
  query: Record<string, string>;
  headers: Record<string, string>;
  body: unknown;
  /** A scripted refusal that the handler shall turn into its own kind of "no". */
  refuse: boolean;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  /** JSON, or text when `contentType` is given. */
  body?: unknown;
  contentType?: string;
}

/** One operation that this bank offers, by the definition's operationId. */
export interface Endpoint {
  operationId: string;
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** Fastify path. */
  url: string;
  /** Name of the operation in the script API's faults. */
  fault: string;
  /** Media types offered besides JSON. */
  alsoProduces?: string;
  handle(call: Call): Promise<Answer>;
}

const CERTIFICATE_CODES = {
  missing: "CERTIFICATE_MISSING",
  expired: "CERTIFICATE_EXPIRED",
  revoked: "CERTIFICATE_REVOKE",
} as const;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

export interface PipelineOptions {
  bank: Bank;
  provider: Provider;
  definition: Xs2aDefinition;
  /** Checks every answer too, and turns a wrong one into a 500. For tests. */
  validateResponses: boolean;
}

/** Puts the endpoints under `/v1`, with errors as tppMessages. */
export function registerXs2a(app: FastifyInstance, options: PipelineOptions, endpoints: Endpoint[]): void {
  const { bank } = options;
  app.setErrorHandler((error: Error & { statusCode?: number; code?: string }, request, reply) =>
    sendError(options, request, reply, toXs2aError(bank, error)),
  );
  for (const endpoint of endpoints) {
    app.route({
      method: endpoint.method,
      url: endpoint.url,
      handler: (request, reply) => run(options, endpoint, request, reply),
    });
  }
  const unknown = async (request: FastifyRequest) => {
    const path = request.url.split("?")[0] ?? "";
    if (options.definition.findOperation(request.method, path) !== undefined) {
      throw new Xs2aError(405, "SERVICE_INVALID", "The bank does not offer this operation.");
    }
    if (options.definition.knowsPath(path)) {
      throw new Xs2aError(405, "SERVICE_INVALID", `${request.method} is not defined for this address.`);
    }
    throw new Xs2aError(404, "RESOURCE_UNKNOWN", "There is no such address in NextGenPSD2 1.3.11.");
  };
  for (const url of ["/v1/*", "/v2/*"]) app.all(url, unknown);
}

async function run(
  options: PipelineOptions,
  endpoint: Endpoint,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { bank, provider, definition } = options;
  const path = request.url.split("?")[0] ?? "";
  const query = request.query as Record<string, string>;
  const headers = request.headers as Record<string, string>;
  const body = request.body ?? undefined;
  const operation = definition.findOperation(request.method, path);
  if (operation?.id !== endpoint.operationId)
    throw new Error(`${endpoint.url} is not ${endpoint.operationId}`);

  checkAccept(headers.accept, endpoint.alsoProduces);
  const findings = definition.validateRequest({ method: request.method, path, query, headers, body });
  const finding = findings[0];
  if (finding !== undefined) throw formatError(`${finding.where} ${finding.message}`, finding.where);

  const fault = await takeCallFault(
    bank.db,
    endpoint.fault,
    await endToEndIdOf(bank, operation.pathParameters, body),
  );
  if (fault !== undefined) await strikeBefore(fault, request);
  if (request.raw.socket.destroyed) return reply.hijack();
  const caller = await authenticate(provider, headers.authorization);
  await checkSignature(bank, request, caller.clientId);
  const call: Call = {
    caller,
    path: operation.pathParameters,
    query,
    headers,
    body,
    refuse: fault?.action === "refuse",
  };
  if (call.refuse && endpoint.fault !== "initiatePayment") {
    throw new Xs2aError(403, "SERVICE_BLOCKED", "The bank refuses this call (scripted fault).");
  }
  const answer = await endpoint.handle(call);
  if (fault !== undefined && (await strikeAfter(fault, request))) return reply.hijack();
  if (fault?.action === "cut-answer") cutAnswer(reply);
  return send(options, request, reply, answer);
}

/** Acts a fault out before anything is executed. Returns when the call shall go on. */
async function strikeBefore(fault: StoredFault, request: FastifyRequest): Promise<void> {
  if (fault.action === "delay") return wait(fault.delayMs, request);
  if (fault.action === "error") {
    throw new Xs2aError(500, "INTERNAL_SERVER_ERROR", "Something went wrong at the bank (scripted fault).");
  }
  if (fault.action === "timeout-before") await wait(fault.delayMs, request);
  if (fault.action.endsWith("-before")) request.raw.socket.destroy();
}

/** Acts a fault out after execution. True when the answer is lost. */
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

async function endToEndIdOf(bank: Bank, path: Record<string, string>, body: unknown): Promise<string | null> {
  const sent = (body as { endToEndIdentification?: unknown } | undefined)?.endToEndIdentification;
  if (typeof sent === "string") return sent;
  if (path.paymentId === undefined) return null;
  return (await findPayment(bank.db, path.paymentId))?.endToEndId ?? null;
}

function checkAccept(accept: string | undefined, alsoProduces: string | undefined): void {
  if (accept === undefined) return;
  const offered = ["application/json", ...(alsoProduces === undefined ? [] : [alsoProduces])];
  const wanted = accept.split(",").map((part) => part.split(";")[0]?.trim().toLowerCase());
  const fits = wanted.some(
    (type) => type === "*/*" || type === "application/*" || offered.includes(type ?? ""),
  );
  if (!fits)
    throw new Xs2aError(406, "REQUESTED_FORMATS_INVALID", `Offered: ${offered.join(", ")}.`, "Accept");
}

function toXs2aError(bank: Bank, error: Error & { statusCode?: number; code?: string }): Xs2aError {
  if (error instanceof Xs2aError) return error;
  if (error instanceof CertificateRefused)
    return new Xs2aError(401, CERTIFICATE_CODES[error.problem], error.message);
  if (error.code === "FST_ERR_CTP_INVALID_MEDIA_TYPE") {
    return new Xs2aError(415, "FORMAT_ERROR", "The bank reads application/json.", "Content-Type");
  }
  if (error.statusCode !== undefined && error.statusCode < 500) {
    return formatError("The body is not valid JSON.", "body");
  }
  bank.log.error({ err: error }, "XS2A call failed");
  return new Xs2aError(500, "INTERNAL_SERVER_ERROR", "Something went wrong at the bank.");
}

function sendError(
  options: PipelineOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  error: Xs2aError,
): FastifyReply {
  if (request.raw.socket.destroyed) return reply.hijack();
  return send(options, request, reply, { status: error.status, body: errorBody(error) });
}

function send(
  options: PipelineOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
): FastifyReply {
  const sent = request.headers["x-request-id"];
  const requestId = typeof sent === "string" && UUID.test(sent) ? sent : options.bank.random.uuid();
  const headers: Record<string, string> = { "x-request-id": requestId, ...answer.headers };
  if (answer.body !== undefined) headers["content-type"] = answer.contentType ?? "application/json";
  if (options.validateResponses) {
    const path = request.url.split("?")[0] ?? "";
    const known = options.definition.findOperation(request.method, path) !== undefined;
    const findings = known
      ? options.definition.validateResponse(request.method, path, {
          status: answer.status,
          headers,
          body: answer.body,
        })
      : [];
    if (findings.length > 0) {
      const text = findings.map(({ where, message }) => `${where} ${message}`).join("; ");
      options.bank.log.error({ findings, url: request.routeOptions.url }, "answer breaks the definition");
      return reply
        .code(500)
        .header("x-request-id", requestId)
        .send({ brokenAnswer: text, status: answer.status });
    }
  }
  reply.code(answer.status).headers(headers);
  return answer.body === undefined || answer.contentType === undefined
    ? reply.send(answer.body)
    : reply.send(String(answer.body));
}
