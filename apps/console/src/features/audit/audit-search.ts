/** What the audit trail is narrowed to; it stands in the address, so that a finding can be sent to a colleague. */
export type AuditSearch = {
  actorId?: string;
  action?: string;
  subject?: string;
  outcome?: "done" | "refused";
};

/** Reads the address; what is not well-formed is left out. */
export function readAuditSearch(search: Record<string, unknown>): AuditSearch {
  const word = (value: unknown): string | undefined =>
    typeof value === "string" && /^[\w.:-]{1,60}$/.test(value) ? value : undefined;
  const [actorId, action, subject] = [word(search.actorId), word(search.action), word(search.subject)];
  const { outcome } = search;
  return {
    ...(actorId && { actorId }),
    ...(action && { action }),
    ...(subject && { subject }),
    ...((outcome === "done" || outcome === "refused") && { outcome }),
  };
}
