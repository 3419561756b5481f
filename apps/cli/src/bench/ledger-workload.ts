import { randomUUID } from "node:crypto";
import type { Engine, Instruction } from "@jinqiao/server/engine";
import { hashOf } from "@jinqiao/server/engine";

type AccountRef = { code: string; currency: string };

/** Everybody opens with so much that nobody runs out however long the benchmark lasts; minor units. */
export const opening = 1_000_000_000n;

const holdMs = 86_400_000;

/** Whom a transfer is between, as numbers of accounts. */
export type Pick = () => { debit: number; credit: number };

/** Any account to any other. */
export const uniform =
  (accounts: number): Pick =>
  () => {
    const debit = Math.floor(Math.random() * accounts);
    const credit = (debit + 1 + Math.floor(Math.random() * (accounts - 1))) % accounts;
    return { debit, credit };
  };

/** Nine transfers in ten pay or are paid by account 0, as at a shop or an employer; the rest are uniform. */
export function hot(accounts: number): Pick {
  const any = uniform(accounts);
  return () => {
    if (Math.random() >= 0.9) return any();
    const other = 1 + Math.floor(Math.random() * (accounts - 1));
    return Math.random() < 0.5 ? { debit: 0, credit: other } : { debit: other, credit: 0 };
  };
}

/** Customers with money, and the instructions they give. Each function answers how many postings it made. */
export type LedgerWorkload = {
  transfer(pick: Pick): Promise<number>;
  /** Sets the money aside and takes it in a second instruction, as a withdrawal does: two postings. */
  holdAndCapture(pick: Pick): Promise<number>;
};

/** Opens so many accounts and puts money on them, through the ledger's public interface. */
export async function openLedgerWorkload(engine: Engine, accounts: number): Promise<LedgerWorkload> {
  const { ids } = engine;
  const customers = Array.from(
    { length: accounts },
    (): AccountRef => ({ code: `customer:${ids.next("cus")}`, currency: "GBP" }),
  );
  // Many accounts are funded by one transfer; a transfer has at most a thousand legs.
  for (let first = 0; first < accounts; first += 900) {
    const some = customers.slice(first, first + 900);
    await accepted(engine, {
      key: `bench/open/${randomUUID()}`,
      hash: hashOf(first),
      transfer: {
        id: ids.next("trf"),
        kind: "top_up.settle",
        legs: [
          { account: { code: "custody:bench", currency: "GBP" }, amount: opening * BigInt(some.length) },
          ...some.map((account) => ({ account, amount: -opening })),
        ],
      },
    });
  }
  return workloadOn(engine, (index) => customers[index] as AccountRef);
}

/** The same on accounts that are there already. */
export function workloadOn(engine: Engine, account: (index: number) => AccountRef): LedgerWorkload {
  const { ids } = engine;
  const draft = (pick: Pick) => {
    const { debit, credit } = pick();
    const [from, to] = [account(debit), account(credit)];
    const amount = BigInt(1 + Math.floor(Math.random() * 100));
    const subject = ids.next("pay");
    return {
      from,
      amount,
      subject,
      request: {
        key: `${from.code}/createTransfer/${randomUUID()}`,
        hash: hashOf({ from: from.code, to: to.code, amount }),
        result: { id: subject, status: "settled" },
      },
      transfer: {
        id: ids.next("trf"),
        kind: "transfer",
        subject,
        postings: [{ debit: from, credit: to, amount }],
      },
    };
  };
  return {
    async transfer(pick) {
      const { request, transfer } = draft(pick);
      await accepted(engine, { ...request, transfer });
      return 1;
    },
    async holdAndCapture(pick) {
      const { from, amount, subject, request, transfer } = draft(pick);
      const holdId = ids.next("hld");
      const expiresAt = new Date(Date.now() + holdMs);
      await accepted(engine, {
        ...request,
        holds: [{ id: holdId, account: from, amount, subject, expiresAt }],
      });
      await accepted(engine, {
        key: `${subject}/capture`,
        hash: request.hash,
        transfer,
        releases: [{ holdId, account: from, as: "captured" }],
      });
      return 2;
    },
  };
}

/** A benchmark whose instructions are refused measures something else. */
async function accepted(engine: Engine, instruction: Instruction): Promise<void> {
  const outcome = await engine.ledger.commit(instruction);
  if (outcome.status !== "accepted")
    throw new Error(`The ledger answered the benchmark with ${JSON.stringify(outcome)}.`);
}
