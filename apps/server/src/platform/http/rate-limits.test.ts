import { lookUpPayee } from "@jinqiao/contract";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestServer, testPassword } from "../../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { Refusal } from "../errors.ts";
import { handle } from "./handler.ts";
import { generalLimit } from "./rate-limits.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
beforeAll(async () => {
  database = await createServerDatabase();
});
afterAll(() => database.drop());

const handlers = [
  handle(lookUpPayee, async () => {
    throw new Refusal("payment.payee_not_found");
  }),
];
/** Each test has a server with counters of its own. */
const limited = () =>
  createTestServer(database.db, { rateLimitFactor: 1, handlers, trustProxy: "127.0.0.1" });

it("slows guessing at one account, and leaves others at the same address alone", async () => {
  const server = await limited();
  await server.customer("guessed@people.example");
  await server.customer("other@people.example");
  const signIn = (email: string, password: string) =>
    server.ask("POST", "/v1/sessions", { body: { kind: "password", email, password } });
  const answers = [];
  for (let guess = 0; guess < 12; guess += 1)
    answers.push(await signIn(" Guessed@people.example".trim(), `guess ${guess}`));
  const last = answers.at(-1);
  expect(last).toMatchObject({ status: 429, json: { code: "rate.limited", retryable: true } });
  expect(Number(last?.headers["retry-after"])).toBeGreaterThan(0);
  expect((await signIn("other@people.example", testPassword)).status).toBe(201);
  await server.close();
});

it("counts look-ups of people by the person who asks", async () => {
  const server = await limited();
  const [a, b] = [
    await server.customer("a.asks@people.example"),
    await server.customer("b.asks@people.example"),
  ];
  const lookUp = async (cookie: string) =>
    (await server.ask("POST", "/v1/payee-lookups", { cookie, body: { email: "x@people.example" } })).status;
  const statuses: number[] = [];
  for (let time = 0; time < 32; time += 1) statuses.push(await lookUp(a.cookie));
  expect(statuses.slice(0, 30)).toEqual(Array(30).fill(422));
  expect(statuses.slice(30)).toEqual([429, 429]);
  expect(await lookUp(b.cookie)).toBe(422);
  await server.close();
});

it("has a loose limit for everything, by address, and believes a known proxy alone", async () => {
  const server = await limited();
  const ask = async (from: string) =>
    (await server.ask("GET", "/v1/me", { headers: { "x-forwarded-for": from } })).status;
  const statuses = new Map<number, number>();
  for (let time = 0; time < generalLimit.perMinute + 5; time += 1) {
    const status = await ask("203.0.113.7");
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
  }
  expect(statuses.get(401)).toBe(generalLimit.perMinute);
  expect(statuses.get(429)).toBe(5);
  expect(await ask("203.0.113.8")).toBe(401);
  expect(
    (await server.ask("GET", "/healthz", { headers: { "x-forwarded-for": "203.0.113.7" } })).status,
  ).toBe(200);
  await server.close();

  const direct = await createTestServer(database.db, { rateLimitFactor: 1, handlers });
  let refused = 0;
  for (let time = 0; time < generalLimit.perMinute + 5; time += 1) {
    const headers = { "x-forwarded-for": `203.0.113.${time % 250}` };
    if ((await direct.ask("GET", "/v1/me", { headers })).status === 429) refused += 1;
  }
  expect(refused).toBe(5);
  await direct.close();
});
