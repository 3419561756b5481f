/** What the bank refuses before it does anything: messages that are not as published, not signed, old, or sent twice. */
import { randomBytes, randomUUID } from "node:crypto";
import sm from "sm-crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createTestDatabase } from "../../../../test/support/database.ts";
import { createSandboxBank, type SandboxBank } from "../index.ts";
import { signText } from "./keys.ts";
import { createQuickScriptClient } from "./script-client.ts";

const scriptToken = "a token for tests only";
let database: Awaited<ReturnType<typeof createTestDatabase>>;
let bank: SandboxBank;
let merchantId: string;
const pair = sm.sm2.generateKeyPairHex();
const key = { algorithm: "SM2-SM3" as const, serial: "merchant-1", ...pair };

beforeAll(async () => {
  database = await createTestDatabase();
  bank = await createSandboxBank({
    dialect: "quick-payment",
    databaseUrl: database.url,
    port: 0,
    scriptToken,
    seed: "demo",
    autoEndOfDay: false,
    validateResponses: true,
  });
  const { clientId } = await bank.script.tppClient({
    name: "Shop",
    redirectUris: ["http://localhost:1/back"],
  });
  merchantId = clientId;
  const quick = createQuickScriptClient(`http://127.0.0.1:${bank.port}`, scriptToken);
  await quick.merchant({
    clientId,
    algorithm: key.algorithm,
    serial: key.serial,
    publicKey: key.publicKey,
  });
});
afterAll(async () => {
  await bank?.close();
  await database?.drop();
});

interface Sent {
  nonce?: string;
  timestamp?: string;
  /** What is sent in place of the body that was signed. */
  sentBody?: string;
}

async function send(operation: string, message: unknown, sent: Sent = {}) {
  const body = JSON.stringify(message);
  const path = `/quick-payment/v1/${operation}`;
  const timestamp = sent.timestamp ?? new Date().toISOString();
  const nonce = sent.nonce ?? randomBytes(16).toString("base64url");
  const text = [
    "QUICK-PAYMENT-1",
    "REQUEST",
    path,
    merchantId,
    timestamp,
    nonce,
    key.serial,
    key.algorithm,
    body,
  ];
  const response = await fetch(`http://127.0.0.1:${bank.port}${path}`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "quick-merchant": merchantId,
      "quick-timestamp": timestamp,
      "quick-nonce": nonce,
      "quick-key-serial": key.serial,
      "quick-algorithm": key.algorithm,
      "quick-signature": signText(key, text.join("\n")),
    },
    body: sent.sentBody ?? body,
  });
  const answer = (await response.json()) as { code?: string };
  return [response.status, answer.code];
}

const query = () => ({ reference: `SHOP${randomUUID().slice(0, 8)}` });

describe("the quick payment bank", () => {
  it("answers a signed message of the published form", async () => {
    expect(await send("order-query", query())).toEqual([404, "ORDER_UNKNOWN"]);
  });

  it("takes a message once", async () => {
    const nonce = randomBytes(16).toString("base64url");
    const message = query();
    expect(await send("order-query", message, { nonce })).toEqual([404, "ORDER_UNKNOWN"]);
    expect(await send("order-query", message, { nonce })).toEqual([401, "NONCE_USED"]);
  });

  it("takes no message whose body was changed, nor one from another time", async () => {
    expect(await send("order-query", query(), { sentBody: JSON.stringify(query()) })).toEqual([
      401,
      "SIGNATURE_INVALID",
    ]);
    const yesterday = new Date(Date.now() - 86_400_000).toISOString();
    expect(await send("order-query", query(), { timestamp: yesterday })).toEqual([401, "CLOCK_DIFFERS"]);
    expect(await send("order-query", query(), { timestamp: "yesterday" })).toEqual([401, "CLOCK_DIFFERS"]);
  });

  it.each([
    ["an amount as a number", { amount: { amount: 1.1, currency: "CNY" } }],
    ["an amount with a sign", { amount: { amount: "-1.00", currency: "CNY" } }],
    ["a member that is not published", { extra: true }],
    ["a reference of another form", { reference: "spaces are wrong" }],
    ["an address that is none", { noticeUrl: "javascript:alert(1)" }],
  ])("refuses %s by the published schema", async (_what, change) => {
    const message = {
      reference: "SHOP00000001",
      requestId: randomUUID(),
      agreementNumber: "LT0000000000000000",
      amount: { amount: "1.00", currency: "CNY" },
      subject: "Tea",
      returnUrl: "http://localhost:1/back",
      noticeUrl: "http://localhost:1/notice",
    };
    expect(await send("payment-create", message)).toEqual([404, "BINDING_UNKNOWN"]);
    expect(await send("payment-create", { ...message, ...change })).toEqual([400, "MESSAGE_INVALID"]);
  });

  it("shows nobody another merchant's account", async () => {
    const { date } = await bank.script.businessDate();
    expect(await send("reconciliation-file", { account: randomUUID(), date })).toEqual([
      404,
      "ORDER_UNKNOWN",
    ]);
  });
});
