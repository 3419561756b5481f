import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { gatewayBench } from "../bench/gateway-bench.ts";
import { gatewayTable, roundedGateway } from "../bench/gateway-report.ts";
import { ledgerBench } from "../bench/ledger-bench.ts";
import { paymentsBench } from "../bench/payments-bench.ts";
import { type BenchPlan, planOf } from "../bench/plan.ts";
import { type BenchReport, roundedReport, tableOf } from "../bench/report.ts";
import { signInBench } from "../bench/sign-in-bench.ts";
import { signInTable } from "../bench/sign-in-report.ts";
import { type Command, UsageError } from "../command.ts";
import { createTerminal, type Terminal } from "../terminal.ts";

/** What a benchmark is given. It gives up when `signal` says so, and removes whatever it made either way. */
export type BenchOptions = {
  plan: BenchPlan;
  databaseUrl: string | undefined;
  /** Folder for a CPU profile of the server. */
  cpuProfile: string | undefined;
  terminal: Terminal;
  signal: AbortSignal;
};

/** A report for programs, and as a table for the screen. */
type Measured = { json: unknown; table: string };

const throughput =
  (measure: (options: BenchOptions) => Promise<BenchReport>) =>
  async (options: BenchOptions): Promise<Measured> => {
    const report = roundedReport(await measure(options));
    return { json: report, table: tableOf(report) };
  };

const benches: Record<string, (options: BenchOptions) => Promise<Measured>> = {
  ledger: throughput(ledgerBench),
  payments: throughput(paymentsBench),
  gateway: async (options) => {
    const report = roundedGateway(await gatewayBench(options));
    return { json: report, table: gatewayTable(report) };
  },
  "sign-in": async (options) => {
    const report = await signInBench(options);
    return { json: report, table: signInTable(report) };
  },
};

const stopSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export const bench: Command = {
  name: "bench",
  summary: {
    en: "Measure the ledger (bench ledger), payments over HTTP (bench payments) or payments of shops (bench gateway) beside pgbench, or signing in beside payments (bench sign-in), on a throw-away PostgreSQL.",
    zh: "在一次性 PostgreSQL 上与 pgbench 对比测量账本（bench ledger）、HTTP 付款（bench payments）或商户收款（bench gateway），或测量付款同时登录（bench sign-in）的性能。",
  },
  options: [
    {
      flags: "--quick",
      summary: {
        en: "at most a minute, on an empty ledger; the full run takes up to fifteen",
        zh: "一分钟以内，仅测空账本；完整测量最长十五分钟",
      },
    },
    { flags: "--json", summary: { en: "print the result as JSON alone", zh: "仅以 JSON 输出结果" } },
    {
      flags: "--database-url URL",
      summary: {
        en: "PostgreSQL on which throw-away databases are made, instead of a throw-away PostgreSQL",
        zh: "在该 PostgreSQL 上创建一次性数据库，而不另起一次性 PostgreSQL",
      },
    },
    {
      flags: "--cpu-profile DIR",
      summary: {
        en: "bench payments, bench gateway: write a CPU profile of the server to DIR",
        zh: "bench payments、bench gateway：将服务端的 CPU 剖析文件写入 DIR",
      },
    },
  ],
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args,
      options: {
        quick: { type: "boolean" },
        json: { type: "boolean" },
        "database-url": { type: "string" },
        "cpu-profile": { type: "string" },
      },
      allowPositionals: true,
      strict: true,
    });
    const [name, ...more] = positionals;
    const measure = benches[name ?? ""];
    if (measure === undefined || more.length > 0)
      throw new UsageError(
        'Name one thing to measure: "bench ledger", "bench payments", "bench gateway" or "bench sign-in".',
      );
    const profile = values["cpu-profile"];
    if (profile !== undefined && name !== "payments" && name !== "gateway")
      throw new UsageError("--cpu-profile goes with bench payments and bench gateway.");

    const terminal = createTerminal(process.stderr);
    const asked = new AbortController();
    const heed = () => asked.abort();
    for (const signal of stopSignals) process.on(signal, heed);
    try {
      const { json, table } = await measure({
        plan: planOf(values.quick ? "quick" : "full"),
        databaseUrl: values["database-url"],
        cpuProfile: profile === undefined ? undefined : resolve(profile),
        terminal,
        signal: asked.signal,
      });
      process.stdout.write(values.json ? `${JSON.stringify(json, null, 2)}\n` : table);
      return 0;
    } catch (error) {
      if (!asked.signal.aborted) throw error;
      terminal.line({ en: "Stopped; everything was removed.", zh: "已停止，所有临时数据均已删除。" });
      return 130;
    } finally {
      for (const signal of stopSignals) process.off(signal, heed);
    }
  },
};
