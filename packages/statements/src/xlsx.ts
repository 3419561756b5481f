import { unzipSync } from "fflate";
import { markupTokens } from "./markup.ts";
import type { Sheet } from "./rows.ts";
import { StatementError } from "./statement-error.ts";

/** Most bytes that one part of a workbook may hold unpacked, so that a small file cannot fill the memory. */
const maxPartBytes = 100 * 1024 * 1024;
const maxSheets = 20;
const maxColumns = 256;

/**
 * Cells of the sheets of an Office Open XML workbook as text (ECMA-376 part 1, 18.3 and 18.4). Formats are not
 * applied: a date that is stored as a number is turned into a date only where its style says so.
 * @throws StatementError `archive_malformed`
 */
export function readXlsx(bytes: Uint8Array, maxRows: number): Sheet[] {
  const parts = unpack(bytes);
  const text = (name: string) => new TextDecoder().decode(parts[name] ?? new Uint8Array());
  const strings = sharedStrings(text("xl/sharedStrings.xml"));
  const dates = dateStyles(text("xl/styles.xml"));
  return Object.keys(parts)
    .filter((name) => /^xl\/worksheets\/sheet\d+\.xml$/.test(name))
    .sort((a, b) => Number(/\d+/.exec(a)) - Number(/\d+/.exec(b)))
    .slice(0, maxSheets)
    .map((name) => sheetOf(text(name), strings, dates, maxRows));
}

function unpack(bytes: Uint8Array): Record<string, Uint8Array> {
  let total = 0;
  try {
    return unzipSync(bytes, {
      filter: ({ name, originalSize }) => {
        if (!/^xl\/(?:sharedStrings|styles|worksheets\/sheet\d+)\.xml$/.test(name)) return false;
        total += originalSize;
        if (total > maxPartBytes) throw new StatementError("archive_malformed", null, name);
        return true;
      },
    });
  } catch (error) {
    if (error instanceof StatementError) throw error;
    throw new StatementError("archive_malformed", null, error instanceof Error ? error.message : "zip");
  }
}

function sharedStrings(xml: string): string[] {
  const strings: string[] = [];
  let inText = false;
  let phonetic = false;
  for (const token of markupTokens(xml)) {
    if (token.kind === "text") {
      if (inText && !phonetic) strings[strings.length - 1] += token.text;
    } else if (token.name === "si" && token.kind === "open") strings.push("");
    else if (token.name === "rPh") phonetic = token.kind === "open";
    else if (token.name === "t") inText = token.kind === "open" && !token.empty;
  }
  return strings;
}

/** Numbers of the cell styles that show dates (built-in formats 14–22 and own ones with y, m and d). */
function dateStyles(xml: string): Set<number> {
  const own = new Set<number>();
  const styles = new Set<number>();
  let inCells = false;
  let index = 0;
  for (const token of markupTokens(xml)) {
    if (token.kind === "text") continue;
    if (token.name === "cellXfs") inCells = token.kind === "open";
    if (token.kind !== "open") continue;
    const format = Number(/numFmtId="(\d+)"/.exec(token.attributes)?.[1] ?? 0);
    if (token.name === "numFmt" && /[yd]/i.test(/formatCode="([^"]*)"/.exec(token.attributes)?.[1] ?? ""))
      own.add(format);
    if (token.name === "xf" && inCells) {
      if ((format >= 14 && format <= 22) || own.has(format)) styles.add(index);
      index += 1;
    }
  }
  return styles;
}

function sheetOf(
  xml: string,
  strings: readonly string[],
  dates: ReadonlySet<number>,
  maxRows: number,
): Sheet {
  const rows: Sheet = [];
  let cell = { column: 0, type: "", style: 0 };
  let reading = false;
  let content = "";
  for (const token of markupTokens(xml)) {
    if (token.kind === "text") {
      if (reading) content += token.text;
      continue;
    }
    const opens = token.kind === "open";
    if (token.name === "row" && opens) {
      if (rows.length >= maxRows) throw new StatementError("archive_malformed", maxRows, "rows");
      rows.push({ cells: [], line: Number(/\br="(\d+)"/.exec(token.attributes)?.[1] ?? rows.length + 1) });
    } else if (token.name === "c" && opens) {
      const reference = /\br="([A-Z]{1,3})\d+"/.exec(token.attributes)?.[1];
      cell = {
        column: reference === undefined ? (rows.at(-1)?.cells.length ?? 0) : columnOf(reference),
        type: /\bt="(\w+)"/.exec(token.attributes)?.[1] ?? "n",
        style: Number(/\bs="(\d+)"/.exec(token.attributes)?.[1] ?? 0),
      };
      content = "";
    } else if (token.name === "v" || token.name === "t") reading = opens && !token.empty;
    else if (token.name === "c" && cell.column < maxColumns) {
      const row = rows.at(-1);
      if (row === undefined) continue;
      while (row.cells.length < cell.column) row.cells.push("");
      row.cells[cell.column] = (
        cell.type === "s"
          ? (strings[Number(content)] ?? "")
          : cell.type === "n"
            ? dates.has(cell.style)
              ? serialDate(content)
              : shortest(content)
            : content
      ).trim();
    }
  }
  return rows.filter(({ cells }) => cells.some((one) => one !== ""));
}

function columnOf(letters: string): number {
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

/** Numbers are stored with up to 17 digits (`548.58000000000004`): the shortest decimal of that number is what was typed. */
function shortest(text: string): string {
  return /[.eE]/.test(text) && Number.isFinite(Number(text)) ? String(Number(text)) : text;
}

/** Day number of a spreadsheet (days since 30 December 1899, fraction of a day behind the point) as a date and time. */
function serialDate(text: string): string {
  const serial = Number(text);
  if (text === "" || !Number.isFinite(serial) || serial < 1 || serial > 80_000) return text;
  const at = new Date(Date.UTC(1899, 11, 30) + Math.round(serial * 86_400) * 1000).toISOString();
  return Number.isInteger(serial) ? at.slice(0, 10) : at.slice(0, 19).replace("T", " ");
}
