/** Texts of the pages of reconciliation, which come with them. `zh.ts` has exactly the same ids. */
export const en = {
  "recon.lead": "Each day of each custody account: the bank's statement against our ledger, line by line.",
  "recon.date": "Day",
  "recon.fetch": "Ask the bank now",
  "recon.fetched":
    "{count, plural, =0 {The banks have no new statement.} one {One new statement is reconciled.} other {# new statements are reconciled.}}",
  "recon.none_on_date": "There is no statement for this day",
  "statement.title": "{bank}, {currency}, {date}",
  "statement.facts": "The day",
  "statement.id": "Statement id",
  "statement.account": "Account",
  "statement.received": "Received",
  "statement.breaks": "Breaks of this day",
  "statement.breaks_lead": "Where the bank and our books differ, and why.",
  "statement.lines": "Lines",
  "statement.counted":
    "{lines, plural, one {# line} other {# lines}}, {matched} matched, {breaks, plural, one {# break} other {# breaks}}",
  "statement.no_lines": "No money moved on this account that day.",
};

export type ReconciliationMessageId = keyof typeof en;
