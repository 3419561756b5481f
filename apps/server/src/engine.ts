import { createLedger, type Ledger, type TransparencyLog } from "./ledger/index.ts";
import { migrations } from "./migrations.ts";
import { type Clock, systemClock } from "./platform/clock.ts";
import { createDb, type Db } from "./platform/db.ts";
import { requireDurable } from "./platform/durability.ts";
import { createSubscriptions } from "./platform/events.ts";
import { createIds, type Ids } from "./platform/ids.ts";
import { migrate } from "./platform/migrations.ts";
import { sealedColumns } from "./sealed-columns.ts";
import { createKeyProviders, openVault } from "./vault/index.ts";

export {
  createMonths,
  hashOf,
  type Instruction,
  type Ledger,
  type Month,
  MonthError,
  type Months,
  type Outcome,
  usualKeepMonths,
} from "./ledger/index.ts";
export { createDb, type Db, type Queryable } from "./platform/db.ts";

/** The ledger by itself, with what it stands on. */
export type Engine = {
  ledger: Ledger & { readonly log: TransparencyLog };
  db: Db;
  ids: Ids;
  /** Finishes what is in flight and closes the database. */
  close(): Promise<void>;
};

/**
 * Opens the ledger on a database without HTTP, jobs or banks, for commands that measure or fill it. The schema is
 * brought up to date first.
 * @throws Error in one sentence when the database may forget what it has confirmed
 */
export async function openEngine(options: {
  databaseUrl: string;
  /** False leaves transfers out of the transparency log; only a benchmark asks for that. */
  transparency?: boolean;
  /** What a new log is named and its signing key is sealed with (32 bytes, base64); without it nothing is signed. */
  log?: { origin: string; vaultKey: string };
  /** Dates what is posted; the time of this machine when absent. */
  clock?: Clock;
}): Promise<Engine> {
  const db = createDb({ url: options.databaseUrl, applicationName: "jinqiao-engine" });
  const undo: (() => Promise<void>)[] = [() => db.close()];
  const close = async () => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    await requireDurable(db);
    await migrate(db, migrations);
    const clock = options.clock ?? systemClock;
    const vaultKey = options.log && Buffer.from(options.log.vaultKey, "base64");
    const vault =
      vaultKey &&
      (await openVault({
        databaseUrl: options.databaseUrl,
        providers: await createKeyProviders({ vaultKey }),
        columns: sealedColumns,
        firstMaster: vaultKey,
        clock,
        listen: false,
      }));
    if (vault) undo.push(() => vault.close());
    const ledger = createLedger({
      db,
      clock,
      subscriptions: createSubscriptions(),
      ...(options.transparency === undefined ? {} : { transparency: options.transparency }),
      ...(options.log && vault ? { logSettings: { origin: options.log.origin, vault } } : {}),
    });
    undo.push(async () => {
      await ledger.log.close();
      await ledger.idle();
    });
    return { ledger, db, ids: createIds(clock), close };
  } catch (error) {
    await close();
    throw error;
  }
}
