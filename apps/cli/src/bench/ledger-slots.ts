import { randomBytes } from "node:crypto";
import { type Engine, openEngine } from "@jinqiao/server/engine";
import { type LedgerWorkload, openLedgerWorkload } from "./ledger-workload.ts";
import type { Place } from "./place.ts";
import { closedLoop, type Slot } from "./rounds.ts";

/** A ledger in this process. */
export type MeasuredLedger = Engine & {
  keepsLog: boolean;
  /** Lets the log grow beside the transfers from now on, as it does in a server. */
  startLog(): void;
  openWorkload(accounts: number): Promise<LedgerWorkload>;
};

/** @param vaultKey of a database that a server will open later; null leaves the log out */
export async function openMeasuredLedger(
  databaseUrl: string,
  vaultKey: string | null = randomBytes(32).toString("base64"),
): Promise<MeasuredLedger> {
  const keepsLog = vaultKey !== null;
  const engine = await openEngine({
    databaseUrl,
    transparency: keepsLog,
    ...(keepsLog ? { log: { origin: "bench.example/log", vaultKey } } : {}),
  });
  return {
    ...engine,
    keepsLog,
    startLog: engine.ledger.log.start,
    openWorkload: (accounts) => openLedgerWorkload(engine, accounts),
  };
}

/**
 * Clients of one ledger in this process. Where the log grows meanwhile, what it still lacks at the end is made up for
 * within the time that counts: each figure pays for its own log, and for no other's.
 */
export function inBatches(
  place: Place,
  { ledger, keepsLog }: MeasuredLedger,
  slot: { name: string; clients: number; ms: number; signal: AbortSignal; act(): Promise<number> },
): Slot {
  return {
    name: slot.name,
    run: () =>
      place.measure(async () => {
        const began = performance.now();
        const { count } = await closedLoop(slot);
        if (keepsLog) await ledger.log.integrate();
        return { count, seconds: (performance.now() - began) / 1000 };
      }),
  };
}
