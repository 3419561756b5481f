import type { FieldProblem } from "../errors.ts";

/**
 * Texts that no PostgreSQL text or jsonb can hold: the character U+0000, and halves of surrogate pairs, which JSON
 * lets through (RFC 8259, section 8.2). Refused at the door, so that no module meets them.
 * Source: PostgreSQL documentation, sections 8.3 and 8.14.
 */
export function unstorableTexts(value: unknown): FieldProblem[] {
  const problems: FieldProblem[] = [];
  // The parser has bounded the size, and an own stack holds any depth.
  const waiting: { path: string; value: unknown }[] = [{ path: "", value }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, value: here } = next;
    if (typeof here === "string") {
      if (here.includes("\u0000") || !here.isWellFormed())
        problems.push({ field: path === "" ? "body" : path, code: "field.invalid" });
    } else if (typeof here === "object" && here !== null && !ArrayBuffer.isView(here))
      for (const [key, inner] of Object.entries(here))
        waiting.push({ path: path === "" ? key : `${path}.${key}`, value: inner });
  }
  return problems;
}
