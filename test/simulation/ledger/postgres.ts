import { setTimeout as sleep } from "node:timers/promises";
import { migrations } from "../../../apps/server/src/migrations.ts";
import { createDb, type Db, isConnectionLoss } from "../../../apps/server/src/platform/db.ts";
import { migrate } from "../../../apps/server/src/platform/migrations.ts";
import {
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "../../../apps/server/src/platform/postgres/index.ts";

/** A PostgreSQL that may be killed. Durable as a real one is: what it said was committed is there afterwards. */
export type MortalPostgres = {
  /** A new database with every module's schema and the simulation's own. */
  freshDatabase(): Promise<{ url: string; name: string }>;
  /**
   * Kills the whole server, which is then started again, or one of its sessions, after which it throws everybody out
   * and recovers by itself. Resolves when it answers again.
   */
  kill(part: "postmaster" | "backend", database: string): Promise<void>;
  /** Resolves when nothing is being recovered. */
  ready(): Promise<void>;
  stop(): Promise<void>;
};

/**
 * What stands beside the ledger. `record` is written by every instruction in its own transaction, while its locks are
 * held: where two instructions touch the same thing, the one that was first has the lower serial. That is the order
 * in which the auditor works.
 */
const besideTheLedger = `
  CREATE SCHEMA simulation;
  CREATE TABLE simulation.record (serial bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, hash text NOT NULL, engine int NOT NULL);
  CREATE FUNCTION simulation.note_order(p_rows jsonb) RETURNS void LANGUAGE sql AS $$
    INSERT INTO simulation.record (key, hash, engine)
    SELECT row ->> 'key', row ->> 'hash', (row ->> 'engine')::int
      FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(row, n) ORDER BY n $$;
  CREATE TABLE simulation.row (id text PRIMARY KEY, version int NOT NULL);
  CREATE FUNCTION simulation.write(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE r jsonb;
  BEGIN
    FOR r IN SELECT row FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(row, n) ORDER BY n LOOP
      INSERT INTO simulation.row VALUES (r ->> 'id', (r ->> 'version')::int)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version;
    END LOOP;
  END $$;
  CREATE FUNCTION simulation.stale(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
  BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(id, 0))
       FROM (SELECT DISTINCT a -> 'arg' ->> 'id' AS id FROM jsonb_array_elements(p_args) AS a ORDER BY 1) AS ids;
    RETURN (SELECT array_agg((a ->> 'item')::int) FROM jsonb_array_elements(p_args) AS a
              LEFT JOIN simulation.row n ON n.id = a -> 'arg' ->> 'id'
             WHERE coalesce(n.version, 0) <> (a -> 'arg' ->> 'version')::int);
  END $$;`;

export async function startMortalPostgres(dataDir: string): Promise<MortalPostgres> {
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir });
  let databases = 0;
  let template: Promise<void> | undefined;
  let recovering: Promise<void> = Promise.resolve();

  function urlOf(database: string): string {
    const url = new URL(postgres.url("postgres"));
    url.pathname = `/${database}`;
    return url.href;
  }
  async function asAdministrator<T>(work: (admin: Db) => Promise<T>): Promise<T> {
    const admin = createDb({ url: postgres.url("postgres"), maxConnections: 1 });
    return work(admin).finally(() => admin.close());
  }
  async function makeTemplate(): Promise<void> {
    await asAdministrator((admin) => admin.query("CREATE DATABASE sim_template"));
    const db = createDb({ url: urlOf("sim_template") });
    try {
      await migrate(db, migrations);
      await db.query(besideTheLedger);
    } finally {
      await db.close();
    }
  }
  async function killPostmaster(): Promise<void> {
    const { port } = postgres;
    process.kill(postgres.pid, "SIGKILL");
    await postgres.exited;
    await postgres.stop();
    postgres = await startEmbeddedPostgres({ dataDir });
    if (postgres.port !== port)
      throw new Error(`PostgreSQL came back on another port: ${port} → ${postgres.port}`);
  }
  async function killBackend(database: string): Promise<void> {
    await asAdministrator(async (admin) => {
      const [backend] = await admin.query<{ pid: number }>(
        "SELECT pid FROM pg_stat_activity WHERE datname = $1 ORDER BY state = 'active' DESC, pid LIMIT 1",
        [database],
      );
      if (!backend) return;
      process.kill(backend.pid, "SIGKILL");
      // The server notices at once and throws everybody out, this session too.
      await admin.query("SELECT pg_sleep(5)").catch(() => {});
    });
  }

  return {
    async freshDatabase() {
      template ??= makeTemplate();
      await template;
      databases += 1;
      const name = `sim_${databases}`;
      await asAdministrator((admin) =>
        admin.query(`CREATE DATABASE ${name} TEMPLATE sim_template STRATEGY file_copy`),
      );
      return { url: urlOf(name), name };
    },
    kill(part, database) {
      recovering = recovering.then(async () => {
        await (part === "postmaster" ? killPostmaster() : killBackend(database));
        await asAdministrator((admin) => patient(() => admin.query("SELECT 1")));
      });
      return recovering;
    },
    ready: () => recovering,
    async stop() {
      await recovering.catch(() => {});
      await postgres.stop();
    },
  };
}

/** Asks again while nobody answers, for a minute at most. For readings only. */
export async function patient<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt === 300 || !isConnectionLoss(error)) throw error;
      await sleep(200);
    }
  }
}
