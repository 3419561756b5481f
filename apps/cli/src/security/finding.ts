import type { SecurityCheck, SecurityFinding } from "@jinqiao/contract";

/** A finding before anybody was asked whether it may stay. */
export type Found = Omit<SecurityFinding, "accepted">;

/** What one part of the assessment says. */
export type CheckResult = { check: SecurityCheck; found: Found[] };

type Text = { en: string; zh: string };

/** A check that ran: it passed when it found nothing. */
export function ran(id: SecurityCheck["id"], detail: Text, found: Found[] = []): CheckResult {
  return { check: { id, status: found.length === 0 ? "passed" : "failed", detail }, found };
}

/** A check that could not run, and why. It neither passed nor failed, and the report says so. */
export function notRun(id: SecurityCheck["id"], detail: Text): CheckResult {
  return { check: { id, status: "not_run", detail }, found: [] };
}
