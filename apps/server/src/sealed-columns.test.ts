import { afterAll, beforeAll, expect, it } from "vitest";
import { createServerDatabase } from "../../../test/support/server-database.ts";
import { sealedColumns } from "./sealed-columns.ts";

let database: Awaited<ReturnType<typeof createServerDatabase>>;
beforeAll(async () => {
  database = await createServerDatabase();
});
afterAll(() => database.drop());

it("every sealed column of the schema is registered, and every registered one is there with its id", async () => {
  const columns = await database.db.query<{ name: string; type: string }>(
    `SELECT table_schema || '.' || table_name || '.' || column_name AS name, data_type AS type
       FROM information_schema.columns WHERE table_schema NOT IN ('pg_catalog', 'information_schema')`,
  );
  const types = new Map(columns.map(({ name, type }) => [name, type]));
  const registered = new Set(sealedColumns.map(({ table, column }) => `${table}.${column}`));
  // The vault registers its own.
  const sealed = [...types.keys()].filter(
    (name) => /(\.|_)sealed$/.test(name) && types.get(name) === "text" && !name.startsWith("vault."),
  );
  expect(sealed.filter((name) => !registered.has(name))).toEqual([]);
  for (const { table, column, id, subject, json } of sealedColumns) {
    expect(types.get(`${table}.${column}`), `${table}.${column}`).toBe(json ? "jsonb" : "text");
    expect(types.get(`${table}.${id}`), `${table}.${id}`).toBe("text");
    if (subject !== undefined) expect(types.get(`${table}.${subject}`), `${table}.${subject}`).toBe("text");
  }
});
