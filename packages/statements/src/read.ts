import { isCamt, readCamt } from "./camt.ts";
import { isMt940, readMt940 } from "./mt940.ts";
import { isOfx, ofxEncoding, readOfx } from "./ofx.ts";
import { delimitedRows, spreadsheetRows } from "./rows.ts";
import type { StatementFile } from "./statement.ts";
import { StatementError } from "./statement-error.ts";
import { readTable, type TableOptions } from "./table.ts";
import { decodeText } from "./text.ts";

/** Most bytes of a file that is read whole. */
const maxStatementBytes = 20 * 1024 * 1024;

export type ReadOptions = TableOptions & {
  /** Most bytes of the file; `maxStatementBytes` when absent. */
  maxBytes?: number;
};

/**
 * Reads a statement file of any known format, told by its content and never by its name.
 * @param options `currency` and `dateOrder` answer what some files leave open; where the file says it itself, they are not used
 * @throws StatementError one precise reason, with the line where there is one
 */
export async function readStatement(bytes: Uint8Array, options: ReadOptions = {}): Promise<StatementFile> {
  const limit = options.maxBytes ?? maxStatementBytes;
  if (bytes.byteLength === 0) throw new StatementError("empty", null);
  if (bytes.byteLength > limit)
    throw new StatementError("too_large", null, `${Math.floor(limit / 1024 / 1024)} MB`);
  const sheets = spreadsheetRows(bytes);
  if (sheets !== undefined) return recognised(readTable(sheets, options));

  const head = new TextDecoder("windows-1252").decode(bytes.subarray(0, 2_000));
  const text = decodeText(bytes, ofxEncoding(head));
  if (text.trim() === "") throw new StatementError("empty", null);
  if (isMt940(text)) return readMt940(text, options);
  if (isCamt(head)) return readCamt(bytes);
  if (isOfx(text)) return readOfx(text);
  if (text.includes("\0") || /^\s*</.test(text)) throw new StatementError("not_recognised", null);
  return recognised(readTable([delimitedRows(text)], options));
}

function recognised(file: StatementFile | undefined): StatementFile {
  if (file === undefined) throw new StatementError("not_recognised", null);
  return file;
}
