import { formatDecimal } from "@jinqiao/money";
import type { CustodyStatement } from "../banks/index.ts";
import { custodyAccount } from "../ledger/index.ts";
import { createLookup } from "../platform/lookup.ts";
import { findMissing } from "./answers.ts";
import { type Later, type Lookups, place, placeBack } from "./lines.ts";
import { placeBatch } from "./matches.ts";
import { newBreak, openBreak, type ReconcileDeps } from "./rows.ts";
import type { StatementRow } from "./sql.ts";
import * as sql from "./sql.ts";

/**
 * Reconciles one closed day of a custody account on three levels: each line against our payments (`lines.ts`,
 * `matches.ts`), what the bank had answered against what its lines show (`answers.ts`), and the day as a whole against
 * the bank's closing balance. Each line is one commit: its posting, its row, and
 * the move of the payment it settles or the break it opens. A run cut short is taken up again: lines already placed
 * are left alone, so a statement read twice, or by two processes, changes nothing.
 */
export async function reconcile(
  deps: ReconcileDeps,
  bankId: string,
  received: CustodyStatement,
): Promise<StatementRow> {
  const statement = await sql.claimStatement(
    deps.db,
    deps.ids.next("stm"),
    bankId,
    received,
    deps.clock.now(),
  );
  if (statement.ledger_closing !== null) return statement;
  const placed = await sql.selectPlaced(deps.db, statement.id);
  const open = received.entries.filter((entry) => !placed.has(entry.sequence));
  // Lines share their look-ups, and the committer joins their postings into batches. Only so many are under way that
  // one statement never holds everybody up.
  const lookups: Lookups = {
    payment: createLookup((references) => deps.payments.byReferences(references)),
    missing: createLookup((paymentIds) => sql.selectMissing(deps.db, deps.vault, paymentIds)),
  };
  let next = 0;
  const later: Later[] = [];
  await Promise.all(
    Array.from({ length: linesAtOnce }, async () => {
      for (let entry = open[next++]; entry !== undefined; entry = open[next++]) {
        const found = await place(deps, lookups, statement, entry);
        if (found) later.push(found);
      }
    }),
  );
  // What came back the same day comes back from payments that are settled by now; in the order of the bank.
  later.sort((a, b) => a.entry.sequence - b.entry.sequence);
  for (const found of later) {
    if ("batch" in found) await placeBatch(deps, statement, found.entry, found.batch);
    else await placeBack(deps, statement, found);
  }
  await findMissing(deps, statement);
  const ledgerClosing = await compareClosing(deps, statement);
  await sql.finishStatement(deps.db, statement.id, ledgerClosing);
  return { ...statement, ledger_closing: ledgerClosing };
}

const linesAtOnce = 256;

/** The custody account in our ledger must now equal the bank's closing balance. */
async function compareClosing(deps: ReconcileDeps, statement: StatementRow): Promise<bigint> {
  const row = (await deps.ledger.balances(custodyAccount(statement.bank_id, statement.currency).code)).find(
    (one) => one.currency === statement.currency,
  );
  const ledgerClosing = row?.balance ?? 0n;
  if (ledgerClosing === statement.closing) return ledgerClosing;
  const text = (minor: bigint) => `${formatDecimal(minor, statement.currency)} ${statement.currency}`;
  const found = newBreak(deps, statement, {
    kind: "closing_differs",
    line_id: null,
    payment_id: null,
    bank_amount: statement.closing,
    ledger_amount: ledgerClosing,
    why_en: `The bank closes the day with ${text(statement.closing)}; our ledger has ${text(ledgerClosing)}.`,
    why_zh: `银行当日期末余额为 ${text(statement.closing)}，我方账本为 ${text(ledgerClosing)}。`,
  });
  await openBreak(deps, found, `statement/${statement.id}/closing`);
  return ledgerClosing;
}
