import type { Db } from "../../platform/db.ts";

export type AuditOptions = Record<never, never>;
export type AuditReport = { ok: boolean };
export const auditLog = async (_db: Db, _options?: AuditOptions): Promise<AuditReport> => ({ ok: true });
