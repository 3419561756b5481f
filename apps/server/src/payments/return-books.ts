import { custodyAccount, type Posting, receivable } from "../ledger/index.ts";
import { assert } from "../platform/errors.ts";
import { ownAccount } from "./own-account.ts";
import type { PaymentRow } from "./sql.ts";

/** What of a return stands on which account, in minor units. `owed` is what the customer could not bear. */
export type ReturnBooking = { kind: string; postings: Posting[]; owed: bigint };

/**
 * The postings of money that a bank sends back (of a withdrawal) or takes back (of a top-up) after settlement. Pure.
 * The first payment's postings stay as they are. A top-up taken back is the customer's to bear; what the available
 * balance does not hold becomes a receivable, so that no balance falls below zero and nothing is lost sight of.
 * @param bearable the customer's available balance, minor units; 0 where the account can no longer be debited
 */
export function returnBooking(returned: PaymentRow, bearable: bigint): ReturnBooking {
  const { amount, currency, customer_id, bank_id, original_kind } = returned;
  assert(bank_id !== null && original_kind !== null, "a return names its bank and what comes back");
  const custody = custodyAccount(bank_id, currency);
  const customer = ownAccount(returned);
  if (original_kind !== "top_up")
    return {
      kind: `return.${original_kind}`,
      postings: [{ debit: custody, credit: customer, amount }],
      owed: 0n,
    };
  const borne = bearable <= 0n ? 0n : bearable < amount ? bearable : amount;
  const owed = amount - borne;
  const postings: Posting[] = [];
  if (borne > 0n) postings.push({ debit: customer, credit: custody, amount: borne });
  if (owed > 0n) postings.push({ debit: receivable(customer_id, currency), credit: custody, amount: owed });
  return { kind: "return.top_up", postings, owed };
}
