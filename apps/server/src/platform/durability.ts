import type { Db } from "./db.ts";

/** Settings without which PostgreSQL may forget a commit it has confirmed, or tear a page, when the power fails. */
const needed = ["fsync", "synchronous_commit", "full_page_writes"] as const;

/**
 * Refuses a database that may lose what it has confirmed: no money moves there.
 * Source: PostgreSQL documentation, "Write Ahead Log" settings.
 * @throws Error in one sentence that names the setting and the remedy
 */
export async function requireDurable(db: Db): Promise<void> {
  const off = await settingsOff(db);
  if (off.length > 0)
    throw new Error(
      `PostgreSQL runs with ${off.join(" = off, ")} = off and may lose money it has confirmed: set it to on in postgresql.conf and restart PostgreSQL.`,
    );
}

/** True while the database answers and keeps what it confirms. */
export async function isDurable(db: Db): Promise<boolean> {
  return (await settingsOff(db)).length === 0;
}

async function settingsOff(db: Db): Promise<string[]> {
  const rows = await db.query<{ name: string; setting: string }>(
    "SELECT name, current_setting(name) AS setting FROM unnest($1::text[]) AS name",
    [needed],
  );
  return rows.filter((row) => row.setting === "off").map((row) => row.name);
}
