import { personalData, type Vault } from "../vault/index.ts";
import { breakData, type MatchRow, matchData, plain, type SealedMatchRow } from "./sql.ts";

/** What the writer needs to close a break. */
export function closeOf(
  vault: Vault,
  breakId: string,
  closing: {
    action: string;
    note: string;
    byId: string | null;
    by: string | null;
    at: Date;
    transferId: string;
  },
): Record<string, unknown> {
  const data = personalData(vault, breakData);
  const { note, by, at, ...rest } = closing;
  return {
    ...rest,
    id: breakId,
    noteSealed: data.seal("note", { id: breakId }, note),
    bySealed: data.seal("closed_by", { id: breakId }, by),
    at: at.toISOString(),
  };
}

/** What the writer needs to propose how a break is closed. */
export function proposalOf(
  vault: Vault,
  breakId: string,
  { note, at, ...rest }: { action: string; note: string; byId: string; at: Date },
): Record<string, unknown> {
  const noteSealed = personalData(vault, breakData).seal("proposed_note", { id: breakId }, note);
  return { ...rest, id: breakId, noteSealed, at: at.toISOString() };
}

/** A share of a match as the writer stores it. */
export function matchOf(vault: Vault, { note, by, ...row }: MatchRow): Record<string, unknown> {
  const data = personalData(vault, matchData);
  return plain({
    ...row,
    note_sealed: data.seal("note", row, note),
    by_sealed: data.seal("by", row, by),
  } satisfies SealedMatchRow);
}
