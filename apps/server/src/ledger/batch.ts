import { hash, randomBytes } from "node:crypto";
import { transferLeafHash } from "@jinqiao/transparency";
import type { Job } from "../platform/events.ts";
import { normalSign, ruleOf } from "./chart.ts";
import {
  type AccountState,
  type AllowanceState,
  accountsOf,
  type BatchState,
  type BookedTransfer,
  counterName,
  type Decision,
  type HoldState,
  type Item,
  type Known,
  nameOf,
} from "./decide.ts";
import type { AccountRef, AccountStatus, Allowance } from "./instruction.ts";

/**
 * The two statements of a batch, and how a batch is packed into and out of them. Long lists go as array literals: the
 * cheapest form that PostgreSQL reads, because a batch has thousands of values.
 */
export const lockStatement = `SELECT * FROM ledger.lock_batch($1::jsonb, $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])`;
export const readStatement = "SELECT ledger.read_accounts($1::text[], $2::text[]) AS accounts";
export const storeStatement = `SELECT ledger.store_batch(${[
  "text[] text[] text[] text[] text[]",
  "text[] text[] text[] bigint[] text[] text[]",
  "bigint[] int[] int[] bigint[] bigint[] bigint[] bigint[]",
  "bigint[] bigint[] bigint[] bigint[] bigint[]",
  "bigint[] bigint[] bigint[] bigint[] text[] bigint[]",
  "text[] bigint[] bigint[] text[] bigint[] bigint[]",
  "text[] bigint[] text[] bigint[] bigint[]",
  "text[] text[] bigint[] bigint[]",
  "text[] int[] numeric[]",
  "jsonb",
]
  .join(" ")
  .split(" ")
  .map((type, index) => `$${index + 1}::${type}`)
  .join(", ")})`;

/** What a batch names, each once. */
export type Names = { accounts: AccountRef[]; holds: string[]; allowances: Allowance[] };

export function namesOf(items: readonly Item[]): Names {
  const accounts = new Map<string, AccountRef>();
  const holds = new Set<string>();
  const allowances = new Map<string, Allowance>();
  for (const { instruction, malformed } of items) {
    if (malformed) continue;
    for (const ref of accountsOf(instruction)) accounts.set(nameOf(ref), ref);
    for (const release of instruction.releases ?? []) holds.add(release.holdId);
    // The last one's reset time stands; the counter's name says which window it is.
    for (const allowance of instruction.allowances ?? []) allowances.set(counterName(allowance), allowance);
  }
  return { accounts: [...accounts.values()], holds: [...holds], allowances: [...allowances.values()] };
}

export function lockParameters(items: readonly Item[], names: Names): unknown[] {
  const guards = items.flatMap(({ instruction }, item) =>
    (instruction.guards ?? []).map(({ check, arg }) => ({ check, item, arg })),
  );
  return [
    guards.length > 0 ? JSON.stringify(guards) : null,
    texts(names.accounts.map((ref) => ref.code)),
    texts(names.accounts.map((ref) => ref.currency)),
    texts(items.map(({ instruction }) => instruction.key)),
    texts(names.holds),
    texts(names.allowances.map((allowance) => allowance.counter)),
    texts(names.allowances.map((allowance) => allowance.currency)),
  ];
}

export type LockRow = {
  stale: number[];
  accounts: string | null;
  known: (Known & { key: string })[] | null;
  holds: string | null;
  allowances: string | null;
};

/** Parameters of `readStatement`. */
export function readParameters(refs: readonly AccountRef[]): unknown[] {
  return [texts(refs.map((ref) => ref.code)), texts(refs.map((ref) => ref.currency))];
}

/** Accounts as `lock_batch` and `read_accounts` tell them: a line each, beginning with the number of its name. */
export function accountsFrom(text: string | null, refs: readonly AccountRef[]): Map<string, AccountState> {
  const accounts = new Map<string, AccountState>();
  for (const line of lines(text)) {
    const [n, id, floor, balance, held, sequence, last, status] = line.split(" ") as [
      string,
      string,
      string,
      string,
      string,
      string,
      string,
      AccountStatus,
    ];
    const ref = refs[Number(n) - 1] as AccountRef;
    const rule = ruleOf(ref) as NonNullable<ReturnType<typeof ruleOf>>;
    accounts.set(nameOf(ref), {
      id: BigInt(id),
      ref,
      sign: normalSign(rule.kind),
      safeguarding: rule.safeguarding,
      floor: floor === "-" ? null : BigInt(floor),
      balance: BigInt(balance),
      held: BigInt(held),
      sequence: BigInt(sequence),
      lastMs: Number(last),
      status,
    });
  }
  return accounts;
}

/** Reads the answer of `lock_batch`. @returns the state, or the accounts that are not open yet */
export function stateFrom(row: LockRow, names: Names): BatchState | { missing: AccountRef[] } {
  const accounts = accountsFrom(row.accounts, names.accounts);
  if (accounts.size < names.accounts.length)
    return { missing: names.accounts.filter((ref) => !accounts.has(nameOf(ref))) };

  const byId = new Map([...accounts.values()].map((account) => [account.id, account]));
  const holds = new Map<string, HoldState>();
  for (const line of lines(row.holds)) {
    const [n, accountId, amount, captured] = line.split(" ") as [string, string, string, string];
    const account = byId.get(BigInt(accountId));
    // A hold on an account the batch does not name is as good as none: the release names the wrong one.
    if (!account) continue;
    const id = names.holds[Number(n) - 1] as string;
    holds.set(id, { id, account, amount: BigInt(amount), captured: BigInt(captured), status: "open" });
  }
  const allowances = new Map<string, AllowanceState>(
    names.allowances.map(({ counter, currency, resetsAt }) => [
      counterName({ counter, currency }),
      { counter, currency, used: 0n, resetsAt },
    ]),
  );
  for (const line of lines(row.allowances)) {
    const [n, used] = line.split(" ") as [string, string];
    const { counter, currency } = names.allowances[Number(n) - 1] as Allowance;
    (allowances.get(counterName({ counter, currency })) as AllowanceState).used = BigInt(used);
  }
  return {
    accounts,
    holds,
    allowances,
    known: new Map((row.known ?? []).map((request) => [request.key, request])),
    stale: new Set(row.stale),
  };
}

/** Accounts as they stood before the batch, and what of each hold was used. */
export type Before = {
  accounts: Map<
    AccountState,
    Pick<AccountState, "balance" | "held" | "sequence" | "lastMs" | "status" | "floor">
  >;
  captured: Map<HoldState, bigint>;
};

/** Packs what was decided for `store_batch`. `before`: what unlocked accounts must still be. */
export function storeParameters(
  items: readonly Item[],
  decision: Decision,
  nowMs: number,
  settings: {
    jobsFor(events: NonNullable<Item["instruction"]["events"]>): Job[];
    transparency: boolean;
    before?: Before;
  },
): unknown[] {
  const { transparency, jobsFor, before } = settings;
  const { answers, transfers } = decision;
  const asked = answers.map(({ item }) => (items[item] as Item).instruction);
  const salts = randomBytes(16 * transfers.length);
  const salt = transfers.map((_, index) => salts.toString("base64", index * 16, index * 16 + 16));
  const legs = transfers.flatMap((transfer, index) =>
    transfer.legs.map((leg, order) => ({ ...leg, transfer: index + 1, leg: order + 1 })),
  );
  const accounts = [...decision.accounts].filter((account) => !decision.restated.has(account));
  // Locks that are taken by the update itself are taken in the order of every other batch.
  if (before) accounts.sort((a, b) => (a.id < b.id ? -1 : 1));
  const was = before && accounts.map((account) => before.accounts.get(account) as AccountState);
  const taken = [...decision.holds];
  const counters = [...decision.allowances];
  const totals = totalsOf(transfers);
  return [
    texts(asked.map((instruction) => instruction.key)),
    texts(asked.map((instruction) => instruction.hash)),
    texts(answers.map(({ code }) => (code ? "refused" : "accepted"))),
    texts(answers.map(({ code }) => code)),
    texts(
      answers.map(({ code }, index) => {
        const result = asked[index]?.result;
        return code || result === undefined ? null : (result as string);
      }),
    ),

    texts(transfers.map((transfer) => transfer.id)),
    texts(transfers.map((transfer) => transfer.kind)),
    texts(transfers.map((transfer) => transfer.subject)),
    numbers(transfers.map((transfer) => transfer.atMs)),
    texts(salt),
    texts(
      transfers.map((transfer, index) => (transparency ? leafOf(transfer, salt[index] as string) : null)),
    ),

    numbers(legs.map((leg) => leg.account.id)),
    numbers(legs.map((leg) => leg.transfer)),
    numbers(legs.map((leg) => leg.leg)),
    numbers(legs.map((leg) => leg.sequence)),
    numbers(legs.map((leg) => leg.amount)),
    numbers(legs.map((leg) => leg.after)),
    numbers(legs.map((leg) => leg.other?.id ?? "NULL")),

    numbers(accounts.map((account) => account.id)),
    numbers(accounts.map((account) => account.balance)),
    numbers(accounts.map((account) => account.held)),
    numbers(accounts.map((account) => account.sequence)),
    numbers(accounts.map((account) => account.lastMs)),

    was ? numbers(was.map((account) => account.balance)) : null,
    was ? numbers(was.map((account) => account.held)) : null,
    was ? numbers(was.map((account) => account.sequence)) : null,
    was ? numbers(was.map((account) => account.lastMs)) : null,
    was ? texts(was.map((account) => account.status)) : null,
    was ? numbers(was.map((account) => account.floor ?? "NULL")) : null,

    texts(decision.newHolds.map(({ hold }) => hold.id)),
    numbers(decision.newHolds.map(({ hold }) => hold.account.id)),
    numbers(decision.newHolds.map(({ hold }) => hold.amount)),
    texts(decision.newHolds.map(({ subject }) => subject)),
    numbers(decision.newHolds.map(() => nowMs)),
    numbers(decision.newHolds.map(({ expiresAt }) => expiresAt.getTime())),

    texts(taken.map((hold) => hold.id)),
    numbers(taken.map((hold) => hold.captured)),
    texts(taken.map((hold) => hold.status)),
    numbers(taken.map(() => nowMs)),
    // A hold that is taken and used in one batch is new, with nothing used of it.
    before ? numbers(taken.map((hold) => before.captured.get(hold) ?? 0n)) : null,

    texts(counters.map((counter) => counter.counter)),
    texts(counters.map((counter) => counter.currency)),
    numbers(counters.map((counter) => counter.used)),
    numbers(counters.map((counter) => counter.resetsAt.getTime())),

    texts(totals.map((total) => total.currency)),
    numbers(totals.map((total) => total.safeguarding)),
    numbers(totals.map((total) => total.change)),
    moreOf(items, decision, jobsFor),
  ];
}

/** Hash of the transfer's entry in the transparency log. */
function leafOf(transfer: BookedTransfer, salt: string): string {
  return transferLeafHash(
    sha256,
    salt,
    {
      id: transfer.id,
      kind: transfer.kind,
      subject: transfer.subject,
      at: new Date(transfer.atMs).toISOString(),
    },
    transfer.legs.map((leg) => ({
      account: leg.account.ref.code,
      currency: leg.account.ref.currency,
      amount: leg.amount.toString(),
      sequence: leg.sequence.toString(),
      balance: leg.after.toString(),
    })),
  );
}
const sha256 = (text: string): string => hash("sha256", text, "base64");

/** What the batch changes in the sums that custody is checked against. */
function totalsOf(
  transfers: readonly BookedTransfer[],
): { currency: string; safeguarding: number; change: bigint }[] {
  const changes = new Map<string, { currency: string; safeguarding: number; change: bigint }>();
  for (const transfer of transfers)
    for (const { account, amount } of transfer.legs) {
      if (account.safeguarding === 0) continue;
      const name = `${account.ref.currency} ${account.safeguarding}`;
      const total = changes.get(name) ?? {
        currency: account.ref.currency,
        safeguarding: account.safeguarding,
        change: 0n,
      };
      total.change += account.sign * amount;
      changes.set(name, total);
    }
  return [...changes.values()].filter((total) => total.change !== 0n);
}

/** Rows of other modules, events, jobs and changes to accounts: what most batches of a benchmark lack. */
function moreOf(
  items: readonly Item[],
  decision: Decision,
  jobsFor: (events: NonNullable<Item["instruction"]["events"]>) => Job[],
): string | null {
  const done = decision.answers
    .filter(({ code }) => code === null)
    .map(({ item }) => (items[item] as Item).instruction);
  const rows = done.flatMap((instruction) => instruction.rows ?? []);
  const events = done.flatMap((instruction) => instruction.events ?? []);
  const jobs = [...done.flatMap((instruction) => instruction.jobs ?? []), ...jobsFor(events)];
  const restated = [...decision.restated];
  if (rows.length + events.length + jobs.length + restated.length === 0) return null;
  return JSON.stringify({
    rows: [...Map.groupBy(rows, (row) => row.writer)]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([writer, list]) => ({ writer, rows: list.map(({ row }) => row) })),
    ...(events.length > 0 ? { events } : {}),
    ...(jobs.length > 0 ? { jobs } : {}),
    accounts: restated.map((account) => ({
      id: account.id.toString(),
      status: account.status,
      floor: account.floor === null ? null : account.floor.toString(),
      balance: account.balance.toString(),
      held: account.held.toString(),
      sequence: account.sequence.toString(),
      last: account.lastMs,
    })),
  });
}

const lines = (text: string | null): string[] => (text === null ? [] : text.split("\n"));
const numbers = (list: readonly (bigint | number | string)[]): string => `{${list.join(",")}}`;

/** An array literal of PostgreSQL; quoted only where a character could mean something. */
function texts(list: readonly (string | null)[]): string {
  return `{${list
    .map((text) =>
      text === null
        ? "NULL"
        : plain.test(text)
          ? text
          : `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`,
    )
    .join(",")}}`;
}
// `null` in any case is a word of the literal's own.
const plain = /^(?!null$)[A-Za-z0-9:_.+/=-]+$/i;
