import type { VerifierKey } from "@jinqiao/transparency";
import { auditLateMs, auditTrail, type TrailReport, trailText } from "./identity/index.ts";
import { type AuditReport, auditLog } from "./ledger/index.ts";
import { createDb } from "./platform/db.ts";

export { type AuditReport, auditText } from "./ledger/index.ts";
export { type TrailReport, trailText };

/** What an audit of a database found: the books, and the trail of who did what, whose heads stand in the same log. */
export type DatabaseAudit = { books: AuditReport; trail: TrailReport; ok: boolean };

/** The database holds no books with a transparency log, so there is nothing to audit. */
export class NoBooks extends Error {}

/** Of a release that kept no audit trail yet. */
const noTrail: TrailReport = { ok: true, entries: 0n, heads: 0n, problem: null };

/**
 * Audits the books in a database while nothing else of the server runs here: schema and rows stay as they are.
 * @throws NoBooks where there are none
 */
export async function auditDatabase(options: {
  databaseUrl: string;
  checkpoint?: string;
  key?: VerifierKey;
  onProgress?(progress: { done: bigint; total: bigint }): void;
  signal?: AbortSignal;
}): Promise<DatabaseAudit> {
  const { databaseUrl, ...rest } = options;
  const db = createDb({ url: databaseUrl, maxConnections: 2, applicationName: "jinqiao-audit" });
  try {
    const [books] = await db.query<{ found: boolean }>(
      "SELECT to_regclass('ledger.checkpoint') IS NOT NULL AS found",
    );
    if (books?.found !== true) throw new NoBooks("no table ledger.checkpoint");
    const audited = await auditLog(db, rest);
    const trail = await db.transaction(async (tx) => {
      await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      const [kept] = await tx.query<{ found: boolean }>(
        "SELECT to_regclass('identity.audit_position') IS NOT NULL AS found",
      );
      return kept?.found ? auditTrail(tx, { lateMs: auditLateMs }) : noTrail;
    });
    return { books: audited, trail, ok: audited.ok && trail.ok };
  } finally {
    await db.close();
  }
}
