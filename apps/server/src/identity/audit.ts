import { createHash, randomBytes } from "node:crypto";
import type { Id } from "@jinqiao/money";
import { appendRecord } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db, Queryable, Tx } from "../platform/db.ts";
import type { Ids, RandomBytes } from "../platform/ids.ts";
import type { JobHandlers } from "../platform/jobs.ts";
import type { Vault } from "../vault/index.ts";
import { chained, leafOf } from "./audit-chain.ts";

export type Actor = { kind: "customer" | "staff" | "risk" | "system" | "public" | "operator"; id?: string };

/** One thing that was done, or was refused. Ids only; whatever may be personal goes into `details` or `from`. */
export type AuditDraft = {
  actor: Actor;
  /** Record and verb, e.g. `freeze.set`, `staff.signed_in`, `proposal.approved`. */
  action: string;
  /** Id of the person or record it was done to. */
  subject?: string;
  outcome?: "done" | "refused";
  /** Network address of who asked. */
  from?: string;
  /** Words that explain it; kept sealed. */
  details?: Readonly<Record<string, string | null>>;
};

export type AuditRow = {
  id: Id<"aud">;
  at: Date;
  actor_kind: Actor["kind"];
  actor_id: string | null;
  action: string;
  subject: string | null;
  outcome: "done" | "refused";
  sealed: string | null;
  details_hash: Buffer;
  leaf: Buffer;
};

export type AuditEntry = {
  id: Id<"aud">;
  at: Date;
  actorKind: Actor["kind"];
  actorId: string | null;
  action: string;
  subject: string | null;
  outcome: "done" | "refused";
  from: string | null;
  details: Record<string, string | null>;
};

export type AuditQuery = {
  actorId?: string | undefined;
  action?: string | undefined;
  subject?: string | undefined;
  outcome?: "done" | "refused" | undefined;
  from?: Date | undefined;
  to?: Date | undefined;
  /** Entries older than this one. */
  before?: string | undefined;
  limit: number;
};

export type Audit = {
  /** Writes an entry in the caller's transaction, so that what was done and its record exist together or not at all. */
  record(tx: Tx, draft: AuditDraft): Promise<void>;
  /**
   * As `record`, unless the same actor did the same to the same subject within so many milliseconds: a page that is
   * read anew at every change is one look.
   */
  recordOnce(tx: Tx, draft: AuditDraft & { subject: string }, withinMs: number): Promise<void>;
  /** Newest first. */
  list(query: AuditQuery): Promise<AuditEntry[]>;
  /** How long the ordered trail is, and when its head was last put into the transparency log. */
  head(): Promise<{ size: bigint; committedAt: Date | null }>;
  /** Orders what is new and puts the trail's head into the transparency log. Safe to run anywhere at any time. */
  commit(): Promise<void>;
  jobs: JobHandlers;
};

export const commitAuditTask = "identity.commit_audit";
/** Any number that no other advisory lock uses. */
const commitLock = 7_265_011n;
/** First of the two keys of the locks under which it is looked whether an entry is there already. */
const onceLock = 7_265_012;
/** Entries ordered by one transaction. */
const chunk = 5_000;
/** A transaction that wrote an entry ends within this; older entries without a place were slipped in. */
export const lateMs = 3_600_000;

export function createAudit(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  vault: Vault;
  random?: RandomBytes;
}): Audit {
  const { db, clock, ids, vault } = deps;
  const random = deps.random ?? randomBytes;
  const place = (row: string) => ({ table: "identity.audit_entry", column: "sealed", row });

  function opened(row: AuditRow): AuditEntry {
    const { from, details } = (
      row.sealed === null ? {} : JSON.parse(vault.open(place(row.id), row.sealed))
    ) as {
      from?: string;
      details?: Record<string, string | null>;
    };
    return {
      id: row.id,
      at: row.at,
      actorKind: row.actor_kind,
      actorId: row.actor_id,
      action: row.action,
      subject: row.subject,
      outcome: row.outcome,
      from: from ?? null,
      details: details ?? {},
    };
  }

  async function commit(): Promise<void> {
    for (;;) {
      const ordered = await db.transaction(async (tx) => {
        // One after the other: a trail has one order. Whoever comes second finds what is left.
        await tx.query("SELECT pg_advisory_xact_lock($1)", [commitLock]);
        return orderNext(tx, { clock, ids, random });
      });
      if (ordered < chunk) return;
    }
  }

  async function record(
    tx: Tx,
    { actor, action, subject, outcome = "done", from, details }: AuditDraft,
  ): Promise<void> {
    const id = ids.next("aud");
    const salt = Buffer.from(random(16)).toString("base64");
    const hidden = JSON.stringify({ salt, ...(from ? { from } : {}), ...(details ? { details } : {}) });
    const row = {
      id,
      at: clock.now(),
      actor_kind: actor.kind,
      actor_id: actor.id ?? null,
      action,
      subject: subject ?? null,
      outcome,
      details_hash: createHash("sha256").update(hidden).digest(),
    };
    await tx.query(
      `INSERT INTO identity.audit_entry (id, at, actor_kind, actor_id, action, subject, outcome, sealed, details_hash, leaf)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
      [
        id,
        row.at,
        row.actor_kind,
        row.actor_id,
        action,
        row.subject,
        outcome,
        vault.seal(place(id), hidden),
        row.details_hash,
        leafOf(row),
      ],
    );
    await tx.query("SELECT platform.enqueue($1)", [
      JSON.stringify([{ task: commitAuditTask, payload: {}, key: commitAuditTask }]),
    ]);
  }

  return {
    record,
    async recordOnce(tx, draft, withinMs) {
      const { actor, action, subject } = draft;
      // Two windows that open at once wait for each other, or both would find nothing.
      await tx.query("SELECT pg_advisory_xact_lock($1, hashtext($2))", [
        onceLock,
        JSON.stringify([actor.id, action, subject]),
      ]);
      const since = new Date(clock.now().getTime() - withinMs);
      const known = await tx.query(
        `SELECT 1 FROM identity.audit_entry
          WHERE actor_id = $1 AND action = $2 AND subject = $3 AND at > $4 LIMIT 1`,
        [actor.id ?? null, action, subject, since],
      );
      if (known.length === 0) await record(tx, draft);
    },
    async list(query) {
      const rows = await db.query<AuditRow>(
        `SELECT e.* FROM identity.audit_entry e
          WHERE ($1::text IS NULL OR actor_id = $1) AND ($2::text IS NULL OR action = $2 OR action LIKE $2 || '.%')
            AND ($3::text IS NULL OR subject = $3) AND ($4::text IS NULL OR outcome = $4)
            AND ($5::timestamptz IS NULL OR at >= $5) AND ($6::timestamptz IS NULL OR at < $6)
            AND ($7::text IS NULL OR (at, id) < (SELECT b.at, b.id FROM identity.audit_entry b WHERE b.id = $7))
          ORDER BY at DESC, id DESC LIMIT $8`,
        [
          query.actorId ?? null,
          query.action ?? null,
          query.subject ?? null,
          query.outcome ?? null,
          query.from ?? null,
          query.to ?? null,
          query.before ?? null,
          query.limit,
        ],
      );
      return rows.map(opened);
    },
    async head() {
      const [row] = await db.query<{ size: bigint; at: Date | null }>(
        `SELECT coalesce(max(position) + 1, 0) AS size,
                (SELECT e.at FROM identity.audit_entry e JOIN identity.audit_position p ON p.entry_id = e.id
                  ORDER BY p.position DESC LIMIT 1) AS at
           FROM identity.audit_position`,
      );
      return { size: row?.size ?? 0n, committedAt: row?.at ?? null };
    },
    commit,
    jobs: { [commitAuditTask]: commit },
  };
}

/** Gives the next entries their place and states the new head in the log. @returns how many */
async function orderNext(tx: Tx, deps: { clock: Clock; ids: Ids; random: RandomBytes }): Promise<number> {
  const [last] = await tx.query<{ position: bigint; chain: Buffer; at: Date }>(
    `SELECT p.position, p.chain, e.at FROM identity.audit_position p JOIN identity.audit_entry e ON e.id = p.entry_id
      ORDER BY p.position DESC LIMIT 1`,
  );
  // Transactions end in another order than they began: what was written a little earlier may appear only now.
  const since = last ? new Date(last.at.getTime() - lateMs) : new Date(0);
  const entries = await selectUnordered(tx, since);
  if (entries.length === 0) return 0;
  let position = last ? last.position + 1n : 0n;
  let chain: Uint8Array = last?.chain ?? Buffer.alloc(32);
  const rows = entries.map(({ id, leaf }) => {
    chain = chained(chain, leaf);
    const row = { position, id, chain };
    position += 1n;
    return row;
  });
  await tx.query(
    `INSERT INTO identity.audit_position (position, entry_id, chain)
     SELECT * FROM unnest($1::bigint[], $2::text[], $3::bytea[])`,
    [rows.map((row) => row.position), rows.map((row) => row.id), rows.map((row) => Buffer.from(row.chain))],
  );
  await appendRecord(tx, {
    id: deps.ids.next("trf"),
    kind: "audit_trail",
    subject: `${position} ${Buffer.from(chain).toString("base64")}`,
    at: deps.clock.now(),
    salt: Buffer.from(deps.random(16)),
  });
  return entries.length;
}

function selectUnordered(db: Queryable, since: Date): Promise<{ id: string; leaf: Buffer }[]> {
  return db.query<{ id: string; leaf: Buffer }>(
    `SELECT e.id, e.leaf FROM identity.audit_entry e
      WHERE e.at >= $1 AND NOT EXISTS (SELECT FROM identity.audit_position p WHERE p.entry_id = e.id)
      ORDER BY e.at, e.id LIMIT ${chunk}`,
    [since],
  );
}
