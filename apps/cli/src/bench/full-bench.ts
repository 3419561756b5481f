import { randomBytes } from "node:crypto";
import type { BenchOptions } from "../commands/bench.ts";
import { finish } from "../terminal.ts";
import { type FullLedger, fillLedger, personCode } from "./full-ledger.ts";
import { startLoadProcess } from "./http-load-process.ts";
import { inBatches, openMeasuredLedger } from "./ledger-slots.ts";
import { uniform, workloadOn } from "./ledger-workload.ts";
import { startMeasuredServer } from "./measured-server.ts";
import type { Place } from "./place.ts";
import { manyClients, slotMsOf } from "./plan.ts";
import { memoryOf } from "./processes.ts";
import { measureProofs } from "./proofs.ts";
import type { BenchReport } from "./report.ts";
import { inRounds, medianOf, ratio } from "./rounds.ts";

type FullFigures = Pick<BenchReport, "proofMs" | "verifyMs" | "rssMb" | "figures"> & {
  fullVsEmpty: number | null;
};

const connections = 64;

/** What a ledger with years of business in it does: posting, proofs, and the memory of a server that runs on it. */
export async function fullBench(
  place: Place,
  full: FullLedger,
  options: BenchOptions & { passedMs(): number },
): Promise<FullFigures> {
  const { plan, terminal, signal } = options;
  const undo: (() => Promise<void>)[] = [];
  const vaultKey = randomBytes(32).toString("base64");
  try {
    const databaseUrl = await place.createDatabase("full");
    const fillingBegan = performance.now();
    const filling = terminal.step({ en: "Filling a ledger", zh: "正在填充账本" });
    await finish(filling, () =>
      fillLedger({
        ...full,
        databaseUrl,
        signal,
        onProgress: (done, of) =>
          filling.update({
            en: `Filling a ledger with ${full.accounts} accounts and ${full.transfers} transfers, step ${done + 1} of ${of}`,
            zh: `正在填充账本：${full.accounts} 个账户、${full.transfers} 笔转账，第 ${done + 1}/${of} 步`,
          }),
      }),
    );

    const filled = await openMeasuredLedger(databaseUrl, vaultKey);
    undo.push(filled.close);
    const fillSeconds = (performance.now() - fillingBegan) / 1000;
    const began = performance.now();
    const size = await finish(
      terminal.step({ en: "Growing the log over it", zh: "正在为其构建透明日志" }),
      () => filled.ledger.log.integrate(),
    );
    const leavesPerSecond = (Number(size) / (performance.now() - began)) * 1000;
    const proofs = await finish(
      terminal.step({ en: "Building and verifying receipts", zh: "正在生成并验证凭证" }),
      () => measureProofs(filled, plan.receipts, signal),
    );

    filled.startLog();

    const empty = await openMeasuredLedger(await place.createDatabase("empty"));
    undo.push(empty.close);
    empty.startLog();
    const ms = slotMsOf(plan, 2 * plan.rounds, options.passedMs());
    const all = workloadOn(filled, (index) => ({ code: personCode(index), currency: "GBP" }));
    const few = await empty.openWorkload(plan.accounts);
    await place.checkpoint();
    const measuring = terminal.step({ en: "Measuring full and empty", zh: "正在测量满账本与空账本" });
    const samples = await finish(measuring, () =>
      inRounds(
        [
          inBatches(place, filled, {
            name: "uniformFull1024",
            clients: manyClients,
            ms,
            signal,
            act: () => all.transfer(uniform(full.accounts)),
          }),
          inBatches(place, empty, {
            name: "uniformEmpty1024",
            clients: manyClients,
            ms,
            signal,
            act: () => few.transfer(uniform(plan.accounts)),
          }),
        ],
        { rounds: plan.rounds, signal },
      ),
    );
    for (const step of undo.splice(0).reverse()) await step();

    const memory = await finish(
      terminal.step({ en: "Memory of the server under load", zh: "正在测量服务端负载下的内存" }),
      () => memoryUnderLoad({ databaseUrl, vaultKey, ms: 3 * plan.slotMs }),
    );
    const rate = (name: string) => medianOf(samples.get(name), "rate");
    return {
      fullVsEmpty: ratio(rate("uniformFull1024"), rate("uniformEmpty1024")),
      proofMs: proofs.proofMs,
      verifyMs: proofs.verifyMs,
      rssMb: memory,
      figures: {
        uniformFull1024: rate("uniformFull1024"),
        uniformEmpty1024: rate("uniformEmpty1024"),
        walBytesPerTransferFull: medianOf(samples.get("uniformFull1024"), "walBytes"),
        logLeaves: leavesPerSecond,
        fillSeconds,
        logSize: proofs.logSize,
        fullAccounts: full.accounts,
        fullTransfers: full.transfers,
      },
    };
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

/** The most memory that a server on this database holds while people pay. */
async function memoryUnderLoad(options: {
  databaseUrl: string;
  vaultKey: string;
  ms: number;
}): Promise<number | null> {
  const server = await startMeasuredServer(options);
  const load = startLoadProcess();
  try {
    const people = await server.signUp(connections);
    await load.run({ port: server.port, origin: server.origin, people, connections, ms: options.ms });
    return (await memoryOf(server.pid))?.peakMb ?? null;
  } finally {
    await load.close();
    await server.stop();
  }
}
