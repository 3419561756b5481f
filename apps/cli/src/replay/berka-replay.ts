import { createHash, type Hash } from "node:crypto";
import { formatDecimal } from "@jinqiao/money";
import type { SetupText } from "@jinqiao/server/embedded-postgres";
import { type Engine, hashOf, type Instruction, type Outcome } from "@jinqiao/server/engine";
import type { BerkaDay, BerkaRow, CheckedFile } from "./berka-file.ts";
import { orderDay, type Placed, toleranceMinor } from "./berka-order.ts";

const currency = "CZK";
const custody = { code: "custody:berka", currency };
const suspense = { code: "suspense:berka", currency };
const rounding = { code: "rounding", currency };
const ownFunds = { code: "own-funds", currency };
const customer = (account: string) => ({ code: `customer:berka-${account}`, currency });
const subjectPrefix = "berka/";

/** Something a person should look at, with the line of the file where it has one. */
export type Finding = { line: number | null; problem: SetupText };

/** One walk through the file. `posted` moved money now, `replayed` had been answered before. */
export type PostingTally = {
  posted: number;
  replayed: number;
  /** Rows that the ledger neither posted nor had posted before. */
  failed: number;
  findings: Finding[];
};

/** What the ledger says once all is posted, read back from its entries. */
export type Audit = {
  rows: number;
  exact: number;
  withinTolerance: number;
  outside: number;
  /** Balance that the rows left on the rounding account, minor units; positive when it cost the bank. */
  roundingMinor: bigint;
  findings: Finding[];
};

/** The clock of the ledger while a day is replayed: noon of that day, which is the same date in Prague and in UTC. */
export type DayClock = { now(): Date; setDate(date: string): void };

export function createDayClock(): DayClock {
  let instant = new Date();
  return {
    now: () => instant,
    setDate(date) {
      instant = new Date(`${date}T12:00:00Z`);
    },
  };
}

/** What the file says of each account, for the audit: kept as one hash per account, however long the file is. */
export type Expectation = { digests: Map<string, Hash>; rowsWithoutMovement: number };

const shownFindings = 20;

/**
 * Posts every row through the ledger, day by day, in the order in which they happened. A day's rows are in flight
 * together; the ledger keeps the order of those of one account.
 */
export async function postAll(options: {
  engine: Engine;
  file: CheckedFile;
  clock: DayClock;
  signal: AbortSignal;
  onProgress(rows: number): void;
}): Promise<PostingTally & { expectation: Expectation }> {
  const { engine, file, clock, signal, onProgress } = options;
  const tally: PostingTally = { posted: 0, replayed: 0, failed: 0, findings: [] };
  const expectation: Expectation = { digests: new Map(), rowsWithoutMovement: 0 };
  const balances = new Map<string, bigint>();
  let done = 0;
  for await (const day of file.days()) {
    signal.throwIfAborted();
    clock.setDate(day.date);
    const steps = placeDay(day, balances);
    for (const { placed } of steps) {
      addExpectation(expectation, placed);
      noteDifference(tally, placed);
    }
    const outcomes = await Promise.all(
      steps.map(({ placed, first }) =>
        engine.ledger.commit(instructionFor(placed, engine.ids.next("trf"), first)),
      ),
    );
    steps.forEach(({ placed }, index) => {
      tallyOutcome(tally, placed.row, outcomes[index] as Outcome);
    });
    done += day.rows.length;
    onProgress(done);
  }
  return { ...tally, expectation };
}

/** Reads every account back from the ledger and holds it against the file. */
export async function audit(options: {
  engine: Engine;
  expectation: Expectation;
  signal: AbortSignal;
  onProgress(accounts: number): void;
}): Promise<Audit> {
  const { engine, expectation, signal, onProgress } = options;
  const { digests, rowsWithoutMovement } = expectation;
  const result: Audit = {
    rows: rowsWithoutMovement,
    // What moves nothing and was stated so is exact, though no entry says it.
    exact: rowsWithoutMovement,
    withinTolerance: 0,
    outside: 0,
    roundingMinor: 0n,
    findings: [],
  };
  let accounts = 0;
  for (const [account, expected] of digests) {
    signal.throwIfAborted();
    const found = createHash("sha256");
    for await (const { transactionId, difference, balance } of rowsInLedger(engine, account)) {
      result.rows += 1;
      if (difference === 0n) result.exact += 1;
      else if (isTolerable(difference)) result.withinTolerance += 1;
      else result.outside += 1;
      found.update(`${transactionId} ${balance}\n`);
    }
    if (found.digest("hex") !== expected.copy().digest("hex"))
      addFinding(result.findings, {
        line: null,
        problem: {
          en: `account ${account}: its entries are not those of the file`,
          zh: `账户 ${account}：账本分录与文件不一致`,
        },
      });
    accounts += 1;
    onProgress(accounts);
  }
  for await (const line of linesOf(engine, rounding)) result.roundingMinor += line.amount;
  return result;
}

/** Puts a day's rows into the order of posting and carries the accounts' balances on. */
function placeDay(day: BerkaDay, balances: Map<string, bigint>): { placed: Placed; first: boolean }[] {
  const byAccount = Map.groupBy(day.rows, (row) => row.account);
  return [...byAccount].flatMap(([account, rows]) => {
    const isNew = !balances.has(account);
    const placed = orderDay(rows, balances.get(account) ?? 0n);
    balances.set(account, (placed.at(-1) as Placed).row.stated);
    return placed.map((step, index) => ({ placed: step, first: isNew && index === 0 }));
  });
}

/**
 * The movement as the file has it, then what leads to the stated balance: a difference within the tolerance goes to the
 * rounding account and is covered by the operator's own money, so that custody still equals what is owed; a larger one
 * is nobody's rounding and waits on the suspense account.
 */
function instructionFor({ row, difference }: Placed, id: `trf_${string}`, first: boolean): Instruction {
  const account = customer(row.account);
  const postings = [
    ...move(custody, account, row.amount),
    ...(isTolerable(difference)
      ? [...move(rounding, account, difference), ...move(custody, ownFunds, difference)]
      : move(suspense, account, difference)),
  ];
  return {
    key: `${subjectPrefix}${row.transactionId}`,
    hash: hashOf({ ...row, line: undefined, difference }),
    ...(postings.length > 0 && {
      transfer: {
        id,
        kind: row.amount < 0n ? "berka.debit" : "berka.credit",
        subject: `${subjectPrefix}${row.transactionId}`,
        postings,
      },
    }),
    // The bank let its customers overdraw.
    ...(first && { accounts: [{ account, floor: null }] }),
  };
}

/** Debits one account and credits the other; the reverse for a negative amount; nothing for none. */
function move(
  debit: { code: string; currency: string },
  credit: { code: string; currency: string },
  amount: bigint,
) {
  if (amount === 0n) return [];
  return [amount > 0n ? { debit, credit, amount } : { debit: credit, credit: debit, amount: -amount }];
}

function addExpectation(expectation: Expectation, { row, difference }: Placed): void {
  let digest = expectation.digests.get(row.account);
  if (!digest) {
    digest = createHash("sha256");
    expectation.digests.set(row.account, digest);
  }
  if (row.amount === 0n && difference === 0n) expectation.rowsWithoutMovement += 1;
  else digest.update(`${row.transactionId} ${row.stated}\n`);
}

function noteDifference(tally: PostingTally, { row, difference }: Placed): void {
  if (isTolerable(difference)) return;
  addFinding(tally.findings, {
    line: row.line,
    problem: {
      en: `account ${row.account}: the stated balance is ${formatDecimal(difference, currency)} CZK from the computed one`,
      zh: `账户 ${row.account}：文件所载余额与计算余额相差 ${formatDecimal(difference, currency)} CZK`,
    },
  });
}

function tallyOutcome(tally: PostingTally, row: BerkaRow, outcome: Outcome): void {
  if (outcome.status === "accepted") tally.posted += 1;
  else if (outcome.status === "replayed") tally.replayed += 1;
  else {
    tally.failed += 1;
    const reason =
      outcome.status === "refused"
        ? { en: `refused: ${outcome.code}`, zh: `被拒绝：${outcome.code}` }
        : {
            en: "the same trans_id was posted before with something else in it",
            zh: "此前已记入内容不同的同号交易",
          };
    addFinding(tally.findings, {
      line: row.line,
      problem: {
        en: `trans_id ${row.transactionId}: ${reason.en}`,
        zh: `trans_id ${row.transactionId}：${reason.zh}`,
      },
    });
  }
}

function addFinding(findings: Finding[], finding: Finding): void {
  if (findings.length < shownFindings) findings.push(finding);
}

/** The rows of an account as the ledger has them: the movement, and what was added to it, are lines of one transfer. */
async function* rowsInLedger(
  engine: Engine,
  account: string,
): AsyncIterable<{ transactionId: string; difference: bigint; balance: bigint }> {
  let row: { transferId: string; transactionId: string; difference: bigint; balance: bigint } | undefined;
  for await (const line of linesOf(engine, customer(account))) {
    if (row?.transferId !== line.transferId) {
      if (row) yield row;
      const transactionId = (line.subject ?? "").slice(subjectPrefix.length);
      row = { transferId: line.transferId, transactionId, difference: 0n, balance: 0n };
    }
    if (line.counterparty !== custody.code) row.difference += line.amount;
    row.balance = line.balance;
  }
  if (row) yield row;
}

/** The entries that rows of the file made on an account, oldest first. */
async function* linesOf(engine: Engine, account: { code: string; currency: string }) {
  let cursor: string | null | undefined;
  do {
    const page = await engine.ledger.entries(account, {
      order: "oldest",
      limit: 1000,
      ...(cursor ? { cursor } : {}),
    });
    for (const line of page.lines) if (line.subject?.startsWith(subjectPrefix)) yield line;
    cursor = page.next;
  } while (cursor);
}

const isTolerable = (difference: bigint): boolean =>
  difference <= toleranceMinor && difference >= -toleranceMinor;
