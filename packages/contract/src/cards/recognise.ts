import { cardTable } from "./card-table.ts";
import { issuerNames } from "./issuer-names.ts";

export type CardKind = "debit" | "credit" | "prepaid";
export type Issuer = {
  name: { zh: string; en: string };
  /** The English name is the Chinese one in Latin letters, because there is no other that people know. */
  romanised: boolean;
};
export type RecognisedCard = { issuer: Issuer; kind: CardKind; length: number };

const kinds: Record<string, CardKind> = { DC: "debit", CC: "credit", SCC: "credit", PC: "prepaid" };
let index: Map<string, RecognisedCard> | undefined;

function tableIndex(): Map<string, RecognisedCard> {
  if (index !== undefined) return index;
  const english = new Map(rowsOf(issuerNames));
  index = new Map(
    rowsOf(cardTable).flatMap(([zh, groups]) => {
      const en = english.get(zh) ?? zh;
      const romanised = en.startsWith("~");
      const issuer = { name: { zh, en: romanised ? en.slice(1) : en }, romanised };
      return groups.split(" ").flatMap((group): [string, RecognisedCard][] => {
        const [, type = "", length, prefixes = ""] = /^([A-Z]+)(\d+):(.*)$/.exec(group) ?? [];
        const kind = kinds[type];
        if (kind === undefined) return [];
        return prefixes.split(",").map((prefix) => [prefix, { issuer, kind, length: Number(length) }]);
      });
    }),
  );
  return index;
}

function rowsOf(table: string): [string, string][] {
  return table
    .trim()
    .split("\n")
    .map((line) => {
      const [name = "", rest = ""] = line.split("|");
      return [name, rest];
    });
}

/**
 * Whose card a number is, as far as its first digits tell; the longest known beginning counts. Works while the
 * person still types. Undefined where the table has no such card.
 * @param digits digits only
 */
export function recogniseCard(digits: string): RecognisedCard | undefined {
  const table = tableIndex();
  for (let length = Math.min(digits.length, 10); length >= 3; length -= 1) {
    const found = table.get(digits.slice(0, length));
    if (found !== undefined && digits.length <= found.length) return found;
  }
  return undefined;
}
