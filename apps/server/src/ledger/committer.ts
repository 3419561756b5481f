import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../platform/clock.ts";
import { type Db, isConnectionLoss } from "../platform/db.ts";
import { assert } from "../platform/errors.ts";
import type { Subscriptions } from "../platform/events.ts";
import {
  type LockRow,
  lockParameters,
  lockStatement,
  type Names,
  namesOf,
  stateFrom,
  storeParameters,
  storeStatement,
} from "./batch.ts";
import { ruleOf } from "./chart.ts";
import { type AccountState, decide, type Item, nameOf, toItem } from "./decide.ts";
import type { AccountRef, Instruction, Outcome } from "./instruction.ts";
import { createKnownAccounts, refusesByState } from "./known-accounts.ts";

type StoreSettings = Parameters<typeof storeParameters>[3];
type Waiting = { item: Item; resolve(outcome: Outcome): void; reject(error: unknown): void };

/** Larger batches save little more per item and make everybody in them wait longer. */
const maxBatch = 512;
/** Batches in flight at once: while one is written, the next is prepared and takes its locks. */
const maxInFlight = 2;
/** A second batch waits until it is worth a transaction of its own. */
const worthASecond = 64;
const maxAttempts = 6;

export type Committer = {
  /** Stores one instruction. Resolves after COMMIT, never before. */
  commit<R>(instruction: Instruction): Promise<Outcome<R>>;
  /** Waits until nothing is in flight. */
  idle(): Promise<void>;
};

/**
 * Takes whatever was queued while the last commit ran and stores it as one batch: no timer. Under load a second batch
 * is under way beside the first. When a batch fails for a reason that lies in one item, the batch is halved until that item stands alone,
 * so that it never fails its neighbours. When the connection is lost and nobody knows whether the commit happened,
 * the same batch is sent again: keys make that exact. A batch whose accounts this process knows goes in one round trip.
 */
export function createCommitter(deps: {
  db: Db;
  clock: Clock;
  subscriptions: Subscriptions;
  transparency?: boolean;
}): Committer {
  const queue: Waiting[] = [];
  const months = new Set<string>();
  const known = createKnownAccounts();
  const inFlight = new Set<Promise<void>>();
  /** What the batches in flight touch. A second batch is made of what does not wait for the first. */
  const touched = new Set<string>();
  let starting: Promise<void> | undefined;

  /** Starts what may be started, once per turn of the event loop so that what arrives together goes together. */
  function start(): void {
    starting ??= Promise.resolve().then(() => {
      starting = undefined;
      while (queue.length > 0 && inFlight.size < maxInFlight) {
        // The first leaves half of a long queue to the second, so that the two take turns.
        const first = inFlight.size === 0;
        const half = queue.length >= 2 * worthASecond ? Math.ceil(queue.length / 2) : queue.length;
        const batch = takeBatch(queue, touched, first ? 1 : worthASecond, first ? half : queue.length);
        if (batch.length === 0) return;
        const names = batch.flatMap((waiting) => waiting.item.touches);
        for (const name of names) touched.add(name);
        const lane = store(batch).finally(() => {
          inFlight.delete(lane);
          for (const name of names) touched.delete(name);
          if (queue.length > 0) start();
        });
        inFlight.add(lane);
      }
    });
  }

  async function store(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await send(batch.map((waiting) => waiting.item));
      batch.forEach((waiting, index) => {
        waiting.resolve(outcomes[index] as Outcome);
      });
    } catch (error) {
      if (batch.length === 1 || isConnectionLoss(error)) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await store(batch.slice(0, middle));
      await store(batch.slice(middle));
    }
  }

  async function send(items: readonly Item[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(items, attempt);
      } catch (error) {
        if (attempt === maxAttempts || !mayRepeat(error)) throw error;
        await sleep(10 * 2 ** attempt);
      }
    }
  }

  async function once(items: readonly Item[], attempt: number): Promise<Outcome[]> {
    const now = deps.clock.now();
    await ensureMonth(now);
    const names = namesOf(items);
    const settings = {
      jobsFor: (events: NonNullable<Instruction["events"]>) => deps.subscriptions.jobsFor(events),
      transparency: deps.transparency !== false,
    };
    try {
      // What may have been stored already is looked up under lock.
      const short = attempt === 1 ? await shortWay(items, names, now, settings) : undefined;
      return short ?? (await longWay(items, names, now, settings));
    } catch (error) {
      known.forget(names.accounts);
      throw error;
    }
  }

  /** One round trip, on accounts this process knows; undefined where that is not enough or no longer true. */
  async function shortWay(
    items: readonly Item[],
    names: Names,
    now: Date,
    settings: StoreSettings,
  ): Promise<Outcome[] | undefined> {
    const found = known.stateFor(items, names.accounts);
    if (found === undefined) return undefined;
    const decision = decide(found.state, items, now.getTime());
    if (refusesByState(decision, items)) {
      known.forget(names.accounts);
      return undefined;
    }
    try {
      await deps.db.query(
        storeStatement,
        storeParameters(items, decision, now.getTime(), { ...settings, before: found.before }),
        "ledger.store",
      );
      known.wasRight(true);
      return decision.outcomes;
    } catch (error) {
      if (!isOutrun(error)) throw error;
      known.forget(names.accounts);
      known.wasRight(false);
      return undefined;
    }
  }

  /** One transaction: lock and read, decide in memory, write. Accounts used for the first time are opened before. */
  async function longWay(
    items: readonly Item[],
    names: Names,
    now: Date,
    settings: StoreSettings,
  ): Promise<Outcome[]> {
    for (;;) {
      let outcomes: Outcome[] = [];
      let missing: AccountRef[] = [];
      let states: Iterable<AccountState> = [];
      await deps.db.lockThenStore<LockRow>(
        { name: "ledger.lock", text: lockStatement, values: lockParameters(items, names) },
        ([row]) => {
          assert(row, "a batch is locked in one row");
          const state = stateFrom(row, names);
          if ("missing" in state) {
            missing = state.missing;
            return undefined;
          }
          const decision = decide(state, items, now.getTime());
          outcomes = decision.outcomes;
          states = state.accounts.values();
          if (decision.answers.length === 0) return undefined;
          return {
            name: "ledger.store",
            text: storeStatement,
            values: storeParameters(items, decision, now.getTime(), settings),
          };
        },
      );
      if (missing.length === 0) {
        known.remember(states);
        return outcomes;
      }
      await openAccounts(missing);
    }
  }

  async function openAccounts(missing: readonly AccountRef[]): Promise<void> {
    // In one order everywhere, so that two processes opening the same accounts do not wait for each other.
    const refs = missing.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const rules = refs.map((ref) => ruleOf(ref) as NonNullable<ReturnType<typeof ruleOf>>);
    await deps.db.query(
      `INSERT INTO ledger.account (code, currency, kind, floor, safeguarding)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::smallint[]) ON CONFLICT (code, currency) DO NOTHING`,
      [
        refs.map((ref) => ref.code),
        refs.map((ref) => ref.currency),
        rules.map((rule) => rule.kind),
        rules.map((rule) => rule.floor),
        rules.map((rule) => rule.safeguarding),
      ],
    );
  }

  /** The month that entries of now belong to. Those of an account's later last entry exist already. */
  async function ensureMonth(now: Date): Promise<void> {
    const month = now.toISOString().slice(0, 7);
    if (months.has(month)) return;
    await deps.db.query("SELECT ledger.ensure_partition($1)", [now]);
    months.add(month);
  }

  return {
    commit<R>(instruction: Instruction): Promise<Outcome<R>> {
      check(instruction);
      return new Promise<Outcome<R>>((resolve, reject) => {
        queue.push({
          item: toItem(instruction),
          resolve: resolve as (outcome: Outcome) => void,
          reject,
        });
        start();
      });
    },
    async idle() {
      while (starting || inFlight.size > 0) await (starting ?? Promise.all(inFlight));
    },
  };
}

/** Nothing was stored: an account is not as it was known, or a key was used before. */
function isOutrun(error: unknown): boolean {
  const { code, constraint } = (error ?? {}) as { code?: string; constraint?: string };
  return code === "JQ001" || (code === "23505" && constraint === "request_pkey");
}

/** Serialisation, deadlock, a key taken by another process meanwhile, or an unknown outcome: the same batch again. */
function mayRepeat(error: unknown): boolean {
  const { code = "", constraint } = (error ?? {}) as { code?: string; constraint?: string };
  // Any other double would be there the next time too.
  if (code === "23505") return constraint === "request_pkey";
  return code === "40001" || code === "40P01" || isConnectionLoss(error);
}

/**
 * Takes what may be committed together, oldest first: nothing that a batch in flight touches, no guard twice, because
 * the later item depends on what the first one did, and nothing that would overtake an item left behind for these
 * reasons. Takes nothing where that makes fewer than `atLeast`. What is beyond `wanted` is left to the next batch, unless
 * it would have to wait for this one.
 */
function takeBatch(
  queue: Waiting[],
  touched: ReadonlySet<string>,
  atLeast: number,
  wanted: number,
): Waiting[] {
  if (queue.length < atLeast) return [];
  const mine = new Set<string>();
  const batch: Waiting[] = [];
  const later: Waiting[] = [];
  const guarded = new Set<string>();
  const behind = new Set<string>();
  let next = 0;
  for (; next < queue.length && batch.length < maxBatch; next += 1) {
    const waiting = queue[next] as Waiting;
    const { touches, guards } = waiting.item;
    const left = batch.length >= wanted && touches.every((name) => !mine.has(name));
    const waits =
      left ||
      (touched.size > 0 && touches.some((name) => touched.has(name))) ||
      (behind.size > 0 && touches.some((name) => behind.has(name))) ||
      guards.some((guard) => guarded.has(guard));
    if (waits) {
      later.push(waiting);
      for (const name of touches) behind.add(name);
    } else {
      batch.push(waiting);
      for (const guard of guards) guarded.add(guard);
      if (wanted < queue.length) for (const name of touches) mine.add(name);
    }
  }
  if (batch.length < atLeast) return [];
  queue.splice(0, next, ...later);
  return batch;
}

/** Refuses what only a bug can ask for. */
function check(instruction: Instruction): void {
  const { key, hash, transfer } = instruction;
  assert(key.length > 0 && key.length <= 500 && hash.length > 0, "an instruction has a key and a hash");
  if (transfer) {
    assert(onOneLine(transfer.kind) && transfer.kind.length > 0, "a transfer has a kind");
    assert(transfer.subject === undefined || transfer.subject.length > 0, "a subject is not empty");
    assert(onOneLine(transfer.id) && onOneLine(transfer.subject ?? ""), "ids are one line");
  }
  const released = (instruction.releases ?? []).map((release) => release.holdId);
  assert(new Set(released).size === released.length, "a hold is released once");
}
const onOneLine = (text: string): boolean => !text.includes("\n");
