import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import {
  bankCallback,
  createTransfer,
  type ErrorCode,
  errorCatalogue,
  getPayment,
  listPayments,
  Problem,
  receiveBankNotice,
} from "@jinqiao/contract";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeSentTo } from "../../../../../test/support/codes.ts";
import {
  cookieOf,
  createTestServer,
  type TestServer,
  testPassword,
} from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { Refusal } from "../errors.ts";
import { createLogger } from "../logger.ts";
import { type Context, handle } from "./handler.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let server: TestServer;
let pages: string;
let logged = "";
let asked: Context | undefined;
/** What the toy payment route does next. */
let next: () => Promise<unknown> = async () => undefined;

beforeAll(async () => {
  database = await createServerDatabase();
  pages = await mkdtemp(join(tmpdir(), "jinqiao-pages-"));
  await mkdir(join(pages, "wallet/assets"), { recursive: true });
  await mkdir(join(pages, "console"), { recursive: true });
  await writeFile(join(pages, "wallet/index.html"), "<!doctype html><title>wallet</title>");
  await writeFile(join(pages, "wallet/.source-hash"), "hidden");
  await writeFile(join(pages, "secret.txt"), "beyond the pages");
  await writeFile(join(pages, "wallet/assets/app-1a2b3c.js"), "export {}");
  await writeFile(join(pages, "console/index.html"), "<!doctype html><title>console</title>");
  server = await createTestServer(database.db, {
    webDirs: { wallet: join(pages, "wallet"), console: join(pages, "console") },
    logger: createLogger({
      destination: new Writable({
        write(chunk, _encoding, done) {
          logged += chunk;
          done();
        },
      }),
    }),
    handlers: [
      handle(getPayment, async (context) => {
        asked = context as Context;
        return (await next()) as never;
      }),
      handle(listPayments, async ({ query }) => {
        asked = { query } as Context;
        return { items: [], nextCursor: null };
      }),
      handle(createTransfer, async () => (await next()) as never),
      handle(bankCallback, async ({ params }) => ({ redirect: `/link/done?bank=${params.bankId}` })),
      handle(receiveBankNotice, async () => undefined),
    ],
  });
});
afterAll(async () => {
  await server.close();
  await rm(pages, { recursive: true });
  await database.drop();
});

let cookie = "";
beforeAll(async () => {
  cookie = (await server.customer("asks@people.example")).cookie;
});

const transfer = {
  payeeId: "cus_01jd8c0v5k3m7q9r2t4w6x8y0z",
  amount: { amount: "12.50", currency: "CNY" },
};
let serial = 0;
const send = (body: unknown, headers: Record<string, string> = {}) =>
  server.ask("POST", "/v1/transfers", {
    body,
    cookie,
    headers: { "idempotency-key": `attempt-${++serial}`, ...headers },
  });
const fieldsOf = (json: { errors?: { field: string; code: string }[] }) =>
  Object.fromEntries((json.errors ?? []).map(({ field, code }) => [field, code]));

describe("problems", () => {
  it("has the shape of RFC 9457 for every code of the catalogue, with both languages", async () => {
    // Routes declare their codes; what they throw beyond that is tested below. Here only the form counts.
    const lenient = await createTestServer(database.db, {
      strict: false,
      handlers: [handle(getPayment, async () => (await next()) as never)],
    });
    for (const code of Object.keys(errorCatalogue) as ErrorCode[]) {
      next = async () => {
        throw new Refusal(code);
      };
      const answer = await lenient.ask("GET", "/v1/payments/pay_1", { cookie });
      const { status, en, zh, retryable } = errorCatalogue[code];
      expect(answer.status).toBe(status);
      expect(answer.headers["content-type"]).toBe("application/problem+json; charset=utf-8");
      expect(Problem.strict().parse(answer.json)).toMatchObject({
        type: `/errors/${code}`,
        title: code,
        status,
        code,
        detail: { en, zh },
        retryable,
        requestId: answer.headers["x-request-id"],
      });
      if (status === 429 || status === 503) expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
      else expect(answer.headers["retry-after"]).toBeUndefined();
    }
    await lenient.close();
  });

  it("passes on how long to wait", async () => {
    next = async () => {
      throw new Refusal("rate.limited", { retryAfterSeconds: 6.2 });
    };
    expect((await server.ask("GET", "/v1/payments/pay_1", { cookie })).headers["retry-after"]).toBe("7");
  });

  it("says nothing of an unexpected error but its request id, and logs it", async () => {
    next = async () => {
      throw Object.assign(new Error("no bank for someone@people.example at postgres://u:hush@db/x"), {
        detail: "Key (email)=(someone@people.example) already exists.",
      });
    };
    const answer = await server.ask("GET", "/v1/payments/pay_1", { cookie });
    expect(answer).toMatchObject({ status: 500, json: { code: "server.unexpected" } });
    expect(JSON.stringify(answer.json)).not.toContain("bank");
    expect(logged).toContain(answer.headers["x-request-id"]);
    expect(logged).toContain("no bank for ***@***");
    expect(logged).not.toContain("someone@");
    expect(logged).not.toContain("hush");
  });

  it("calls a lost database unavailable, so that trying again is right", async () => {
    next = async () => {
      throw Object.assign(new Error("Connection terminated unexpectedly"), { code: "57P01" });
    };
    expect(await server.ask("GET", "/v1/payments/pay_1", { cookie })).toMatchObject({
      status: 503,
      json: { code: "server.unavailable", retryable: true },
    });
  });

  it("fails loudly on a code that the route does not declare", async () => {
    next = async () => {
      throw new Refusal("settlement.break_closed");
    };
    expect((await server.ask("GET", "/v1/payments/pay_1", { cookie })).status).toBe(500);
    expect(logged).toContain("does not declare");
  });

  it("fails loudly on an answer that breaks the contract", async () => {
    next = async () => ({ id: "pay_1" });
    expect((await server.ask("GET", "/v1/payments/pay_1", { cookie })).status).toBe(500);
    expect(logged).toContain("an answer breaks the contract");
  });

  it("answers unknown routes, other methods and broken addresses as problems", async () => {
    for (const [method, url] of [
      ["GET", "/v1/nothing"],
      ["DELETE", "/v1/payments"],
      ["POST", "/v1/me/"],
      ["GET", "/v1/payments/%E0%A4%A"],
      ["GET", `/v1/payments/${"x".repeat(500)}`],
      ["POST", "/somewhere"],
    ] as const)
      expect(await server.ask(method, url, { cookie }), url).toMatchObject({
        status: 404,
        json: { code: "request.not_found" },
      });
  });

  it("leads from a problem's type to its text", async () => {
    const answer = await server.ask("GET", "/errors/payment.insufficient_funds");
    expect(answer).toMatchObject({ status: 303, headers: { location: "/docs#payment.insufficient_funds" } });
    expect((await server.ask("GET", "/errors/payment.nonsense")).status).toBe(404);
  });
});

describe("fields", () => {
  it.each([
    [{}, { payeeId: "field.required", amount: "field.required" }],
    [{ ...transfer, payeeId: "someone" }, { payeeId: "field.invalid" }],
    [{ ...transfer, payeeId: null }, { payeeId: "field.invalid" }],
    [{ ...transfer, colour: "red" }, { colour: "field.unknown" }],
    [{ ...transfer, amount: { ...transfer.amount, colour: "red" } }, { "amount.colour": "field.unknown" }],
    [{ ...transfer, amount: { currency: "CNY" } }, { "amount.amount": "field.required" }],
    [{ ...transfer, note: "x".repeat(141) }, { note: "field.too_long" }],
    [{ ...transfer, note: "a\u0007b" }, { note: "field.invalid" }],
    [{ ...transfer, amount: { amount: 12.5, currency: "CNY" } }, { "amount.amount": "field.invalid" }],
    [[], { body: "field.invalid" }],
    ["null", { body: "field.invalid" }],
  ])("names each wrong field: %j", async (body, fields) => {
    const answer = await send(body);
    expect(answer).toMatchObject({ status: 400, json: { code: "request.invalid" } });
    expect(fieldsOf(answer.json)).toEqual(fields);
  });

  it.each([
    ["0", "CNY", "amount", "amount.zero"],
    ["0.00", "CNY", "amount", "amount.zero"],
    ["-1.00", "CNY", "amount", "amount.negative"],
    ["1.005", "CNY", "amount", "amount.too_many_decimals"],
    ["1.5", "JPY", "amount", "amount.too_many_decimals"],
    ["1.2345", "KWD", "amount", "amount.too_many_decimals"],
    ["1e3", "CNY", "amount", "amount.format"],
    ["１００", "CNY", "amount", "amount.format"],
    ["1,000.00", "CNY", "amount", "amount.format"],
    ["", "CNY", "amount", "amount.format"],
    ["90071992547409.93", "CNY", "amount", "amount.too_large"],
    ["1.00", "XXY", "currency", "amount.unknown_currency"],
  ])("refuses the amount %s %s", async (amount, currency, field, code) => {
    const answer = await send({ ...transfer, amount: { amount, currency } });
    expect(answer.status).toBe(400);
    expect(fieldsOf(answer.json)).toEqual({ [`amount.${field}`]: code });
    const [error] = (answer.json as { errors: { detail: { en: string; zh: string } }[] }).errors;
    expect(error?.detail.en).not.toBe("");
    expect(error?.detail.zh).not.toBe("");
  });

  it("refuses what is no JSON, too large, or of another kind", async () => {
    expect(await send("{nonsense")).toMatchObject({ status: 400, json: { code: "request.invalid" } });
    expect(await send('{"__proto__": {"a": 1}}')).toMatchObject({
      status: 400,
      json: { code: "request.invalid" },
    });
    expect(await send({ ...transfer, note: "x".repeat(70_000) })).toMatchObject({
      status: 413,
      json: { code: "request.body_too_large" },
    });
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
      expect(await send(transfer, { "content-type": type })).toMatchObject({
        status: 415,
        json: { code: "request.media_type" },
      });
  });

  it("refuses unknown and repeated parameters of a list, and takes numbers as numbers", async () => {
    const list = (query: string) => server.ask("GET", `/v1/payments${query}`, { cookie });
    expect(fieldsOf((await list("?colour=red")).json)).toEqual({ colour: "field.unknown" });
    expect(fieldsOf((await list("?limit=1&limit=2")).json)).toEqual({ limit: "field.invalid" });
    expect(fieldsOf((await list("?limit=1000")).json)).toEqual({ limit: "field.invalid" });
    expect((await list("?limit=7&kind=top_up")).status).toBe(200);
    expect(asked?.query).toEqual({ limit: 7, kind: "top_up" });
  });

  it("lets a bank add parameters of its own when it sends the browser back", async () => {
    expect(
      await server.ask("GET", "/v1/bank-callbacks/harbour?code=c&state=s&session_state=x"),
    ).toMatchObject({ status: 303, headers: { location: "/link/done?bank=harbour" } });
  });

  it("refuses a body where none is asked for, but not an empty one", async () => {
    const out = (body: unknown) => server.ask("DELETE", "/v1/sessions/current", { cookie, body });
    expect(fieldsOf((await out({ all: true })).json)).toEqual({ all: "field.unknown" });
    const other = await server.customer("leaves@people.example");
    expect(
      await server.ask("DELETE", "/v1/sessions/current", { cookie: other.cookie, body: "" }),
    ).toMatchObject({ status: 204, json: undefined });
  });
});

describe("documents and pages", () => {
  it("tells whether it lives and whether it can work", async () => {
    expect(await server.ask("GET", "/healthz")).toMatchObject({ status: 200 });
    expect(await server.ask("GET", "/readyz")).toMatchObject({ status: 200 });
    const down = await createTestServer(database.db, {
      ready: async () => {
        throw new Error("no database");
      },
    });
    expect(await down.ask("GET", "/healthz")).toMatchObject({ status: 200 });
    expect(await down.ask("GET", "/readyz")).toMatchObject({
      status: 503,
      json: { code: "server.unavailable" },
    });
    await down.close();
  });

  it("serves the contract and a page of it without anything from elsewhere", async () => {
    expect((await server.ask("GET", "/openapi.json")).json).toMatchObject({ openapi: "3.1.0" });
    const page = (await server.http.inject("/docs")).body;
    expect(page).toContain("/v1/transfers");
    expect(page).not.toMatch(/https?:\/\/|<script/);
  });

  it("serves the apps: first page for every address of theirs, hashed files for ever, the rest anew", async () => {
    const get = (url: string) => server.http.inject({ url, headers: { accept: "text/html" } });
    expect((await get("/")).body).toContain("wallet");
    expect((await get("/activity/pay_1?tab=2")).body).toContain("wallet");
    expect((await get("/console")).headers.location).toBe("/console/");
    expect((await get("/console/")).body).toContain("console");
    expect((await get("/console/payments")).body).toContain("console");
    expect((await get("/activity")).headers["cache-control"]).toBe("no-cache");
    expect((await get("/assets/app-1a2b3c.js")).headers["cache-control"]).toContain("immutable");
    expect((await server.http.inject("/assets/app-gone.js")).statusCode).toBe(404);
    expect((await get("/.source-hash")).body).not.toContain("hidden");
    for (const way of ["/..%2fsecret.txt", "/%2e%2e%2fsecret.txt", "/assets/..%5c..%5csecret.txt"])
      expect((await get(way)).body).not.toContain("beyond");
    expect((await get("/v1/nothing")).statusCode).toBe(404);
  });

  it("says how to build the pages where they are missing", async () => {
    const bare = await createTestServer(database.db);
    const answer = await bare.http.inject({ url: "/console/", headers: { accept: "text/html" } });
    expect(answer.statusCode).toBe(503);
    expect(answer.body).toMatch(/npm start[\s\S]*尚未构建/);
    await bare.close();
  });

  it("sends the headers that keep other sites and scripts out", async () => {
    const { headers } = await server.ask("GET", "/v1/me", { cookie });
    expect(headers["content-security-policy"]).toContain("script-src 'self'");
    expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
    expect(headers["content-security-policy"]).not.toContain("unsafe");
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["strict-transport-security"]).toBeUndefined();
  });
});

describe("on a real socket", () => {
  it("answers what is no HTTP, and lets requests under way finish when it closes", async () => {
    const own = await createTestServer(database.db, {
      handlers: [handle(getPayment, async () => (await next()) as never)],
    });
    const { cookie: mine } = await own.customer("socket@people.example");
    const url = await own.listen({ host: "127.0.0.1", port: 0 });

    const raw = await new Promise<string>((resolve, reject) => {
      let text = "";
      const socket = connect(Number(new URL(url).port), "127.0.0.1", () => socket.write("NOT HTTP\r\n\r\n"));
      socket.on("data", (data) => {
        text += data;
      });
      socket.once("close", () => resolve(text));
      socket.once("error", reject);
    });
    expect(raw).toMatch(/^HTTP\/1\.1 400[\s\S]*request\.invalid/);

    let begin: () => void = () => {};
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    let finish: () => void = () => {};
    next = () => {
      begin();
      return new Promise((_, reject) => {
        finish = () => reject(new Refusal("request.not_found"));
      });
    };
    const slow = fetch(`${url}/v1/payments/pay_1`, { headers: { cookie: mine } });
    await begun;
    const closed = own.close();
    finish();
    expect((await slow).status).toBe(404);
    await closed;
    await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  });
});

describe("logs", () => {
  it("hold neither passwords, addresses, cookies nor ids in URLs of a whole sign-up, sign-in and sign-out", async () => {
    const email = "whole.story@people.example";
    const signedUp = await server.customer(email, "Grace Hopper");
    const kind = "password";
    await server.ask("POST", "/v1/sessions", { body: { kind, email, password: "quite wrong" } });
    const signedIn = await server.ask("POST", "/v1/sessions", {
      body: { kind, email, password: testPassword },
      cookie: signedUp.cookie,
    });
    const code = await codeSentTo(server.identity.messages, { email });
    const token = /jinqiao_session=([^;]+)/.exec(cookieOf(signedIn.cookies))?.[1] ?? "none";
    const device = /jinqiao_device=([^;]+)/.exec(cookieOf(signedIn.cookies))?.[1] ?? "none";
    await server.ask("GET", "/v1/payments/pay_secret123?token=hushhush", {
      cookie: `jinqiao_session=${token}`,
    });
    await server.ask("DELETE", "/v1/sessions/current", { cookie: `jinqiao_session=${token}` });
    expect(logged).toContain('"route":"/v1/payments/:paymentId"');
    expect(logged).toContain('"status":201');
    for (const secret of [
      email,
      "whole.story",
      testPassword,
      "quite wrong",
      token,
      device,
      code,
      "Grace",
      "pay_secret123",
      "hushhush",
      "127.0.0.1",
      signedUp.id,
    ])
      expect(logged).not.toContain(secret);
  });
});
