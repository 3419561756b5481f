import { TextDecoder } from "node:util";
import { Iso20022Error } from "../errors.ts";
import type { Source } from "../types.ts";

/** Pieces of at most this many bytes or characters, so that limits are looked at often. */
const PIECE = 65_536;
/** An XML declaration that is longer than this is none. */
const SNIFFED = 512;

/**
 * Encodings that banks use and that the runtime decodes. XML 1.0, section 4.3.3, demands UTF-8 and UTF-16 only; GB18030
 * is the national standard of China. As everywhere on the web, ISO-8859-1 is read as its superset Windows-1252.
 */
const labels = new Map([
  ["utf-8", "utf-8"],
  ["utf8", "utf-8"],
  ["us-ascii", "utf-8"],
  ["ascii", "utf-8"],
  ["utf-16", "utf-16"],
  ["utf-16le", "utf-16le"],
  ["utf-16be", "utf-16be"],
  ["iso-8859-1", "windows-1252"],
  ["latin1", "windows-1252"],
  ["windows-1252", "windows-1252"],
  ["iso-8859-2", "iso-8859-2"],
  ["windows-1250", "windows-1250"],
  ["iso-8859-15", "iso-8859-15"],
  ["gb18030", "gb18030"],
  ["gbk", "gb18030"],
  ["gb2312", "gb18030"],
]);

/**
 * Text of an XML file in small pieces, without a byte order mark. A text that is already decoded is taken as it is,
 * whatever encoding its declaration names.
 * @throws Iso20022Error `encoding`, `truncated` (the file ends inside a character)
 */
export async function* decode(source: Source): AsyncGenerator<string, void, undefined> {
  if (typeof source === "string") {
    const start = source.startsWith("\uFEFF") ? 1 : 0;
    for (let at = start; at < source.length; at += PIECE) yield source.slice(at, at + PIECE);
    return;
  }
  const chunks = source instanceof Uint8Array ? [source] : source;
  let head: Uint8Array | undefined = new Uint8Array(0);
  let decoder: TextDecoder | undefined;
  // For the place of a byte that is no character; the lines before it have been handed on already.
  let line = 1;
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (head !== undefined) {
      bytes = joined(head, chunk);
      if (bytes.length < SNIFFED) {
        head = bytes;
        continue;
      }
      head = undefined;
      decoder = decoderFor(bytes);
    }
    for (let at = 0; at < bytes.length; at += PIECE) {
      const text = decodePiece(decoder as TextDecoder, bytes.subarray(at, at + PIECE), line);
      line += newlinesIn(text);
      yield text;
    }
  }
  if (head !== undefined) {
    decoder = decoderFor(head);
    const text = decodePiece(decoder, head, 1);
    line += newlinesIn(text);
    yield text;
  }
  try {
    const rest = decoder?.decode() ?? "";
    if (rest !== "") yield rest;
  } catch {
    const detail = { en: "inside a character", zh: "在一个字符中间" };
    throw new Iso20022Error("truncated", detail, { line, column: 1 });
  }
}

function decodePiece(decoder: TextDecoder, bytes: Uint8Array, line: number): string {
  try {
    return decoder.decode(bytes, { stream: true });
  } catch {
    const before = new TextDecoder(decoder.encoding).decode(bytes).split("\uFFFD")[0] ?? "";
    const at = { line: line + newlinesIn(before), column: before.length - before.lastIndexOf("\n") };
    const detail = {
      en: `a byte is not ${decoder.encoding.toUpperCase()}, the encoding of the file`,
      zh: `有字节不符合文件的编码 ${decoder.encoding.toUpperCase()}`,
    };
    throw new Iso20022Error("encoding", detail, at);
  }
}

/** By the byte order mark, else by the first bytes (XML 1.0, appendix F), else by the declaration, else UTF-8. */
function decoderFor(bytes: Uint8Array): TextDecoder {
  const [a = 0, b = 0, c = 0, d = 0] = bytes;
  const found =
    a === 0xef && b === 0xbb && c === 0xbf
      ? "utf-8"
      : a === 0xfe && b === 0xff
        ? "utf-16be"
        : a === 0xff && b === 0xfe
          ? "utf-16le"
          : a === 0 && b === 0x3c && c === 0
            ? "utf-16be"
            : a === 0x3c && b === 0 && d === 0
              ? "utf-16le"
              : undefined;
  if (a === 0x4c && b === 0x6f && c === 0xa7 && d === 0x94) throw unreadable("EBCDIC");
  const ascii = new TextDecoder(found ?? "windows-1252").decode(bytes.subarray(0, SNIFFED));
  const written = /^\s*<\?xml[^>]*?encoding\s*=\s*["']([\w.:-]+)["']/i.exec(ascii)?.[1];
  const declared = written === undefined ? undefined : labels.get(written.toLowerCase());
  if (written !== undefined && declared === undefined) throw unreadable(written);
  // A declaration that contradicts the bytes means that somebody converted the file and forgot to say so.
  const isUtf16 = found?.startsWith("utf-16") ?? false;
  const contradicts =
    declared !== undefined &&
    (found === "utf-8" ? declared !== "utf-8" : isUtf16 !== declared.startsWith("utf-16"));
  if (contradicts) {
    const really = (found ?? "one byte a character").toUpperCase();
    throw new Iso20022Error(
      "encoding",
      { en: `it claims ${written} but is ${really}`, zh: `声明为 ${written}，实际为 ${really}` },
      { line: 1, column: 1 },
    );
  }
  return new TextDecoder(found ?? declared ?? "utf-8", { fatal: true });
}

function unreadable(encoding: string): Iso20022Error {
  const detail = {
    en: `the encoding ${encoding.slice(0, 40)} is not read; use UTF-8`,
    zh: `不支持编码 ${encoding.slice(0, 40)}，请使用 UTF-8`,
  };
  return new Iso20022Error("encoding", detail, { line: 1, column: 1 });
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one.length === 0) return other;
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

function newlinesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) count += 1;
  return count;
}
