import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { promisify } from "node:util";
import type { Sample } from "./rounds.ts";

const run = promisify(execFile);

/** PostgreSQL's own benchmark: TPC-B, as every PostgreSQL administrator knows it. */
export type Pgbench = {
  version: string;
  scale: number;
  /** Whole seconds; one transaction moves one amount. */
  tpcB(seconds: number): Promise<Sample>;
};

/**
 * Fills the tables of `pgbench` in a database.
 * @param scale 100,000 accounts each; not below the number of clients, which would wait for each other's branch
 * @returns null where `pgbench` is not installed
 */
export async function openPgbench(options: {
  databaseUrl: string;
  scale: number;
  signal: AbortSignal;
}): Promise<Pgbench | null> {
  const program = await findPgbench();
  if (program === null) return null;
  const { databaseUrl, scale, signal } = options;
  const url = new URL(databaseUrl);
  const env = {
    ...process.env,
    LC_ALL: "C",
    PGHOST: url.hostname,
    PGPORT: url.port || "5432",
    PGUSER: decodeURIComponent(url.username),
    // Not on the command line, which every user of the machine can read.
    PGPASSWORD: decodeURIComponent(url.password),
    PGDATABASE: decodeURIComponent(url.pathname.slice(1)),
  };
  await run(program.path, ["--initialize", "--quiet", `--scale=${scale}`], { env, signal });
  return {
    version: program.version,
    scale,
    async tpcB(seconds) {
      const { stdout } = await run(
        program.path,
        [
          "--builtin=tpcb-like",
          "--client=32",
          "--jobs=2",
          "--protocol=prepared",
          "--no-vacuum",
          `--time=${seconds}`,
        ],
        { env, signal },
      );
      const tps = /^tps = ([\d.]+)/m.exec(stdout)?.[1];
      if (tps === undefined) throw new Error(`pgbench gave no figure:\n${stdout}`);
      return { rate: Number(tps) };
    },
  };
}

/** On the search path, or where Debian keeps it. */
async function findPgbench(): Promise<{ path: string; version: string } | null> {
  const root = "/usr/lib/postgresql";
  const debian = (await readdir(root).catch(() => []))
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => `${root}/${version}/bin/pgbench`);
  for (const path of ["pgbench", ...debian]) {
    try {
      const { stdout } = await run(path, ["--version"]);
      return { path, version: stdout.trim() };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }
  return null;
}
