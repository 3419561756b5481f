import { randomBytes } from "node:crypto";
import { createServerDatabase } from "../../../../../test/support/server-database.ts";
import { type Clock, manualClock } from "../../platform/clock.ts";
import { createDb, type Db } from "../../platform/db.ts";
import { createSubscriptions } from "../../platform/events.ts";
import { createIds, type Ids } from "../../platform/ids.ts";
import type { Logger } from "../../platform/logger.ts";
import { createVault } from "../../vault/index.ts";
import {
  createLedger,
  custodyAccount,
  customerAccount,
  type Instruction,
  type Ledger,
  type LogSettings,
  type Posting,
} from "../index.ts";

/** Ways to fill books: instructions for money in and between people, and many of them at once. */
export function createBookFiller(deps: { ledger: Ledger; clock: ReturnType<typeof manualClock>; ids: Ids }) {
  const { ledger, clock, ids } = deps;
  const people = ["ann", "bob", "cai", "dan"] as const;
  let serial = 0;
  let booked = 0;
  const instruction = (kind: string, subject: string, posting: Posting): Instruction => {
    serial += 1;
    return {
      key: `test/${serial}`,
      hash: String(serial),
      transfer: { id: ids.next("trf"), kind, subject, postings: [posting] },
    };
  };
  const account = (customer: string) => customerAccount(customer, "CNY");
  const fund = (customer: string, amount: bigint) =>
    instruction("test.fund", `pay_${customer}`, {
      debit: custodyAccount("test", "CNY"),
      credit: account(customer),
      amount,
    });
  const send = (from: string, to: string, amount: bigint) =>
    instruction("test.send", `pay_${from}`, { debit: account(from), credit: account(to), amount });
  return {
    fund,
    send,
    /** Books transfers between a few people, in batches as they come, until there are `count`. */
    async fill(count: number): Promise<void> {
      const name = (index: number) => people[index % people.length] as string;
      for (const person of booked === 0 ? people : []) {
        await ledger.commit(fund(person, 1_000_000n));
        booked += 1;
      }
      while (booked < count) {
        const size = Math.min(250, count - booked);
        await Promise.all(
          Array.from({ length: size }, (_, index) =>
            ledger.commit(send(name(index), name(index + 1 + (index % 3)), BigInt(1 + (index % 50)))),
          ),
        );
        booked += size;
        clock.advance(1_000);
      }
    },
  };
}

/** A ledger with a log, on a database of its own, and a few ways to fill it. */
export async function createLogWorld(
  more: Partial<LogSettings> & { logger?: Logger; clock?: ReturnType<typeof manualClock> } = {},
) {
  const { logger, clock = manualClock("2026-03-01T08:00:00.000Z"), ...settings } = more;
  const database = await createServerDatabase();
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
  const books = createBookFiller({ ledger, clock, ids });
  return {
    database,
    db: database.db,
    clock,
    ids,
    ledger,
    log: ledger.log,
    masterKey,
    ...books,
    /** The same books through another connection pool, as another process has them. */
    another() {
      const db = createDb({ url: database.url });
      return { ledger: open(db), db };
    },
    async close(): Promise<void> {
      await ledger.log.close();
      await ledger.idle();
      await database.drop();
    },
  };
}
export type LogWorld = Awaited<ReturnType<typeof createLogWorld>>;
