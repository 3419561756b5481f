/** How much is measured, and for how long. */
export type BenchPlan = {
  /** Turns of every slot. */
  rounds: number;
  /** How long one turn lasts, milliseconds. */
  slotMs: number;
  /** Scale of `pgbench`: 100,000 of its accounts each. Not below its 32 clients, which would wait for each other. */
  pgbenchScale: number;
  /** Accounts of the uniform workload. */
  accounts: number;
  /** What a full ledger holds; null leaves it out. */
  full: { accounts: number; transfers: number } | null;
  /** Signed-in people of the payments benchmark. */
  customers: number;
};

const plans: Record<"quick" | "full", BenchPlan> = {
  quick: { rounds: 3, slotMs: 1_000, pgbenchScale: 32, accounts: 10_000, full: null, customers: 128 },
  full: {
    rounds: 5,
    slotMs: 4_000,
    pgbenchScale: 50,
    accounts: 10_000,
    full: { accounts: 1_000_000, transfers: 5_000_000 },
    customers: 512,
  },
};

/**
 * @param env `JINQIAO_BENCH_PLAN` is for tests of the benchmark itself: JSON whose fields replace those of the plan
 */
export function planOf(name: "quick" | "full", env: NodeJS.ProcessEnv = process.env): BenchPlan {
  return { ...plans[name], ...(JSON.parse(env.JINQIAO_BENCH_PLAN || "{}") as Partial<BenchPlan>) };
}

/** Clients of the transaction baseline and of `pgbench`, and as many of ours. */
export const fewClients = 32;
/** Where batches are full. */
export const manyClients = 1_024;
