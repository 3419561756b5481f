import type { SetupText } from "@jinqiao/server/embedded-postgres";
import type { Keys } from "@jinqiao/server/keys";
import { inLanguage } from "../terminal.ts";

/** The result for `--json`, the same in words, and the exit code. */
export type Answer = { result: unknown; text: string; code: number };

export type Resealed = Awaited<ReturnType<Keys["reseal"]["run"]>>;

/** An answer that counts as failed when values were met that do not open. */
export function answerOf(result: unknown, text: SetupText, resealed?: Resealed): Answer {
  const failed = resealed?.failed ?? [];
  if (failed.length === 0) return { result, text: inLanguage(text), code: 0 };
  const rows = failed
    .slice(0, 20)
    .map(({ table, column, row, reason }) => `  ${table}.${column} ${row}: ${reason}`);
  const note = inLanguage({
    en: `${failed.length} value(s) do not open; they are damaged, or their key is lost:`,
    zh: `有 ${failed.length} 项无法解密：数据已损坏，或其密钥已丢失：`,
  });
  return { result, text: `${inLanguage(text)}\n${note}\n${rows.join("\n")}`, code: 1 };
}
