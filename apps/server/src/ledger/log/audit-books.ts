import { transferLeafHash } from "@jinqiao/transparency";
import type { Tx } from "../../platform/db.ts";
import { ruleOf } from "../chart.ts";
import type { AccountRef } from "../instruction.ts";
import { type AuditProblem, Difference } from "./audit-report.ts";
import { recordKinds } from "./record.ts";
import type { LoggedTransfer } from "./sql.ts";
import { leafParts, textHash } from "./tree.ts";

/** A month whose rows were moved away. Times in ms since 1970. */
export type AwayMonth = { fromMs: number; toMs: number; first: bigint; last: bigint };

export type AuditedAccount = {
  name: string;
  code: string;
  currency: string;
  sign: bigint;
  /** As the walk has made them. */
  balance: bigint;
  sequence: bigint;
  lastMs: number;
  /** As the account's own row states them. */
  stated: { balance: bigint; held: bigint; sequence: bigint; lastMs: bigint };
};

/** An entry as the audit reads it; the account is looked up in memory. */
export type AuditedEntry = {
  position: bigint;
  at: Date;
  leg: number;
  account_id: bigint;
  amount: bigint;
  sequence: bigint;
  balance_after: bigint;
};

/** Every account by its number, before any entry. @throws Difference where an account is not what the chart says */
export async function loadAccounts(
  tx: Tx,
  normalSign: (kind: string) => bigint,
): Promise<Map<bigint, AuditedAccount>> {
  const accounts = new Map<bigint, AuditedAccount>();
  let after = -1n;
  for (;;) {
    const rows = await tx.query<{
      id: bigint;
      code: string;
      currency: string;
      kind: string;
      balance: bigint;
      held: bigint;
      last_sequence: bigint;
      last_entry_ms: bigint;
    }>(
      `SELECT id, code, currency, kind, balance, held, last_sequence, last_entry_ms
         FROM ledger.account WHERE id > $1 ORDER BY id LIMIT 20000`,
      [after],
    );
    for (const row of rows) {
      const { id, code, currency, kind } = row;
      const name = `${code} ${currency}`;
      const rule = ruleOf({ code, currency } as AccountRef);
      if (rule?.kind !== kind)
        throw new Difference({
          position: null,
          transferId: null,
          problems: [
            { code: "account_kind", facts: { account: name, kind, expected: rule?.kind ?? "unknown" } },
          ],
        });
      accounts.set(id, {
        name,
        code,
        currency,
        sign: normalSign(kind),
        balance: 0n,
        sequence: 0n,
        lastMs: Number.NEGATIVE_INFINITY,
        stated: {
          balance: row.balance,
          held: row.held,
          sequence: row.last_sequence,
          lastMs: row.last_entry_ms,
        },
      });
    }
    const last = rows.at(-1);
    if (last === undefined) return accounts;
    after = last.id;
  }
}

/**
 * Checks one transfer by itself and against what came before it, and moves the accounts on.
 * @returns its leaf hash as the books give it, and everything that is wrong
 */
export function checkTransfer(
  transfer: LoggedTransfer,
  entries: readonly AuditedEntry[],
  accounts: ReadonlyMap<bigint, AuditedAccount>,
  away: readonly AwayMonth[],
): { leaf: Buffer; problems: AuditProblem[] } {
  const problems: AuditProblem[] = [];
  const add = (code: AuditProblem["code"], facts: Record<string, string> = {}) =>
    problems.push({ code, facts });
  const sums = new Map<string, bigint>();

  // An entry that only states something has no sides; its leaf holds its kind, so no transfer can pass for one.
  const isRecord = (recordKinds as readonly string[]).includes(transfer.kind);
  if (entries.length === 0 && !isRecord) add("entries_missing");
  if (entries.some(({ leg }, index) => leg !== index + 1))
    add("legs_broken", { legs: entries.map(({ leg }) => leg).join(", "), count: String(entries.length) });
  for (const entry of entries) {
    const leg = String(entry.leg);
    if (entry.at.getTime() !== transfer.at.getTime())
      add("entry_time_differs", { leg, entryAt: entry.at.toISOString(), at: transfer.at.toISOString() });
    const account = accounts.get(entry.account_id);
    if (account === undefined) {
      add("account_unknown", { leg, account: entry.account_id.toString() });
      continue;
    }
    sums.set(account.currency, (sums.get(account.currency) ?? 0n) + entry.amount);
    for (const problem of follow(account, entry, away)) problems.push(problem);
  }
  for (const [currency, sum] of sums) if (sum !== 0n) add("unbalanced", { currency, sum: sum.toString() });

  const { header, sides } = leafParts(
    transfer,
    entries.map((entry) => {
      const { code = "", currency = "" } = accounts.get(entry.account_id) ?? {};
      return { ...entry, code, currency };
    }),
  );
  const leaf = Buffer.from(transferLeafHash(textHash, transfer.salt, header, sides), "base64");
  if (transfer.leaf === null) add("leaf_missing");
  else if (!leaf.equals(transfer.leaf)) add("leaf_differs");
  return { leaf, problems };
}

/** An entry continues its account: next number, right balance, not dated earlier. Gaps only where months are away. */
function follow(account: AuditedAccount, entry: AuditedEntry, away: readonly AwayMonth[]): AuditProblem[] {
  const problems: AuditProblem[] = [];
  const leg = String(entry.leg);
  const atMs = entry.at.getTime();
  const gap = away.some(({ fromMs, toMs }) => fromMs <= atMs && toMs > account.lastMs);
  const continues = entry.sequence === account.sequence + 1n;
  if (!continues && !(gap && entry.sequence > account.sequence))
    problems.push({
      code: "sequence_broken",
      facts: {
        leg,
        account: account.name,
        sequence: entry.sequence.toString(),
        expected: (account.sequence + 1n).toString(),
      },
    });
  const expected = account.balance + account.sign * entry.amount;
  if (entry.balance_after !== expected && (continues || !gap))
    problems.push({
      code: "balance_broken",
      facts: {
        leg,
        account: account.name,
        balance: entry.balance_after.toString(),
        expected: expected.toString(),
      },
    });
  if (atMs < account.lastMs)
    problems.push({
      code: "time_backwards",
      facts: {
        leg,
        account: account.name,
        at: entry.at.toISOString(),
        before: new Date(account.lastMs).toISOString(),
      },
    });
  account.sequence = entry.sequence;
  account.balance = entry.balance_after;
  account.lastMs = atMs;
  return problems;
}

/** Accounts against their last entries, what is held against the holds, kept sums against the accounts. @throws Difference */
export async function checkStanding(
  tx: Tx,
  accounts: ReadonlyMap<bigint, AuditedAccount>,
  away: readonly AwayMonth[],
): Promise<void> {
  const differ = (code: AuditProblem["code"], facts: Record<string, string>): never => {
    throw new Difference({ position: null, transferId: null, problems: [{ code, facts }] });
  };
  const held = new Map(
    (
      await tx.query<{ account_id: bigint; held: bigint }>(
        "SELECT account_id, sum(amount - captured)::bigint AS held FROM ledger.hold WHERE status = 'open' GROUP BY account_id",
      )
    ).map((row) => [row.account_id, row.held]),
  );
  for (const [id, { name, balance, sequence, stated }] of accounts) {
    const lastIsAway = away.some(({ fromMs, toMs }) => stated.lastMs >= fromMs && stated.lastMs < toMs);
    if (!lastIsAway && stated.balance !== balance)
      differ("account_balance", {
        account: name,
        balance: String(stated.balance),
        expected: String(balance),
      });
    if (!lastIsAway && stated.sequence !== sequence)
      differ("account_sequence", {
        account: name,
        sequence: String(stated.sequence),
        expected: String(sequence),
      });
    const holds = held.get(id) ?? 0n;
    if (stated.held !== holds)
      differ("held_differs", { account: name, held: String(stated.held), expected: String(holds) });
  }
  const [wrong] = await tx.query<{ currency: string; safeguarding: number; total: bigint; expected: bigint }>(
    `SELECT currency, safeguarding, coalesce(t.balance, 0)::bigint AS total, coalesce(a.sum, 0)::bigint AS expected
       FROM ledger.total t FULL JOIN (SELECT currency, safeguarding, sum(balance) AS sum FROM ledger.account
              WHERE safeguarding <> 0 GROUP BY 1, 2) AS a USING (currency, safeguarding)
      WHERE coalesce(t.balance, 0) <> coalesce(a.sum, 0) LIMIT 1`,
  );
  if (wrong)
    differ("total_differs", {
      currency: wrong.currency,
      side: wrong.safeguarding > 0 ? "assets" : "liabilities",
      total: String(wrong.total),
      expected: String(wrong.expected),
    });
}
