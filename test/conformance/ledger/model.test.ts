import type { manualClock } from "../../../apps/server/src/platform/clock.ts";
import type { LedgerUnderTest } from "./kit.ts";
import { createModel } from "./model.ts";
import { createModelLedger } from "./model-ledger.ts";
import { describeLedger } from "./suite.ts";

/** The second engine: the same suite passes on books in memory, so nothing in it depends on PostgreSQL. */
async function makeModelLedger(clock: ReturnType<typeof manualClock>): Promise<LedgerUnderTest> {
  const notes = new Map<string, number>();
  const emitted = { events: [] as string[], jobs: [] as string[] };
  const model = createModel({
    isStale: ({ arg }) => (notes.get(String(arg.id)) ?? 0) !== arg.version,
    write({ rows = [], events = [], jobs = [] }) {
      const unknown = rows.find((row) => row.writer !== "note");
      if (unknown) throw new Error(`no writer ${unknown.writer}`);
      for (const { row } of rows) notes.set(String(row.id), Number(row.version));
      emitted.events.push(...events.map((event) => event.name));
      emitted.jobs.push(...jobs.map((job) => job.task));
    },
  });
  const ledger = createModelLedger({ clock, model });
  return {
    ledger,
    another: async () => createModelLedger({ clock, model }),
    notes: {
      writer: "note",
      check: "note",
      all: async () => [...notes].map(([id, version]) => ({ id, version })),
    },
    emitted: async () => ({ events: [...emitted.events], jobs: [...emitted.jobs] }),
    close: async () => {},
  };
}

describeLedger("the books in memory", makeModelLedger);
