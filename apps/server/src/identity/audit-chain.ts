import { createHash } from "node:crypto";
import { type LogRecord, selectRecords } from "../ledger/index.ts";
import type { Tx } from "../platform/db.ts";

/** What an entry's leaf is made of: every column but the sealed one, which `details_hash` stands for. */
type LeafParts = {
  id: string;
  at: Date;
  actor_kind: string;
  actor_id: string | null;
  action: string;
  subject: string | null;
  outcome: string;
  details_hash: Uint8Array;
};

/** SHA-256 over the columns as one JSON list, so that no two rows can read the same. */
export function leafOf(row: LeafParts): Buffer {
  const parts = [
    "jinqiao.audit/1",
    row.id,
    row.at.toISOString(),
    row.actor_kind,
    row.actor_id,
    row.action,
    row.subject,
    row.outcome,
    Buffer.from(row.details_hash).toString("base64"),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest();
}

/** The chain after one more leaf; before the first it is 32 zero bytes. */
export function chained(chain: Uint8Array, leaf: Uint8Array): Buffer {
  return createHash("sha256").update(chain).update(leaf).digest();
}

/** What is wrong with the audit trail; `facts` fill in the sentence. */
export type TrailProblem = { code: TrailCode; facts: Record<string, string> };
export type TrailCode = keyof typeof trailTexts;
export type TrailReport = {
  ok: boolean;
  entries: bigint;
  /** Heads of the trail that stand in the transparency log and were found again. */
  heads: bigint;
  /** The first thing that does not fit. */
  problem: TrailProblem | null;
};

/** In words for a person who has to answer for the trail. */
export const trailTexts = {
  entry_changed: {
    en: "Entry {entry} at place {position} of the audit trail was changed: its columns do not give the leaf stored with it.",
    zh: "审计记录第 {position} 位的条目 {entry} 被改动：其内容与随之保存的叶子哈希不符。",
  },
  entry_missing: {
    en: "Entry {entry} at place {position} of the audit trail is gone.",
    zh: "审计记录第 {position} 位的条目 {entry} 已不存在。",
  },
  place_missing: {
    en: "Place {position} of the audit trail is gone.",
    zh: "审计记录的第 {position} 位已不存在。",
  },
  chain_differs: {
    en: "Entry {entry} at place {position} of the audit trail does not follow the one before it: it was changed, removed or slipped in.",
    zh: "审计记录第 {position} 位的条目 {entry} 与其前一条不相连：有条目被改动、删除或插入。",
  },
  head_differs: {
    en: "The transparency log states another history of the audit trail at size {size} (log position {logPosition}): an entry before place {size} was changed and the chain rewritten to match.",
    zh: "透明日志（位置 {logPosition}）所记的审计记录在第 {size} 位之前是另一段历史：有条目被改动，且链条也随之被改写。",
  },
  head_beyond: {
    en: "The transparency log states {size} entries of the audit trail (log position {logPosition}); {found} are left.",
    zh: "透明日志（位置 {logPosition}）记有 {size} 条审计记录，现存 {found} 条。",
  },
  entry_inserted: {
    en: "Entry {entry} of {at} has no place in the audit trail: it was slipped in afterwards.",
    zh: "{at} 的条目 {entry} 在审计记录中没有位置：系事后插入。",
  },
} as const;

/** The sentence for a finding. */
export function trailText({ code, facts }: TrailProblem): { en: string; zh: string } {
  const fill = (text: string) => text.replaceAll(/\{(\w+)\}/g, (_, name: string) => facts[name] ?? "");
  return { en: fill(trailTexts[code].en), zh: fill(trailTexts[code].zh) };
}

const stretch = 5_000;
type Walked = LeafParts & { leaf: Buffer };
type Place = { position: bigint; entry_id: string; chain: Buffer };

/**
 * Walks the whole trail in its order: every entry is hashed anew from its columns, every place follows the one before
 * it, and every head that stands in the transparency log is found again. The log's own entries are proven by the audit
 * of the books, so a trail that passes both is the one that was written. Needs no keys: what is sealed is bound by its
 * hash. Ends at the first difference and names it.
 * @param lateMs entries without a place that are older than the newest one with a place by this were slipped in
 */
export async function auditTrail(tx: Tx, options: { lateMs: number }): Promise<TrailReport> {
  const report: TrailReport = { ok: true, entries: 0n, heads: 0n, problem: null };
  const differ = (code: TrailCode, facts: Record<string, string>): TrailReport => ({
    ...report,
    ok: false,
    problem: { code, facts },
  });
  const heads = await selectRecords(tx, "audit_trail");
  let next = 0;
  let chain: Uint8Array = Buffer.alloc(32);
  let expected = 0n;
  let lastAt: Date | undefined;
  for (;;) {
    const places = await tx.query<Place>(
      `SELECT position, entry_id, chain FROM identity.audit_position WHERE position >= $1 ORDER BY position LIMIT ${stretch}`,
      [expected],
    );
    const entries = new Map(
      (
        await tx.query<Walked>("SELECT * FROM identity.audit_entry WHERE id = ANY ($1)", [
          places.map(({ entry_id }) => entry_id),
        ])
      ).map((entry) => [entry.id, entry]),
    );
    for (const place of places) {
      const facts = { position: String(place.position), entry: place.entry_id };
      if (place.position !== expected) return differ("place_missing", { position: String(expected) });
      const entry = entries.get(place.entry_id);
      if (entry === undefined) return differ("entry_missing", facts);
      const leaf = leafOf(entry);
      if (!leaf.equals(entry.leaf)) return differ("entry_changed", facts);
      const follows = chained(chain, leaf);
      if (!follows.equals(place.chain)) return differ("chain_differs", facts);
      chain = follows;
      expected += 1n;
      lastAt = entry.at;
      report.entries = expected;
      for (let head = headOf(heads[next]); head && head.size === expected; head = headOf(heads[next])) {
        if (!Buffer.from(chain).equals(head.chain))
          return differ("head_differs", { size: String(head.size), logPosition: String(head.logPosition) });
        report.heads += 1n;
        next += 1;
      }
    }
    if (places.length < stretch) break;
  }
  const beyond = headOf(heads[next]);
  if (beyond)
    return differ("head_beyond", {
      size: String(beyond.size),
      logPosition: String(beyond.logPosition),
      found: String(expected),
    });
  const [slipped] = await tx.query<{ id: string; at: Date }>(
    `SELECT e.id, e.at FROM identity.audit_entry e
      WHERE e.at < $1 AND NOT EXISTS (SELECT FROM identity.audit_position p WHERE p.entry_id = e.id)
      ORDER BY e.at, e.id LIMIT 1`,
    [lastAt ? new Date(lastAt.getTime() - options.lateMs) : new Date(0)],
  );
  if (slipped) return differ("entry_inserted", { entry: slipped.id, at: slipped.at.toISOString() });
  return report;
}

function headOf(record: LogRecord | undefined) {
  if (record === undefined) return undefined;
  const [size = "0", chain = ""] = record.subject.split(" ");
  return { size: BigInt(size), chain: Buffer.from(chain, "base64"), logPosition: record.position };
}
