import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../platform/clock.ts";
import { type Db, isConnectionLoss } from "../platform/db.ts";
import { assert } from "../platform/errors.ts";
import type { Subscriptions } from "../platform/events.ts";
import { ruleOf } from "./chart.ts";
import type { AccountRef, Instruction, Outcome } from "./instruction.ts";

type Waiting = { instruction: Instruction; resolve(outcome: Outcome): void; reject(error: unknown): void };

const maxBatch = 512;
const maxAttempts = 6;

export type Committer = {
  /** Stores one instruction. Resolves after COMMIT, never before. */
  commit<R>(instruction: Instruction): Promise<Outcome<R>>;
  /** Waits until nothing is in flight. */
  idle(): Promise<void>;
};

/**
 * Takes whatever was queued while the last commit ran and stores it as one batch: no timer, one batch in flight per
 * process. When a batch fails for a reason that lies in one item, the batch is halved until that item stands alone,
 * so that it never fails its neighbours. When the connection is lost and nobody knows whether the commit happened,
 * the same batch is sent again: keys make that exact.
 */
export function createCommitter(deps: { db: Db; clock: Clock; subscriptions: Subscriptions }): Committer {
  const queue: Waiting[] = [];
  const accountIds = new Map<string, bigint>();
  let running: Promise<void> | undefined;

  async function loop(): Promise<void> {
    // Let requests that arrive in the same turn of the event loop share the first batch.
    await Promise.resolve();
    while (queue.length > 0) await store(takeBatch(queue));
    running = undefined;
  }

  async function store(batch: Waiting[]): Promise<void> {
    try {
      const outcomes = await send(batch.map((waiting) => waiting.instruction));
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

  async function send(instructions: readonly Instruction[]): Promise<Outcome[]> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const ids = await ensureAccounts(instructions.flatMap(accountsOf));
        const parameters = toParameters(instructions, ids, deps.clock.now(), deps.subscriptions);
        const [row] = await deps.db.query<{ answer: Outcome[] }>(commitBatch, parameters);
        assert(row && row.answer.length === instructions.length, "one outcome per instruction");
        return row.answer;
      } catch (error) {
        if (attempt === maxAttempts || !mayRepeat(error)) throw error;
        await sleep(10 * 2 ** attempt);
      }
    }
  }

  /** Opens accounts that are used for the first time. Ids never change, so they are remembered. */
  async function ensureAccounts(refs: readonly AccountRef[]): Promise<ReadonlyMap<string, bigint>> {
    const missing = new Map(
      refs.filter((ref) => !accountIds.has(nameOf(ref))).map((ref) => [nameOf(ref), ref]),
    );
    if (missing.size > 0) {
      const list = [...missing.values()];
      const rules = list.map(ruleOf);
      await deps.db.query(
        `INSERT INTO ledger.account (code, currency, kind, floor, safeguarding)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::smallint[]) ON CONFLICT (code, currency) DO NOTHING`,
        [
          list.map((ref) => ref.code),
          list.map((ref) => ref.currency),
          rules.map((rule) => rule.kind),
          rules.map((rule) => rule.floor),
          rules.map((rule) => rule.safeguarding),
        ],
      );
      const rows = await deps.db.query<{ id: bigint; code: string; currency: string }>(
        "SELECT id, code, currency FROM ledger.account WHERE (code, currency) IN (SELECT * FROM unnest($1::text[], $2::text[]))",
        [list.map((ref) => ref.code), list.map((ref) => ref.currency)],
      );
      for (const row of rows) accountIds.set(nameOf(row), row.id);
    }
    return accountIds;
  }

  return {
    commit<R>(instruction: Instruction): Promise<Outcome<R>> {
      check(instruction);
      return new Promise<Outcome<R>>((resolve, reject) => {
        queue.push({ instruction, resolve: resolve as (outcome: Outcome) => void, reject });
        running ??= loop();
      });
    },
    async idle() {
      while (running) await running;
    },
  };
}

const commitBatch = `SELECT ledger.commit_batch($1::jsonb, $2::bigint[], $3::int[], $4::int[], $5::bigint[],
  $6::int[], $7::int[], $8::text[], $9::bigint[], $10::timestamptz[], $11::text[],
  $12::int[], $13::int[], $14::text[], $15::text[]) AS answer`;

const nameOf = (ref: AccountRef): string => `${ref.code} ${ref.currency}`;

/** Serialisation, deadlock, a key taken by another process meanwhile, or an unknown outcome: the same batch again. */
function mayRepeat(error: unknown): boolean {
  const code = (error as { code?: string } | null)?.code ?? "";
  return ["40001", "40P01", "23505"].includes(code) || isConnectionLoss(error);
}

/** Takes what may be committed together: neither a key nor a guard twice, because later ones depend on the first. */
function takeBatch(queue: Waiting[]): Waiting[] {
  const batch: Waiting[] = [];
  const later: Waiting[] = [];
  const taken = new Set<string>();
  while (queue.length > 0 && batch.length < maxBatch) {
    const waiting = queue.shift() as Waiting;
    const names = [
      `key ${waiting.instruction.key}`,
      ...(waiting.instruction.guards ?? []).map((guard) => `guard ${guard.check} ${guard.id}`),
    ];
    if (names.some((name) => taken.has(name))) later.push(waiting);
    else {
      for (const name of names) taken.add(name);
      batch.push(waiting);
    }
  }
  queue.unshift(...later);
  return batch;
}

function accountsOf(instruction: Instruction): AccountRef[] {
  return [
    ...(instruction.transfer?.postings ?? []).flatMap((posting) => [posting.debit, posting.credit]),
    ...(instruction.holds ?? []).map((hold) => hold.account),
    ...(instruction.releases ?? []).map((release) => release.account),
  ];
}

/** Refuses what only a bug can ask for. */
function check(instruction: Instruction): void {
  assert(instruction.key.length > 0 && instruction.hash.length > 0, "an instruction has a key and a hash");
  for (const posting of instruction.transfer?.postings ?? []) {
    assert(posting.amount > 0n, "a posting moves more than zero");
    assert(posting.debit.currency === posting.credit.currency, "a posting has one currency");
    assert(nameOf(posting.debit) !== nameOf(posting.credit), "a posting has two accounts");
  }
  if (instruction.transfer) assert(instruction.transfer.postings.length > 0, "a transfer has postings");
  for (const hold of instruction.holds ?? []) assert(hold.amount > 0n, "a hold is more than zero");
  const released = (instruction.releases ?? []).map((release) => release.holdId);
  assert(new Set(released).size === released.length, "a hold is released once");
}

function toParameters(
  instructions: readonly Instruction[],
  ids: ReadonlyMap<string, bigint>,
  now: Date,
  subscriptions: Subscriptions,
): unknown[] {
  const idOf = (ref: AccountRef): bigint => ids.get(nameOf(ref)) as bigint;
  const accounts = [...new Set(instructions.flatMap(accountsOf).map(idOf))].sort((a, b) =>
    a < b ? -1 : a > b ? 1 : 0,
  );
  const position = new Map(accounts.map((id, index) => [id, index + 1]));
  const at = (ref: AccountRef): number => position.get(idOf(ref)) as number;

  const items = instructions.map((instruction) => {
    const events = instruction.events ?? [];
    return {
      key: instruction.key,
      hash: instruction.hash,
      result: instruction.result ?? null,
      at: now.toISOString(),
      transfer: instruction.transfer
        ? {
            id: instruction.transfer.id,
            kind: instruction.transfer.kind,
            subject: instruction.transfer.subject ?? null,
          }
        : null,
      rows: instruction.rows ?? [],
      guards: (instruction.guards ?? []).map(({ check: name, arg }) => ({ check: name, arg })),
      events,
      jobs: [...(instruction.jobs ?? []), ...subscriptions.jobsFor(events)],
    };
  });
  const legs = instructions.flatMap((instruction, index) =>
    (instruction.transfer?.postings ?? []).flatMap((posting) => [
      { item: index + 1, account: at(posting.debit), amount: posting.amount },
      { item: index + 1, account: at(posting.credit), amount: -posting.amount },
    ]),
  );
  const holds = instructions.flatMap((instruction, index) =>
    (instruction.holds ?? []).map((hold) => ({ item: index + 1, ...hold })),
  );
  const releases = instructions.flatMap((instruction, index) =>
    (instruction.releases ?? []).map((release) => ({ item: index + 1, ...release })),
  );
  return [
    JSON.stringify(items),
    accounts,
    legs.map((leg) => leg.item),
    legs.map((leg) => leg.account),
    legs.map((leg) => leg.amount),
    holds.map((hold) => hold.item),
    holds.map((hold) => at(hold.account)),
    holds.map((hold) => hold.id),
    holds.map((hold) => hold.amount),
    holds.map((hold) => hold.expiresAt),
    holds.map((hold) => hold.subject ?? null),
    releases.map((release) => release.item),
    releases.map((release) => at(release.account)),
    releases.map((release) => release.holdId),
    releases.map((release) => release.as),
  ];
}
