import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedPostgres, runningDatabaseUrl, SetupError, startEmbeddedPostgres } from "./index.ts";

let dataDir: string;
let running: EmbeddedPostgres | undefined;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), "jinqiao-embedded-"));
});

afterAll(async () => {
  await running?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function start(): Promise<EmbeddedPostgres> {
  running = await startEmbeddedPostgres({ dataDir });
  return running;
}

async function query<T>(url: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => undefined);
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

/** Kills without warning, as the kernel would when memory runs out, and waits until it is gone. */
async function killHard(postgres: EmbeddedPostgres): Promise<void> {
  process.kill(postgres.pid, "SIGKILL");
  await postgres.exited;
}

describe("one data folder through its life", () => {
  test("the first start makes a durable cluster that only its own password opens", async () => {
    const postgres = await start();
    expect(postgres.firstStart).toBe(true);
    await postgres.ensureDatabase("jinqiao");
    await postgres.ensureDatabase("jinqiao");
    const url = postgres.url("jinqiao");
    // Another process finds it by its folder, while it runs.
    expect(await runningDatabaseUrl(dataDir, "jinqiao")).toBe(url);
    expect(await runningDatabaseUrl(join(dataDir, "elsewhere"), "jinqiao")).toBeUndefined();
    const [settings] = await query<Record<string, string>>(
      url,
      `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
              current_setting('data_checksums') AS checksums, current_setting('listen_addresses') AS listen,
              (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)::text AS super`,
    );
    expect(settings).toEqual({
      fsync: "on",
      commit: "on",
      checksums: "on",
      listen: "127.0.0.1",
      super: "false",
    });
    await query(url, "CREATE TABLE note (text text); INSERT INTO note VALUES ('first')");

    const stranger = new URL(url);
    stranger.password = "guess";
    await expect(query(stranger.href, "SELECT 1")).rejects.toThrow(/password authentication failed/);
    expect((await stat(join(dataDir, "password"))).mode & 0o777).toBe(0o600);
    expect((await readdir(dataDir)).filter((name) => name.startsWith("initdb"))).toEqual([]);
  });

  test("a database's owner cannot open another database", async () => {
    const postgres = running as EmbeddedPostgres;
    await postgres.ensureDatabase("sandbox_bank");
    const crossed = new URL(postgres.url("sandbox_bank"));
    crossed.pathname = "/jinqiao";
    await expect(query(crossed.href, "SELECT 1")).rejects.toThrow(/permission denied/);
  });

  test("a second start on the same folder is refused by name while the first runs", async () => {
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      new RegExp(`in use by process ${process.pid}.*JINQIAO_DATA`),
    );
  });

  test("a clean stop and start keeps data, port and passwords", async () => {
    const { port, url } = running as EmbeddedPostgres;
    const before = url("jinqiao");
    await running?.stop();
    const postgres = await start();
    expect(postgres.firstStart).toBe(false);
    expect(postgres.port).toBe(port);
    expect(await query(before, "SELECT text FROM note")).toEqual([{ text: "first" }]);
  });

  test("what was committed survives kill -9 of the postmaster", async () => {
    const postgres = running as EmbeddedPostgres;
    await query(postgres.url("jinqiao"), "INSERT INTO note VALUES ('before the kill')");
    await killHard(postgres);
    expect((await postgres.exited).expected).toBe(false);
    await postgres.stop();
    const again = await start();
    expect(await query(again.url("jinqiao"), "SELECT text FROM note")).toHaveLength(2);
  });

  test("a stale postmaster.pid whose number now belongs to another program does not stop the start", async () => {
    await killHard(running as EmbeddedPostgres);
    await running?.stop();
    // The cluster's own user must own the rival, or PostgreSQL would not take it for one.
    const { uid, gid } = await stat(join(dataDir, "cluster"));
    const rival = spawn("sleep", ["600"], process.getuid?.() === 0 ? { uid, gid } : {});
    try {
      const path = join(dataDir, "cluster", "postmaster.pid");
      await writeFile(path, (await readFile(path, "utf8")).replace(/^\d+/, String(rival.pid)));
      const postgres = await start();
      expect(await query(postgres.url("jinqiao"), "SELECT text FROM note")).toHaveLength(2);
    } finally {
      rival.kill();
    }
  });

  test("a PostgreSQL that a killed launcher left running is stopped properly, then started again", async () => {
    const orphan = running as EmbeddedPostgres;
    await query(orphan.url("jinqiao"), "INSERT INTO note VALUES ('by the orphan')");
    // What kill -9 of the launcher leaves: a living postmaster, and a lock whose holder is gone.
    await writeFile(join(dataDir, "lock"), JSON.stringify({ pid: 2 ** 22 + 1, started: "1" }));
    const postgres = await start();
    expect(postgres.pid).not.toBe(orphan.pid);
    await orphan.exited;
    expect(await query(postgres.url("jinqiao"), "SELECT text FROM note")).toHaveLength(3);
  });

  test("another port is taken when the remembered one is in use", async () => {
    const { port } = running as EmbeddedPostgres;
    await running?.stop();
    const squatter = createServer().listen(port, "127.0.0.1");
    await once(squatter, "listening");
    try {
      const postgres = await start();
      expect(postgres.port).not.toBe(port);
      expect(await query(postgres.url("jinqiao"), "SELECT text FROM note")).toHaveLength(3);
    } finally {
      squatter.close();
    }
  });

  test("data of another PostgreSQL version is left alone, with the way out in the message", async () => {
    await running?.stop();
    running = undefined;
    const path = join(dataDir, "cluster", "PG_VERSION");
    const version = await readFile(path, "utf8");
    await writeFile(path, "14\n");
    await expect(startEmbeddedPostgres({ dataDir })).rejects.toThrow(
      /PostgreSQL 14.*pg_dump.*npm run reset/s,
    );
    await writeFile(path, version);
  });
});

test("a cluster cut short while it was made is made again", async () => {
  const folder = await mkdtemp(join(tmpdir(), "jinqiao-embedded-"));
  try {
    await mkdir(join(folder, "cluster.new"));
    await writeFile(join(folder, "cluster.new", "PG_VERSION"), "18\n");
    const postgres = await startEmbeddedPostgres({ dataDir: folder });
    expect(postgres.firstStart).toBe(true);
    await postgres.stop();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test("a data folder that is a file is refused in both languages, with the variable that names another", async () => {
  const folder = await mkdtemp(join(tmpdir(), "jinqiao-embedded-"));
  try {
    const file = join(folder, "file");
    await writeFile(file, "");
    const failure = await startEmbeddedPostgres({ dataDir: file }).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(SetupError);
    expect((failure as SetupError).text.en).toContain("JINQIAO_DATA");
    expect((failure as SetupError).text.zh).toContain("JINQIAO_DATA");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
