import type { Notice } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Identity } from "../identity/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { groupOf, listedOf } from "./render.ts";
import * as sql from "./sql.ts";

export type NoticesDeps = { db: Db; clock: Clock; messages: Identity["messages"]; url: string };

/** The list of notices inside the wallet: for who reads neither mail nor push, and to look things up. */
export function createNotices({ db, clock, messages, url }: NoticesDeps) {
  return {
    async list(customerId: Id<"cus">, query: { cursor?: string | undefined; limit?: number | undefined }) {
      const limit = query.limit ?? 20;
      const rows = await sql.selectNotices(db, customerId, { cursor: query.cursor, limit: limit + 1 });
      const shown = rows.slice(0, limit);
      const [items, unread] = await Promise.all([
        Promise.all(shown.map((row) => noticeOf(row))),
        sql.countUnread(db, customerId),
      ]);
      return {
        items: items.filter((item) => item !== undefined),
        nextCursor: rows.length > limit ? (shown.at(-1)?.message_id ?? null) : null,
        unread,
      };
    },
    markRead: (customerId: Id<"cus">, upTo: string) => sql.markRead(db, customerId, upTo, clock.now()),
  };

  async function noticeOf(row: sql.NoticeRow): Promise<Notice | undefined> {
    const message = await messages.byId(row.message_id);
    if (message === undefined) return undefined;
    const { content } = message;
    const en = listedOf(content, "en", url);
    const zh = listedOf(content, "zh", url);
    return {
      id: row.message_id,
      group: groupOf(content.kind),
      kind: content.kind,
      title: { en: en.title, zh: zh.title },
      text: { en: en.text, zh: zh.text },
      at: row.at.toISOString(),
      read: row.read_at !== null,
      // Tokens that undo something stay in the mail: a thief who holds the session must not stop a recovery.
      action:
        "paymentId" in content
          ? { kind: "payment", paymentId: content.paymentId as Id<"pay"> }
          : { kind: "security" },
    };
  }
}
