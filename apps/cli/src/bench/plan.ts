/** How much is measured, and for how long. */
export type BenchPlan = {
  /** Turns of every slot. */
  rounds: number;
  /** How long one turn lasts at most, milliseconds. */
  slotMs: number;
  /** When the whole is to be done, milliseconds: turns are shortened where the machine needs long to prepare. */
  limitMs: number;
  /** Scale of `pgbench`: 100,000 of its accounts each. Not below its 32 clients, which would wait for each other. */
  pgbenchScale: number;
  /** Accounts of the uniform workload. */
  accounts: number;
  /** What a full ledger holds; null leaves it out. */
  full: { accounts: number; transfers: number } | null;
  /** Signed-in people of the payments benchmark. */
  customers: number;
  /** Receipts that are built and verified. */
  receipts: number;
};

const plans: Record<"quick" | "full", BenchPlan> = {
  quick: {
    rounds: 3,
    slotMs: 1_000,
    limitMs: 60_000,
    pgbenchScale: 32,
    accounts: 10_000,
    full: null,
    customers: 128,
    receipts: 200,
  },
  full: {
    rounds: 5,
    slotMs: 4_000,
    limitMs: 15 * 60_000,
    pgbenchScale: 50,
    accounts: 10_000,
    full: { accounts: 1_000_000, transfers: 5_000_000 },
    customers: 512,
    receipts: 1_000,
  },
};

/**
 * @param env `JINQIAO_BENCH_PLAN` is for tests of the benchmark itself: JSON whose fields replace those of the plan
 */
export function planOf(name: "quick" | "full", env: NodeJS.ProcessEnv = process.env): BenchPlan {
  return { ...plans[name], ...(JSON.parse(env.JINQIAO_BENCH_PLAN || "{}") as Partial<BenchPlan>) };
}

/** Time that checks and cleaning up need at the end. */
const endMs = 8_000;
const shortestSlotMs = 250;

/** How long a turn may last so that `turns` of them fit into what is left of the plan's time, milliseconds. */
export function slotMsOf(plan: BenchPlan, turns: number, passedMs: number): number {
  const fits = (plan.limitMs - endMs - passedMs) / turns;
  return Math.round(Math.max(shortestSlotMs, Math.min(plan.slotMs, fits)));
}

/** Clients of the transaction baseline and of `pgbench`, and as many of ours. */
export const fewClients = 32;
/** Where batches are full. */
export const manyClients = 1_024;
