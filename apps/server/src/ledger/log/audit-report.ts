import type { VerifierKey } from "@jinqiao/transparency";

export type AuditOptions = {
  /** A checkpoint that somebody kept elsewhere, as text: the books must still contain what it was signed over. */
  checkpoint?: string;
  /** The log's key as somebody keeps it elsewhere; absent, the one in the same database is believed. */
  key?: VerifierKey;
  /** Told after each stretch of the walk. */
  onProgress?(progress: { done: bigint; total: bigint }): void;
  signal?: AbortSignal;
  /** Positions walked at once. */
  chunk?: number;
};

/** What an audit found. All counts are of what was walked. */
export type AuditReport = {
  ok: boolean;
  /** Name of the log, null before it has a key. */
  origin: string | null;
  /** The key that signatures were checked with, and where it came from. */
  key: string | null;
  keyFrom: "given" | "database";
  transfers: bigint;
  /** Transfers of months that were moved away: only their places in the tree were checked. */
  movedAway: bigint;
  entries: bigint;
  accounts: bigint;
  checkpoints: bigint;
  /** Size of the newest checkpoint and its root, base64. */
  size: bigint;
  root: string | null;
  /** The first thing that does not fit, in the order of the log; then accounts, holds and sums. */
  difference: AuditDifference | null;
};

export type AuditDifference = {
  /** Place in the log, where it has one. */
  position: bigint | null;
  transferId: string | null;
  /** Everything that is wrong there. */
  problems: AuditProblem[];
};

/** One thing that is wrong; `facts` fill in the sentence. */
export type AuditProblem = { code: AuditCode; facts: Record<string, string> };
export type AuditCode = keyof typeof auditTexts;

/** What each finding means, in words for a person who has to answer for the books. */
export const auditTexts = {
  transfer_missing: {
    en: "There is no transfer at this position: it was removed, or moved elsewhere.",
    zh: "此位置没有账务转移：已被删除或移走。",
  },
  transfer_repeated: {
    en: "{count} transfers stand at this position: {ids}.",
    zh: "此位置有 {count} 笔账务转移：{ids}。",
  },
  position_outside: {
    en: "Rows stand at this position, and the books end before position {size}.",
    zh: "此位置有记录，而账本应在位置 {size} 之前结束。",
  },
  entries_missing: { en: "The transfer has no entries.", zh: "该笔账务转移没有分录。" },
  entry_without_transfer: {
    en: "{count} entries stand at this position, and the transfer they belong to is gone.",
    zh: "此位置有 {count} 条分录，但其所属的账务转移已不存在。",
  },
  legs_broken: {
    en: "Its entries are numbered {legs}; they should be numbered 1 to {count}.",
    zh: "其分录编号为 {legs}，应为 1 至 {count}。",
  },
  entry_time_differs: {
    en: "Entry {leg} is dated {entryAt}, its transfer {at}.",
    zh: "第 {leg} 条分录的时间为 {entryAt}，而账务转移的时间为 {at}。",
  },
  account_unknown: {
    en: "Entry {leg} is on account number {account}, which does not exist.",
    zh: "第 {leg} 条分录所在的账户（编号 {account}）不存在。",
  },
  unbalanced: {
    en: "Its entries in {currency} sum to {sum} minor units, not to zero.",
    zh: "其 {currency} 分录合计为 {sum}（最小货币单位），不为零。",
  },
  sequence_broken: {
    en: "Entry {leg} is number {sequence} of {account}; it should be number {expected}.",
    zh: "第 {leg} 条分录是 {account} 的第 {sequence} 条，应为第 {expected} 条。",
  },
  balance_broken: {
    en: "Entry {leg} leaves {account} at {balance}; by the entries before it, that should be {expected} (minor units).",
    zh: "第 {leg} 条分录后 {account} 余额为 {balance}，按此前分录应为 {expected}（最小货币单位）。",
  },
  time_backwards: {
    en: "Entry {leg} of {account} is dated {at}, before the entry that precedes it ({before}).",
    zh: "{account} 的第 {leg} 条分录时间为 {at}，早于其前一条（{before}）。",
  },
  leaf_missing: {
    en: "The transfer has no leaf hash: it was booked while the transparency log was off, or the hash was removed.",
    zh: "该笔账务转移没有叶子哈希：记账时透明日志未开启，或哈希已被删除。",
  },
  leaf_differs: {
    en: "What the books say of it does not give the leaf hash that was stored with it.",
    zh: "账本内容与随之保存的叶子哈希不符。",
  },
  log_differs: {
    en: "What the books say of it is not what was put into the log: the tree has another leaf here.",
    zh: "账本内容与当时写入日志的不符：日志树此处是另一片叶子。",
  },
  tile_missing: { en: "Tile {tile} of the tree is gone.", zh: "日志树的瓦片 {tile} 已不存在。" },
  tile_differs: {
    en: "Tile {tile} of the tree does not hold the hashes of what lies below it.",
    zh: "日志树的瓦片 {tile} 与其下内容的哈希不符。",
  },
  tiles_counted: {
    en: "The tree has {count} tiles; a log of this size has {expected}.",
    zh: "日志树有 {count} 个瓦片，此大小的日志应有 {expected} 个。",
  },
  checkpoint_unsigned: {
    en: "The checkpoint of size {size} is not signed by the log's key {key}: it was altered or forged.",
    zh: "大小为 {size} 的检查点没有日志密钥 {key} 的有效签名：已被篡改或伪造。",
  },
  checkpoint_differs: {
    en: "The checkpoint of size {size} was signed over another history: something among positions {from} to {to} was changed after it was signed, and the tree was rewritten to match.",
    zh: "大小为 {size} 的检查点签署的是另一段历史：位置 {from} 至 {to} 之间的内容在签署后被改动，且日志树也随之被改写。",
  },
  account_balance: {
    en: "{account} stands at {balance}; its entries make {expected} (minor units).",
    zh: "{account} 的余额为 {balance}，其分录合计为 {expected}（最小货币单位）。",
  },
  account_sequence: {
    en: "{account} says that it has {sequence} entries; it has {expected}.",
    zh: "{account} 记载有 {sequence} 条分录，实有 {expected} 条。",
  },
  account_kind: {
    en: "{account} is kept as {kind}; by the chart of accounts it is {expected}.",
    zh: "{account} 的类别为 {kind}，按会计科目表应为 {expected}。",
  },
  held_differs: {
    en: "{account} has {held} set aside; its open holds make {expected} (minor units).",
    zh: "{account} 的冻结金额为 {held}，其未结冻结合计为 {expected}（最小货币单位）。",
  },
  total_differs: {
    en: "The sum kept of {side} in {currency} is {total}; the accounts make {expected} (minor units).",
    zh: "{currency} 的{side}合计记为 {total}，按账户合计应为 {expected}（最小货币单位）。",
  },
} as const satisfies Record<string, { en: string; zh: string }>;

/** The sentence for a finding. */
export function auditText({ code, facts }: AuditProblem): { en: string; zh: string } {
  const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? "");
  return { en: fill(auditTexts[code].en), zh: fill(auditTexts[code].zh) };
}

/** Ends the walk. */
export class Difference extends Error {
  readonly found: AuditDifference;
  constructor(found: AuditDifference) {
    super(found.problems.map(({ code }) => code).join(", "));
    this.name = "Difference";
    this.found = found;
  }
}
