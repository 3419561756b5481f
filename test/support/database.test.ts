import { Client } from "pg";
import { expect, test } from "vitest";
import { createTestDatabase } from "./database.ts";

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test("databases are cloned from a template that is migrated once and stay apart", async () => {
  let migrations = 0;
  const template = {
    name: "support-self-test",
    migrate: async (url: string) => {
      migrations += 1;
      await query(url, "CREATE TABLE note (id int)");
    },
  };
  const [one, two] = await Promise.all([createTestDatabase({ template }), createTestDatabase({ template })]);
  await query(one.url, "INSERT INTO note VALUES (1)");
  expect(await query(two.url, "SELECT * FROM note")).toEqual([]);
  expect(migrations).toBe(1);
  await Promise.all([one.drop(), two.drop()]);
});

test("a connection left open is reported and the database is dropped all the same", async () => {
  const database = await createTestDatabase();
  const leaked = new Client({ connectionString: database.url, application_name: "forgotten" });
  leaked.on("error", () => undefined);
  await leaked.connect();
  await expect(database.drop()).rejects.toThrow(/1 connection\(s\) open[\s\S]*forgotten/);
  await expect(query(database.url, "SELECT 1")).rejects.toThrow(/does not exist/);
  await leaked.end().catch(() => undefined);
});
