import type { References, Tag } from "./statement.ts";

export type Details = {
  description: string | null;
  /** Transaction code and posting text, as the bank calls the booking. */
  code: string | null;
  name: string | null;
  account: string | null;
  bank: string | null;
  references: References;
  tags: Tag[];
};

/**
 * Reads field 86, "information to account owner". Three manners are known: numbered subfields behind a three-digit
 * code (`166?00GUTSCHRIFT?20…`; Deutsche Kreditwirtschaft, DFÜ-Abkommen, Anlage 3, chapter 8), slash codes
 * (`/EREF/…/NAME/…`, Dutch banks), and free text, which stays as it is.
 */
export function structuredDetails(text: string): Details {
  const joined = text.replaceAll("\n", "");
  const separator = /^\d{3}([^0-9A-Za-z\s/])\d{2}/.exec(joined)?.[1];
  if (separator !== undefined) return numbered(joined, separator);
  if (/^\/[A-Z]{4}\//.test(joined)) return slashed(joined);
  const free = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .join("\n");
  return { ...nothing, description: free === "" ? null : free, references: {}, tags: [] };
}

const nothing = { description: null, code: null, name: null, account: null, bank: null };

function numbered(text: string, separator: string): Details {
  const parts = new Map<string, string>();
  const tags: Tag[] = [];
  const purpose: string[] = [];
  const more: string[] = [];
  // An unknown separator of one sign; every subfield begins with it and two digits.
  const pieces = text.slice(3).split(separator);
  const merged: string[] = [];
  for (const piece of pieces.slice(1)) {
    // The sign itself may stand in the text: then no number follows it.
    if (/^\d{2}/.test(piece)) merged.push(piece);
    else if (merged.length > 0) merged[merged.length - 1] += separator + piece;
  }
  for (const piece of merged) {
    const code = piece.slice(0, 2);
    const value = piece.slice(2);
    if (/^2\d$/.test(code)) purpose.push(value);
    else if (/^6[0-3]$/.test(code)) more.push(value);
    else if (["00", "30", "31"].includes(code)) parts.set(code, value);
    else if (code === "32" || code === "33") parts.set("32", (parts.get("32") ?? "") + value);
    else if (code === "38") {
      parts.set("38", value);
      tags.push({ name: "86?38", value });
    } else tags.push({ name: `86?${code}`, value });
  }
  const known = sepaWords(purpose.join(""));
  // Subfields 60 to 63 continue the purpose and never a reference before them.
  const rest = sepaWords(more.join(""));
  return {
    description: [known.purpose, rest.purpose].filter(Boolean).join(" ") || null,
    code: [text.slice(0, 3), parts.get("00")].filter(Boolean).join(" "),
    name: visible(parts.get("32")),
    account: visible(parts.get("31")) ?? visible(parts.get("38")),
    bank: visible(parts.get("30")),
    references: { ...rest.references, ...known.references },
    tags: [...tags, ...known.tags, ...rest.tags],
  };
}

const visible = (text: string | undefined): string | null => text?.trim() || null;

const sepaWord = /(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|PURP)\+/g;

/** SEPA keywords inside the purpose lines: `EREF+…MREF+…SVWZ+…`. */
function sepaWords(text: string): { purpose: string; references: References; tags: Tag[] } {
  const references: References = {};
  const tags: Tag[] = [];
  const marks = [...text.matchAll(sepaWord)];
  if (marks.length === 0) return { purpose: text.trim(), references, tags };
  let purpose = text.slice(0, marks[0]?.index).trim();
  marks.forEach((mark, index) => {
    const value = text.slice(mark.index + mark[0].length, marks[index + 1]?.index).trim();
    const word = mark[1];
    if (word === "SVWZ") purpose = [purpose, value].filter(Boolean).join(" ");
    else if (word === "EREF") references.endToEnd = value;
    else if (word === "KREF") references.customer = value;
    else if (word === "MREF") references.mandate = value;
    else if (word === "CRED") references.creditor = value;
    else tags.push({ name: word ?? "", value });
  });
  return { purpose, references, tags };
}

/** `/EREF/value/BENM//NAME/value/REMI/value`: a code is four capitals, and may hold others. */
function slashed(text: string): Details {
  const tags: Tag[] = [];
  const references: References = {};
  let name: string | null = null;
  let account: string | null = null;
  let bank: string | null = null;
  let description: string | null = null;
  const marks = [...text.matchAll(/\/([A-Z]{4})\//g)];
  marks.forEach((mark, index) => {
    const value = text
      .slice(mark.index + mark[0].length, marks[index + 1]?.index)
      .replace(/^\/+|\/+$/g, "")
      .trim();
    const word = mark[1] ?? "";
    if (value === "") return;
    if (word === "NAME") name = value;
    else if (word === "IBAN") account = value;
    else if (word === "REMI") description = value;
    else if (word === "EREF") references.endToEnd = value;
    else if (word === "MARF") references.mandate = value;
    else if (word === "CSID") references.creditor = value;
    else if (word.startsWith("BIC")) bank = value;
    else tags.push({ name: word, value });
  });
  return { description, code: null, name, account, bank, references, tags };
}
