import { cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createTestDatabase, type TestDatabase } from "../../../../test/support/database.ts";
import { insertCustomer, selectCustomers } from "../identity/sql.ts";
import { migrations } from "../migrations.ts";
import { notesOf, sealNote } from "../payments/notes.ts";
import { personalTables } from "../personal-tables.ts";
import { systemClock } from "../platform/clock.ts";
import { createDb, type Db } from "../platform/db.ts";
import { migrate } from "../platform/migrations.ts";
import { sealedColumns } from "../sealed-columns.ts";
import {
  createKeyProviders,
  createVault,
  erasedName,
  openVault,
  personalData,
  sealOldRows,
} from "./index.ts";

/** The last migration of each module in the release before personal data was sealed. */
const lastInTheClear: Record<string, string> = {
  platform: "002_forget.sql",
  ledger: "007_accounts_by_hash.sql",
  identity: "001_identity.sql",
  banks: "007_health.sql",
  payments: "007_recalls.sql",
  settlement: "003_matching.sql",
  onboarding: "001_onboarding.sql",
};
const vault = createVault({ masterKey: Buffer.alloc(32, 3).toString("base64") });
const customers = 1_200;
let database: TestDatabase;
let db: Db;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  db = createDb({ url: database.url });
  folder = await mkdtemp(join(tmpdir(), "jinqiao-migrations-"));
  const before = [];
  for (const { module, folder: all } of migrations) {
    const last = lastInTheClear[module];
    if (last === undefined) continue;
    const files = (await readdir(fileURLToPath(all))).filter((file) => file <= last);
    for (const file of files) await cp(new URL(file, all), join(folder, module, file));
    before.push({ module, folder: pathToFileURL(`${join(folder, module)}/`) });
  }
  await migrate(db, before);
  await db.query(`
    INSERT INTO identity.customer (id, email, display_name, locale, password_hash, created_at)
    SELECT 'cus_' || lpad(n::text, 6, '0'), 'old' || n || '@people.example', 'Oldname ' || n, 'en', 'x', now()
      FROM generate_series(1, ${customers}) n;
    INSERT INTO identity.staff (id, email, display_name, role, password_hash, created_at)
    VALUES ('stf_1', 'oldstaff@people.example', 'Oldname of staff', 'operations', 'x', now());
    INSERT INTO platform.request (key, hash, outcome, result)
    VALUES ('a', 'h', 'accepted', '{"counterparty": {"name": "Oldname 2"}}'), ('b', 'h', 'accepted', NULL);
    INSERT INTO payments.payment (id, kind, status, customer_id, payee_id, currency, amount, note, reference, request_id, created_at, updated_at)
    VALUES ('pay_1', 'transfer', 'settled', 'cus_000001', 'cus_000002', 'GBP', 1, 'Oldnote', 'R1', gen_random_uuid(), now(), now()),
           ('pay_2', 'transfer', 'settled', 'cus_000001', 'cus_000002', 'GBP', 1, NULL, 'R2', gen_random_uuid(), now(), now());
    INSERT INTO banks.consent (id, customer_id, bank_id, bank_consent_id, status, state_hash, created_at, updated_at)
    VALUES ('cns_1', 'cus_000001', 'harbour', 'c', 'expired', '\\x01', now(), now());
    INSERT INTO banks.linked_account (id, customer_id, consent_id, bank_id, resource_id, iban_sealed, iban_index, masked_number, name, owner_name, currency, status, created_at)
    VALUES ('lac_1', 'cus_000001', 'cns_1', 'harbour', 'r', 'v1.x', '\\x01', '•• 1234', 'Oldname''s account', 'Oldname 1', 'GBP', 'expired', now());
    INSERT INTO banks.entry (id, account_id, status, amount, currency, counterparty_name, remittance, first_seen_on)
    VALUES ('btx_1', 'lac_1', 'booked', 1, 'GBP', 'Oldname the grocer', 'Oldnote', '2026-01-01');
    INSERT INTO banks.message (id, bank_id, payment_id, direction, kind, content, at)
    VALUES ('msg_1', 'harbour', 'pay_1', 'sent', 'initiate', '{"remittance": "Oldnote"}', now());
    INSERT INTO banks.notice (bank_id, sha256, body, received_at) VALUES ('harbour', '\\x0a0b', '{"paymentId": "Oldnote"}', now());
    INSERT INTO banks.imported_account (id, customer_id, identity_index, name, format, currency, created_at)
    VALUES ('iac_1', 'cus_000001', '\\x01', 'Oldname imported', 'csv', 'GBP', now());
    INSERT INTO onboarding.workspace (id, bank_id, name_en, name_zh, facts, opened_by, opened_at)
    VALUES ('onb_1', 'harbour', 'H', 'H', '{"supportContact": "Oldname of the bank"}', 'Oldname of staff', now());
    INSERT INTO onboarding.step (workspace_id, step, owner) VALUES ('onb_1', 'legal', 'Oldname of staff');
    INSERT INTO onboarding.sign_off (workspace_id, step, staff_id, staff_name, at) VALUES ('onb_1', 'legal', 'stf_1', 'Oldname of staff', now());
    INSERT INTO onboarding.record (workspace_id, step, what, detail, by, at)
    VALUES ('onb_1', 'legal', 'reopened', 'Oldnote', 'Oldname of staff', now()), ('onb_1', NULL, 'opened', NULL, 'Oldname of staff', now());
    INSERT INTO onboarding.evidence (id, workspace_id, step, kind, title, content, sha256, added_by, added_at)
    VALUES ('evd_1', 'onb_1', 'legal', 'other', 'Oldnote', 'Oldnote', 'x', 'Oldname of staff', now());
    INSERT INTO settlement.statement (id, bank_id, currency, iban, date, opening, closing, sha256, lines, received_at)
    VALUES ('stm_1', 'harbour', 'GBP', 'GB00', '2026-01-01', 0, 1, 'x', 1, now());
    INSERT INTO settlement.line (id, statement_id, sequence, direction, amount, booking_date, counterparty_name, remittance, transfer_id)
    VALUES ('lin_1', 'stm_1', 1, 'credit', 1, '2026-01-01', 'Oldname the grocer', 'Oldnote', 'trf_1');
    INSERT INTO settlement.break (id, kind, bank_id, currency, date, statement_id, line_id, bank_amount, why_en, why_zh, opened_at,
                                  action, note, closed_by, closed_at, transfer_id, proposed_action, proposed_note, proposed_by, proposed_by_id, proposed_at)
    VALUES ('brk_1', 'unexpected_line', 'harbour', 'GBP', '2026-01-01', 'stm_1', 'lin_1', 1, 'w', 'w', now(),
            'write_off', 'Oldnote', 'Oldname of staff, Oldname 2', now(), 'trf_2', 'write_off', 'Oldnote', 'Oldname of staff', 'stf_1', now());
    INSERT INTO settlement.match (break_id, payment_id, amount, note, by, at, transfer_id)
    VALUES ('brk_1', 'pay_1', 1, 'Oldnote', 'Oldname of staff', now(), 'trf_2');
    INSERT INTO payments.staff_case (id, kind, payment_id, bank_id, currency, amount, opened_at, closed_at, outcome, closed_by)
    VALUES ('cse_1', 'outcome_unknown', 'pay_1', 'harbour', 'GBP', 1, now(), now(), 'rejected', 'Oldname of staff');
    INSERT INTO payments.case_action (case_id, at, action, note, by, staff_id, result)
    VALUES ('cse_1', now(), 'give_back', 'Oldnote', 'Oldname of staff', 'stf_1', 'rejected');
    INSERT INTO payments.recall (payment_id, reason, note, by, staff_id, status, asked_at, updated_at)
    VALUES ('pay_1', 'DUPL', 'Oldnote', 'Oldname of staff', 'stf_1', 'asked', now(), now());
  `);
  await migrate(db, migrations);
});
afterAll(async () => {
  await db.close();
  await database.drop();
  await rm(folder, { recursive: true });
});

/** How often the old texts stand anywhere in the tables that hold personal data. */
async function inTheClear(): Promise<number> {
  let count = 0;
  for (const { table } of personalTables) {
    const [row] = await db.query<{ count: bigint }>(
      `SELECT count(*) AS count FROM ${table} t WHERE t::text LIKE '%Oldn%' OR t::text LIKE '%@people.example%'`,
    );
    count += Number(row?.count);
  }
  return count;
}

it("what the release before wrote in the clear is sealed at the first start, and one cut short goes on", async () => {
  expect(await inTheClear()).toBe(customers + 19);

  // The second batch of customers breaks.
  let updates = 0;
  const breaking: Db = {
    ...db,
    query: (text, values, name) => {
      if (text.startsWith("UPDATE identity.customer") && ++updates === 2)
        return Promise.reject(new Error("Connection terminated unexpectedly"));
      return db.query(text, values, name);
    },
  };
  await expect(sealOldRows(breaking, vault, personalTables)).rejects.toThrow("terminated");
  const [left] = await db.query<{ count: bigint }>(
    "SELECT count(*) AS count FROM identity.customer WHERE email IS NOT NULL",
  );
  expect(Number(left?.count)).toBeGreaterThan(0);
  expect(Number(left?.count)).toBeLessThan(customers);

  // Two processes start at once.
  const told: string[] = [];
  await Promise.all(
    [1, 2].map(() =>
      sealOldRows(db, vault, personalTables, ({ table, rows }) => told.push(`${table} ${rows}`)),
    ),
  );
  expect(told).toContain("payments.payment 1");
  expect(await inTheClear()).toBe(0);

  // Each value opens where it belongs, and an address finds its customer.
  const table = (name: string) =>
    personalTables.find(({ table }) => table === name) as (typeof personalTables)[0];
  const people = personalData(vault, table("identity.customer"));
  const rows = await db.query<{ id: string; email_sealed: string; display_name_sealed: string }>(
    "SELECT id, email_sealed, display_name_sealed FROM identity.customer WHERE email_index = $1",
    [people.index("email", "old77@people.example")],
  );
  expect(rows.map(({ id }) => id)).toEqual(["cus_000077"]);
  const place = { id: "cus_000077", subject: "cus_000077" };
  expect(people.open("display_name", place, rows[0]?.display_name_sealed ?? "", "")).toBe("Oldname 77");
  const [request] = await db.query<{ result_sealed: string }>(
    "SELECT result_sealed FROM platform.request WHERE key = 'a'",
  );
  const answer = personalData(vault, table("platform.request")).open(
    "result",
    { id: "a" },
    request?.result_sealed ?? "",
    "",
  );
  expect(JSON.parse(answer)).toEqual({ counterparty: { name: "Oldname 2" } });
  const [notice] = await db.query<{ body_sealed: string }>("SELECT body_sealed FROM banks.notice");
  expect(
    personalData(vault, table("banks.notice")).open("body", { id: "0a0b" }, notice?.body_sealed ?? "", ""),
  ).toBe('{"paymentId": "Oldnote"}');

  // From now on the database itself lets nothing in the clear in, and a later start has nothing to do.
  await expect(
    db.query("UPDATE identity.customer SET display_name = 'Oldname' WHERE id = 'cus_000077'"),
  ).rejects.toThrow("display_name_is_sealed");
  const open = await db.query(
    "SELECT FROM pg_constraint WHERE conname LIKE '%\\_is\\_sealed' AND NOT convalidated",
  );
  expect(open).toEqual([]);
  const statements: string[] = [];
  await sealOldRows(
    {
      ...db,
      query: (text, values) => {
        statements.push(text);
        return db.query(text, values);
      },
    },
    vault,
    personalTables,
  );
  expect(statements).toHaveLength(1);
});

it("every column that is declared has its place and its guard in the schema", async () => {
  for (const { table, id, columns, indexed = [], subject } of personalTables) {
    const found = await db.query<{ name: string }>(
      "SELECT attname AS name FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped",
      [table],
    );
    const wanted = [
      id,
      ...(subject ? [subject] : []),
      ...columns.map((name) => `${name}_sealed`),
      ...indexed.map((name) => `${name}_index`),
    ];
    expect(found.map(({ name }) => name)).toEqual(expect.arrayContaining(wanted));
    for (const column of columns.filter((name) => found.some((one) => one.name === name))) {
      const guards = await db.query(
        "SELECT FROM pg_constraint WHERE conrelid = $1::regclass AND conname = $2",
        [table, `${column}_is_sealed`],
      );
      expect(guards, `${table}.${column}`).toHaveLength(1);
    }
  }
});

it("who was erased is shown as erased, and their words are gone; nothing else is", async () => {
  const erasing = await openVault({
    databaseUrl: database.url,
    providers: await createKeyProviders({ vaultKey: Buffer.alloc(32, 4) }),
    columns: sealedColumns,
    clock: systemClock,
    listen: false,
  });
  try {
    await erasing.ready({ subjects: ["cus_gone", "cus_stays"] });
    for (const id of ["cus_gone", "cus_stays"] as const)
      await insertCustomer(db, erasing, {
        id,
        email: `${id}@people.example`,
        display_name: `Person ${id}`,
        locale: "en",
        created_at: new Date(),
        password_hash: null,
      });
    const noted = async (id: "cus_gone" | "cus_stays") =>
      ({
        id: `pay_of_${id}`,
        customer_id: id,
        note_sealed: await sealNote(
          erasing,
          { id: `pay_of_${id}`, customer_id: id } as never,
          "for the cello",
        ),
      }) as never;
    const payments = [await noted("cus_gone"), await noted("cus_stays")];
    await db.transaction((tx) => erasing.shred(tx, "cus_gone"));
    const rows = await selectCustomers(db, erasing, ["cus_gone", "cus_stays"]);
    expect(Object.fromEntries(rows.map((row) => [row.id, [row.display_name, row.email]]))).toEqual({
      cus_gone: [erasedName, ""],
      cus_stays: ["Person cus_stays", "cus_stays@people.example"],
    });
    expect([...(await notesOf(erasing, payments))]).toEqual([["pay_of_cus_stays", "for the cello"]]);
  } finally {
    await erasing.close();
  }
});
