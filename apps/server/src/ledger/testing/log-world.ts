import { randomBytes } from "node:crypto";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { type Clock, manualClock } from "../../platform/clock.ts";
import { createDb, type Db } from "../../platform/db.ts";
import { createSubscriptions } from "../../platform/events.ts";
import { createIds } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logger.ts";
import { createVault } from "../../vault/index.ts";
import {
  createLedger,
  custodyAccount,
  customerAccount,
  type Instruction,
  type LogSettings,
} from "../index.ts";

/** A ledger with a log, on a database of its own, and a few ways to fill it. */
export async function createLogWorld(more: Partial<LogSettings> & { logger?: Logger } = {}) {
  const { logger, ...settings } = more;
  const database = await createServerDatabase();
  const clock = manualClock("2026-03-01T08:00:00.000Z");
  const ids = createIds(clock);
  const masterKey = randomBytes(32).toString("base64");
  const open = (db: Db, ticking: Clock = clock) =>
    createLedger({
      db,
      clock: ticking,
      subscriptions: createSubscriptions(),
      ...(logger ? { logger } : {}),
      logSettings: { vault: createVault({ masterKey }), origin: "wallet.example/log", ...settings },
    });
  const ledger = open(database.db);
  let serial = 0;
  const instruction = (rest: Omit<Instruction, "key" | "hash">): Instruction => {
    serial += 1;
    return { key: `test/${serial}`, hash: String(serial), ...rest };
  };
  const fund = (customer: string, amount: bigint) =>
    instruction({
      transfer: {
        id: ids.next("trf"),
        kind: "test.fund",
        subject: `pay_${customer}`,
        postings: [
          { debit: custodyAccount("test", "CNY"), credit: customerAccount(customer, "CNY"), amount },
        ],
      },
    });
  const send = (from: string, to: string, amount: bigint) =>
    instruction({
      transfer: {
        id: ids.next("trf"),
        kind: "test.send",
        subject: `pay_${from}`,
        postings: [{ debit: customerAccount(from, "CNY"), credit: customerAccount(to, "CNY"), amount }],
      },
    });
  return {
    database,
    db: database.db,
    clock,
    ids,
    ledger,
    log: ledger.log,
    masterKey,
    fund,
    send,
    /** The same books through another connection pool, as another process has them. */
    another() {
      const db = createDb({ url: database.url });
      return { ledger: open(db), db };
    },
    /** Books transfers between a few people, in batches as they come. */
    async fill(count: number): Promise<void> {
      const people = ["ann", "bob", "cai", "dan"];
      const name = (index: number) => people[index % people.length] as string;
      for (const person of people) await ledger.commit(fund(person, 1_000_000n));
      for (let done = people.length; done < count; done += 500) {
        const size = Math.min(500, count - done);
        await Promise.all(
          Array.from({ length: size }, (_, index) =>
            ledger.commit(send(name(index), name(index + 1 + (index % 3)), BigInt(1 + (index % 50)))),
          ),
        );
        clock.advance(1_000);
      }
    },
    async close(): Promise<void> {
      await ledger.log.close();
      await ledger.idle();
      await database.drop();
    },
  };
}
export type LogWorld = Awaited<ReturnType<typeof createLogWorld>>;
