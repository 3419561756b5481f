import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../platform/clock.ts";
import { type Db, isConnectionLoss } from "../platform/db.ts";
import { assert } from "../platform/errors.ts";
import type { Subscriptions } from "../platform/events.ts";
import {
  accountsFrom,
  type LockRow,
  lockParameters,
  lockStatement,
  type Names,
  namesOf,
  readParameters,
  readStatement,
  stateFrom,
  storeParameters,
  storeStatement,
} from "./batch.ts";
import { ruleOf } from "./chart.ts";
import { type BatchState, decide, type Item, nameOf, toItem } from "./decide.ts";
import type { AccountRef, Instruction, Outcome } from "./instruction.ts";
import { createKnownAccounts, refusesByState } from "./known-accounts.ts";
import { type Lane, Lanes } from "./lanes.ts";

type StoreSettings = Parameters<typeof storeParameters>[3];
type Waiting = { item: Item; resolve(outcome: Outcome): void; reject(error: unknown): void };

/** Larger batches save little more per item and make everybody in them wait longer. */
const maxBatch = 512;
/** A second batch waits until it is worth a transaction of its own. */
const worthASecond = 12;
const maxAttempts = 6;

export type Committer = {
  /** Stores one instruction. Resolves after COMMIT, never before. */
  commit<R>(instruction: Instruction): Promise<Outcome<R>>;
  /** Waits until nothing is in flight. */
  idle(): Promise<void>;
};

/**
 * Takes whatever was queued while the last commit ran and stores it as one batch: no timer. Under load a second batch
 * is under way beside the first. A batch whose accounts this process knows goes in one round trip. When a batch fails
 * for a reason that lies in one item, it is halved until that item stands alone, so that it never fails its neighbours.
 * When the connection is lost and nobody knows whether the commit happened, the same batch is sent again: keys make that
 * exact.
 */
export function createCommitter(deps: {
  db: Db;
  clock: Clock;
  subscriptions: Subscriptions;
  transparency?: boolean;
}): Committer {
  let queue: Waiting[] = [];
  const months = new Set<string>();
  const known = createKnownAccounts();
  const lanes = new Lanes();
  const line = deps.db.line();
  let starting: Promise<void> | undefined;

  /** Starts what may be started, once per turn of the event loop so that what arrives together goes together. */
  function start(): void {
    starting ??= Promise.resolve().then(() => {
      starting = undefined;
      while (queue.length > 0 && lanes.free) {
        const { batch, later } = take();
        if (batch.length === 0) return;
        queue = later;
        const lane = lanes.open(batch.flatMap((waiting) => waiting.item.touches));
        lane.done = store(batch, lane).finally(() => {
          lanes.close(lane);
          if (queue.length > 0) start();
        });
      }
    });
  }

  /** The first leaves half of a long queue to the second, so that the two take turns. */
  function take(): { batch: Waiting[]; later: Waiting[] } {
    const alone = lanes.running === 0;
    if (!alone && queue.length < worthASecond) return { batch: [], later: queue };
    const wanted = alone && queue.length >= 2 * worthASecond ? Math.ceil(queue.length / 2) : queue.length;
    const taken = takeBatch(queue, lanes.locked, Math.min(wanted, maxBatch));
    return alone || taken.batch.length >= worthASecond ? taken : { batch: [], later: queue };
  }

  async function store(batch: Waiting[], lane: Lane): Promise<void> {
    try {
      const outcomes = await send(
        batch.map((waiting) => waiting.item),
        lane,
      );
      batch.forEach((waiting, index) => {
        waiting.resolve(outcomes[index] as Outcome);
      });
    } catch (error) {
      if (batch.length === 1 || isConnectionLoss(error)) {
        for (const waiting of batch) waiting.reject(error);
        return;
      }
      const middle = batch.length >> 1;
      await store(batch.slice(0, middle), lane);
      await store(batch.slice(middle), lane);
    }
  }

  async function send(items: readonly Item[], lane: Lane): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await once(items, lane, attempt);
      } catch (error) {
        if (attempt === maxAttempts || !mayRepeat(error)) throw error;
        await sleep(10 * 2 ** attempt);
      }
    }
  }

  async function once(items: readonly Item[], lane: Lane, attempt: number): Promise<Outcome[]> {
    const now = deps.clock.now();
    const names = namesOf(items);
    const settings = {
      jobsFor: (events: NonNullable<Instruction["events"]>) => deps.subscriptions.jobsFor(events),
      transparency: deps.transparency !== false,
    };
    // Decided before anything is awaited where that is possible, because what starts next builds on it or must not.
    // What may have been stored already is looked up under lock.
    const missing = attempt === 1 && months.has(monthOf(now)) ? known.missing(items, names) : undefined;
    lane.locks = missing === undefined || missing.length > 0;
    if (missing && missing.length > 0) await learn(missing);
    const short = missing && decideKnown(items, names, now);
    if (lane.locks && short) {
      lane.locks = false;
      // What waited for it may build on it now.
      start();
    } else lane.locks = short === undefined;
    try {
      if (short) {
        const done = await storeKnown(items, names, now, settings, short);
        if (done) return done;
        lane.locks = true;
      }
      // What arrived first is stored first, also when the other batch is not yet through.
      await lane.after?.done;
      if (!months.has(monthOf(now))) await ensureMonth(now);
      return await lockAndStore(items, names, now, settings);
    } catch (error) {
      known.forget(names);
      throw error;
    }
  }

  /** Reads accounts that are all a batch lacks for the short way, while the batch before it is written. */
  async function learn(missing: readonly AccountRef[]): Promise<void> {
    const [row] = await deps.db.query<{ accounts: string | null }>(
      readStatement,
      readParameters(missing),
      "ledger.read",
    );
    known.learn(accountsFrom(row?.accounts ?? null, missing));
  }

  /** Decides on accounts this process knows; undefined where that is not enough. */
  function decideKnown(items: readonly Item[], names: Names, now: Date) {
    const before = known.stateFor(names);
    if (before === undefined) return undefined;
    const decision = decide(before.state, items, now.getTime());
    if (refusesByState(decision, items)) {
      known.forget(names);
      return undefined;
    }
    known.remember(before.state);
    return { before, decision };
  }

  /** One round trip; undefined where what was known is no longer true. */
  async function storeKnown(
    items: readonly Item[],
    names: Names,
    now: Date,
    settings: StoreSettings,
    { before, decision }: NonNullable<ReturnType<typeof decideKnown>>,
  ): Promise<Outcome[] | undefined> {
    try {
      await line.send({
        name: "ledger.store",
        text: storeStatement,
        values: storeParameters(items, decision, now.getTime(), { ...settings, before }),
      });
      known.wasRight(true);
      return decision.outcomes;
    } catch (error) {
      if (!isOutrun(error)) throw error;
      known.forget(names);
      known.wasRight(false);
      return undefined;
    }
  }

  /** One transaction: lock and read, decide in memory, write. Accounts used for the first time are opened before. */
  async function lockAndStore(
    items: readonly Item[],
    names: Names,
    now: Date,
    settings: StoreSettings,
  ): Promise<Outcome[]> {
    for (;;) {
      let outcomes: Outcome[] = [];
      let missing: AccountRef[] = [];
      let state: BatchState | undefined;
      await deps.db.lockThenStore<LockRow>(
        { name: "ledger.lock", text: lockStatement, values: lockParameters(items, names) },
        ([row]) => {
          assert(row, "a batch is locked in one row");
          const read = stateFrom(row, names);
          if ("missing" in read) {
            missing = read.missing;
            return undefined;
          }
          state = read;
          const decision = decide(state, items, now.getTime());
          outcomes = decision.outcomes;
          if (decision.answers.length === 0) return undefined;
          return {
            name: "ledger.store",
            text: storeStatement,
            values: storeParameters(items, decision, now.getTime(), settings),
          };
        },
      );
      if (state) {
        known.remember(state);
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
    await deps.db.query("SELECT ledger.ensure_partition($1)", [now]);
    months.add(monthOf(now));
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
      while (starting || lanes.running > 0) await (starting ?? lanes.idle());
    },
  };
}

const codeOf = (error: unknown): string => (error as { code?: string } | null)?.code ?? "";

/** A key was stored meanwhile. Any other double would be there the next time too. */
const isKeyTaken = (error: unknown): boolean =>
  codeOf(error) === "23505" && (error as { constraint?: string }).constraint === "request_pkey";

/** Nothing was stored: an account or hold is not as it was known, or a key was used before. */
const isOutrun = (error: unknown): boolean => codeOf(error) === "JQ001" || isKeyTaken(error);

/** Serialisation, deadlock, a key taken by another process meanwhile, or an unknown outcome: the same batch again. */
const mayRepeat = (error: unknown): boolean =>
  ["40001", "40P01"].includes(codeOf(error)) || isKeyTaken(error) || isConnectionLoss(error);

const monthOf = (at: Date): string => at.toISOString().slice(0, 7);

/**
 * Takes what may be committed together, oldest first: nothing that is blocked, no guard twice, because
 * the later item depends on what the first one did, and nothing that would overtake an item left behind for these
 * reasons.
 */
function takeBatch(
  queue: readonly Waiting[],
  blocked: { has(name: string): boolean },
  limit: number,
): { batch: Waiting[]; later: Waiting[] } {
  const batch: Waiting[] = [];
  const later: Waiting[] = [];
  const guarded = new Set<string>();
  const behind = new Set<string>();
  let next = 0;
  for (; next < queue.length && batch.length < limit; next += 1) {
    const waiting = queue[next] as Waiting;
    const { touches, guards } = waiting.item;
    const waits =
      touches.some((name) => blocked.has(name) || behind.has(name)) ||
      guards.some((guard) => guarded.has(guard));
    if (waits) {
      later.push(waiting);
      for (const name of touches) behind.add(name);
    } else {
      batch.push(waiting);
      for (const guard of guards) guarded.add(guard);
    }
  }
  return { batch, later: later.concat(queue.slice(next)) };
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
