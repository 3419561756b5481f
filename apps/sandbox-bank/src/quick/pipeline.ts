/**
 * The way of every call, the same for all operations: scripted fault → signature → schema → handler → signed answer.
 */
import { randomBytes } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Bank } from "../context.ts";
import { cutAnswer } from "../faults/cut-answer.ts";
import { type StoredFault, takeCallFault } from "../faults/faults.ts";
import { ALGORITHMS, type Algorithm, type BankKeys, isSignedBy, signText } from "./keys.ts";
import { findMerchant, type Merchant } from "./merchants.ts";
import { PROBLEMS, QuickProblem } from "./problems.ts";
import type { Schemas } from "./schemas.ts";

export const VERSION = "QUICK-PAYMENT-1";
const CLOCK_TOLERANCE_MS = 5 * 60_000;

export interface QuickOptions {
  bank: Bank;
  keys: BankKeys;
  schemas: Schemas;
  validateResponses: boolean;
}

/** One operation: its name is its path and that of its schemas. */
export interface Operation {
  name: string;
  /** Name of the operation in the script API's faults. */
  fault: string;
  handle(merchant: Merchant, message: never, refuse: boolean): Promise<unknown>;
}

interface Envelope {
  merchantId: string;
  timestamp: string;
  nonce: string;
  keySerial: string;
  algorithm: Algorithm;
}

export function registerOperations(
  app: FastifyInstance,
  options: QuickOptions,
  operations: Operation[],
): void {
  for (const operation of operations)
    app.post(`/quick-payment/v1/${operation.name}`, (request, reply) =>
      run(options, operation, request, reply),
    );
}

async function run(
  options: QuickOptions,
  operation: Operation,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const { bank, schemas } = options;
  const text = typeof request.body === "string" ? request.body : "";
  const fault = await takeCallFault(bank.db, operation.fault, referenceIn(text));
  if (fault !== undefined) await strikeBefore(fault, request);
  if (request.raw.socket.destroyed) return reply.hijack();
  let status = 200;
  let answer: unknown;
  try {
    if (fault?.action === "error") throw new QuickProblem("BANK_FAILED");
    const merchant = await authenticate(options, request, text);
    const message = parse(text);
    const wrong = schemas.finding(`${operation.name}.request`, message);
    if (wrong !== undefined) throw new QuickProblem("MESSAGE_INVALID", wrong);
    const refuse = fault?.action === "refuse";
    if (refuse && operation.fault !== "initiatePayment") throw new QuickProblem("BUSY");
    answer = await operation.handle(merchant, message as never, refuse);
    const broken = options.validateResponses
      ? schemas.finding(`${operation.name}.answer`, answer)
      : undefined;
    if (broken !== undefined) throw new Error(`the answer breaks its schema: ${broken}`);
  } catch (error) {
    const problem = error instanceof QuickProblem ? error : new QuickProblem("BANK_FAILED");
    if (!(error instanceof QuickProblem)) bank.log.error({ err: error }, "quick payment call failed");
    const { status: problemStatus, en, zh } = PROBLEMS[problem.code];
    status = problemStatus;
    const requestNonce = header(request, "quick-nonce");
    answer = {
      code: problem.code,
      text: { en, zh },
      requestNonce: requestNonce === "" ? null : requestNonce,
    };
    if (problem.code === "MESSAGE_INVALID")
      bank.log.warn({ operation: operation.name, finding: problem.message }, "message refused");
  }
  if (fault !== undefined && (await strikeAfter(fault, request))) return reply.hijack();
  if (fault?.action === "cut-answer") cutAnswer(reply);
  return send(options, request, reply, { status, answer, forged: fault?.action === "wrong-signature" });
}

/** Believes a message only from a known merchant, with the right key, fresh, and for the first time. */
async function authenticate(options: QuickOptions, request: FastifyRequest, body: string): Promise<Merchant> {
  const { bank } = options;
  const envelope = envelopeOf(request);
  const merchant = await findMerchant(bank.db, envelope.merchantId);
  if (
    merchant === undefined ||
    merchant.key.serial !== envelope.keySerial ||
    merchant.key.algorithm !== envelope.algorithm
  )
    throw new QuickProblem("MERCHANT_UNKNOWN");
  const path = request.url.split("?")[0] ?? "";
  const signed = [
    VERSION,
    "REQUEST",
    path,
    envelope.merchantId,
    envelope.timestamp,
    envelope.nonce,
    envelope.keySerial,
    envelope.algorithm,
    body,
  ].join("\n");
  if (!isSignedBy(merchant.key, signed, header(request, "quick-signature")))
    throw new QuickProblem("SIGNATURE_INVALID");
  const now = bank.clock.now();
  const at = Date.parse(envelope.timestamp);
  if (!(Math.abs(now.getTime() - at) <= CLOCK_TOLERANCE_MS)) throw new QuickProblem("CLOCK_DIFFERS");
  if (!/^[A-Za-z0-9_-]{22,44}$/.test(envelope.nonce)) throw new QuickProblem("MESSAGE_INVALID", "nonce");
  const { rowCount } = await bank.db.query(
    "INSERT INTO quick_nonces (client_id, nonce, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
    [merchant.id, envelope.nonce, now],
  );
  if (rowCount === 0) throw new QuickProblem("NONCE_USED");
  return merchant;
}

function envelopeOf(request: FastifyRequest): Envelope {
  const algorithm = header(request, "quick-algorithm");
  return {
    merchantId: header(request, "quick-merchant"),
    timestamp: header(request, "quick-timestamp"),
    nonce: header(request, "quick-nonce"),
    keySerial: header(request, "quick-key-serial"),
    algorithm: ALGORITHMS.find((known) => known === algorithm) ?? "RSA-SHA256",
  };
}

async function send(
  { bank, keys }: QuickOptions,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, answer, forged }: { status: number; answer: unknown; forged: boolean },
): Promise<FastifyReply> {
  const asked = envelopeOf(request);
  const key = keys.sign[asked.algorithm];
  const body = JSON.stringify(answer);
  const timestamp = bank.clock.now().toISOString();
  const nonce = randomBytes(16).toString("base64url");
  const signature = signText(
    key,
    [
      VERSION,
      "ANSWER",
      String(status),
      asked.merchantId,
      timestamp,
      nonce,
      asked.nonce,
      key.serial,
      key.algorithm,
      // A scripted forgery: a true signature, of another text.
      forged ? `${body} ` : body,
    ].join("\n"),
  );
  return reply
    .code(status)
    .headers({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "no-store",
      "quick-merchant": asked.merchantId,
      "quick-timestamp": timestamp,
      "quick-nonce": nonce,
      "quick-key-serial": key.serial,
      "quick-algorithm": key.algorithm,
      "quick-signature": signature,
    })
    .send(body);
}

function header(request: FastifyRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === "string" ? value.slice(0, 2_000) : "";
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new QuickProblem("MESSAGE_INVALID", "the body is not JSON");
  }
}

function referenceIn(text: string): string | null {
  return /"reference":"([A-Za-z0-9-]{8,35})"/.exec(text)?.[1] ?? null;
}

async function strikeBefore(fault: StoredFault, request: FastifyRequest): Promise<void> {
  if (fault.action === "delay" || fault.action === "timeout-before") await wait(fault.delayMs, request);
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
