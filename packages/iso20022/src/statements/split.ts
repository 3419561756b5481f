import type { Account, Agent, Direction, Money, Party } from "../types.ts";
import type { AccountName, Entry, Transaction } from "./types.ts";

export type Part = { amount: Money; direction: Direction; transaction: Transaction | null };

/**
 * The payments of an entry one by one. A batch booked as one line is taken apart if its payments carry amounts in the
 * entry's currency that add up to it exactly; otherwise the entry stays one, with its transaction if it has just one.
 */
export function splitEntry(entry: Entry): Part[] {
  const transactions = entry.details.flatMap((details) => details.transactions);
  const whole = { amount: entry.amount, direction: entry.direction };
  const [first] = transactions;
  if (first === undefined) return [{ ...whole, transaction: null }];
  if (transactions.length === 1) return [{ ...whole, transaction: first }];
  const parts: Part[] = [];
  for (const transaction of transactions) {
    const amount = transaction.amount ?? transaction.transactionAmount?.amount;
    if (amount === undefined || amount.currency !== entry.amount.currency)
      return [{ ...whole, transaction: null }];
    parts.push({ amount, direction: transaction.direction ?? entry.direction, transaction });
  }
  const signed = (minor: bigint, direction: Direction) => (direction === "credit" ? minor : -minor);
  const sum = parts.reduce((total, part) => total + signed(part.amount.minor, part.direction), 0n);
  return sum === signed(entry.amount.minor, entry.direction) ? parts : [{ ...whole, transaction: null }];
}

/**
 * The other side of a payment, seen from the account's owner. The account numbers decide where they can; otherwise
 * the direction: money that comes in comes from the debtor, and a reversal or a return keeps the sides of the payment
 * that it takes back.
 */
export function counterpartyOf(
  transaction: Transaction,
  entry: Entry,
  own: AccountName,
): { party: Party | null; account: Account | null; agent: Agent | null } {
  const debtor = {
    party: transaction.debtor,
    account: transaction.debtorAccount,
    agent: transaction.debtorAgent,
  };
  const creditor = {
    party: transaction.creditor,
    account: transaction.creditorAccount,
    agent: transaction.creditorAgent,
  };
  const isDebtorOwn = isSame(transaction.debtorAccount, own);
  const isCreditorOwn = isSame(transaction.creditorAccount, own);
  if (isDebtorOwn !== isCreditorOwn) return isDebtorOwn ? creditor : debtor;
  const isIncoming = (transaction.direction ?? entry.direction) === "credit";
  const isBack = entry.reversal || transaction.returned !== null;
  const [expected, other] = isIncoming !== isBack ? [debtor, creditor] : [creditor, debtor];
  // Banks often name the far side only, whichever element it should stand in.
  return expected.party === null && expected.account === null ? other : expected;
}

function isSame(account: Account | null, own: AccountName): boolean {
  if (account === null) return false;
  if (account.iban !== null && own.iban !== null) return account.iban === own.iban;
  return account.other !== null && own.other !== null && account.other.id === own.other.id;
}
