import { createHmac } from "node:crypto";
import { routes } from "@jinqiao/contract";
import { Webhook } from "standardwebhooks";
import { expect, expectTypeOf, it } from "vitest";
import { operations } from "./generated/operations.ts";
import {
  createJinqiao,
  JinqiaoConnectionError,
  JinqiaoError,
  verifyCheckoutReturn,
  verifyWebhook,
  WebhookVerificationError,
} from "./index.ts";

const apiKey = `sk_test_${"a".repeat(32)}`;
type Seen = { method: string; url: string; headers: Headers; body: string };

/** A client whose server answers what a test lines up, one after the other. */
function clientOf(answers: (Response | Error)[]) {
  const seen: Seen[] = [];
  const pauses: number[] = [];
  const jinqiao = createJinqiao({
    apiKey,
    baseUrl: "https://wallet.example.com/",
    async sleep(ms) {
      pauses.push(ms);
    },
    async fetch(input) {
      const request = input as Request;
      const { method, url, headers } = request;
      seen.push({ method, url, headers, body: await request.text() });
      const next = answers.shift();
      if (next === undefined) throw new Error("asked once too often");
      if (next instanceof Error) throw next;
      return next;
    },
  });
  return { jinqiao, seen, pauses };
}
const json = (body: unknown, status = 200, headers: Record<string, string> = {}) =>
  Response.json(body, { status, headers });
const problem = (code: string, status: number) =>
  json(
    {
      type: `/errors/${code}`,
      title: code,
      status,
      code,
      detail: { en: "No.", zh: "不行。" },
      retryable: false,
    },
    status,
  );
const amount = { amount: "12.50", currency: "GBP" };

it("knows every operation of the contract that a key may call, by its own path", () => {
  for (const [id, operation] of Object.entries(operations)) {
    const route = routes.find((one) => one.id === id);
    expect(route).toMatchObject({ method: operation.method, path: operation.path, audience: "merchant" });
    expect(route?.idempotent === true, id).toBe(operation.idempotent);
  }
  expect(Object.keys(operations)).not.toContain("createApiKey");
});

it("sends the same attempt again under the same key until it is answered", async () => {
  const { jinqiao, seen, pauses } = clientOf([
    new TypeError("fetch failed"),
    json({}, 503),
    json({}, 429, { "retry-after": "7" }),
    json({ object: "payment_intent", id: "pi_1" }, 201),
  ]);
  const intent = await jinqiao.paymentIntents.create({ amount });
  expectTypeOf(intent.status).toEqualTypeOf<
    | "requires_payment_method"
    | "requires_action"
    | "processing"
    | "requires_capture"
    | "succeeded"
    | "canceled"
  >();
  expect(intent.id).toBe("pi_1");
  expect(seen).toHaveLength(4);
  expect(new Set(seen.map(({ headers }) => headers.get("idempotency-key"))).size).toBe(1);
  expect(new Set(seen.map(({ body }) => body))).toEqual(new Set([JSON.stringify({ amount })]));
  expect(seen[0]).toMatchObject({ method: "POST", url: "https://wallet.example.com/v1/payment_intents" });
  expect(seen[0]?.headers.get("authorization")).toBe(`Bearer ${apiKey}`);
  expect(pauses[2]).toBe(7_000);
});

it("gives up after some tries and says under which key it can go on", async () => {
  const down = () => new TypeError("fetch failed");
  const { jinqiao, seen } = clientOf([down(), down(), down(), down()]);
  const refund = jinqiao.refunds.create({ paymentIntent: "pi_1" }, { idempotencyKey: "order-7-refund" });
  const error = await refund.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(JinqiaoConnectionError);
  expect((error as JinqiaoConnectionError).idempotencyKey).toBe("order-7-refund");
  expect(seen).toHaveLength(4);
});

it("does not repeat what was refused, or a write that has no key", async () => {
  const refused = clientOf([problem("refund.amount_too_large", 422)]);
  const error = await refused.jinqiao.refunds
    .create({ paymentIntent: "pi_1" })
    .catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(JinqiaoError);
  expect(error).toMatchObject({ code: "refund.amount_too_large", status: 422, retryable: false });
  const unkeyed = clientOf([json({}, 503)]);
  await expect(
    unkeyed.jinqiao.webhookEndpoints.create({ url: "https://shop.example/hooks", eventTypes: ["*"] }),
  ).rejects.toThrow(JinqiaoConnectionError);
  expect(unkeyed.seen).toHaveLength(1);
});

it("walks through a list page by page, and no further than it is asked", async () => {
  const { jinqiao, seen } = clientOf([
    json({ items: [{ id: "pi_3" }, { id: "pi_2" }], nextCursor: "pi_2" }),
    json({ items: [{ id: "pi_1" }], nextCursor: null }),
    json({ items: [{ id: "pi_3" }], nextCursor: "pi_3" }),
  ]);
  const ids: string[] = [];
  for await (const { id } of jinqiao.paymentIntents.list({ status: "succeeded" })) ids.push(id);
  expect(ids).toEqual(["pi_3", "pi_2", "pi_1"]);
  expect(seen.map(({ url }) => new URL(url).search)).toEqual([
    "?status=succeeded",
    "?status=succeeded&cursor=pi_2",
  ]);
  for await (const { id } of jinqiao.paymentIntents.list()) {
    ids.push(id);
    break;
  }
  expect(ids).toHaveLength(4);
  await expect(jinqiao.paymentIntents.retrieve("pi_1")).rejects.toThrow(JinqiaoConnectionError);
});

it("puts ids into addresses as they are and lets nothing else in", async () => {
  const { jinqiao, seen } = clientOf([json({ id: "pi_1" }), json({ id: "pi_1" })]);
  await jinqiao.paymentIntents.retrieve("pi_1", { expand: "latestRefund" });
  await jinqiao.paymentIntents.capture("../refunds", { amount });
  expect(seen.map(({ url }) => url)).toEqual([
    "https://wallet.example.com/v1/payment_intents/pi_1?expand=latestRefund",
    "https://wallet.example.com/v1/payment_intents/..%2Frefunds/capture",
  ]);
  expect(() => createJinqiao({ apiKey: "pk_live_1", baseUrl: "https://wallet.example.com" })).toThrow(
    TypeError,
  );
});

const secret = `whsec_${Buffer.alloc(32, 5).toString("base64")}`;
const other = `whsec_${Buffer.alloc(32, 6).toString("base64")}`;
const nowMs = 1_795_000_000_000;

/** Signed by the public library, as another implementation of the standard. */
function signed(body: string, by = secret, atMs = nowMs) {
  return {
    "Webhook-Id": "evt_1",
    "webhook-timestamp": String(atMs / 1_000),
    "webhook-signature": new Webhook(by).sign("evt_1", new Date(atMs), body),
  };
}

it("believes a webhook that the public library signed, in any of several secrets and signatures", async () => {
  const body = JSON.stringify({ id: "evt_1", type: "payment_intent.succeeded", note: "谢谢" });
  expect(await verifyWebhook(body, signed(body), secret, { nowMs })).toMatchObject({
    id: "evt_1",
    note: "谢谢",
  });
  expect(
    await verifyWebhook(Buffer.from(body), new Headers(signed(body)), [other, secret], { nowMs }),
  ).toBeDefined();
  const both = {
    ...signed(body),
    "webhook-signature": `v2,xx v1,%% ${signed(body, other)["webhook-signature"]} ${signed(body)["webhook-signature"]}`,
  };
  expect(await verifyWebhook(body, both, secret, { nowMs })).toBeDefined();
});

it("believes no webhook that is changed, old, early, unsigned or signed by another", async () => {
  const body = '{"id":"evt_1"}';
  const good = signed(body);
  const cases: [string, Record<string, string>, string | string[]][] = [
    [`${body} `, good, secret],
    [body, { ...good, "Webhook-Id": "evt_2" }, secret],
    [body, signed(body, other), secret],
    [body, signed(body, secret, nowMs - 301_000), secret],
    [body, signed(body, secret, nowMs + 301_000), secret],
    [body, { ...good, "webhook-timestamp": "yesterday" }, secret],
    [body, { ...good, "webhook-signature": "" }, secret],
    [body, { ...good, "webhook-signature": good["webhook-signature"].replace("v1,", "v1a,") }, secret],
    [body, good, "secret"],
    [body, good, []],
  ];
  for (const [text, headers, by] of cases)
    await expect(verifyWebhook(text, headers, by, { nowMs })).rejects.toThrow(WebhookVerificationError);
  await expect(verifyWebhook(body, good, secret)).rejects.toThrow("too old");
});

it("reads the result on a return address, and only a signed one", async () => {
  const result = {
    checkoutSession: "cs_1",
    status: "paid",
    amount,
    reference: "7",
    at: "2026-11-22T08:30:00.000Z",
  };
  const content = Buffer.from(JSON.stringify(result)).toString("base64url");
  const mac = (by: string) =>
    createHmac("sha256", by).update(`jinqiao-checkout-result.${content}`).digest("base64url");
  const text = `${content}.${mac("cksec_new")}.${mac("cksec_old")}`;
  expect(await verifyCheckoutReturn(text, "cksec_old")).toEqual(result);
  expect(await verifyCheckoutReturn(`/thanks?order=7&jinqiao_result=${text}`, "cksec_new")).toEqual(result);
  for (const bad of ["", "x", `${content}.`, `${content}.%%`, `${content}x.${mac("cksec_new")}`])
    expect(await verifyCheckoutReturn(bad, "cksec_new")).toBe(undefined);
  expect(await verifyCheckoutReturn(text, "cksec_other")).toBe(undefined);
});
