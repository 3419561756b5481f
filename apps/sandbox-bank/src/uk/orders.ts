/**
 * Payments of a later day and standing orders as the bank carries them out: when each is due, what it then pays, and
 * how the customer stops it in online banking (the interface itself has no way to cancel one, v4.0).
 */
import { addDays, type Bank, calendarDate } from "../context.ts";
import type { Queryable } from "../database.ts";
import { clearingAccount } from "../ledger/accounts.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { holdAccounts, holdBusinessDate } from "../ledger/postings.ts";
import { executePayment, setStatus } from "../payments/execution.ts";
import { nextExecution, type Schedule } from "../payments/periodic.ts";
import { childrenOf, findPayment, insertPayment, type Payment } from "../payments/store.ts";
import type { AmountOfObie, Initiation } from "./consents.ts";
import { UkError } from "./errors.ts";
import { tellPayment } from "./events.ts";
import { minorOf } from "./identifiers.ts";

export const SCHEDULED = "domestic-scheduled-payments";
export const STANDING = "domestic-standing-orders";

/** OBFrequency6Code, as far as this bank offers it, by the names of the bank's own calendar. */
const FREQUENCIES: Record<string, string> = {
  DAIL: "Daily",
  WEEK: "Weekly",
  FRTN: "EveryTwoWeeks",
  MNTH: "Monthly",
  TWMH: "EveryTwoMonths",
  QURT: "Quarterly",
  MIAN: "SemiAnnual",
  YEAR: "Annual",
};
const PATH = "Data.Initiation";
const MANDATE = `${PATH}.MandateRelatedInformation`;

/** A standing order's days and amounts. Weekends give way to the next working day, as is usual in the country. */
interface StandingSchedule {
  firstDate: string;
  /** Everything after the first payment. */
  series: Schedule;
  /** `NumberOfPayments`, where the order ends by number. */
  count: number | null;
}

const dateOf = (bank: Bank, instant: string) => calendarDate(new Date(instant), bank.timeZone);

/** Checks a standing order's initiation and reads its days. Throws UkError for what the bank does not offer. */
export function standingSchedule(bank: Bank, initiation: Initiation): StandingSchedule {
  const {
    FirstPaymentDateTime: first,
    RecurringPaymentDateTime: recurring,
    FinalPaymentDateTime: final,
    Frequency: frequency,
  } = initiation.MandateRelatedInformation as NonNullable<Initiation["MandateRelatedInformation"]>;
  const { NumberOfPayments: number } = initiation;
  const refuse = (code: ConstructorParameters<typeof UkError>[1], text: string, path: string) =>
    new UkError(400, code, text, path);
  const name = FREQUENCIES[frequency.Type];
  if (name === undefined || (frequency.CountPerPeriod ?? 1) !== 1)
    throw refuse("Unsupported.Frequency", "This frequency is not offered.", `${MANDATE}.Frequency`);
  const point = frequency.PointInTime;
  const byMonth = !["DAIL", "WEEK", "FRTN"].includes(frequency.Type);
  if (point !== undefined && (!byMonth || !/^(0[1-9]|[12]\d|3[01])$/.test(point)))
    throw refuse(
      "Field.Invalid",
      "PointInTime is a day of the month, 01 to 31, of monthly and rarer payments.",
      `${MANDATE}.Frequency.PointInTime`,
    );
  if (first === undefined)
    throw refuse(
      "Field.Missing",
      "The day of the first payment is missing.",
      `${MANDATE}.FirstPaymentDateTime`,
    );
  if (number !== undefined && (!/^[1-9]\d{0,3}$/.test(number) || final !== undefined))
    throw refuse(
      "Field.Invalid",
      "An order ends by a number of payments, 1 to 9999, or by a date, not by both.",
      `${PATH}.NumberOfPayments`,
    );
  const firstDate = dateOf(bank, first);
  const finalDate = final === undefined ? undefined : dateOf(bank, final);
  if (finalDate !== undefined && finalDate < firstDate)
    throw refuse(
      "Field.InvalidDate",
      "The last payment lies before the first.",
      `${MANDATE}.FinalPaymentDateTime`,
    );
  return {
    firstDate,
    series: {
      startDate: recurring === undefined ? firstDate : dateOf(bank, recurring),
      ...(finalDate === undefined ? {} : { endDate: finalDate }),
      frequency: name,
      executionRule: "following",
      ...(point === undefined ? {} : { dayOfExecution: String(Number(point)) }),
    },
    count: number === undefined ? null : Number(number),
  };
}

/** The day on which a payment of a later day is carried out. */
export function scheduledDate(bank: Bank, initiation: Initiation): string {
  return dateOf(bank, initiation.RequestedExecutionDateTime ?? "");
}

/** Throws UkError unless the day lies after the bank's today. */
export async function requireLater(tx: Queryable, date: string, path: string): Promise<void> {
  if (date <= (await businessDate(tx)))
    throw new UkError(400, "Field.InvalidDate", "The day must lie after today.", path);
}

/** Starts an order that was taken in: it waits for its (first) day. */
export async function startOrder(bank: Bank, tx: Queryable, payment: Payment): Promise<void> {
  const initiation = initiationOf(payment);
  const date =
    payment.product === STANDING
      ? standingSchedule(bank, initiation).firstDate
      : scheduledDate(bank, initiation);
  await setNextDate(tx, payment.id, date);
  await setStatus(bank, tx, payment, "ACTC");
}

/** Carries out every order whose day has come. Answers how many payments that made. */
export async function executeDueOrders(bank: Bank): Promise<number> {
  const today = await businessDate(bank.db);
  const { rows } = await bank.db.query<{ id: string }>(
    "SELECT id FROM payments WHERE next_date <= $1 AND product IN ($2, $3) ORDER BY next_date LIMIT 500",
    [today, SCHEDULED, STANDING],
  );
  for (const { id } of rows) await bank.db.transaction((tx) => executeDue(bank, tx, id));
  return rows.length;
}

async function executeDue(bank: Bank, tx: Queryable, id: string): Promise<void> {
  const today = await holdBusinessDate(tx);
  const order = await findPayment(tx, id, { lock: true });
  const due = await nextDateOf(tx, id);
  if (order?.status !== "ACTC" || due === null || due > today) return;
  await holdAccounts(tx, [
    order.debtorAccount,
    order.creditorAccount ?? (await clearingAccount(bank, tx, order.currency)),
  ]);
  if (order.product === SCHEDULED) {
    await setNextDate(tx, id, null);
    await executePayment(bank, tx, order);
    await tellPayment(bank, tx, order);
    return;
  }
  const initiation = initiationOf(order);
  const { series, count } = standingSchedule(bank, initiation);
  const paid = (await childrenOf(tx, id)).length;
  const next = count !== null && paid + 1 >= count ? undefined : nextExecution(series, addDays(due, 1));
  const child: Payment = {
    ...order,
    id: bank.random.uuid(),
    service: "payments",
    parentId: id,
    amountMinor: minorOf(amountOf(initiation, paid === 0, next === undefined), PATH),
    status: "RCVD",
    // RTS (EU) 2018/389 art. 14: the series was confirmed when it was made.
    exemption: order.exemption ?? "recurringTransaction",
  };
  await insertPayment(tx, child, bank.clock.now());
  await executePayment(bank, tx, child);
  await setNextDate(tx, id, next ?? null);
  if (next === undefined) await setStatus(bank, tx, order, "ACSC");
}

function amountOf(initiation: Initiation, isFirst: boolean, isLast: boolean): AmountOfObie {
  const first = initiation.FirstPaymentAmount as AmountOfObie;
  if (isFirst) return first;
  return (isLast ? initiation.FinalPaymentAmount : undefined) ?? initiation.RecurringPaymentAmount ?? first;
}

/** An order as online banking shows it. */
export interface OpenOrder {
  payment: Payment;
  nextDate: string;
  tpp: string;
}

/** Orders of a person that still pay something. */
export async function openOrders(db: Queryable, psuId: string): Promise<OpenOrder[]> {
  const { rows } = await db.query<{ id: string; next_date: string; tpp: string }>(
    `SELECT p.id, p.next_date, t.name AS tpp FROM payments p
       JOIN accounts a ON a.id = p.debtor_account JOIN tpp_clients t ON t.id = p.client_id
      WHERE a.owner_psu = $1 AND p.product IN ($2, $3) AND p.next_date IS NOT NULL
      ORDER BY p.next_date, p.created_at LIMIT 50`,
    [psuId, SCHEDULED, STANDING],
  );
  const orders: OpenOrder[] = [];
  for (const { id, next_date: nextDate, tpp } of rows) {
    const payment = await findPayment(db, id);
    if (payment !== undefined) orders.push({ payment, nextDate, tpp });
  }
  return orders;
}

/** The customer stops an order at the bank. Answers false when it is not theirs, unknown, or over. */
export async function cancelOrder(
  bank: Bank,
  tx: Queryable,
  id: string,
  psuId: string | null,
): Promise<boolean> {
  const order = await findPayment(tx, id, { lock: true });
  const isOrder = order?.product === SCHEDULED || (order?.product === STANDING && order.parentId === null);
  if (order?.status !== "ACTC" || !isOrder) return false;
  const { rows } = await tx.query<{ owner_psu: string | null }>(
    "SELECT owner_psu FROM accounts WHERE id = $1",
    [order.debtorAccount],
  );
  if (psuId !== null && rows[0]?.owner_psu !== psuId) return false;
  await setNextDate(tx, id, null);
  await setStatus(bank, tx, order, "CANC");
  await tellPayment(bank, tx, order);
  return true;
}

export function initiationOf(payment: Payment): Initiation {
  return (payment.body as { Data: { Initiation: Initiation } }).Data.Initiation;
}

async function nextDateOf(tx: Queryable, id: string): Promise<string | null> {
  const { rows } = await tx.query<{ next_date: string | null }>(
    "SELECT next_date FROM payments WHERE id = $1",
    [id],
  );
  return rows[0]?.next_date ?? null;
}

async function setNextDate(tx: Queryable, id: string, date: string | null): Promise<void> {
  await tx.query("UPDATE payments SET next_date = $2 WHERE id = $1", [id, date]);
}
