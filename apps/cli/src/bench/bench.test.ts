import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { createDb } from "@jinqiao/server/engine";
import { expect, test } from "vitest";
import { openConnection } from "./http-connection.ts";
import { planOf, slotMsOf } from "./plan.ts";
import { type BenchReport, nothingMeasured, roundedReport, tableOf } from "./report.ts";
import { closedLoop, inRounds, median, medianOf, ratio, type Slot } from "./rounds.ts";
import { percentile } from "./sign-in-bench.ts";
import type { SignInReport } from "./sign-in-report.ts";

const bin = fileURLToPath(new URL("../../bin/jinqiao.js", import.meta.url));
const given = process.env.JINQIAO_TEST_DATABASE_URL as string;
const tiny = {
  rounds: 1,
  slotMs: 100,
  limitMs: 1,
  accounts: 100,
  pgbenchScale: 1,
  customers: 6,
  receipts: 5,
  full: { accounts: 300, transfers: 2_000 },
};

async function bench(args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(process.execPath, [bin, "bench", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, LANG: "C", LC_ALL: "C", JINQIAO_BENCH_PLAN: JSON.stringify(tiny) },
  });
  let [out, err] = ["", ""];
  child.stdout.on("data", (data) => {
    out += data;
  });
  child.stderr.on("data", (data) => {
    err += data;
  });
  const [code] = (await once(child, "close")) as [number | null];
  return { code, out, err };
}

async function benchDatabases(): Promise<unknown[]> {
  const db = createDb({ url: given, maxConnections: 1 });
  try {
    return await db.query("SELECT datname FROM pg_database WHERE datname LIKE 'jinqiao_bench_%' ORDER BY 1");
  } finally {
    await db.close();
  }
}

/** What cannot be known of another's server, or without `pgbench`, may be missing; the rest may not. */
function expectMeasured(figures: Record<string, number | null>, names: readonly string[]): void {
  for (const name of names) expect(figures[name], name).toBeGreaterThan(0);
}

test("bench ledger --json measures everything it promises, in a full ledger too", async () => {
  const { code, out, err } = await bench(["ledger", "--quick", "--json", "--database-url", given]);
  expect(code, err).toBe(0);
  const report = JSON.parse(out) as BenchReport;
  expect(Object.keys(report).sort()).toEqual(
    ["figures", "load", "machine", "proofMs", "ratios", "rssMb", "verifyMs"].sort(),
  );
  expect(Object.keys(report.ratios).sort()).toEqual(Object.keys(nothingMeasured).sort());
  const { batchVsPgbench, httpVsPgbench, ...ratios } = report.ratios;
  expectMeasured(ratios, Object.keys(ratios));
  // Both sides of a figure are there, or the figure is not.
  expect(batchVsPgbench === null).toBe(report.machine.pgbench === null);
  expect(httpVsPgbench, "bench payments measures that").toBeNull();
  expectMeasured(report.figures, [
    "uniform32",
    "hot1024",
    "holds1024",
    "uniformFull1024",
    "uniformEmpty1024",
  ]);
  expect(report.proofMs).toBeGreaterThan(0);
  expect(report.verifyMs).toBeGreaterThan(0);
  expect(report.figures.logSize).toBeGreaterThanOrEqual(tiny.full.transfers);
  expect(report.machine.settings.fsync).toBe("on");
  expect(report.load.start).toHaveLength(3);
}, 240_000);

test("bench payments --json measures payments and nothing else, and finds each in the books", async () => {
  const { code, out, err } = await bench(["payments", "--quick", "--json", "--database-url", given]);
  expect(code, err).toBe(0);
  const report = JSON.parse(out) as BenchReport;
  const { httpVsPgbench, ...others } = report.ratios;
  expect(others).toEqual({ ...nothingMeasured, httpVsPgbench: undefined });
  expect(httpVsPgbench === null).toBe(report.machine.pgbench === null);
  expectMeasured(report.figures, ["http64", "payments", "cpuLoad"]);
}, 240_000);

test("a benchmark that was stopped says so and leaves nothing behind", async () => {
  const before = await benchDatabases();
  const child = spawn(process.execPath, [bin, "bench", "ledger", "--database-url", given], {
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, LANG: "C", LC_ALL: "C", JINQIAO_BENCH_PLAN: JSON.stringify(tiny) },
  });
  let err = "";
  let asked = false;
  const ended = once(child, "close");
  for await (const data of child.stderr) {
    err += data;
    if (asked || !/Measuring, round/.test(err)) continue;
    asked = child.kill("SIGINT");
  }
  expect(await ended).toEqual([130, null]);
  expect(err).toContain("Stopped; everything was removed.");
  expect(await benchDatabases()).toEqual(before);
}, 120_000);

test.each([
  { args: [], says: "Name one thing to measure" },
  { args: ["wallet"], says: "Name one thing to measure" },
  { args: ["ledger", "payments"], says: "Name one thing to measure" },
  { args: ["ledger", "--fast"], says: "Unknown option '--fast'" },
  { args: ["ledger", "--cpu-profile", "."], says: "goes with bench payments" },
])("a wrong call is refused: bench $args", async ({ args, says }) => {
  const answer = await bench(args);
  expect(answer.code).toBe(2);
  expect(answer.err).toContain(says);
});

test("slots take turns, and every other round goes backwards", async () => {
  const order: string[] = [];
  const slot = (name: string): Slot => ({
    name,
    run: async () => {
      order.push(name);
      return name === "absent" ? null : { rate: order.length };
    },
  });
  const samples = await inRounds([slot("a"), slot("absent"), slot("b")], {
    rounds: 2,
    signal: new AbortController().signal,
  });
  expect(order).toEqual(["a", "absent", "b", "b", "absent", "a"]);
  expect(medianOf(samples.get("a"), "rate")).toBe(3.5);
  expect(medianOf(samples.get("absent"), "rate")).toBeNull();
  expect(medianOf(samples.get("a"), "walBytes")).toBeNull();
});

test("medians and ratios of nothing are nothing", () => {
  expect(median([])).toBeNull();
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  expect(ratio(null, 2)).toBeNull();
  expect(ratio(2, null)).toBeNull();
  expect(ratio(2, 0)).toBeNull();
  expect(ratio(1, 2)).toBe(0.5);
});

test("clients that work at once lose no count", async () => {
  let done = 0;
  const { count } = await closedLoop({
    clients: 20,
    ms: 30,
    signal: new AbortController().signal,
    act: async () => {
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      done += 2;
      return 2;
    },
  });
  expect(count).toBe(done);
  expect(count).toBeGreaterThan(40);
});

test("turns become shorter when the time is short, but never vanish", () => {
  const plan = planOf("quick", {});
  expect(slotMsOf(plan, 10, 0)).toBe(plan.slotMs);
  expect(slotMsOf(plan, 100, 0)).toBeLessThan(plan.slotMs);
  expect(slotMsOf(plan, 100, plan.limitMs)).toBeGreaterThan(0);
});

test("the table names what was not measured and judges the rest", () => {
  const report: BenchReport = {
    machine: {
      cpu: "test",
      cores: 2,
      memoryGb: 8,
      system: "Linux",
      node: "24",
      postgres: "18",
      database: "bundled",
      settings: { fsync: "on" },
      pgbench: null,
    },
    load: { start: [0, 0, 0], end: [1, 1, 1] },
    ratios: { ...nothingMeasured, uniformVsTxn: 5.123, hotVsTxn: 10, hotVsUniform: 0.1 },
    proofMs: 4.9,
    verifyMs: 6,
    rssMb: null,
    figures: { uniform32: 12_345.6 },
  };
  expect(roundedReport(report).ratios.uniformVsTxn).toBe(5.12);
  const lineOf = (text: string) =>
    tableOf(report)
      .split("\n")
      .find((line) => line.includes(text));
  expect(lineOf("a transaction per transfer")).toMatch(/5\.12 ×.*✓✓$/);
  expect(lineOf("90 % of transfers")).toMatch(/10 ×.*[^✓]✓$/);
  expect(lineOf("hot account ÷")).toMatch(/✗$/);
  expect(lineOf("proof of one transfer")).toMatch(/4\.9 ms.*✓✓$/);
  expect(lineOf("Verifying")).toMatch(/6 ms.*✗$/);
  expect(lineOf("Most memory")).toMatch(/not measured.*–$/);
  expect(tableOf(report)).toContain("no pgbench");
});

test("a connection reads answers that come in pieces, and fails when there is none", async () => {
  const answers = [
    "HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\nbody",
    "HTTP/1.1 402 No\r\ncontent-length: 0\r\n\r\n",
  ];
  const server = createServer((socket) => {
    socket.on("data", () => {
      const answer = answers.shift();
      if (answer === undefined) {
        socket.end();
        return;
      }
      const middle = Math.floor(answer.length / 2);
      socket.write(answer.slice(0, middle));
      setTimeout(() => socket.write(answer.slice(middle)), 5);
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const connection = await openConnection((server.address() as { port: number }).port);
  try {
    expect(await connection.ask("GET / HTTP/1.1\r\n\r\n")).toBe(201);
    expect(await connection.ask("GET / HTTP/1.1\r\n\r\n")).toBe(402);
    await expect(connection.ask("GET / HTTP/1.1\r\n\r\n")).rejects.toThrow("closed the connection");
  } finally {
    connection.close();
    server.close();
  }
});

test("bench sign-in --json measures payments beside sign-ins, the check of a session, and what time gives away", async () => {
  const { code, out, err } = await bench(["sign-in", "--json", "--database-url", given]);
  expect(code, err).toBe(0);
  const report = JSON.parse(out) as SignInReport;
  expect(report.paymentP99Ratio).toBeGreaterThan(0);
  expect(Number.isFinite(report.sessionCheckMs)).toBe(true);
  expect(report.unknownAddressMs).toBeGreaterThanOrEqual(0);
  expectMeasured(report.figures, ["paymentP99AloneMs", "signInMedianMs", "wrongPasswordMedianMs"]);
  expect(report.figures.timedPairs).toBe(tiny.customers);
});

test("a percentile is a value that was measured", () => {
  expect(percentile([3, 1, 2], 50)).toBe(2);
  expect(
    percentile(
      Array.from({ length: 100 }, (_, index) => index + 1),
      99,
    ),
  ).toBe(99);
  expect(percentile([5], 99)).toBe(5);
});
