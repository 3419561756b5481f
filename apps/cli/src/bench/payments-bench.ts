import { mkdir } from "node:fs/promises";
import { openEngine } from "@jinqiao/server/engine";
import type { BenchOptions } from "../commands/bench.ts";
import { finish } from "../terminal.ts";
import { type LoadProcess, type Person, startLoadProcess } from "./http-load-process.ts";
import { type MeasuredServer, startMeasuredServer } from "./measured-server.ts";
import { openPgbench } from "./pgbench.ts";
import { loadNow, openPlace } from "./place.ts";
import { slotMsOf } from "./plan.ts";
import { memoryOf } from "./processes.ts";
import { type BenchReport, nothingMeasured } from "./report.ts";
import { inRounds, median, medianOf, ratio } from "./rounds.ts";

const connections = 64;

/**
 * Payments from customer to customer through the whole server: session, contract, idempotency, limits, payment row,
 * event, commit. The load has a process of its own; `pgbench` runs in turn with it on the same PostgreSQL.
 */
export async function paymentsBench(options: BenchOptions): Promise<BenchReport> {
  const { plan, terminal, signal } = options;
  const loadStart = loadNow();
  const began = performance.now();
  const undo: (() => Promise<void>)[] = [];
  try {
    const place = await finish(
      terminal.step({ en: "Starting a throw-away PostgreSQL", zh: "正在启动一次性 PostgreSQL" }),
      () => openPlace(options.databaseUrl),
    );
    undo.push(place.close);
    signal.throwIfAborted();

    const databaseUrl = await place.createDatabase("payments");
    if (options.cpuProfile !== undefined) await mkdir(options.cpuProfile, { recursive: true });
    const server = await finish(terminal.step({ en: "Starting the server", zh: "正在启动服务端" }), () =>
      startMeasuredServer({ databaseUrl, cpuProfile: options.cpuProfile }),
    );
    undo.push(server.stop);
    signal.throwIfAborted();

    const { people, pgbench } = await finish(
      terminal.step({
        en: `Opening ${plan.customers} wallets and filling the tables of pgbench`,
        zh: `正在开立 ${plan.customers} 个钱包并准备 pgbench 数据`,
      }),
      async () => ({
        people: await server.signUp(plan.customers),
        pgbench: await openPgbench({
          databaseUrl: await place.createDatabase("pgbench"),
          scale: plan.pgbenchScale,
          signal,
        }),
      }),
    );
    const load = startLoadProcess();
    undo.push(load.close);

    const ms = slotMsOf(plan, 2 * plan.rounds + 2, performance.now() - began);
    let answered = 0;
    const loadCpu: number[] = [];
    const pay = async (): Promise<{ count: number; seconds: number }> => {
      const answer = await underLoad(load, server, people, ms);
      answered += answer.count;
      loadCpu.push(answer.cpuSeconds / answer.seconds);
      return answer;
    };
    const measuring = terminal.step({ en: "Warming up", zh: "正在预热" });
    const samples = await finish(
      measuring,
      async () => {
        await pay();
        await place.checkpoint();
        return inRounds(
          [
            {
              name: "pgbench32",
              run: async () => (pgbench === null ? null : pgbench.tpcB(Math.max(1, Math.round(ms / 1000)))),
            },
            { name: "http64", run: () => place.measure(pay, { pid: server.pid }) },
          ],
          {
            rounds: plan.rounds,
            signal,
            onTurn: ({ name }, round) =>
              measuring.update({
                en: `Measuring, round ${round} of ${plan.rounds}: ${name}`,
                zh: `正在测量，第 ${round}/${plan.rounds} 轮：${name}`,
              }),
          },
        );
      },
      { en: "Measured", zh: "测量完成" },
    );
    const memory = await memoryOf(server.pid);

    await finish(terminal.step({ en: "Checking the books", zh: "正在核对账本" }), () =>
      requireExact(databaseUrl, answered),
    );
    const of = (name: string, property: "rate" | "cpuNode" | "cpuPostgres" | "walBytes") =>
      medianOf(samples.get(name), property);
    return {
      machine: { ...place.machine, pgbench: pgbench?.version ?? null },
      load: { start: loadStart, end: loadNow() },
      ratios: { ...nothingMeasured, httpVsPgbench: ratio(of("http64", "rate"), of("pgbench32", "rate")) },
      proofMs: null,
      verifyMs: null,
      // The promise is about a server with five million transfers: `bench ledger` measures that one.
      rssMb: null,
      figures: {
        http64: of("http64", "rate"),
        pgbench32: of("pgbench32", "rate"),
        walBytesPerPayment: of("http64", "walBytes"),
        cpuServer: of("http64", "cpuNode"),
        cpuPostgres: of("http64", "cpuPostgres"),
        cpuLoad: median(loadCpu),
        serverPeakMb: memory?.peakMb ?? null,
        payments: answered,
        customers: plan.customers,
        pgbenchScale: pgbench === null ? null : plan.pgbenchScale,
      },
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** Every answer must be 201: a benchmark of refusals measures something else. */
async function underLoad(load: LoadProcess, server: MeasuredServer, people: readonly Person[], ms: number) {
  const answer = await load.run({ port: server.port, origin: server.origin, people, connections, ms });
  if (Object.keys(answer.statuses).some((status) => status !== "201"))
    throw new Error(`The server did not take every payment: ${JSON.stringify(answer.statuses)}`);
  return answer;
}

/** What was answered is in the books once, and the books are whole. */
async function requireExact(databaseUrl: string, answered: number): Promise<void> {
  const engine = await openEngine({ databaseUrl });
  try {
    const [row] = await engine.db.query<{ payments: bigint }>(
      "SELECT count(*) AS payments FROM payments.payment WHERE status = 'settled'",
    );
    if (row?.payments !== BigInt(answered))
      throw new Error(`${answered} payments were answered, and ${row?.payments} are in the books.`);
    const violations = await engine.ledger.violations();
    if (violations.length > 0) throw new Error(`The books are broken: ${JSON.stringify(violations[0])}`);
  } finally {
    await engine.close();
  }
}
