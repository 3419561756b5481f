import { parse } from "csv-parse/sync";
import { StatementError } from "./statement-error.ts";
import { readXls } from "./xls.ts";
import { readXlsx } from "./xlsx.ts";

/** One row of a table with the line of the file (or of the sheet) on which it stands. */
export type Row = { cells: string[]; line: number };
/** Rows of one sheet; a CSV file is one sheet. */
export type Sheet = Row[];

const maxRows = 200_000;
const tooMany = new StatementError("too_large", null, {
  en: `${maxRows.toLocaleString("en")} rows`,
  zh: `${maxRows.toLocaleString("en")} 行`,
});
const maxCellLength = 10_000;

/** Sheets of a spreadsheet, by its first bytes; undefined when it is none. */
export function spreadsheetRows(bytes: Uint8Array): Sheet[] | undefined {
  if (startsWith(bytes, [0x50, 0x4b, 0x03, 0x04])) return readXlsx(bytes, maxRows);
  if (startsWith(bytes, [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1])) return readXls(bytes, maxRows);
  return undefined;
}

const startsWith = (bytes: Uint8Array, head: readonly number[]) =>
  head.every((byte, at) => bytes[at] === byte);

/**
 * Rows of delimited text (RFC 4180 and what people make of it): comma, semicolon, tab or bar, whichever stands most
 * evenly. Quotes may be followed by blanks, rows may be short.
 * @throws StatementError `markup_malformed` with the line, where a quote is never closed
 */
export function delimitedRows(text: string): Sheet {
  try {
    const records = parse(text, {
      delimiter: delimiterOf(text),
      bom: true,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      info: true,
      max_record_size: 1_000_000,
      to: maxRows + 1,
    }) as unknown as { record: string[]; info: { lines: number } }[];
    if (records.length > maxRows) throw tooMany;
    return records.map(({ record, info }) => ({
      cells: record.map(clean),
      line: lineOf(info.lines, record),
    }));
  } catch (error) {
    const { code = "", lines } = error as { code?: string; lines?: number };
    if (!code.startsWith("CSV_")) throw error;
    throw new StatementError("markup_malformed", lines ?? null, code.toLowerCase().replaceAll("_", " "));
  }
}

/** The line on which a record begins: the parser counts where it ends. */
function lineOf(end: number, record: readonly string[]): number {
  const breaks = record.reduce((sum, cell) => sum + (cell.split("\n").length - 1), 0);
  return end - breaks;
}

/** Exports pad cells with blanks and tabs, inside and outside of quotes, so that spreadsheets leave digits alone. */
function clean(cell: string): string {
  const trimmed = cell.trim();
  const unquoted = /^="?(.*?)"?$/.exec(trimmed)?.[1] ?? trimmed;
  return (/^"([^"]*)"$/.exec(unquoted)?.[1] ?? unquoted).trim().slice(0, maxCellLength);
}

function delimiterOf(text: string): string {
  const lines = text.split(/\r?\n/, 200).filter((line) => line.trim() !== "");
  let best = { delimiter: ",", score: 0 };
  for (const delimiter of [",", ";", "\t", "|"]) {
    const counts = new Map<number, number>();
    for (const line of lines) {
      const count = line.replace(/"[^"]*"/g, "").split(delimiter).length;
      if (count > 2) counts.set(count, (counts.get(count) ?? 0) + 1);
    }
    // Tabs pad the cells of comma-separated bills: a comma that is there wins a draw.
    const score = Math.max(0, ...counts.values());
    if (score > best.score) best = { delimiter, score };
  }
  return best.delimiter;
}
