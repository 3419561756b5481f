/** What is known of a bank's health, by all processes together. */
export type Circuit = {
  failuresInARow: number;
  /** How long the bank is left alone the next time. */
  pauseMs: number;
  /** The bank is left alone until then; afterwards one call finds out whether it is back. Null while it is well. */
  openUntil: Date | null;
  lastSuccessAt: Date | null;
  lastFailureAt: Date | null;
};

/** Failures in a row after which a bank is left alone for a while. */
const failuresToOpen = 5;
/** The first pause; each one after a probe that failed is twice as long, up to the last. */
const firstPauseMs = 10_000;
const longestPauseMs = 5 * 60_000;

export const unknownCircuit: Circuit = {
  failuresInARow: 0,
  pauseMs: firstPauseMs,
  openUntil: null,
  lastSuccessAt: null,
  lastFailureAt: null,
};

export function stateOf({ openUntil }: Circuit, now: Date): "closed" | "open" | "half_open" {
  return openUntil === null ? "closed" : openUntil > now ? "open" : "half_open";
}

/** What a call that ended says of the bank. */
export function afterCall(circuit: Circuit, failed: boolean, now: Date): Circuit {
  if (!failed)
    return { ...circuit, failuresInARow: 0, pauseMs: firstPauseMs, openUntil: null, lastSuccessAt: now };
  const failuresInARow = circuit.failuresInARow + 1;
  const noted = { ...circuit, failuresInARow, lastFailureAt: now };
  const state = stateOf(circuit, now);
  // Calls that were under way when the circuit opened say nothing new; only a probe's failure prolongs the pause.
  if (state === "open" || (state === "closed" && failuresInARow < failuresToOpen)) return noted;
  const pauseMs = state === "half_open" ? Math.min(circuit.pauseMs * 2, longestPauseMs) : circuit.pauseMs;
  return { ...noted, pauseMs, openUntil: new Date(now.getTime() + pauseMs) };
}
