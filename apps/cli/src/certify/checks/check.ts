import assert from "node:assert/strict";
import {
  AccessError,
  type BankCapabilities,
  type BankConnector,
  type PaymentAnswer,
  type PaymentOrder,
  Refusal,
} from "@jinqiao/server/connectors";
import { NotOffered } from "../not-offered.ts";
import type { BankUnderTest, ConnectOptions } from "../subject.ts";

export { NotOffered } from "../not-offered.ts";

/** Capabilities that are said with yes or no, and three that follow from them. */
export type Need =
  | {
      [Name in keyof BankCapabilities]-?: BankCapabilities[Name] extends boolean | undefined ? Name : never;
    }[keyof BankCapabilities]
  /** Customers link something here. */
  | "linking"
  /** They do it on the bank's own pages; else by a form and a code. */
  | "linking by pages"
  | "linking by form"
  /** Payments are handed over when the customer comes back from the bank's pages. */
  | "payment return"
  /** The bank signs its notices. */
  | "signed notices"
  /** Services beside accounts and single payments. */
  | "scheduled payments"
  | "standing orders"
  | "confirmation of funds";

/** What a bank declares, of all that a check may need. */
export function offers(
  { capabilities, completePayment, readNotice, services }: BankConnector,
  need: Need,
): boolean {
  const links = capabilities.accounts || capabilities.oneTapTopUp;
  const byForm = capabilities.linking === "form";
  switch (need) {
    case "linking":
      return links;
    case "linking by pages":
      return links && !byForm;
    case "linking by form":
      return links && byForm;
    case "payment return":
      return completePayment !== undefined;
    case "signed notices":
      return capabilities.notices && readNotice !== undefined;
    case "scheduled payments":
      return services?.scheduledPayments !== undefined;
    case "standing orders":
      return services?.periodicPayments !== undefined;
    case "confirmation of funds":
      return services?.funds !== undefined;
    default:
      return capabilities[need] === true;
  }
}

/** One thing that a bank's connector and the bank behind it must do. */
export type Check = {
  /** Stable name, `group.what`. */
  id: string;
  title: { en: string; zh: string };
  /** Skipped, with that reason, where the bank does not declare these. */
  needs: readonly Need[];
  /** How long it may take, in milliseconds, where that is more than usual. */
  limitMs?: number;
  /**
   * Throws when the bank falls short; answers what was seen, in a few words for the report.
   * @throws NotOffered when the bank has no way to be asked
   */
  run(bank: BankUnderTest): Promise<string>;
};

export const customerIp = "192.0.2.7";

const statedCodes: ReadonlySet<string> = new Set([
  "bank.unavailable",
  "bank.consent_ended",
  "bank.link_failed",
  "bank.details_mismatch",
  "bank.card_not_supported",
  "bank.too_many_tries",
]);

/** Whether a failed call ended in a way that the connector's interface names. */
export function isStated(error: unknown): boolean {
  if (error instanceof AccessError) return true;
  return error instanceof Refusal && statedCodes.has(error.code);
}

/** The stated outcome of a call that moves no money; anything else that it throws is a failure of the connector. */
export async function stated<T>(
  work: () => Promise<T>,
): Promise<{ ok: true; value: T } | { ok: false; why: string }> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (!isStated(error)) throw error;
    return { ok: false, why: error instanceof AccessError ? error.problem : (error as Refusal).code };
  }
}

/** That a call is refused, in one of the ways that the interface names. */
export async function refused(work: () => Promise<unknown>, what: string): Promise<string> {
  const result = await stated(work);
  assert(!result.ok, `${what} was not refused`);
  return result.why;
}

/** A payment's money on its way from an account to custody: by the customer's trust, else with their decision. */
export async function topUp(
  bank: BankUnderTest,
  amountMinor: bigint,
): Promise<{ order: PaymentOrder; bankPaymentId: string }> {
  const linked = await bank.linked();
  const order = bank.order({ from: linked.account.iban, to: bank.custody.iban, amountMinor });
  const answer = await bank.connector.initiatePayment(order, linked.access);
  if (answer.outcome === "action_required")
    await bank.decide({ waiting: answer, order, username: linked.username }, "confirm");
  else assert.equal(answer.outcome, "accepted", described(answer));
  await bank.settle();
  return { order, bankPaymentId: idOf(answer) };
}

/** Makes sure that our own account holds at least so much. */
export async function fundCustody(bank: BankUnderTest, amountMinor: bigint): Promise<void> {
  const { available } = await bank.truth(bank.custody.iban);
  if (available >= amountMinor) return;
  if (!offers(bank.connector, "linking"))
    throw new NotOffered("our own account is empty, and no customer can pay into it");
  await topUp(bank, amountMinor);
  // What is pending cannot be spent at every bank.
  if ((await bank.truth(bank.custody.iban)).available < amountMinor) await closeDay(bank);
}

/** A customer's account to which we pay: the linked one, where customers link. */
export async function payee(bank: BankUnderTest): Promise<{ iban: string; name: string }> {
  const person = bank.people[0];
  if (person !== undefined && offers(bank.connector, "linking")) {
    const { account } = await bank.linked();
    return { iban: account.iban, name: account.ownerName ?? person.name };
  }
  const account = person?.accounts.find(({ currency }) => currency === bank.currency);
  if (person === undefined || account === undefined)
    throw new NotOffered("nobody at the bank has an account that we could pay to");
  return { iban: account.iban, name: person.name };
}

/** A payment that is sure to be taken, whichever way the bank offers: from a customer, else from custody. */
export async function payable(bank: BankUnderTest, amountMinor: bigint) {
  const { capabilities } = bank.connector;
  if (capabilities.oneTapTopUp) {
    const linked = await bank.linked();
    return {
      order: bank.order({ from: linked.account.iban, to: bank.custody.iban, amountMinor }),
      access: linked.access,
      debtor: linked.account.iban,
    };
  }
  await fundCustody(bank, amountMinor);
  const to = await payee(bank);
  return {
    order: bank.order({ from: bank.custody.iban, to: to.iban, amountMinor, creditorName: to.name }),
    access: null,
    debtor: bank.custody.iban,
  };
}

export function idOf(answer: PaymentAnswer): string {
  const id = "bankPaymentId" in answer ? answer.bankPaymentId : null;
  assert(id !== null, `the bank gave no id: ${described(answer)}`);
  return id;
}

/** An answer about a payment in a few words. */
export function described(answer: {
  outcome: string;
  why?: string;
  bankStatus?: string | null;
  reason?: { code: string };
}): string {
  const more = answer.why ?? answer.reason?.code ?? answer.bankStatus;
  return more == null ? answer.outcome : `${answer.outcome} (${more})`;
}

/** Money of an account that is gone or on its way, against an earlier look; all that was sent has been taken in. */
export async function movedFrom(bank: BankUnderTest, iban: string, before: bigint): Promise<bigint> {
  await bank.settle();
  return before - (await bank.truth(iban)).expected;
}

/** Closes the bank's day once it has taken in all that was sent, and answers the date. */
export async function closeDay(bank: BankUnderTest): Promise<string> {
  await bank.settle();
  const { closedDate } = await bank.script.endOfDay();
  await bank.settle();
  return closedDate;
}

/** A reason that a person in either language can read. */
export function assertReason(answer: PaymentAnswer): string {
  assert.equal(answer.outcome, "rejected", `expected a rejection: ${described(answer)}`);
  const { code, text } = (answer as Extract<PaymentAnswer, { outcome: "rejected" }>).reason;
  assert(code !== "", "the rejection carries no reason code");
  assert(text.en.trim() !== "", "the reason has no English words");
  assert(/[\u4e00-\u9fff]/.test(text.zh), "the reason has no Chinese words");
  return `${code}: ${text.en}`;
}

/** Every account of the bank together is zero in every currency. */
export async function assertBooksBalance(bank: BankUnderTest): Promise<void> {
  for (const { currency, sumMinor } of await bank.script.trialBalance())
    assert.equal(sumMinor, "0", `the bank's books are off by ${sumMinor} minor units of ${currency}`);
}

/** Uses a connector of its own and closes it, so that nothing it remembers helps the next call. */
export async function fresh<T>(
  bank: BankUnderTest,
  options: ConnectOptions,
  use: (connector: BankConnector) => Promise<T>,
): Promise<T> {
  const connector = bank.connect(options);
  try {
    return await use(connector);
  } finally {
    await connector.close();
  }
}
