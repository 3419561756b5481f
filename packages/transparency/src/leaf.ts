/**
 * What one transfer is in the transparency log: a line of text per part, each part hidden behind a salted SHA-256.
 * Whoever holds one part and its salt can prove it; nobody can guess the others.
 */

/** SHA-256 of the UTF-8 bytes of a text, as base64. */
export type TextHash = (text: string) => string;

/** What is true of the whole transfer. `at` is ISO 8601 in UTC with milliseconds. */
export type LeafHeader = { id: string; kind: string; subject: string | null; at: string };

/** One account's side of a transfer, as it stands in the books. Amounts are whole minor units as decimal text. */
export type LeafSide = {
  account: string;
  currency: string;
  /** Debit positive, credit negative. */
  amount: string;
  /** Number of this entry among all of the account, from 1. */
  sequence: string;
  /** Balance after it, in the account's normal direction. */
  balance: string;
};

/** Salt of one part. Part 0 is the header, part n the n-th side. Knowing one tells nothing of another. */
export const partSalt = (hash: TextHash, transferSalt: string, part: number): string =>
  hash(`jinqiao.salt/1\n${transferSalt}\n${part}\n`);

export const headerCommitment = (hash: TextHash, salt: string, header: LeafHeader): string =>
  hash(`jinqiao.header/1\n${salt}\n${header.id}\n${header.kind}\n${header.subject ?? ""}\n${header.at}\n`);

export const sideCommitment = (hash: TextHash, salt: string, side: LeafSide): string =>
  hash(
    `jinqiao.side/1\n${salt}\n${side.account}\n${side.currency}\n${side.amount}\n${side.sequence}\n${side.balance}\n`,
  );

/** The log entry: header commitment first, then one per side in the order of the transfer. */
export const leafText = (commitments: readonly string[]): string =>
  `jinqiao.transfer/1\n${commitments.join("\n")}\n`;

/** RFC 9162, section 2.1.1: hash of a leaf is SHA-256(0x00 ‖ entry). */
export const leafHash = (hash: TextHash, text: string): string => hash(`\u0000${text}`);

/** The whole leaf of a transfer, from what the tables hold. @returns its hash as base64 */
export function transferLeafHash(
  hash: TextHash,
  transferSalt: string,
  header: LeafHeader,
  sides: readonly LeafSide[],
): string {
  return leafHash(hash, transferLeafText(hash, transferSalt, header, sides));
}

/** The entry itself, as it is served in entry bundles. */
export function transferLeafText(
  hash: TextHash,
  transferSalt: string,
  header: LeafHeader,
  sides: readonly LeafSide[],
): string {
  return leafText([
    headerCommitment(hash, partSalt(hash, transferSalt, 0), header),
    ...sides.map((side, index) => sideCommitment(hash, partSalt(hash, transferSalt, index + 1), side)),
  ]);
}
