import {
  createLedger,
  customerAccount,
  hashOf,
  type Instruction,
} from "../../../apps/server/src/ledger/index.ts";
import { systemClock } from "../../../apps/server/src/platform/clock.ts";
import { createDb } from "../../../apps/server/src/platform/db.ts";
import { createSubscriptions } from "../../../apps/server/src/platform/events.ts";
import { createIds } from "../../../apps/server/src/platform/ids.ts";

/** What a sender is told. Key number `n` is altered by the senders that `alters` names. */
export type SenderOrder = { url: string; sender: number; keys: number; customers: number };
/** One letter per key: a accepted, r replayed, c conflict, x anything else. */
export type SenderReport = { letters: string };

/** Sender number 3 asks every 40th key for something else than the others. */
export const isAltered = (sender: number, key: number): boolean => sender === 3 && key % 40 === 7;
/** Minor units that a sender asks to be moved under a key. */
export const amountOf = (key: number, altered: boolean): bigint =>
  BigInt((key % 5) + 1) + (altered ? 100n : 0n);
export const payerOf = (key: number, customers: number): number => key % customers;
export const payeeOf = (key: number, customers: number): number => (key * 7 + 1) % customers;
export const customer = (index: number) => customerAccount(`p${index}`, "CNY");

/** Sends every key once, in order, a thousand at a time, as `sender-process.ts` does in a process of its own. */
export async function send({ url, sender, keys, customers }: SenderOrder): Promise<SenderReport> {
  const db = createDb({ url, maxConnections: 4 });
  const ledger = createLedger({ db, clock: systemClock, subscriptions: createSubscriptions() });
  const ids = createIds(systemClock);
  const letters: string[] = [];
  const instruction = (key: number): Instruction => {
    const amount = amountOf(key, isAltered(sender, key));
    const [debit, credit] = [customer(payerOf(key, customers)), customer(payeeOf(key, customers))];
    return {
      key: `sender/${key}`,
      hash: hashOf({ key, amount }),
      result: { amount: String(amount) },
      transfer: { id: ids.next("trf"), kind: "suite.send", postings: [{ debit, credit, amount }] },
    };
  };
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < keys) {
      const key = next;
      next += 1;
      const outcome = await ledger.commit<{ amount: string }>(instruction(key));
      letters[key] =
        outcome.status === "refused" || outcome.status === "stale" ? "x" : outcome.status.charAt(0);
    }
  };
  await Promise.all(Array.from({ length: 1_000 }, lane));
  await db.close();
  return { letters: letters.join("") };
}
