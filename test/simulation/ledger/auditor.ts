import type { Instruction, Outcome, RefusalCode } from "../../../apps/server/src/ledger/index.ts";
import { hashOf } from "../../../apps/server/src/ledger/index.ts";
import { createModel, type Model } from "../../conformance/ledger/model.ts";

/** What one asking of the ledger came to. */
export type Asked = {
  instruction: Instruction;
  poison: boolean;
  heard: { heard: "outcome"; outcome: Outcome } | { heard: "error"; message: string };
};
/** What the ledger itself wrote down of an accepted instruction, in the order in which it took effect. */
export type Recorded = { key: string; hash: string; engine: number };

/**
 * Predicts each answer. What runs at the same time may take effect in any order, and the auditor must not guess which:
 * every accepted instruction leaves a line in its own transaction while its locks are held, so the order of the lines
 * is an order in which the instructions could have come one after another. The model does them in that order and must
 * accept each. A refused instruction changes nothing and leaves no line: it is right when at some point of the round
 * the model would have refused it for the same reason.
 */
export type Auditor = {
  readonly model: Model;
  readonly rows: ReadonlyMap<string, number>;
  readonly counts: Record<string, number>;
  /** What is wrong with the answers of a round, in words. */
  round(asked: readonly Asked[], recorded: readonly Recorded[], clocks: readonly number[]): string[];
  /** Ends the holds whose time has passed; answers how many. */
  expire(nowMs: number): number;
};

export function createAuditor(): Auditor {
  const rows = new Map<string, number>();
  const counts: Record<string, number> = {};
  const model = createModel({
    isStale: ({ arg }) => (rows.get(String(arg.id)) ?? 0) !== arg.version,
    write({ rows: written = [] }) {
      for (const { writer, row } of written)
        if (writer === "simulation.write") rows.set(String(row.id), Number(row.version));
    },
  });
  const count = (name: string): void => {
    counts[name] = (counts[name] ?? 0) + 1;
  };

  function round(
    asked: readonly Asked[],
    recorded: readonly Recorded[],
    clocks: readonly number[],
  ): string[] {
    const problems: string[] = [];
    for (const one of asked) count(nameOf(one.heard));
    const fresh = asked.filter(({ instruction }) => model.hashUnder(instruction.key) === undefined);
    for (const one of asked) {
      if (fresh.includes(one)) continue;
      const expected = model.answer(one.instruction, new Date(0));
      const said = one.heard.heard === "outcome" ? one.heard.outcome : one.heard;
      if (JSON.stringify(sorted(said)) !== JSON.stringify(sorted(expected)))
        problems.push(`${one.instruction.key}, asked before: ${words(said)} instead of ${words(expected)}`);
    }

    const taken = new Map(recorded.map(({ key, hash }) => [key, hash]));
    if (taken.size < recorded.length) problems.push("a key was accepted twice");
    const byName = new Map(fresh.map((one) => [variantOf(one.instruction), one.instruction]));
    /** What must still be found possible at some point of the round. */
    let open = [...Map.groupBy(fresh, ({ instruction }) => variantOf(instruction)).values()].flatMap((asks) =>
      claimsOf(asks, taken, problems),
    );

    const settle = (): void => {
      open = open.filter(({ instruction, says }) => {
        if (model.foresee(instruction) !== says) return true;
        if (says === "stale" || says === "accepted") return false;
        // A refusal is stored under its key, so a second one must be the same.
        const answer = model.answer(instruction, new Date(0));
        return !(answer.status === "refused" && answer.code === says);
      });
    };
    settle();
    for (const { key, hash, engine } of recorded) {
      const instruction = byName.get(`${key} ${hash}`);
      if (!instruction) {
        problems.push(`${key} was accepted, though nobody asked for it in this round`);
        continue;
      }
      const expected = model.answer(instruction, new Date(clocks[engine] as number));
      if (expected.status !== "accepted") {
        problems.push(`${key} was accepted; the model says ${words(expected)}`);
        return problems;
      }
      settle();
    }
    for (const { instruction, says } of open)
      problems.push(
        `${instruction.key} was answered ${says}; at no point of the round would the model say so, but at its end ${model.foresee(instruction)}`,
      );
    for (const { instruction, heard } of fresh) {
      if (heard.heard !== "outcome" || heard.outcome.status !== "conflict") continue;
      const stored = model.hashUnder(instruction.key);
      if (stored === undefined || stored === instruction.hash)
        problems.push(`${instruction.key} was answered conflict, and nothing else is stored under its key`);
    }
    return problems;
  }

  return {
    model,
    rows,
    counts,
    round,
    expire(nowMs) {
      const now = new Date(nowMs);
      const late = [...model.holds.values()].filter(
        (hold) => hold.status === "open" && hold.expiresAt <= now,
      );
      for (const { id, account } of late)
        model.answer(
          { key: `hold/${id}/expire`, hash: hashOf(id), releases: [{ holdId: id, account, as: "expired" }] },
          now,
        );
      return late.length;
    },
  };
}

/** `says` was heard of an instruction and must have been true at some point. `accepted`: but it could not be written. */
type Claim = { instruction: Instruction; says: RefusalCode | "stale" | "accepted" };

/**
 * Everything that was heard of one instruction under one key. Complains of what cannot be right whatever the order;
 * answers what can be right at some point only.
 */
function claimsOf(asks: readonly Asked[], taken: ReadonlyMap<string, string>, problems: string[]): Claim[] {
  const [{ instruction, poison }] = asks as [Asked];
  const { key, hash } = instruction;
  const claims: Claim[] = [];
  let accepted = 0;
  for (const { heard } of asks) {
    if (heard.heard === "error") {
      if (poison) claims.push({ instruction, says: "accepted" });
      else problems.push(`${key} failed: ${heard.message}`);
      continue;
    }
    const { outcome } = heard;
    if (outcome.status === "stale") claims.push({ instruction, says: "stale" });
    else if (outcome.status === "refused") {
      if (taken.has(key)) problems.push(`${key} was refused as ${outcome.code}, and accepted`);
      else claims.push({ instruction, says: outcome.code });
    } else if (outcome.status === "conflict") {
      // Whom the key belongs to is looked at when the round is over.
    } else {
      if (outcome.status === "accepted") accepted += 1;
      if (taken.get(key) !== hash)
        problems.push(`${key} was answered ${outcome.status}, and nothing is stored`);
      if (JSON.stringify(outcome.result) !== JSON.stringify(instruction.result))
        problems.push(`${key} was answered with the result ${JSON.stringify(outcome.result)}`);
    }
  }
  if (accepted > 1) problems.push(`${key} was accepted ${accepted} times`);
  return claims;
}

const variantOf = ({ key, hash }: Instruction): string => `${key} ${hash}`;
const nameOf = (heard: Asked["heard"]): string => {
  if (heard.heard === "error") return "error";
  return heard.outcome.status === "refused" ? heard.outcome.code : heard.outcome.status;
};
const words = (value: unknown): string => JSON.stringify(value);
const sorted = (value: object): [string, unknown][] =>
  Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
