import * as contract from "@jinqiao/contract";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { Vault } from "../vault/index.ts";
import { type Audit, type AuditEntry, lateMs } from "./audit.ts";
import { auditTrail, trailText } from "./audit-chain.ts";
import { staffNames } from "./staff.ts";

const pageSize = 50;
/** Entries read at once while a file is written. */
const exportPage = 1_000;

type Filters = {
  actorId?: string | undefined;
  action?: string | undefined;
  subject?: string | undefined;
  outcome?: "done" | "refused" | undefined;
  from?: string | undefined;
  to?: string | undefined;
};

/** The audit trail for who may read it: pages, a file, and the proof that it is the one that was written. */
export function auditRoutes(deps: { db: Db; clock: Clock; vault: Vault; audit: Audit }): RouteHandler[] {
  const { db, clock, vault, audit } = deps;
  const page = async (filters: Filters, before: string | undefined, limit: number) => {
    const { from, to, actorId, action, subject, outcome } = filters;
    const entries = await audit.list({
      actorId: actorId || undefined,
      action: action || undefined,
      subject: subject || undefined,
      outcome,
      from: from ? new Date(from) : undefined,
      to: to ? new Date(to) : undefined,
      before,
      limit,
    });
    const names = await staffNames(
      db,
      vault,
      entries.map(({ actorKind, actorId }) => (actorKind === "staff" ? actorId : null)),
    );
    return entries.map((entry) => viewOf(entry, names));
  };

  async function* csv(filters: Filters): AsyncIterable<string> {
    yield `\uFEFF${rowOf(["id", "at", "actor", "actor_id", "actor_name", "action", "subject", "outcome", "from", "details"])}`;
    let before: string | undefined;
    for (;;) {
      const entries = await page(filters, before, exportPage);
      for (const entry of entries)
        yield rowOf([
          entry.id,
          entry.at,
          entry.actor,
          entry.actorId ?? "",
          entry.actorName ?? "",
          entry.action,
          entry.subject ?? "",
          entry.outcome,
          entry.from ?? "",
          JSON.stringify(entry.details),
        ]);
      before = entries.at(-1)?.id;
      if (entries.length < exportPage) return;
    }
  }

  return [
    handle(contract.listAudit, async ({ query }) => {
      const { cursor, limit = pageSize, ...filters } = query;
      const items = await page(filters, cursor, limit + 1);
      return {
        items: items.slice(0, limit),
        nextCursor: items.length > limit ? (items[limit - 1]?.id ?? null) : null,
      };
    }),
    handle(contract.exportAudit, async ({ staff, query, clientIp }) => {
      await db.transaction((tx) =>
        audit.record(tx, {
          actor: { kind: "staff", id: staff.id },
          action: "audit.exported",
          from: clientIp,
          details: Object.fromEntries(Object.entries(query).map(([name, value]) => [name, String(value)])),
        }),
      );
      const name = `jinqiao-audit-${clock.now().toISOString().slice(0, 10)}.csv`;
      return { name, asciiName: name, mediaType: "text/csv; charset=utf-8", content: csv(query) };
    }),
    handle(contract.verifyAuditTrail, async () => {
      await audit.commit();
      return db.transaction(async (tx) => {
        await tx.query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        const report = await auditTrail(tx, { lateMs });
        const [waiting] = await tx.query<{ count: bigint }>(
          `SELECT (SELECT count(*) FROM identity.audit_entry) - (SELECT count(*) FROM identity.audit_position) AS count`,
        );
        return {
          ok: report.ok,
          entries: String(report.entries),
          heads: String(report.heads),
          waiting: String(waiting?.count ?? 0n),
          problem: report.problem && trailText(report.problem),
        };
      });
    }),
  ];
}

function viewOf(entry: AuditEntry, names: ReadonlyMap<string, string>): contract.AuditEntry {
  return {
    id: entry.id,
    at: entry.at.toISOString(),
    actor: entry.actorKind,
    actorId: entry.actorId,
    actorName: entry.actorKind === "staff" && entry.actorId ? (names.get(entry.actorId) ?? null) : null,
    action: entry.action,
    subject: entry.subject,
    outcome: entry.outcome,
    from: entry.from,
    details: entry.details,
  };
}

/**
 * One record of RFC 4180. A cell that a spreadsheet would run as a formula is led by an apostrophe (OWASP, CSV
 * Injection): words of customers stand here.
 */
function rowOf(cells: readonly string[]): string {
  const written = cells.map((cell) => {
    const safe = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  });
  return `${written.join(",")}\r\n`;
}
