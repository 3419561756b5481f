import { randomBytes } from "node:crypto";
import { createTestDatabase } from "../../../../../test/support/database.ts";
import { type Clock, systemClock } from "../../platform/clock.ts";
import { createDb } from "../../platform/db.ts";
import { migrate } from "../../platform/migrations.ts";
import {
  type OpenVault,
  openVault,
  type SealedColumn,
  type VaultContext,
  vaultMigrations,
} from "../index.ts";
import { createFileKeyProvider } from "../providers/file.ts";
import type { KeyProvider } from "../types.ts";

/** A table of letters that people wrote, sealed for them, and notes that belong to nobody. */
const columns: readonly SealedColumn[] = [
  { table: "mail.letter", column: "text_sealed", id: "id", subject: "writer" },
  { table: "mail.note", column: "sealed", id: "id", json: true },
];

/** A database with something to seal, and as many processes on it as a test opens. */
export async function createVaultWorld(options: { clock?: Clock } = {}) {
  const { clock = systemClock } = options;
  const database = await createTestDatabase({
    template: {
      name: "vault",
      async migrate(url) {
        const db = createDb({ url });
        await migrate(db, [vaultMigrations]);
        await db.query("CREATE SCHEMA mail");
        await db.query("CREATE TABLE mail.letter (id text PRIMARY KEY, writer text, text_sealed text)");
        await db.query("CREATE TABLE mail.note (id text PRIMARY KEY, sealed jsonb)");
        await db.close();
      },
    },
  });
  const db = createDb({ url: database.url });
  const masterKey = randomBytes(32);
  const opened: OpenVault[] = [];
  const letterPlace = (id: string, writer: string | null): VaultContext => ({
    table: "mail.letter",
    column: "text_sealed",
    row: id,
    ...(writer === null ? {} : { subject: writer }),
  });
  const notePlace = (id: string): VaultContext => ({ table: "mail.note", column: "sealed", row: id });
  return {
    db,
    databaseUrl: database.url,
    masterKey,
    letterPlace,
    notePlace,
    /** Another process of the same installation. */
    async open(more: { providers?: KeyProvider[]; firstMaster?: Uint8Array; listen?: boolean } = {}) {
      const vault = await openVault({
        databaseUrl: database.url,
        providers: [createFileKeyProvider({ keys: [masterKey] })],
        columns,
        clock,
        ...more,
      });
      opened.push(vault);
      return vault;
    },
    async write(vault: Pick<OpenVault, "seal" | "ready">, id: string, writer: string | null, text: string) {
      if (writer !== null) await vault.ready({ subjects: [writer] });
      await db.query("INSERT INTO mail.letter VALUES ($1, $2, $3)", [
        id,
        writer,
        vault.seal(letterPlace(id, writer), text),
      ]);
    },
    async read(vault: OpenVault, id: string): Promise<string> {
      const [row] = await db.query<{ writer: string | null; text_sealed: string }>(
        "SELECT writer, text_sealed FROM mail.letter WHERE id = $1",
        [id],
      );
      if (row === undefined) throw new Error(`no letter ${id}`);
      if (row.writer !== null) await vault.ready({ subjects: [row.writer] });
      return vault.open(letterPlace(id, row.writer), row.text_sealed);
    },
    /** Many notes at once, each with its own id as its text. */
    async noteDown(vault: Pick<OpenVault, "seal">, ids: readonly string[]) {
      await db.query(
        "INSERT INTO mail.note SELECT id, to_jsonb(sealed) FROM unnest($1::text[], $2::text[]) AS n(id, sealed)",
        [ids, ids.map((id) => vault.seal(notePlace(id), id))],
      );
    },
    async sealedTexts(): Promise<string[]> {
      const rows = await db.query<{ sealed: string }>(
        "SELECT text_sealed AS sealed FROM mail.letter UNION ALL SELECT sealed #>> '{}' FROM mail.note",
      );
      return rows.map((row) => row.sealed);
    },
    async close() {
      for (const vault of opened) await vault.close();
      await db.close();
      await database.drop();
    },
  };
}
export type VaultWorld = Awaited<ReturnType<typeof createVaultWorld>>;

/** Waits until something another process was told of is so here. */
export async function eventually(check: () => void): Promise<void> {
  for (let round = 0; ; round += 1) {
    try {
      check();
      return;
    } catch (error) {
      if (round === 400) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
