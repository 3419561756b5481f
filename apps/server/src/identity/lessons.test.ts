import { LessonId } from "@jinqiao/contract";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestServer, type TestServer } from "../../../../test/support/http-server.ts";
import { createServerDatabase } from "../../../../test/support/server-database.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
let server: TestServer;

beforeAll(async () => {
  database = await createServerDatabase();
  server = await createTestServer(database.db);
});
afterAll(async () => {
  await server.close();
  await database.drop();
});

type Lessons = { items: { id: string; seenAt: string | null }[] };

it("are remembered as read, each by each person for themselves", async () => {
  const [reader, other] = [
    await server.customer("reader@people.example"),
    await server.customer("other@people.example"),
  ];
  const seen = async (cookie: string) => {
    const { items } = (await server.ask("GET", "/v1/me/lessons", { cookie })).json as Lessons;
    expect(items.map(({ id }) => id)).toEqual(LessonId.options);
    return items.filter(({ seenAt }) => seenAt !== null).map(({ id }) => id);
  };
  expect(await seen(reader.cookie)).toEqual([]);
  const read = () => server.ask("POST", "/v1/me/lessons/bank_call/seen", { cookie: reader.cookie });
  const [first, again] = [await read(), await read()];
  expect(first.status).toBe(200);
  expect(again.json).toEqual(first.json);
  expect(await seen(reader.cookie)).toEqual(["bank_call"]);
  expect(await seen(other.cookie)).toEqual([]);
});

it("that do not exist cannot be read", async () => {
  const { cookie } = await server.customer("curious@people.example");
  expect(await server.ask("POST", "/v1/me/lessons/nonsense/seen", { cookie })).toMatchObject({
    status: 400,
    json: { code: "request.invalid" },
  });
});
