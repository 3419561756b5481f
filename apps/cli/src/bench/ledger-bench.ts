import type { BenchOptions } from "../commands/bench.ts";
import { finish } from "../terminal.ts";
import { fullBench } from "./full-bench.ts";
import { inBatches, type MeasuredLedger, openMeasuredLedger } from "./ledger-slots.ts";
import { hot, type LedgerWorkload, type Pick, uniform } from "./ledger-workload.ts";
import { openPgbench } from "./pgbench.ts";
import { loadNow, openPlace, type Place } from "./place.ts";
import { fewClients, manyClients, slotMsOf } from "./plan.ts";
import { measureProofs } from "./proofs.ts";
import { type BenchReport, nothingMeasured } from "./report.ts";
import { closedLoop, inRounds, medianOf, ratio, type Sample, type Slot } from "./rounds.ts";
import { openTransactionBaseline } from "./transaction-baseline.ts";

/** The posting engine beside `pgbench` and beside a transaction per transfer, in rounds on one PostgreSQL. */
export async function ledgerBench(options: BenchOptions): Promise<BenchReport> {
  const { plan, terminal, signal } = options;
  const loadStart = loadNow();
  const began = performance.now();
  const passedMs = () => performance.now() - began;
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
        inRounds(slotsOf(place, prepared, options, passedMs()), {
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

    const more =
      plan.full === null
        ? await proofsOnly(prepared.ledger, options)
        : await fullBench(place, plan.full, { ...options, passedMs });

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
        fullVsEmpty: more.fullVsEmpty,
      },
      proofMs: more.proofMs,
      verifyMs: more.verifyMs,
      rssMb: more.rssMb,
      figures: {
        ...Object.fromEntries([...samples.keys()].map((name) => [name, rate(name)])),
        ...costsOf(samples),
        ...more.figures,
        accounts: plan.accounts,
        pgbenchScale: prepared.pgbench === null ? null : plan.pgbenchScale,
      },
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** Where no full ledger is made, receipts are taken from the log as it stands after the rounds. */
async function proofsOnly(ledger: MeasuredLedger, { plan, terminal, signal }: BenchOptions) {
  const { proofMs, verifyMs, logSize } = await finish(
    terminal.step({ en: "Building and verifying receipts", zh: "正在生成并验证凭证" }),
    () => measureProofs(ledger, plan.receipts, signal),
  );
  return { fullVsEmpty: null, rssMb: null, proofMs, verifyMs, figures: { logSize } };
}

type Prepared = {
  pgbench: Awaited<ReturnType<typeof openPgbench>>;
  txn: Awaited<ReturnType<typeof openTransactionBaseline>>;
  ledger: MeasuredLedger;
  workload: LedgerWorkload;
  withoutLog: MeasuredLedger;
  workloadWithoutLog: LedgerWorkload;
};

async function prepare(
  place: Place,
  { plan, signal }: BenchOptions,
  undo: (() => Promise<void>)[],
): Promise<Prepared> {
  const ledger = await openMeasuredLedger(await place.createDatabase("ledger"));
  undo.push(ledger.close);
  ledger.startLog();
  signal.throwIfAborted();
  const withoutLog = await openMeasuredLedger(await place.createDatabase("without_log"), null);
  undo.push(withoutLog.close);
  signal.throwIfAborted();
  const txn = await openTransactionBaseline({
    databaseUrl: await place.createDatabase("txn"),
    accounts: plan.accounts,
  });
  undo.push(txn.close);
  const [workload, workloadWithoutLog, pgbench] = [
    await ledger.openWorkload(plan.accounts),
    await withoutLog.openWorkload(plan.accounts),
    await openPgbench({
      databaseUrl: await place.createDatabase("pgbench"),
      scale: plan.pgbenchScale,
      signal,
    }),
  ];
  await place.checkpoint();
  return { pgbench, txn, ledger, workload, withoutLog, workloadWithoutLog };
}

function slotsOf(place: Place, prepared: Prepared, { plan, signal }: BenchOptions, passedMs: number): Slot[] {
  const { pgbench, txn, ledger, workload, withoutLog, workloadWithoutLog } = prepared;
  const [any, mostlyOne] = [uniform(plan.accounts), hot(plan.accounts)];
  // Ten and not nine, because the transactions of pgbench need whole seconds and new connections each time.
  const ms = slotMsOf(plan, 10 * plan.rounds, passedMs);
  const byTransaction = (name: string, pick: Pick): Slot => ({
    name,
    run: () =>
      place.measure(() =>
        closedLoop({
          clients: fewClients,
          ms,
          signal,
          act: async () => {
            const { debit, credit } = pick();
            await txn.transfer(debit, credit, 1n);
            return 1;
          },
        }),
      ),
  });
  const batches = (name: string, clients: number, act: () => Promise<number>, on = ledger): Slot =>
    inBatches(place, on, { name, clients, ms, signal, act });
  return [
    {
      name: "pgbench32",
      run: async () => (pgbench === null ? null : pgbench.tpcB(Math.max(1, Math.round(ms / 1000)))),
    },
    byTransaction("txnUniform32", any),
    batches("uniform32", fewClients, () => workload.transfer(any)),
    byTransaction("txnHot32", mostlyOne),
    batches("hot32", fewClients, () => workload.transfer(mostlyOne)),
    batches("withoutLog1024", manyClients, () => workloadWithoutLog.transfer(any), withoutLog),
    batches("uniform1024", manyClients, () => workload.transfer(any)),
    batches("hot1024", manyClients, () => workload.transfer(mostlyOne)),
    batches("holds1024", manyClients, () => workload.holdAndCapture(any)),
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
