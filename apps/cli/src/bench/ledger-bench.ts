import { type Engine, openEngine } from "@jinqiao/server/engine";
import type { BenchOptions } from "../commands/bench.ts";
import { finish } from "../terminal.ts";
import { hot, type LedgerWorkload, openLedgerWorkload, type Pick, uniform } from "./ledger-workload.ts";
import { openPgbench } from "./pgbench.ts";
import { loadNow, openPlace, type Place } from "./place.ts";
import { fewClients, manyClients } from "./plan.ts";
import { type BenchReport, nothingMeasured } from "./report.ts";
import { closedLoop, inRounds, medianOf, ratio, type Sample, type Slot } from "./rounds.ts";
import { openTransactionBaseline } from "./transaction-baseline.ts";

/** The posting engine beside `pgbench` and beside a transaction per transfer, in rounds on one PostgreSQL. */
export async function ledgerBench(options: BenchOptions): Promise<BenchReport> {
  const { plan, terminal, signal } = options;
  const loadStart = loadNow();
  const undo: (() => Promise<void>)[] = [];
  try {
    const place = await finish(
      terminal.step({ en: "Starting a throw-away PostgreSQL", zh: "正在启动一次性 PostgreSQL" }),
      () => openPlace(options.databaseUrl),
    );
    undo.push(place.close);
    signal.throwIfAborted();

    const filling = terminal.step({ en: "Filling the tables", zh: "正在准备数据" });
    const prepared = await finish(filling, () => prepare(place, options, undo));

    const measuring = terminal.step({ en: "Measuring", zh: "正在测量" });
    const samples = await finish(
      measuring,
      () =>
        inRounds(slotsOf(place, prepared, options), {
          rounds: plan.rounds,
          signal,
          onTurn: ({ name }, round) =>
            measuring.update({
              en: `Measuring, round ${round} of ${plan.rounds}: ${name}`,
              zh: `正在测量，第 ${round}/${plan.rounds} 轮：${name}`,
            }),
        }),
      { en: "Measured", zh: "测量完成" },
    );

    const rate = (name: string) => medianOf(samples.get(name), "rate");
    return {
      machine: { ...place.machine, pgbench: prepared.pgbench?.version ?? null },
      load: { start: loadStart, end: loadNow() },
      ratios: {
        ...nothingMeasured,
        uniformVsTxn: ratio(rate("uniform32"), rate("txnUniform32")),
        hotVsTxn: ratio(rate("hot32"), rate("txnHot32")),
        batchVsPgbench: ratio(rate("uniform1024"), rate("pgbench32")),
        hotVsUniform: ratio(rate("hot1024"), rate("uniform1024")),
        holdsVsPlain: ratio(rate("holds1024"), rate("uniform1024")),
        logVsPlain: ratio(rate("uniform1024"), rate("withoutLog1024")),
      },
      proofMs: null,
      verifyMs: null,
      rssMb: null,
      figures: {
        ...Object.fromEntries([...samples.keys()].map((name) => [name, rate(name)])),
        ...costsOf(samples),
        accounts: plan.accounts,
        pgbenchScale: prepared.pgbench === null ? null : plan.pgbenchScale,
      },
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

type Prepared = {
  pgbench: Awaited<ReturnType<typeof openPgbench>>;
  txn: Awaited<ReturnType<typeof openTransactionBaseline>>;
  ledger: LedgerWorkload;
  withoutLog: LedgerWorkload;
};

async function prepare(
  place: Place,
  { plan, signal }: BenchOptions,
  undo: (() => Promise<void>)[],
): Promise<Prepared> {
  const engine = async (part: string, transparency: boolean): Promise<Engine> => {
    const opened = await openEngine({ databaseUrl: await place.createDatabase(part), transparency });
    undo.push(opened.close);
    signal.throwIfAborted();
    return opened;
  };
  const ledger = await openLedgerWorkload(await engine("ledger", true), plan.accounts);
  const withoutLog = await openLedgerWorkload(await engine("without_log", false), plan.accounts);
  const txn = await openTransactionBaseline({
    databaseUrl: await place.createDatabase("txn"),
    accounts: plan.accounts,
  });
  undo.push(txn.close);
  signal.throwIfAborted();
  const pgbench = await openPgbench({
    databaseUrl: await place.createDatabase("pgbench"),
    scale: plan.pgbenchScale,
    signal,
  });
  await place.checkpoint();
  return { pgbench, txn, ledger, withoutLog };
}

function slotsOf(
  place: Place,
  { pgbench, txn, ledger, withoutLog }: Prepared,
  { plan, signal }: BenchOptions,
): Slot[] {
  const { accounts, slotMs: ms } = plan;
  const loop = (name: string, clients: number, act: () => Promise<number>): Slot => ({
    name,
    run: () => place.measure(() => closedLoop({ clients, ms, signal, act })),
  });
  const transferBy = (pick: Pick) => async () => {
    const { debit, credit } = pick();
    await txn.transfer(debit, credit, 1n);
    return 1;
  };
  const [any, mostlyOne] = [uniform(accounts), hot(accounts)];
  return [
    {
      name: "pgbench32",
      run: async () => (pgbench === null ? null : pgbench.tpcB(Math.max(1, Math.round(ms / 1000)))),
    },
    loop("txnUniform32", fewClients, transferBy(any)),
    loop("uniform32", fewClients, () => ledger.transfer(any)),
    loop("txnHot32", fewClients, transferBy(mostlyOne)),
    loop("hot32", fewClients, () => ledger.transfer(mostlyOne)),
    loop("withoutLog1024", manyClients, () => withoutLog.transfer(any)),
    loop("uniform1024", manyClients, () => ledger.transfer(any)),
    loop("hot1024", manyClients, () => ledger.transfer(mostlyOne)),
    loop("holds1024", manyClients, () => ledger.holdAndCapture(any)),
  ];
}

/** What a transfer costs beside time. */
function costsOf(samples: ReadonlyMap<string, Sample[]>): Record<string, number | null> {
  const of = (name: string, property: keyof Sample) => medianOf(samples.get(name), property);
  return {
    walBytesPerTransfer32: of("uniform32", "walBytes"),
    walBytesPerTransfer1024: of("uniform1024", "walBytes"),
    walBytesPerTransferTxn32: of("txnUniform32", "walBytes"),
    cpuNode32: of("uniform32", "cpuNode"),
    cpuPostgres32: of("uniform32", "cpuPostgres"),
    cpuNode1024: of("uniform1024", "cpuNode"),
    cpuPostgres1024: of("uniform1024", "cpuPostgres"),
    cpuNodeTxn32: of("txnUniform32", "cpuNode"),
    cpuPostgresTxn32: of("txnUniform32", "cpuPostgres"),
  };
}
