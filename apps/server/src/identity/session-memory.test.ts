import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { createDb, type Db } from "../platform/db.ts";
import { createSessionMemory } from "./session-memory.ts";
import type { SessionRow } from "./session-sql.ts";

let database: TestDatabase;
let db: Db;
beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const row = { token: "aa", id: "ses_1" } as unknown as SessionRow;

it("remembers nothing while nobody hears when sessions end", async () => {
  const memory = createSessionMemory(db);
  memory.keep(row);
  expect(memory.find("aa")).toBeUndefined();
});

it("remembers for a moment, and forgets at a notice from another process", async () => {
  const memory = createSessionMemory(db);
  const hearing = await memory.listen();
  try {
    memory.keep(row);
    expect(memory.find("aa")).toBe(row);
    const { age } = memory;
    await db.query("SELECT pg_notify('identity_session_ended', '')");
    await expect.poll(() => memory.find("aa")).toBeUndefined();
    expect(memory.age).not.toBe(age);
  } finally {
    await hearing.close();
  }
});

it("forgets everything, and remembers nothing more, when it can no longer hear", async () => {
  const memory = createSessionMemory(db);
  const hearing = await memory.listen();
  memory.keep(row);
  await hearing.close();
  await expect.poll(() => memory.find("aa")).toBeUndefined();
  memory.keep(row);
  expect(memory.find("aa")).toBeUndefined();
});
