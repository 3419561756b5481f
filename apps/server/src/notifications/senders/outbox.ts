import type { Channel } from "../../identity/index.ts";
import type { Clock } from "../../platform/clock.ts";
import type { Db } from "../../platform/db.ts";
import type { Vault } from "../../vault/index.ts";
import type { MessageSender, Outgoing } from "./sender.ts";

/** A message as the outbox page shows it. */
export type KeptMessage = {
  id: string;
  at: Date;
  channel: Channel;
  to: string;
  locale: "zh" | "en" | null;
  kind: string;
  subject: string;
  text: string;
  code: string | null;
  link: string | null;
};
type Kept = Omit<KeptMessage, "id" | "at">;
type Row = { id: bigint; reference: string; sealed: string; at: Date };

/** So many messages are kept; a demo's earlier ones are forgotten. */
const keptMessages = 500;

/** The other sender of every channel: a demo keeps its messages in the database and shows them on a page. */
export function createOutbox(deps: { db: Db; clock: Clock; vault: Vault }) {
  const { db, clock, vault } = deps;
  const place = (reference: string) => ({
    table: "notifications.outbox",
    column: "sealed",
    row: reference,
  });
  const indexOf = (to: string) =>
    vault.blindIndex({ table: "notifications.outbox", column: "to" }, to.trim().toLowerCase());

  async function keep(message: Outgoing): Promise<void> {
    const { reference, channel, to, locale, kind, text, code, link } = message;
    const subject =
      message.channel === "email" ? message.subject : message.channel === "push" ? message.title : "";
    const kept: Kept = { channel, to, locale, kind, subject, text, code, link };
    await db.query(
      `INSERT INTO notifications.outbox (reference, to_index, sealed, at) VALUES ($1, $2, $3, $4)
       ON CONFLICT (reference) DO NOTHING`,
      [reference, indexOf(to), vault.seal(place(reference), JSON.stringify(kept)), clock.now()],
    );
  }

  return {
    sender: <C extends Channel>(channel: C): MessageSender<C> => ({
      channel,
      name: "outbox",
      async send(message) {
        await keep(message);
        return { outcome: "accepted" };
      },
      async close() {},
    }),
    /** Newest first. */
    async list({ to, limit = 50 }: { to?: string | undefined; limit?: number | undefined }) {
      const rows = await db.query<Row>(
        `SELECT id, reference, sealed, at FROM notifications.outbox
          WHERE $1::bytea IS NULL OR to_index = $1 ORDER BY id DESC LIMIT $2`,
        [to === undefined ? null : indexOf(to), limit],
      );
      return rows.map(
        (row): KeptMessage => ({
          ...(JSON.parse(vault.open(place(row.reference), row.sealed)) as Kept),
          id: String(row.id),
          at: row.at,
        }),
      );
    },
    /** Forgets all but the newest. */
    async forget(): Promise<void> {
      await db.query(
        `DELETE FROM notifications.outbox WHERE id <= (
           SELECT id FROM notifications.outbox ORDER BY id DESC OFFSET $1 LIMIT 1)`,
        [keptMessages],
      );
    },
  };
}

export type Outbox = ReturnType<typeof createOutbox>;
