/** The sandbox's telephones: what the bank's SMS say. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";

export interface Message {
  phone: string;
  code: string;
  textEn: string;
  textZh: string;
  at: Date;
}

export const CODE_LIFE_MS = 5 * 60_000;
export const CODE_ATTEMPTS = 3;

export function newCode(bank: Bank): string {
  return (bank.random.bytes(6).readUIntBE(0, 6) % 1_000_000).toString().padStart(6, "0");
}

export async function sendMessage(
  bank: Bank,
  db: Queryable,
  message: { phone: string; code: string; en: string; zh: string },
): Promise<void> {
  await db.query(
    "INSERT INTO quick_messages (phone, code, text_en, text_zh, at) VALUES ($1, $2, $3, $4, $5)",
    [message.phone, message.code, message.en, message.zh, bank.clock.now()],
  );
}

/** Newest first. */
export async function listMessages(db: Queryable, phone?: string): Promise<Message[]> {
  const { rows } = await db.query<{
    phone: string;
    code: string;
    text_en: string;
    text_zh: string;
    at: Date;
  }>(
    `SELECT phone, code, text_en, text_zh, at FROM quick_messages WHERE $1::text IS NULL OR phone = $1
      ORDER BY id DESC LIMIT 20`,
    [phone ?? null],
  );
  return rows.map((row) => ({
    phone: row.phone,
    code: row.code,
    textEn: row.text_en,
    textZh: row.text_zh,
    at: row.at,
  }));
}
