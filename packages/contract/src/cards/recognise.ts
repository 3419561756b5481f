import { cardTable } from "./card-table.ts";

export type CardKind = "debit" | "credit" | "prepaid";
export type RecognisedCard = { issuer: string; kind: CardKind; length: number };

const kinds: Record<string, CardKind> = { DC: "debit", CC: "credit", SCC: "credit", PC: "prepaid" };
let index: Map<string, RecognisedCard> | undefined;

function tableIndex(): Map<string, RecognisedCard> {
  index ??= new Map(
    cardTable
      .trim()
      .split("\n")
      .flatMap((line) => {
        const [issuer = "", groups = ""] = line.split("|");
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
