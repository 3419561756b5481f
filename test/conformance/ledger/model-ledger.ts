import {
  type AccountRef,
  hashOf,
  type Ledger,
  type Outcome,
  type StatementLine,
  type TrialBalanceRow,
} from "../../../apps/server/src/ledger/index.ts";
import type { Clock } from "../../../apps/server/src/platform/clock.ts";
import {
  createModel,
  directionOf,
  type Model,
  type ModelAccount,
  type ModelEntry,
  type ModelTransfer,
} from "./model.ts";

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
type Period = { from: Date; to: Date };
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, amount) => total + amount, 0n);

/**
 * The model behind the ledger's public interface: a second engine, kept in memory, that passes the same suite as the
 * one on PostgreSQL. Readings walk the lists from end to end; that is what makes them obviously right.
 */
export function createModelLedger(options: { clock: Clock; model?: Model }): Ledger {
  const { clock, model = createModel() } = options;
  const entriesOf = ({ code, currency }: AccountRef): ModelEntry[] =>
    model.accounts.get(`${code} ${currency}`)?.entries ?? [];
  const within =
    ({ from, to }: Period) =>
    ({ at }: { at: Date }): boolean =>
      at >= from && at < to;
  const balanceBefore = (account: AccountRef, instant: Date): bigint =>
    entriesOf(account).findLast(({ at }) => at < instant)?.balance ?? 0n;

  const ledger: Ledger = {
    // Answered later, as any engine does, but decided in the order of the calls.
    commit: async <R>(instruction: Parameters<Ledger["commit"]>[0]) =>
      model.answer(structuredClone(instruction), clock.now()) as Outcome<R>,
    idle: async () => {},

    balances: async (code) =>
      [...model.accounts.values()]
        .filter((account) => account.code === code)
        .map(({ currency, kind, status, balance, held }) => ({ code, currency, kind, status, balance, held }))
        .sort((a, b) => (a.currency < b.currency ? -1 : 1)),

    balanceAt: async (account, instant) =>
      entriesOf(account).findLast(({ at }) => at <= instant)?.balance ?? 0n,

    async entries(account, { cursor, limit = 50, order = "newest", from, to } = {}) {
      if (cursor !== undefined && !/^[1-9][0-9]{0,17}$/.test(cursor))
        throw new Error("not a cursor of these books");
      const lines = entriesOf(account)
        .filter(({ at }) => (from === undefined || at >= from) && (to === undefined || at < to))
        .map(lineOf);
      if (order === "newest") lines.reverse();
      const begin =
        cursor === undefined ? 0 : lines.findIndex((line) => line.sequence === BigInt(cursor)) + 1;
      const page = lines.slice(begin, begin + limit);
      const more = begin + limit < lines.length;
      return { lines: page, next: more ? String(page.at(-1)?.sequence) : null };
    },

    async statement(account, period) {
      const lines = entriesOf(account).filter(within(period)).map(lineOf);
      const amounts = lines.map((line) => line.amount);
      return {
        account,
        ...period,
        opening: balanceBefore(account, period.from),
        closing: balanceBefore(account, period.to),
        raised: sum(amounts.filter((amount) => amount > 0n)),
        lowered: -sum(amounts.filter((amount) => amount < 0n)),
        count: BigInt(lines.length),
        async *lines() {
          yield* lines;
        },
      };
    },

    /** By transfer: what one account was debited and the other credited, or the reverse; the lesser of the two. */
    async flows(one, other, period) {
      const sideOf = (account: AccountRef, transfer: ModelTransfer): bigint =>
        sum(
          transfer.legs
            .filter((leg) => leg.account.code === account.code && leg.account.currency === account.currency)
            .map((leg) => leg.amount),
        );
      const touches = (account: AccountRef) =>
        new Set(
          entriesOf(account)
            .filter(within(period))
            .map(({ transfer }) => transfer),
        );
      const theirs = touches(other);
      const both = [...touches(one)].filter((transfer) => theirs.has(transfer));
      const lesser = (...amounts: bigint[]): bigint =>
        amounts.reduce((least, amount) => (amount < least ? amount : least), amounts[0] ?? 0n);
      const paid = (from: AccountRef, to: AccountRef): bigint =>
        sum(
          both
            .map((transfer) => lesser(sideOf(from, transfer), -sideOf(to, transfer)))
            .filter((amount) => amount > 0n),
        );
      return { forth: paid(one, other), back: paid(other, one), transfers: BigInt(both.length) };
    },

    async trialBalance() {
      // Customers and merchants are not named one by one.
      const rowOf = ({ code }: AccountRef): string => code.replace(/^(customer|merchant):.*$/, "$1:*");
      const rows = new Map<string, Mutable<TrialBalanceRow>>();
      const add = (account: ModelAccount, name: string, branch: boolean): void => {
        const row = rows.get(`${account.currency} ${name}`);
        const debit = directionOf(account.kind) * account.balance;
        const owed = BigInt(account.safeguarding) * account.balance;
        if (row) {
          row.accounts += 1n;
          row.net_debit += debit;
          row.owed += owed;
          if (row.kind !== account.kind) row.kind = null;
        } else {
          const { currency, kind } = account;
          rows.set(`${currency} ${name}`, {
            currency,
            account: name,
            branch,
            kind,
            accounts: 1n,
            net_debit: debit,
            owed,
          });
        }
      };
      for (const account of model.accounts.values()) {
        const parts = rowOf(account).split(":");
        for (let depth = 1; depth <= parts.length; depth += 1)
          add(account, parts.slice(0, depth).join(":"), depth < parts.length);
      }
      return [...rows.values()] as TrialBalanceRow[];
    },

    async safeguarding(currency) {
      const side = (sign: -1 | 1): bigint =>
        sum(
          [...model.accounts.values()]
            .filter((account) => account.currency === currency && account.safeguarding === sign)
            .map((account) => account.balance),
        );
      return { assets: side(1), owed: side(-1) };
    },

    entriesOf: async (subject) =>
      model.transfers
        .filter((transfer) => transfer.subject === subject)
        .flatMap((transfer) =>
          [...model.accounts.values()].flatMap((account) =>
            account.entries
              .filter((entry) => entry.transfer === transfer)
              .map((entry) => ({
                transfer_id: transfer.id,
                kind: transfer.kind,
                at: transfer.at,
                code: account.code,
                currency: account.currency,
                amount: directionOf(account.kind) * entry.amount,
                balance_after: entry.balance,
              })),
          ),
        ),

    holdsOf: async (subject) =>
      [...model.holds.values()]
        .filter((hold) => hold.subject === subject)
        .map(({ id, account, amount, captured, status, at, expiresAt }) => ({
          id,
          ...account,
          amount,
          captured,
          status,
          at,
          expires_at: expiresAt,
          subject,
        })),

    async expireHolds() {
      const late = [...model.holds.values()].filter(
        (hold) => hold.status === "open" && hold.expiresAt <= clock.now(),
      );
      for (const { id, account } of late) {
        model.answer(
          { key: `hold/${id}/expire`, hash: hashOf(id), releases: [{ holdId: id, account, as: "expired" }] },
          clock.now(),
        );
      }
      return late.length;
    },

    async violations() {
      return [...model.accounts.values()].flatMap((account) => {
        const held = sum(
          [...model.holds.values()]
            .filter((hold) => hold.status === "open")
            .filter(
              ({ account: { code, currency } }) => code === account.code && currency === account.currency,
            )
            .map((hold) => hold.amount - hold.captured),
        );
        const subject = `${account.code} ${account.currency}`;
        return [
          ...(account.balance === sum(account.entries.map((entry) => entry.amount))
            ? []
            : [{ invariant: "balance is the sum of entries", subject, detail: String(account.balance) }]),
          ...(account.held === held
            ? []
            : [{ invariant: "held is the sum of open holds", subject, detail: String(account.held) }]),
        ];
      });
    },
  };
  return ledger;
}

/** The other side is named where the entry has just one: in a posting, or in a transfer of two legs. */
function lineOf(entry: ModelEntry): StatementLine {
  const { sequence, at, transfer, amount, balance, counterparty } = entry;
  return {
    sequence,
    at,
    transferId: transfer.id,
    kind: transfer.kind,
    subject: transfer.subject,
    amount,
    balance,
    counterparty,
  };
}
