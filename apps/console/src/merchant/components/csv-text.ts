import { csvField } from "../../features/trial-balance/csv.ts";

/** CSV by RFC 4180 (CRLF, quotes doubled), with a byte order mark so that spreadsheets read Chinese text rightly. */
export function csvText(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return `\uFEFF${[header, ...rows].map((row) => `${row.map(csvField).join(",")}\r\n`).join("")}`;
}
