import { randomUUID } from "node:crypto";
import { createLedger, type Ledger } from "../../../apps/server/src/ledger/index.ts";
import { createDb, type Db } from "../../../apps/server/src/platform/db.ts";
import { createSubscriptions } from "../../../apps/server/src/platform/events.ts";
import { createServerDatabase } from "../../support/server-database.ts";
import type { LedgerUnderTest, ManualClock, Note } from "./kit.ts";

/** Another module of the server, as small as can be: rows with a version, a writer and a check. */
const noteModule = `
  CREATE SCHEMA suite;
  CREATE TABLE suite.note (id text PRIMARY KEY, version int NOT NULL);
  CREATE FUNCTION suite.write_notes(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
  DECLARE r jsonb;
  BEGIN
    FOR r IN SELECT row FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(row, n) ORDER BY n LOOP
      INSERT INTO suite.note VALUES (r ->> 'id', (r ->> 'version')::int)
        ON CONFLICT (id) DO UPDATE SET version = excluded.version;
    END LOOP;
  END $$;
  CREATE FUNCTION suite.stale_notes(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
  BEGIN
    -- A note that does not exist yet has no row to lock.
    PERFORM pg_advisory_xact_lock(hashtextextended(id, 0))
       FROM (SELECT DISTINCT a -> 'arg' ->> 'id' AS id FROM jsonb_array_elements(p_args) AS a ORDER BY 1) AS ids;
    RETURN (SELECT array_agg((a ->> 'item')::int) FROM jsonb_array_elements(p_args) AS a
              LEFT JOIN suite.note n ON n.id = a -> 'arg' ->> 'id'
             WHERE coalesce(n.version, 0) <> (a -> 'arg' ->> 'version')::int);
  END $$;`;

/** The engine on PostgreSQL, in a database of its own. */
export async function makePostgresLedger(clock: ManualClock): Promise<LedgerUnderTest & { url: string }> {
  const database = await createServerDatabase();
  await database.db.query(noteModule);
  let second: { db: Db; ledger: Ledger } | undefined;
  const ledger = createLedger({ db: database.db, clock, subscriptions: createSubscriptions() });
  return {
    ledger,
    url: database.url,
    async another() {
      if (!second) {
        const db = createDb({ url: database.url, maxConnections: 4 });
        second = { db, ledger: createLedger({ db, clock, subscriptions: createSubscriptions() }) };
      }
      // Both are warm, so that they set out together and truly race.
      const warmUp = () => ({ key: `warm-up/${randomUUID()}`, hash: "warm-up" });
      await Promise.all([ledger.commit(warmUp()), second.ledger.commit(warmUp())]);
      return second.ledger;
    },
    notes: {
      writer: "suite.write_notes",
      check: "suite.stale_notes",
      all: () => database.db.query<Note>("SELECT id, version FROM suite.note"),
    },
    async emitted() {
      const events = await database.db.query<{ name: string }>(
        "SELECT name FROM platform.outbox ORDER BY id",
      );
      const jobs = await database.db.query<{ task: string }>(
        `SELECT t.identifier AS task FROM graphile_worker._private_jobs j
           JOIN graphile_worker._private_tasks t ON t.id = j.task_id ORDER BY j.id`,
      );
      return { events: events.map(({ name }) => name), jobs: jobs.map(({ task }) => task) };
    },
    async close() {
      await ledger.idle();
      await second?.ledger.idle();
      await second?.db.close();
      await database.drop();
    },
  };
}
