/**
 * Finds our references in what banks write. A reference is `JQ` and 26 characters of Crockford's base 32, which has
 * neither I, L, O nor U: who types I or L means 1, and who types O means 0.
 */
export type Sighted =
  /** Written as it is, alone. */
  | { as: "same" }
  /** Written as it is, among other words. */
  | { as: "in_text" }
  /** Only its beginning: the bank's field was too short. */
  | { as: "cut" }
  /** With so many characters wrong, missing or too many. */
  | { as: "slip"; edits: number };

/** More wrong characters than this may be another reference. */
export const mostEdits = 3;
/** `JQ`, the ten characters that tell the time, and six that are chance: no two payments share so many. */
const shortestCut = 18;

/** Capitals and digits only, with the letters that the alphabet lacks read as the digits they are mistaken for. */
export function normalReference(written: string): string {
  return written
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, "")
    .replace(/[IL]/g, "1")
    .replaceAll("O", "0");
}

/** How a reference stands in one field of a statement line; null when it does not. */
export function sightReference(reference: string, field: string): Sighted | null {
  const wanted = normalReference(reference);
  const text = normalReference(field);
  if (wanted.length === 0) return null;
  if (text === wanted) return { as: "same" };
  if (Math.min(text.length, wanted.length) < shortestCut) return null;
  if (text.includes(wanted)) return { as: "in_text" };
  if (wanted.startsWith(text)) return { as: "cut" };
  const edits = fewestEdits(wanted, text);
  return edits <= mostEdits ? { as: "slip", edits } : null;
}

/**
 * The fewest insertions, deletions and replacements that make the pattern a part of the text (Sellers 1980: edit
 * distance whose start and end in the text are free). Two neighbours exchanged count as one (Damerau 1964).
 */
export function fewestEdits(pattern: string, text: string): number {
  let before: number[] = [];
  let last = Array.from({ length: pattern.length + 1 }, (_, row) => row);
  let best = pattern.length;
  for (let column = 1; column <= text.length; column += 1) {
    const now = [0];
    for (let row = 1; row <= pattern.length; row += 1) {
      const same = pattern[row - 1] === text[column - 1];
      let fewest = Math.min(
        (last[row - 1] as number) + (same ? 0 : 1),
        (last[row] as number) + 1,
        (now[row - 1] as number) + 1,
      );
      const isExchange =
        row > 1 &&
        column > 1 &&
        pattern[row - 1] === text[column - 2] &&
        pattern[row - 2] === text[column - 1];
      if (isExchange) fewest = Math.min(fewest, (before[row - 2] as number) + 1);
      now.push(fewest);
    }
    best = Math.min(best, now[pattern.length] as number);
    before = last;
    last = now;
  }
  return best;
}
