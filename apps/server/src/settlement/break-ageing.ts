import type * as contract from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import { hashOf } from "../ledger/index.ts";
import { event } from "../platform/events.ts";
import { type AgeBucket, ageBuckets } from "./ageing.ts";
import { type ReconcileDeps, write } from "./rows.ts";
import * as sql from "./sql.ts";
import { ageOf, limitOf } from "./views.ts";

type Sum = {
  bankId: string;
  currency: string;
  bucket: AgeBucket;
  breaks: number;
  overdue: number;
  minor: bigint;
};

/** Open breaks by bank, currency and age. */
export async function ageing(deps: ReconcileDeps): Promise<z.input<typeof contract.BreakAgeing>> {
  const sums = new Map<string, Sum>();
  for (const row of await sql.selectOpenByDay(deps.db)) {
    const { bucket, overdue } = ageOf(deps, row);
    const key = `${row.bank_id} ${row.currency} ${ageBuckets.indexOf(bucket)}`;
    const sum = sums.get(key) ?? {
      bankId: row.bank_id,
      currency: row.currency,
      bucket,
      breaks: 0,
      overdue: 0,
      minor: 0n,
    };
    sum.breaks += Number(row.count);
    if (overdue) sum.overdue += Number(row.count);
    sum.minor += row.sum;
    sums.set(key, sum);
  }
  return {
    asOf: deps.clock.now().toISOString(),
    limits: deps.banks
      .list()
      .map(({ id, name }) => ({ bankId: id, bankName: name, days: limitOf(deps, id) })),
    sums: [...sums]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { minor, ...sum }]) => ({ ...sum, amount: toWire({ minor, currency: sum.currency }) })),
  };
}

/** At most so many breaks are called overdue in one run; the next takes up the rest. */
const mostAtOnce = 500;

/** Tells once of each open break that has passed its bank's limit. */
export async function watchAgeing(deps: ReconcileDeps): Promise<void> {
  const now = deps.clock.now();
  const today = now.toISOString().slice(0, 10);
  const rows = await sql.selectNotOverdue(deps.db, today, mostAtOnce);
  await Promise.all(
    rows.map(async (row) => {
      const { days, overdue } = ageOf(deps, row);
      if (!overdue) return;
      await deps.ledger.commit({
        key: `break/${row.id}/overdue`,
        hash: hashOf({ id: row.id }),
        rows: [write({ overdue: { id: row.id, at: now.toISOString() } })],
        events: [event("break.overdue", { breakId: row.id, bankId: row.bank_id, days })],
      });
    }),
  );
}
