import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { type ErrorCode, maxImportedLines, maxStatementFileBytes } from "@jinqiao/contract";
import type { DateOrder, StatementFile, StatementProblem } from "@jinqiao/statements";
import { Refusal } from "../platform/errors.ts";

export type ReadingOptions = { currency?: string | undefined; dateOrder?: DateOrder | undefined };

/** Longest that one file may be read, in milliseconds. */
const patienceMs = 30_000;
/** Most memory that reading one file may take, in megabytes. */
const memoryMb = 512;

/** What some files leave open and the customer can say. */
const questions: Partial<Record<StatementProblem, ErrorCode>> = {
  currency_missing: "statement_import.currency_missing",
  date_order_unknown: "statement_import.date_order_unknown",
};

/**
 * Reads a statement file in a thread of its own, bounded in time and memory: a hostile file holds up nobody.
 * @throws Refusal `statement_import.…`; its detail names the line and the reason
 */
export async function readFile(bytes: Uint8Array, options: ReadingOptions): Promise<StatementFile> {
  const worker = new Worker(new URL("./import-worker.ts", import.meta.url), {
    workerData: { bytes, options: { ...options, maxBytes: maxStatementFileBytes } },
    resourceLimits: { maxOldGenerationSizeMb: memoryMb },
  });
  try {
    const [answer] = (await once(worker, "message", { signal: AbortSignal.timeout(patienceMs) })) as [
      | { file: StatementFile }
      | { refused: { problem: StatementProblem; line: number | null; text: { en: string; zh: string } } },
    ];
    if ("refused" in answer) {
      const { problem, line, text } = answer.refused;
      throw new Refusal(questions[problem] ?? "statement_import.unreadable", {
        detail: {
          en: line === null ? text.en : `Line ${line}: ${text.en}`,
          zh: line === null ? text.zh : `第 ${line} 行：${text.zh}`,
        },
      });
    }
    const lines = answer.file.statements.reduce((sum, statement) => sum + statement.lines.length, 0);
    if (lines > maxImportedLines) throw new Refusal("statement_import.too_many_lines");
    return answer.file;
  } catch (error) {
    const { name, code } = error as { name?: string; code?: string };
    // Too long, or too much memory: the file is at fault, not the server.
    if (name === "AbortError" || code === "ERR_WORKER_OUT_OF_MEMORY")
      throw new Refusal("statement_import.unreadable", { cause: error });
    throw error;
  } finally {
    await worker.terminate();
  }
}
