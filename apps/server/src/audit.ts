import type { VerifierKey } from "@jinqiao/transparency";
import { type AuditReport, auditLog } from "./ledger/index.ts";
import { createDb } from "./platform/db.ts";

export { type AuditReport, auditText } from "./ledger/index.ts";

/** The database holds no books with a transparency log, so there is nothing to audit. */
export class NoBooks extends Error {}

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
}): Promise<AuditReport> {
  const { databaseUrl, ...rest } = options;
  const db = createDb({ url: databaseUrl, maxConnections: 2, applicationName: "jinqiao-audit" });
  try {
    const [books] = await db.query<{ found: boolean }>(
      "SELECT to_regclass('ledger.checkpoint') IS NOT NULL AS found",
    );
    if (books?.found !== true) throw new NoBooks("no table ledger.checkpoint");
    return await auditLog(db, rest);
  } finally {
    await db.close();
  }
}
