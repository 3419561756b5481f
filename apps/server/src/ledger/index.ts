import { type Answers, plainAnswers } from "../platform/answers.ts";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { Subscriptions } from "../platform/events.ts";
import { hashOf } from "../platform/hash.ts";
import type { Logger } from "../platform/logger.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import { createCommitter } from "./committer.ts";
import type { AccountRef, Instruction, Outcome } from "./instruction.ts";
import { createTransparencyLog, type LogSettings, type TransparencyLog } from "./log/index.ts";
import * as reading from "./reading.ts";
import * as sql from "./sql.ts";

export { hashOf } from "../platform/hash.ts";
export {
  custodyAccount,
  customerAccount,
  fxPosition,
  losses,
  receivable,
  suspense,
  transitIn,
  transitOut,
} from "./chart.ts";
export type {
  AccountChange,
  AccountRef,
  AccountStatus,
  Allowance,
  HoldDraft,
  HoldRelease,
  Instruction,
  Leg,
  Outcome,
  Posting,
  RefusalCode,
  TransferDraft,
} from "./instruction.ts";
export { maxLegs, refusals } from "./instruction.ts";
export { createFileAnchor, createHttpAnchor } from "./log/anchor.ts";
export { type AuditReport, auditLog, auditText } from "./log/audit.ts";
export type { LogSettings, LogStatus, TransparencyLog } from "./log/index.ts";
export { appendRecord, type LogRecord, selectRecords } from "./log/record.ts";
export { logResources, logRoutes } from "./log/routes.ts";
export { createMonths, type Month, MonthError, type Months, usualKeepMonths } from "./months.ts";
export type { EntryPage, Flow, PageRequest, Statement, StatementLine } from "./reading.ts";
export type { BalanceRow, EntryRow, HoldRow, TrialBalanceRow, Violation } from "./sql.ts";
export { createLedgerUpkeep } from "./upkeep.ts";
export {
  type Alarm,
  createWatch,
  type Finding,
  type Invariant,
  type Watch,
  type WatchPace,
} from "./watch/index.ts";

export const ledgerMigrations: ModuleMigrations = {
  module: "ledger",
  folder: new URL("./migrations/", import.meta.url),
};

/** The books. Knows accounts by opaque codes and nothing of customers, payments or banks. */
export type Ledger = {
  /** Stores one instruction exactly once per key. Resolves after COMMIT. */
  commit<R = unknown>(instruction: Instruction): Promise<Outcome<R>>;
  /** Balances of one account code, a row per currency: minor units in the account's normal direction. */
  balances(code: string): Promise<sql.BalanceRow[]>;
  /** Balance after every entry up to and including `at`, minor units; 0 before the first. */
  balanceAt(account: AccountRef, at: Date): Promise<bigint>;
  /** One page of an account's entries, newest or oldest first. Costs the same on every page. */
  entries(account: AccountRef, page?: reading.PageRequest): Promise<reading.EntryPage>;
  /**
   * Statement over `from` ≤ at < `to`: opening balance, closing balance, totals, and the lines, oldest first, read
   * from the database as they are walked.
   */
  statement(account: AccountRef, period: { from: Date; to: Date }): Promise<reading.Statement>;
  /** What went from one account to another and back, in transfers that touch both, over `from` ≤ at < `to`. */
  flows(one: AccountRef, other: AccountRef, period: { from: Date; to: Date }): Promise<reading.Flow>;
  /** The account tree with a sum at every branch; customers' and merchants' own accounts are one row each. */
  trialBalance(): Promise<sql.TrialBalanceRow[]>;
  /** Assets held for customers against what is owed to them, minor units. */
  safeguarding(currency: string): Promise<{ assets: bigint; owed: bigint }>;
  entriesOf(subject: string): Promise<sql.EntryRow[]>;
  holdsOf(subject: string): Promise<sql.HoldRow[]>;
  /** Ends holds whose time has passed; answers how many. Safe to run anywhere at any time. */
  expireHolds(): Promise<number>;
  /** Every broken invariant of the books; empty when all hold. */
  violations(): Promise<sql.Violation[]>;
  /** Waits until no commit is in flight. */
  idle(): Promise<void>;
};

export function createLedger(deps: {
  db: Db;
  clock: Clock;
  subscriptions: Subscriptions;
  /** False leaves transfers out of the transparency log; only a benchmark asks for that. */
  transparency?: boolean;
  /** What the log signs with. Absent: it can be read and audited, and nothing is signed. */
  logSettings?: LogSettings;
  logger?: Logger;
  /** How answers for repeated requests are kept; as they are when absent. */
  answers?: Answers;
}): Ledger & { readonly log: TransparencyLog } {
  const committer = createCommitter(deps);
  return {
    log: createTransparencyLog({
      db: deps.db,
      clock: deps.clock,
      logger: deps.logger,
      settings: deps.logSettings,
    }),
    commit: (instruction) => commitSealed(committer.commit, deps.answers ?? plainAnswers, instruction),
    idle: committer.idle,
    balances: (code) => sql.selectBalances(deps.db, code),
    balanceAt: (account, at) => reading.balanceAt(deps.db, account, at),
    entries: (account, page) => reading.entries(deps.db, account, page),
    statement: (account, period) => reading.statement(deps.db, account, period),
    flows: (one, other, period) => reading.flows(deps.db, one, other, period),
    trialBalance: () => sql.selectTrialBalance(deps.db),
    safeguarding: (currency) => sql.selectSafeguarding(deps.db, currency),
    entriesOf: (subject) => sql.selectEntriesOf(deps.db, subject),
    holdsOf: (subject) => sql.selectHoldsOf(deps.db, subject),
    violations: () => sql.selectViolations(deps.db),
    async expireHolds() {
      const holds = await sql.selectExpiredHolds(deps.db, deps.clock.now(), 500);
      const outcomes = await Promise.all(
        holds.map((hold) =>
          committer.commit({
            key: `hold/${hold.id}/expire`,
            hash: hashOf(hold.id),
            releases: [
              { holdId: hold.id, account: { code: hold.code, currency: hold.currency }, as: "expired" },
            ],
          }),
        ),
      );
      return outcomes.filter((outcome) => outcome.status === "accepted").length;
    },
  };
}

/** What a replay is answered names people: it is sealed on the way in, and opened for whoever asks again. */
async function commitSealed<R>(
  commit: Ledger["commit"],
  answers: Answers,
  instruction: Instruction,
): Promise<Outcome<R>> {
  const { key, result } = instruction;
  const outcome = await commit<R>(
    result === undefined ? instruction : { ...instruction, result: answers.seal(key, result) },
  );
  if (outcome.status === "accepted" && result !== undefined) return { ...outcome, result: result as R };
  // Whoever asks again may bring no answer of their own: what was kept is opened all the same.
  return outcome.status === "replayed" && typeof outcome.result === "string"
    ? { ...outcome, result: answers.open(key, outcome.result) as R }
    : outcome;
}
