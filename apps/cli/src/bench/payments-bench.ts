import type { BenchOptions } from "../commands/bench.ts";
import type { BenchReport } from "./report.ts";

export async function paymentsBench(_options: BenchOptions): Promise<BenchReport> {
  throw new Error("not yet");
}
