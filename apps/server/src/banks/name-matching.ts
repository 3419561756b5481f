import type { VerificationResult } from "./payee-verification.ts";

/**
 * Compares a payee's name as a person wrote it with the account holder's name at the bank, in the four answers of the
 * EPC Verification of Payee scheme rulebook (EPC218-23): match, close match, no match, not possible. The scheme leaves the
 * rules to each provider; these are ours:
 *
 * - Match: the same name parts in any order, whatever their case, accents, punctuation, titles and spacing.
 * - Close match: one spelling slip in ten letters (`closeness`), initials for given names, or a given name left out
 *   while at least two parts agree. Chinese names: one character of at least three differs.
 * - Not possible: nothing to compare, or names in different scripts. Chinese characters and pinyin are not turned into
 *   each other: many characters share one reading, so a match would prove nothing.
 */
export function compareNames(written: string, held: string): VerificationResult {
  const [a, b] = [partsOf(written), partsOf(held)];
  // "陈静 Chen Jing" is compared in whichever script the other name has.
  const shared = scripts.filter((script) => a[script].length > 0 && b[script].length > 0);
  if (shared.length === 0) return "not_possible";
  const results = shared.map((script) =>
    script === "han" ? compareHan(a.han.join(""), b.han.join("")) : compareWords(a[script], b[script]),
  );
  return results.includes("no_match")
    ? "no_match"
    : results.includes("close_match")
      ? "close_match"
      : "match";
}

const scripts = ["han", "latin", "other"] as const;
type Parts = Record<(typeof scripts)[number], string[]>;

/** Share of equal letters from which a misspelt name counts as close: one slip in ten letters. */
const closeness = 0.88;

const titles = new Set(
  "mr mrs ms miss mx dr prof professor sir dame lady lord rev herr frau hr fr mme mlle monsieur madame sr sra srta don dona dipl ing mag phd md jr junior senior esq pan pani".split(
    " ",
  ),
);
const hanTitles = /(先生|女士|小姐|太太|夫人|博士|教授|老师)$/u;
/** Letters that Unicode does not take apart, as European machine-readable passports write them (ICAO Doc 9303-3, §6). */
const letters: Record<string, string> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  đ: "d",
  ð: "d",
  þ: "th",
  ł: "l",
  ı: "i",
};

function partsOf(name: string): Parts {
  const plain = name
    .normalize("NFKC")
    .toLowerCase()
    // "Müller" and "Mueller", "Sørensen" and "Soerensen" are one name to the people who bear it.
    .replace(/[äöü]|[aou]\u0308/gu, (letter) => `${letter.normalize("NFD")[0]}e`)
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/[ßæœøđðþłı]/gu, (letter) => letters[letter] ?? letter)
    .replace(/['’`´.·•]/gu, "");
  const parts: Parts = { han: [], latin: [], other: [] };
  for (const word of plain.match(/\p{Script=Han}+|\p{L}+/gu) ?? []) {
    // A word of several scripts without a gap: each run by itself.
    for (const run of word.match(/\p{Script=Han}+|\p{Script=Latin}+|[^\p{Script=Han}\p{Script=Latin}]+/gu) ??
      [])
      parts[/\p{Script=Han}/u.test(run) ? "han" : /\p{Script=Latin}/u.test(run) ? "latin" : "other"].push(
        run,
      );
  }
  const untitled = parts.latin.filter((word) => !titles.has(word));
  const han = parts.han.join("").replace(hanTitles, "");
  return { ...parts, latin: untitled, han: han === "" ? [] : [han] };
}

function compareHan(a: string, b: string): VerificationResult {
  if (a === b) return "match";
  const [left, right] = [[...a], [...b]];
  return Math.min(left.length, right.length) >= 3 && distance(left, right) === 1 ? "close_match" : "no_match";
}

function compareWords(a: readonly string[], b: readonly string[]): VerificationResult {
  if (spellings(a).some((one) => spellings(b).includes(one))) return "match";
  if (withInitials(a, b) || leavesOut(a, b)) return "close_match";
  const joined = a.join("");
  const likeness = Math.max(
    ...orders(b).map(
      (other) => 1 - distance([...joined], [...other]) / Math.max(joined.length, other.length),
    ),
  );
  return likeness >= closeness ? "close_match" : "no_match";
}

/** The name written together in any order of its parts; with "ue" also as "u", so that "Muller" meets "Müller". */
function spellings(words: readonly string[]): string[] {
  return orders(words).flatMap((text) => [text, text.replace(/([aou])e/gu, "$1")]);
}

/** Parts in every order, written together; of long names only as written and sorted. */
function orders(words: readonly string[]): string[] {
  if (words.length > 4) return [words.join(""), [...words].sort().join("")];
  if (words.length <= 1) return [words.join("")];
  return words.flatMap((word, index) => orders(words.toSpliced(index, 1)).map((rest) => word + rest));
}

/** "E. Clarke" for "Emma Clarke": as many parts, at least one in full, the others by their first letter. */
function withInitials(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length || a.length < 2) return false;
  const left = [...b];
  let inFull = 0;
  const short: string[] = [];
  for (const word of a) {
    const at = left.indexOf(word);
    if (at < 0 || word.length === 1) short.push(word);
    else {
      left.splice(at, 1);
      inFull += 1;
    }
  }
  return (
    inFull > 0 &&
    short.every((word) => {
      const at = left.findIndex(
        (other) => (word.length === 1 || other.length === 1) && word.charAt(0) === other.charAt(0),
      );
      if (at >= 0) left.splice(at, 1);
      return at >= 0;
    })
  );
}

/** "Anna Novak" for "Anna Maria Novak": every part of the shorter name, at least two, stands in the longer one. */
function leavesOut(a: readonly string[], b: readonly string[]): boolean {
  const [shorter, longer] = a.length < b.length ? [a, b] : [b, a];
  return (
    shorter.length >= 2 && shorter.length < longer.length && shorter.every((word) => longer.includes(word))
  );
}

/** Damerau-Levenshtein distance (optimal string alignment): insertions, deletions, changes and swaps of neighbours. */
function distance(a: readonly string[], b: readonly string[]): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number) => rows[row]?.[column] ?? Number.POSITIVE_INFINITY;
  for (let row = 1; row <= a.length; row += 1) {
    const current = [row];
    rows.push(current);
    for (let column = 1; column <= b.length; column += 1) {
      const same = a[row - 1] === b[column - 1];
      let best = Math.min(
        at(row - 1, column) + 1,
        at(row, column - 1) + 1,
        at(row - 1, column - 1) + (same ? 0 : 1),
      );
      if (a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        best = Math.min(best, at(row - 2, column - 2) + 1);
      current.push(best);
    }
  }
  return at(a.length, b.length);
}
