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

it("no table with sealed columns refuses to have them sealed again", async () => {
  const refusing = await database.db.query<{ name: string }>(
    `SELECT DISTINCT t.tgrelid::regclass::text AS name FROM pg_trigger t
      WHERE NOT t.tgisinternal AND t.tgfoid::regproc::text LIKE '%.refuse_change' AND t.tgtype & 16 <> 0`,
  );
  const sealed = new Set(sealedColumns.map(({ table }) => table));
  expect(refusing.map(({ name }) => name).filter((name) => sealed.has(name))).toEqual([]);
  // The question finds what it is about.
  expect(refusing.map(({ name }) => name)).toContain("ledger.entry");
});

it("the key of the log is sealed again, and nothing else of it changes", async () => {
  await database.db.query(
    "INSERT INTO ledger.log_key (origin, verifier_key, sealed, created_at) VALUES ('x/log', 'k', 'v2.a.b', now())",
  );
  await database.db.query("UPDATE ledger.log_key SET sealed = 'v2.c.d'");
  await expect(database.db.query("UPDATE ledger.log_key SET verifier_key = 'other'")).rejects.toThrow(
    /keeps its name/,
  );
  await expect(database.db.query("DELETE FROM ledger.log_key")).rejects.toThrow(/append-only/);
});
