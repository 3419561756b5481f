import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { Client } from "pg";

/** A database made from a migrated template, so that migrations run once per test run and not once per test file. */
export type DatabaseTemplate = {
  /** Short name; databases asked for under the same name share one template. */
  name: string;
  /** Brings the empty template up to date. Must close every connection it opens. */
  migrate(url: string): Promise<void>;
};

export type TestDatabase = {
  /** Connection string of the new, unshared database. */
  url: string;
  /**
   * Drops the database. Fails when the test left connections open, because a leaked pool hides a missing
   * `close()` in the product; pass `force` where a test killed a process on purpose.
   */
  drop(options?: { force?: boolean }): Promise<void>;
};

/** How long a closed connection may take to vanish from the server's list before it counts as leaked. */
const leakGraceMs = 3_000;

/** Name prefix of everything this machine's test runs create, so that cleaning never touches other databases. */
const machinePrefix = `jqt_${createHash("sha256").update(hostname()).digest("hex").slice(0, 6)}`;

/** A new id for a test run. It carries the process id, so that databases of a killed run can be told from live ones. */
export function testRunId(): string {
  return `${machinePrefix}_${process.pid}_${randomBytes(3).toString("hex")}`;
}

/**
 * Creates a fresh database on the run's PostgreSQL: empty, or a clone of the migrated template.
 * @throws when no server is configured or the template's migration fails
 */
export async function createTestDatabase(
  options: { template?: DatabaseTemplate } = {},
): Promise<TestDatabase> {
  const name = `${runPrefix()}_${randomBytes(5).toString("hex")}`;
  const template = options.template && (await ensureTemplate(options.template));
  await withAdmin((admin) =>
    admin.query(
      `CREATE DATABASE ${admin.escapeIdentifier(name)}${template ? ` TEMPLATE ${admin.escapeIdentifier(template)}` : ""}`,
    ),
  );
  return {
    url: urlOf(name),
    drop: ({ force = false } = {}) =>
      withAdmin(async (admin) => {
        const leaks = force ? [] : await leakedConnections(admin, name);
        await admin.query(`DROP DATABASE IF EXISTS ${admin.escapeIdentifier(name)} WITH (FORCE)`);
        if (leaks.length > 0) {
          throw new Error(
            `The test left ${leaks.length} connection(s) open on its database:\n${leaks.join("\n")}`,
          );
        }
      }),
  };
}

/** Drops what this run created on a server that outlives it. */
export async function dropDatabasesOfRun(): Promise<void> {
  const prefix = runPrefix();
  await dropWhere((name) => name.startsWith(`${prefix}_`));
}

/** Drops what killed runs of this machine left behind. */
export async function dropDatabasesOfDeadRuns(): Promise<void> {
  await dropWhere((name) => {
    const pid = new RegExp(`^${machinePrefix}_(\\d+)_`).exec(name)?.[1];
    return pid !== undefined && !isRunning(Number(pid));
  });
}

/** Makes the template once per run: the first caller migrates under an advisory lock, the others wait for it. */
async function ensureTemplate(template: DatabaseTemplate): Promise<string> {
  const name = `${runPrefix()}_t_${template.name.replaceAll(/[^a-z0-9]+/gi, "_").toLowerCase()}`.slice(0, 63);
  const building = `${name.slice(0, 60)}_wip`;
  await withAdmin(async (admin) => {
    await admin.query("SELECT pg_advisory_lock(hashtextextended($1, 0))", [name]);
    const existing = await admin.query("SELECT 1 FROM pg_database WHERE datname = $1", [name]);
    if (existing.rowCount === 1) return;
    // It is built under another name: a template that appears under its own name is always complete.
    await admin.query(`DROP DATABASE IF EXISTS ${admin.escapeIdentifier(building)} WITH (FORCE)`);
    await admin.query(`CREATE DATABASE ${admin.escapeIdentifier(building)}`);
    await template.migrate(urlOf(building));
    const leaks = await leakedConnections(admin, building);
    if (leaks.length > 0) throw new Error(`migrate() left connections open:\n${leaks.join("\n")}`);
    await admin.query(
      `ALTER DATABASE ${admin.escapeIdentifier(building)} RENAME TO ${admin.escapeIdentifier(name)}`,
    );
  });
  return name;
}

async function leakedConnections(admin: Client, database: string): Promise<string[]> {
  const deadline = Date.now() + leakGraceMs;
  for (;;) {
    const { rows } = await admin.query<{ line: string }>(
      `SELECT format('pid %s, %s, %s: %s', pid, application_name, state, left(query, 120)) AS line
         FROM pg_stat_activity WHERE datname = $1 AND backend_type = 'client backend'`,
      [database],
    );
    if (rows.length === 0 || Date.now() > deadline) return rows.map((row) => row.line);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

async function dropWhere(matches: (name: string) => boolean): Promise<void> {
  await withAdmin(async (admin) => {
    const { rows } = await admin.query<{ datname: string }>("SELECT datname FROM pg_database");
    for (const { datname } of rows.filter((row) => matches(row.datname))) {
      await admin.query(`DROP DATABASE IF EXISTS ${admin.escapeIdentifier(datname)} WITH (FORCE)`);
    }
  });
}

async function withAdmin<T>(use: (admin: Client) => Promise<T>): Promise<T> {
  const admin = new Client({ connectionString: serverUrl(), application_name: "jinqiao-test-support" });
  await admin.connect();
  try {
    return await use(admin);
  } finally {
    await admin.end();
  }
}

function serverUrl(): string {
  const url = process.env.JINQIAO_TEST_DATABASE_URL;
  if (!url)
    throw new Error("No test PostgreSQL: run the tests through vitest, whose global set-up starts one.");
  return url;
}

function urlOf(database: string): string {
  const url = new URL(serverUrl());
  url.pathname = `/${database}`;
  return url.href;
}

function runPrefix(): string {
  const run = process.env.JINQIAO_TEST_RUN;
  if (!run) throw new Error("No test run id: run the tests through vitest, whose global set-up makes one.");
  return run;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM means that the process exists and belongs to somebody else.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
