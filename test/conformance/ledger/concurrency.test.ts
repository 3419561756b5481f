import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { createLedger, hashOf } from "../../../apps/server/src/ledger/index.ts";
import { manualClock, systemClock } from "../../../apps/server/src/platform/clock.ts";
import { createDb } from "../../../apps/server/src/platform/db.ts";
import { createSubscriptions } from "../../../apps/server/src/platform/events.ts";
import { createServerDatabase } from "../../support/server-database.ts";
import { balanceOf, createKit, tally } from "./kit.ts";
import {
  amountOf,
  customer,
  isAltered,
  payeeOf,
  payerOf,
  type SenderOrder,
  type SenderReport,
} from "./sender.ts";

it("debits of 100 from four engines take from one balance exactly what it covers", async () => {
  const database = await createServerDatabase();
  const clock = manualClock("2026-03-01T08:00:00.000Z");
  const kit = createKit(clock);
  const dbs = [1, 2, 3, 4].map(() => createDb({ url: database.url, maxConnections: 2 }));
  const engines = dbs.map((db) => createLedger({ db, clock, subscriptions: createSubscriptions() }));
  const [first] = engines as [ReturnType<typeof createLedger>];
  try {
    const [payer, payee] = [kit.customer(), kit.customer()];
    await first.commit(kit.fund(payer, 70_050n));
    const outcomes = await Promise.all(
      Array.from({ length: 500 }, () =>
        engines.map((engine) => engine.commit(kit.move(payer, payee, 100n))),
      ).flat(),
    );
    expect(tally(outcomes)).toEqual({ accepted: 700, "payment.insufficient_funds": 1_300 });
    expect(await balanceOf(first, payer)).toEqual({ balance: 50n, held: 0n });
    expect(await balanceOf(first, payee)).toEqual({ balance: 70_000n, held: 0n });
    expect(await first.violations()).toEqual([]);
  } finally {
    for (const db of dbs) await db.close();
    await database.drop();
  }
});

it("four processes that send the same 20,000 keys, some of them altered, store each key once", {
  timeout: 180_000,
}, async () => {
  const [keys, customers, funds] = [20_000, 200, 1_000_000n];
  const database = await createServerDatabase();
  const ledger = createLedger({ db: database.db, clock: systemClock, subscriptions: createSubscriptions() });
  const kit = createKit(manualClock(new Date().toISOString()));
  const senders = [0, 1, 2, 3].map((sender) => ({
    sender,
    child: fork(fileURLToPath(new URL("./sender-process.ts", import.meta.url)), { execArgv: [] }),
  }));
  try {
    for (let index = 0; index < customers; index += 1) void ledger.commit(kit.fund(customer(index), funds));
    await ledger.idle();

    const reports = await Promise.all(
      senders.map(async ({ sender, child }) => {
        const order: SenderOrder = { url: database.url, sender, keys, customers };
        child.send(order);
        const ended = once(child, "exit").then(([code]) => {
          throw new Error(`sender ${sender} ended with ${code} before it reported`);
        });
        const [report] = (await Promise.race([once(child, "message"), ended])) as [SenderReport];
        return report.letters;
      }),
    );

    // Each key: one sender is the first, those who asked for the same hear of it, and those who did not, conflict.
    const expected = new Map(Array.from({ length: customers }, (_, index) => [index, funds]));
    const wrong: string[] = [];
    for (let key = 0; key < keys; key += 1) {
      const heard = reports.map((letters) => letters.charAt(key));
      const winner = heard.indexOf("a");
      const stored = isAltered(winner, key);
      const right = heard.map((_, sender) =>
        sender === winner ? "a" : isAltered(sender, key) === stored ? "r" : "c",
      );
      if (winner < 0 || heard.join("") !== right.join("")) wrong.push(`${key}: ${heard.join("")}`);
      const amount = amountOf(key, stored);
      const [payer, payee] = [payerOf(key, customers), payeeOf(key, customers)];
      expected.set(payer, (expected.get(payer) as bigint) - amount);
      expected.set(payee, (expected.get(payee) as bigint) + amount);
    }
    expect(wrong).toEqual([]);

    const [counted] = await database.db.query<{ transfers: bigint; positions: bigint; keys: bigint }>(
      `SELECT count(*) AS transfers, max(position) - min(position) + 1 AS positions,
              (SELECT count(*) FROM platform.request WHERE key LIKE 'sender/%') AS keys
         FROM ledger.transfer WHERE kind = 'suite.send'`,
    );
    expect(counted).toEqual({ transfers: 20_000n, positions: 20_000n, keys: 20_000n });
    for (const [index, balance] of expected)
      expect(await balanceOf(ledger, customer(index)), `customer ${index}`).toEqual({ balance, held: 0n });
    expect(await ledger.violations()).toEqual([]);

    // When all is quiet, whoever asks for something else under a stored key is told so.
    const late = await Promise.all(
      Array.from({ length: 500 }, (_, key) =>
        ledger.commit({ ...kit.fund(customer(0), 1n), key: `sender/${key}`, hash: hashOf({ late: key }) }),
      ),
    );
    expect(tally(late)).toEqual({ conflict: 500 });
  } finally {
    for (const { child } of senders) child.kill("SIGKILL");
    await database.drop({ force: true });
  }
});
