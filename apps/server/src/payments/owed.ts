import { customerAccount, hashOf, type Ledger, losses, receivable } from "../ledger/index.ts";
import type { Clock } from "../platform/clock.ts";
import { assert, Refusal } from "../platform/errors.ts";
import type { Ids } from "../platform/ids.ts";
import { type acting, type CaseRow, caseGuard, ending } from "./case-rows.ts";
import { balanceEvents } from "./mover.ts";
import type { PaymentRow } from "./sql.ts";

type Deps = { ledger: Ledger; clock: Clock; ids: Ids };

/**
 * What staff do about money that a customer owes since a bank took a top-up back: `collect` takes what the balance now
 * holds, in parts where it must; `write_off_debt` leaves the rest to the operator. The case ends when nothing is owed.
 * @param returned the return by which the debt came about
 */
export async function settleOwed(
  deps: Deps,
  row: CaseRow,
  returned: PaymentRow,
  action: "collect" | "write_off_debt",
  { byId, said }: { byId: string; said: ReturnType<typeof acting> },
): Promise<void> {
  assert(row.payment_id === returned.id, "a debt's case is about its return");
  const debt = receivable(returned.customer_id, row.currency);
  const customer = customerAccount(returned.customer_id, row.currency);
  // Credits of a receivable are negative legs.
  const settled = (await deps.ledger.entriesOf(row.id))
    .filter(({ code }) => code === debt.code)
    .reduce((sum, leg) => sum - leg.amount, 0n);
  const left = row.amount - settled;
  const wallet = (await deps.ledger.balances(customer.code)).find(
    ({ currency }) => currency === row.currency,
  );
  const available = wallet ? wallet.balance - wallet.held : 0n;
  const amount = action === "write_off_debt" || available > left ? left : available;
  if (amount <= 0n) throw new Refusal("payment.nothing_to_collect");
  const change = ending(
    { paymentId: returned.id },
    { outcome: action === "collect" ? "collected" : "write_off_debt", byId, at: deps.clock.now() },
  );
  const cases = amount === left ? change : { rows: [], events: [] };
  const outcome = await deps.ledger.commit({
    // What was settled so far is part of the key: two people at once collect the same part once.
    key: `case/${row.id}/settle/${settled}`,
    hash: hashOf({ action, amount, attempt: deps.ids.next("att") }),
    transfer: {
      id: deps.ids.next("trf"),
      kind: action === "collect" ? "debt.collect" : "debt.write_off",
      subject: row.id,
      postings: [
        { debit: action === "collect" ? customer : losses("returns", row.currency), credit: debt, amount },
      ],
    },
    rows: [said, ...cases.rows],
    guards: [caseGuard(row)],
    events: [...cases.events, ...(action === "collect" ? balanceEvents(returned) : [])],
  });
  if (outcome.status === "accepted") return;
  if (outcome.status === "refused")
    throw new Refusal(
      outcome.code === "payment.insufficient_funds" ? "payment.changed_meanwhile" : outcome.code,
    );
  throw new Refusal("payment.changed_meanwhile");
}
