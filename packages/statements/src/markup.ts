import { StatementError } from "./statement-error.ts";

/** One step through angle-bracket text. `line` is where it begins. */
export type MarkupToken =
  | { kind: "open" | "close"; name: string; attributes: string; empty: boolean; line: number }
  | { kind: "text"; text: string; line: number };

const maxTokens = 4_000_000;
const entities: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  nbsp: " ",
};

/**
 * Steps through SGML or XML without building anything, in one pass and without recursion, so that deep or endless
 * nesting costs no more than its bytes. Document types and entity declarations are refused; only the five entities of
 * XML and character references are resolved.
 * @throws StatementError `markup_forbidden`, `markup_malformed`
 */
export function* markupTokens(source: string): Generator<MarkupToken> {
  let position = 0;
  let line = 1;
  let count = 0;
  const advance = (to: number) => {
    for (
      let index = source.indexOf("\n", position);
      index >= 0 && index < to;
      index = source.indexOf("\n", index + 1)
    )
      line += 1;
    position = to;
  };
  while (position < source.length) {
    count += 1;
    if (count > maxTokens) throw new StatementError("markup_malformed", line, "too many elements");
    const start = source.indexOf("<", position);
    const end = start < 0 ? source.length : start;
    if (end > position) {
      const text = source.slice(position, end);
      if (text.trim() !== "") yield { kind: "text", text: resolve(text), line: lineOfText(text, line) };
      advance(end);
      continue;
    }
    if (source.startsWith("<![CDATA[", start)) {
      const close = ending("]]>", start);
      yield { kind: "text", text: source.slice(start + 9, close), line };
      advance(close + 3);
      continue;
    }
    if (source.startsWith("<!--", start)) {
      advance(ending("-->", start) + 3);
      continue;
    }
    if (source.startsWith("<?", start)) {
      advance(ending("?>", start) + 2);
      continue;
    }
    if (source.startsWith("<!", start)) throw new StatementError("markup_forbidden", line);
    const close = ending(">", start);
    const inside = source.slice(start + 1, close);
    const [, slash, name, attributes = ""] = /^(\/?)([A-Za-z_][\w.:-]*)\s*([\s\S]*)$/.exec(inside) ?? [];
    if (name === undefined) throw new StatementError("markup_malformed", line, `<${inside.slice(0, 40)}>`);
    yield {
      kind: slash === "/" ? "close" : "open",
      name,
      attributes,
      empty: attributes.endsWith("/"),
      line,
    };
    advance(close + 1);
  }

  function ending(mark: string, from: number): number {
    const found = source.indexOf(mark, from);
    if (found < 0) throw new StatementError("markup_malformed", line, "the file ends in the middle of a tag");
    return found;
  }
}

/** Text begins where its first visible sign stands. */
function lineOfText(text: string, line: number): number {
  const leading = /^\s*/.exec(text)?.[0] ?? "";
  return line + (leading.split("\n").length - 1);
}

function resolve(text: string): string {
  if (!text.includes("&")) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-fA-F]{1,6})|(\w{1,8}));/g, (whole, decimal, hex, name) => {
    if (name !== undefined) return entities[name as string] ?? whole;
    const code =
      decimal === undefined ? Number.parseInt(hex as string, 16) : Number.parseInt(decimal as string, 10);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
