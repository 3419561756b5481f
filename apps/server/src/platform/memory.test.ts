import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { createDb, type Db } from "./db.ts";
import { createMemory } from "./memory.ts";

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

const channel = "memory_test";
const row = { id: "ses_1" };

it("remembers nothing while nobody hears of changes", async () => {
  const memory = createMemory<typeof row>(db, channel);
  memory.keep("aa", row, memory.age);
  expect(memory.find("aa")).toBeUndefined();
});

it("remembers for a moment, and forgets at a notice from another process", async () => {
  const memory = createMemory<typeof row>(db, channel);
  const hearing = await memory.listen();
  try {
    memory.keep("aa", row, memory.age);
    expect(memory.find("aa")).toBe(row);
    const { age } = memory;
    await db.query("SELECT pg_notify('memory_test', '')");
    await expect.poll(() => memory.find("aa")).toBeUndefined();
    expect(memory.age).not.toBe(age);
    memory.keep("aa", row, age);
    expect(memory.find("aa"), "what was read before the notice is not kept after it").toBeUndefined();
  } finally {
    await hearing.close();
  }
});

it("forgets everything, and remembers nothing more, when it can no longer hear", async () => {
  const memory = createMemory<typeof row>(db, channel);
  const hearing = await memory.listen();
  memory.keep("aa", row, memory.age);
  await hearing.close();
  await expect.poll(() => memory.find("aa")).toBeUndefined();
  memory.keep("aa", row, memory.age);
  expect(memory.find("aa")).toBeUndefined();
});
