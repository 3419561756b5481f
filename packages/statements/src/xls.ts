import type { Sheet } from "./rows.ts";
import { StatementError } from "./statement-error.ts";

const damaged = (what: string | { en: string; zh: string }) =>
  new StatementError("archive_malformed", null, what);
const maxSheets = 20;
const maxColumns = 256;

/**
 * Cells of the sheets of an Excel 97–2003 workbook as text. Sources: [MS-CFB] (the container), [MS-XLS] 2.4 (records
 * SST, LABELSST, LABEL, NUMBER, RK, MULRK, FORMULA with its STRING). No formats, no formulas' meaning: the values as stored.
 * @throws StatementError `archive_malformed`
 */
export function readXls(bytes: Uint8Array, maxRows: number): Sheet[] {
  try {
    return sheetsOf(workbookStream(bytes), maxRows);
  } catch (error) {
    if (error instanceof RangeError) throw damaged("xls");
    throw error;
  }
}

/** The stream named Workbook (or Book) of a compound file. Every chain is bounded by the number of sectors. */
function workbookStream(file: Uint8Array): Uint8Array {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const sectorSize = 1 << view.getUint16(30, true);
  const miniSize = 1 << view.getUint16(32, true);
  if (sectorSize < 128 || sectorSize > 4096 || miniSize < 16 || miniSize > sectorSize)
    throw damaged("sector size");
  const sectors = Math.ceil(file.byteLength / sectorSize);
  const offset = (sector: number) => (sector + 1) * sectorSize;

  const fatSectors: number[] = [];
  for (let index = 0; index < 109; index += 1) {
    const sector = view.getUint32(76 + index * 4, true);
    if (sector < 0xfffffffa) fatSectors.push(sector);
  }
  let difat = view.getUint32(68, true);
  for (let step = 0; difat < 0xfffffffa && step < sectors; step += 1) {
    for (let at = 0; at < sectorSize - 4; at += 4) {
      const sector = view.getUint32(offset(difat) + at, true);
      if (sector < 0xfffffffa) fatSectors.push(sector);
    }
    difat = view.getUint32(offset(difat) + sectorSize - 4, true);
  }
  const next = (sector: number): number => {
    const perSector = sectorSize / 4;
    const fat = fatSectors[Math.floor(sector / perSector)];
    if (fat === undefined) throw damaged("sector chain");
    return view.getUint32(offset(fat) + (sector % perSector) * 4, true);
  };
  const chain = (first: number): Uint8Array => {
    const parts: Uint8Array[] = [];
    for (let sector = first; sector < 0xfffffffa; sector = next(sector)) {
      if (parts.length > sectors) throw damaged("sector chain");
      parts.push(file.subarray(offset(sector), offset(sector) + sectorSize));
    }
    return joined(parts);
  };

  const directory = chain(view.getUint32(48, true));
  const entries = new DataView(directory.buffer, directory.byteOffset, directory.byteLength);
  let root: { start: number } | undefined;
  for (let at = 0; at + 128 <= directory.byteLength; at += 128) {
    const nameLength = Math.min(entries.getUint16(at + 64, true), 64);
    const name = new TextDecoder("utf-16le").decode(directory.subarray(at, at + Math.max(nameLength - 2, 0)));
    const start = entries.getUint32(at + 116, true);
    const size = entries.getUint32(at + 120, true);
    if (entries.getUint8(at + 66) === 5) root = { start };
    if (name !== "Workbook" && name !== "Book") continue;
    if (size >= view.getUint32(56, true)) return chain(start).subarray(0, size);
    if (root === undefined) throw damaged("root entry");
    // Short streams lie in the root's stream, in small sectors with a chain of their own.
    const mini = chain(root.start);
    const miniFat = chain(view.getUint32(60, true));
    const links = new DataView(miniFat.buffer, miniFat.byteOffset, miniFat.byteLength);
    const parts: Uint8Array[] = [];
    for (let sector = start; sector < 0xfffffffa; sector = links.getUint32(sector * 4, true)) {
      if (parts.length * miniSize > size) break;
      parts.push(mini.subarray(sector * miniSize, (sector + 1) * miniSize));
    }
    return joined(parts).subarray(0, size);
  }
  throw damaged("no workbook");
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const record = {
  bof: 0x0809,
  continue: 0x003c,
  sst: 0x00fc,
  labelSst: 0x00fd,
  label: 0x0204,
  number: 0x0203,
  rk: 0x027e,
  mulRk: 0x00bd,
  formula: 0x0006,
  string: 0x0207,
  filePass: 0x002f,
  sheetEnd: 0x000a,
} as const;

function sheetsOf(stream: Uint8Array, maxRows: number): Sheet[] {
  const view = new DataView(stream.buffer, stream.byteOffset, stream.byteLength);
  const sheets: Map<number, string[]>[] = [];
  let strings: string[] = [];
  let substream = -1;
  let pending: { row: number; column: number } | undefined;
  const put = (row: number, column: number, text: string) => {
    const sheet = sheets[substream - 1];
    if (sheet === undefined || column >= maxColumns) return;
    if (!sheet.has(row) && sheet.size >= maxRows) throw damaged("rows");
    const cells = sheet.get(row) ?? [];
    while (cells.length < column) cells.push("");
    cells[column] = text.trim();
    sheet.set(row, cells);
  };
  for (let at = 0; at + 4 <= stream.length; ) {
    const type = view.getUint16(at, true);
    const length = view.getUint16(at + 2, true);
    const data = at + 4;
    at = data + length;
    if (type === record.filePass) throw damaged({ en: "it is protected by a password", zh: "已加密" });
    if (type === record.bof) {
      substream += 1;
      if (substream > maxSheets) break;
      if (substream > 0) sheets.push(new Map());
    } else if (type === record.sst) {
      const segments = [stream.subarray(data, at)];
      while (at + 4 <= stream.length && view.getUint16(at, true) === record.continue) {
        const more = view.getUint16(at + 2, true);
        segments.push(stream.subarray(at + 4, at + 4 + more));
        at += 4 + more;
      }
      strings = sharedStrings(segments);
    } else if (substream > 0 && length >= 6) {
      const row = view.getUint16(data, true);
      const column = view.getUint16(data + 2, true);
      if (type === record.labelSst) put(row, column, strings[view.getUint32(data + 6, true)] ?? "");
      else if (type === record.label) put(row, column, unicode(stream.subarray(data + 6, at)));
      else if (type === record.number) put(row, column, numberText(view.getFloat64(data + 6, true)));
      else if (type === record.rk) put(row, column, rkText(view.getUint32(data + 6, true)));
      else if (type === record.mulRk)
        for (let index = 0; data + 4 + index * 6 + 6 <= at - 2; index += 1)
          put(row, column + index, rkText(view.getUint32(data + 4 + index * 6 + 2, true)));
      else if (type === record.formula) {
        // Two bytes of ones mark a result that is no number; text then follows in a record of its own.
        if (view.getUint16(data + 12, true) !== 0xffff)
          put(row, column, numberText(view.getFloat64(data + 6, true)));
        else pending = { row, column };
      } else if (type === record.string && pending !== undefined) {
        put(pending.row, pending.column, unicode(stream.subarray(data, at)));
        pending = undefined;
      }
    }
  }
  return sheets.map((sheet) =>
    [...sheet]
      .sort(([a], [b]) => a - b)
      .map(([row, cells]) => ({ cells: Array.from(cells, (cell) => cell ?? ""), line: row + 1 }))
      .filter(({ cells }) => cells.some((cell) => cell !== "")),
  );
}

/** The shortest decimal that means this very number: what a person typed comes back exactly. */
const numberText = (value: number): string => (Number.isFinite(value) ? String(value) : "");

/** RK: an integer or the upper half of a double, perhaps in hundredths ([MS-XLS] 2.5.217). */
function rkText(rk: number): string {
  const hundredths = (rk & 1) !== 0;
  if ((rk & 2) !== 0) {
    const integer = rk >> 2;
    if (!hundredths) return String(integer);
    const digits = String(Math.abs(integer)).padStart(3, "0");
    return `${integer < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
  }
  const view = new DataView(new ArrayBuffer(8));
  view.setUint32(4, rk & 0xfffffffc, true);
  const value = view.getFloat64(0, true);
  return numberText(hundredths ? value / 100 : value);
}

/** A string with a two-byte length and its flags. */
function unicode(bytes: Uint8Array): string {
  const count = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8);
  const wide = ((bytes[2] ?? 0) & 1) !== 0;
  return wide
    ? new TextDecoder("utf-16le").decode(bytes.subarray(3, 3 + count * 2))
    : new TextDecoder("windows-1252").decode(bytes.subarray(3, 3 + count));
}

/** The shared strings; one that runs over into a CONTINUE record names its width there anew ([MS-XLS] 2.5.293). */
function sharedStrings(segments: readonly Uint8Array[]): string[] {
  const strings: string[] = [];
  let segment = 0;
  let at = 8;
  const current = () => segments[segment] ?? new Uint8Array();
  const settle = () => {
    while (segment < segments.length && at >= current().length) {
      at -= current().length;
      segment += 1;
    }
  };
  const byte = () => {
    settle();
    const value = current()[at] ?? 0;
    at += 1;
    return value;
  };
  const u16 = () => byte() | (byte() << 8);
  const u32 = () => u16() | (u16() << 16);
  const head = segments[0];
  if (head === undefined || head.length < 8) return strings;
  const unique = new DataView(head.buffer, head.byteOffset, head.byteLength).getUint32(4, true);
  for (let index = 0; index < unique && segment < segments.length; index += 1) {
    settle();
    if (segment >= segments.length) break;
    let left = u16();
    let flags = byte();
    const runs = (flags & 8) !== 0 ? u16() : 0;
    const extra = (flags & 4) !== 0 ? u32() : 0;
    let text = "";
    while (left > 0 && segment < segments.length) {
      if (at >= current().length) {
        at = 0;
        segment += 1;
        if (segment >= segments.length) break;
        flags = byte();
      }
      const wide = (flags & 1) !== 0;
      const room = wide ? Math.floor((current().length - at) / 2) : current().length - at;
      const take = Math.min(left, room);
      if (take === 0) throw damaged("shared strings");
      const bytes = current().subarray(at, at + (wide ? take * 2 : take));
      text += new TextDecoder(wide ? "utf-16le" : "windows-1252").decode(bytes);
      at += bytes.length;
      left -= take;
    }
    at += runs * 4 + extra;
    strings.push(text);
  }
  return strings;
}
