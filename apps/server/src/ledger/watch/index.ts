import type { Staff } from "@jinqiao/contract";
import type { Clock } from "../../platform/clock.ts";
import type { Db, Tx } from "../../platform/db.ts";
import { Refusal } from "../../platform/errors.ts";
import { event, type Subscriptions } from "../../platform/events.ts";
import type { Ids } from "../../platform/ids.ts";
import type { Instruction, Outcome } from "../instruction.ts";
import type { Alarm, AlarmFilter } from "./alarms.ts";
import * as alarms from "./alarms.ts";
import {
  accountFindings,
  beyondHeadFindings,
  custodyFindings,
  type Finding,
  sumFindings,
  transferFindings,
} from "./findings.ts";

export type { Alarm, AlarmFilter } from "./alarms.ts";
export { type Finding, figureOf, type Invariant, unitOf } from "./findings.ts";

/** How much one run does at most. */
export type WatchPace = {
  /** Transfers in one slice, which is one transaction. */
  slice: number;
  /** A run begins no further slice of new transfers after so many milliseconds. */
  catchUpMs: number;
  /** Old transfers read again, and accounts looked at, in one run. */
  reread: number;
  accounts: number;
  /** Milliseconds between two sums over all accounts. */
  sumsEveryMs: number;
};

/**
 * Every minute: 20,000 accounts, so that a million are gone round in under an hour, and 5,000 old transfers, so that
 * five million are read again in seventeen hours. The sum over a million accounts takes a second or so of one
 * connection, once an hour.
 */
export const usualPace: WatchPace = {
  slice: 5_000,
  catchUpMs: 20_000,
  reread: 5_000,
  accounts: 20_000,
  sumsEveryMs: 3_600_000,
};

export type WatchRun = {
  raised: Alarm[];
  /** New transfers proven in this run, and how many are still waiting for the next. */
  proven: bigint;
  waiting: bigint;
  accounts: number;
};

/**
 * Proves again and again that the books are whole, in slices whose cost does not grow with the ledger. What it finds
 * is an alarm, and while one is open no money of that currency leaves to a bank.
 */
export type Watch = {
  /** Goes on where the last run stopped. Safe to call anywhere at any time: a slice belongs to one caller. */
  run(): Promise<WatchRun>;
  /** Stores what another part of the ledger found. */
  raise(findings: readonly Finding[]): Promise<Alarm[]>;
  alarms(filter: AlarmFilter): Promise<Alarm[]>;
  alarm(id: string): Promise<Alarm | undefined>;
  /**
   * A member of staff has looked into an alarm: it no longer stops anything. `result` is what a repeat is answered.
   * @throws Refusal `ledger.alarm_still_true` while what it found is still so, `ledger.alarm_already_cleared`
   */
  clear<View>(
    request: { key: string; hash: string },
    staff: Pick<Staff, "id" | "displayName">,
    id: string,
    note: string,
    result: (cleared: Alarm) => View,
  ): Promise<View>;
  /** Whether money of a currency must not leave now. */
  isStopped(currency: string): Promise<boolean>;
  stoppedCurrencies(): Promise<string[]>;
  /** Position before which every transfer was proven. */
  provenTo(): Promise<bigint>;
};

type State = {
  next_position: bigint;
  reread_position: bigint;
  next_account: bigint;
  summed_at: Date | null;
};

export function createWatch(deps: {
  db: Db;
  clock: Clock;
  ids: Ids;
  subscriptions: Subscriptions;
  commit<R>(instruction: Instruction): Promise<Outcome<R>>;
  pace?: Partial<WatchPace>;
}): Watch {
  const { db } = deps;
  const pace = { ...usualPace, ...deps.pace };

  /** One slice: what was found and how far the watch came are stored together. Undefined while another takes one. */
  function slice<T>(
    work: (tx: Tx, state: State) => Promise<{ findings: Finding[]; next: Partial<State>; told: T }>,
  ): Promise<{ raised: Alarm[]; told: T } | undefined> {
    return db.transaction(async (tx) => {
      // It has time: one processor is enough, and postings need the others.
      await tx.query("SET LOCAL max_parallel_workers_per_gather = 0");
      const [state] = await tx.query<State>("SELECT * FROM ledger.watch FOR UPDATE SKIP LOCKED");
      if (state === undefined) return undefined;
      const { findings, next, told } = await work(tx, state);
      const raised = await alarms.raise(tx, deps, findings);
      const after = { ...state, ...next };
      await tx.query(
        "UPDATE ledger.watch SET next_position = $1, reread_position = $2, next_account = $3, summed_at = $4, ran_at = $5",
        [after.next_position, after.reread_position, after.next_account, after.summed_at, deps.clock.now()],
      );
      return { raised, told };
    });
  }

  /** Transfers since the last look, and the accounts they touched. */
  const newTransfers = () =>
    slice(async (tx, state) => {
      const [head] = await tx.query<{ size: bigint }>("SELECT size FROM ledger.log_head");
      const size = head?.size ?? 0n;
      const from = state.next_position;
      const to = size - from > BigInt(pace.slice) ? from + BigInt(pace.slice) : size;
      const findings: Finding[] = [];
      if (size < from) findings.push(headWentBack(from, size));
      else if (size > from) {
        findings.push(...(await transferFindings(tx, from, to)));
        const touched = await tx.query<{ id: bigint }>(
          "SELECT DISTINCT account_id AS id FROM ledger.entry WHERE position >= $1 AND position < $2",
          [from, to],
        );
        findings.push(...(await accountFindings(tx, idsOf(touched))));
      }
      return {
        findings,
        next: { next_position: to },
        told: { proven: to > from ? to - from : 0n, waiting: size - to },
      };
    });

  /** The first position whose month was not moved away. */
  async function firstKept(tx: Tx): Promise<bigint> {
    const [row] = await tx.query<{ first: bigint }>(
      "SELECT coalesce(max(last_position) + 1, 0) AS first FROM ledger.month WHERE archived_at IS NOT NULL",
    );
    return row?.first ?? 0n;
  }

  /** A slice of old transfers, round and round, because rows may be altered long after they were proven. */
  const oldTransfers = () =>
    slice(async (tx, state) => {
      const first = await firstKept(tx);
      const begin = state.reread_position >= state.next_position ? 0n : state.reread_position;
      const from = begin < first ? first : begin;
      const end = from + BigInt(pace.reread);
      const to = end < state.next_position ? end : state.next_position;
      return {
        findings: from < to ? await transferFindings(tx, from, to) : [],
        next: { reread_position: to },
        told: null,
      };
    });

  /** A slice of the accounts, round and round. */
  const someAccounts = () =>
    slice(async (tx, state) => {
      const rows = await tx.query<{ id: bigint }>(
        "SELECT id FROM ledger.account WHERE id > $1 ORDER BY id LIMIT $2",
        [state.next_account, pace.accounts],
      );
      return {
        findings: await accountFindings(tx, idsOf(rows)),
        next: { next_account: rows.length < pace.accounts ? 0n : (rows.at(-1)?.id ?? 0n) },
        told: rows.length,
      };
    });

  const sums = () =>
    slice(async (tx, state) => {
      const now = deps.clock.now();
      const due = state.summed_at === null || now.getTime() - state.summed_at.getTime() >= pace.sumsEveryMs;
      const findings = [...(await beyondHeadFindings(tx)), ...(await custodyFindings(tx))];
      if (due) findings.push(...(await sumFindings(tx)));
      return { findings, next: due ? { summed_at: now } : {}, told: null };
    });

  /** Whether what an alarm found can be found again; what is about rows that never change is not looked for. */
  async function isStillSo(alarm: Alarm): Promise<boolean> {
    const again = await findAgain(alarm);
    return again.some(
      ({ invariant, subject, currency }) =>
        invariant === alarm.invariant && subject === alarm.subject && currency === alarm.currency,
    );
  }
  async function findAgain(alarm: Alarm): Promise<Finding[]> {
    switch (alarm.invariant) {
      case "account_balance":
      case "account_sequence":
      case "account_held":
      case "account_floor":
        return accountFindings(
          db,
          idsOf(
            await db.query<{ id: bigint }>(
              "SELECT id FROM ledger.account WHERE code = $1 AND currency = $2",
              alarm.subject.split(" "),
            ),
          ),
        );
      case "trial_balance":
      case "totals":
        return sumFindings(db);
      case "custody":
        return custodyFindings(db);
      default:
        return [];
    }
  }

  return {
    async run() {
      const raised: Alarm[] = [];
      const done = { proven: 0n, waiting: 0n, accounts: 0 };
      const until = performance.now() + pace.catchUpMs;
      do {
        const part = await newTransfers();
        if (part === undefined) return { raised, ...done };
        raised.push(...part.raised);
        done.proven += part.told.proven;
        done.waiting = part.told.waiting;
      } while (done.waiting > 0n && performance.now() < until);
      for (const part of [await oldTransfers(), await sums()]) raised.push(...(part?.raised ?? []));
      const accounts = await someAccounts();
      raised.push(...(accounts?.raised ?? []));
      done.accounts = accounts?.told ?? 0;
      return { raised, ...done };
    },
    raise: (findings) => db.transaction((tx) => alarms.raise(tx, deps, findings)),
    alarms: (filter) => alarms.selectAlarms(db, filter),
    alarm: (id) => alarms.selectAlarm(db, id),
    async clear(request, staff, id, note, result) {
      const alarm = await alarms.selectAlarm(db, id);
      if (alarm === undefined) throw new Refusal("request.not_found");
      if (alarm.cleared) throw new Refusal("ledger.alarm_already_cleared");
      if (await isStillSo(alarm)) throw new Refusal("ledger.alarm_still_true");
      const at = deps.clock.now();
      const outcome = await deps.commit<ReturnType<typeof result>>({
        ...request,
        result: result({ ...alarm, cleared: { at, by: staff.displayName, note } }),
        rows: [
          {
            writer: "ledger.clear_alarms",
            row: { id, at: at.toISOString(), by: staff.displayName, by_id: staff.id, note },
          },
        ],
        guards: [{ check: "ledger.alarm_not_open", arg: { id }, id }],
        events: [
          event("ledger.alarm_cleared", {
            alarmId: alarm.id,
            invariant: alarm.invariant,
            currency: alarm.currency,
          }),
        ],
      });
      if (outcome.status === "accepted" || outcome.status === "replayed") return outcome.result;
      if (outcome.status === "refused") throw new Refusal(outcome.code);
      throw new Refusal(
        outcome.status === "conflict" ? "idempotency.key_reused" : "ledger.alarm_already_cleared",
      );
    },
    isStopped: (currency) => alarms.isStopped(db, currency),
    stoppedCurrencies: () => alarms.selectStopped(db),
    async provenTo() {
      const [row] = await db.query<{ next_position: bigint }>("SELECT next_position FROM ledger.watch");
      return row?.next_position ?? 0n;
    },
  };
}

const idsOf = (rows: readonly { id: bigint }[]): bigint[] => rows.map((row) => row.id);

/** The log only ever grows. */
const headWentBack = (from: bigint, size: bigint): Finding => ({
  invariant: "positions_dense",
  currency: null,
  subject: `position ${size}`,
  expected: from.toString(),
  found: size.toString(),
});
