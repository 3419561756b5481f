/** Periodic payments (NextGenPSD2 1.3.11, periodic-payments): standing orders that the bank carries out by itself. */
import { addDays, type Bank, calendarDate } from "../context.ts";
import type { Queryable } from "../database.ts";
import { clearingAccount } from "../ledger/accounts.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { holdAccounts, holdBusinessDate } from "../ledger/postings.ts";
import { formatError, Xs2aError } from "../xs2a/errors.ts";
import { executePayment, setStatus } from "./execution.ts";
import {
  creditorRefusal,
  type InitiationHeaders,
  type Initiator,
  type PaymentRequest,
  preparePayment,
  requireRedirect,
} from "./initiation.ts";
import { findPayment, insertPayment, type Payment } from "./store.ts";

/** periodicPaymentInitiation_json of the definition, as far as this bank reads it. */
export interface PeriodicRequest extends PaymentRequest {
  startDate: string;
  endDate?: string;
  executionRule?: "following" | "preceding";
  frequency: string;
  dayOfExecution?: string;
}

/** When a series of payments is carried out. */
export type Schedule = Pick<
  PeriodicRequest,
  "startDate" | "endDate" | "executionRule" | "frequency" | "dayOfExecution"
>;

/** frequencyCode: how far two executions lie apart. */
const STEPS: Record<string, { months: number } | { days: number }> = {
  Daily: { days: 1 },
  Weekly: { days: 7 },
  EveryTwoWeeks: { days: 14 },
  Monthly: { months: 1 },
  EveryTwoMonths: { months: 2 },
  Quarterly: { months: 3 },
  SemiAnnual: { months: 6 },
  Annual: { months: 12 },
};
/** Executions looked at when the next one is sought; a daily order of 25 years has fewer. */
const MAX_OCCURRENCES = 10_000;

/** Takes a periodic payment in; it waits for the customer's confirmation before it starts. */
export async function initiatePeriodic(
  bank: Bank,
  tx: Queryable,
  initiator: Initiator,
  product: string,
  request: PeriodicRequest,
  headers: InitiationHeaders,
): Promise<Payment> {
  const today = calendarDate(bank.clock.now(), bank.timeZone);
  if (STEPS[request.frequency] === undefined)
    throw new Xs2aError(400, "PARAMETER_NOT_SUPPORTED", "This frequency is not offered.", "frequency");
  if (request.startDate < today) throw formatError("startDate lies in the past.", "startDate");
  if (request.endDate !== undefined && request.endDate < request.startDate)
    throw formatError("endDate lies before startDate.", "endDate");
  if (nextExecution(request, request.startDate) === undefined)
    throw formatError("No execution falls between startDate and endDate.", "endDate");
  const { payment, debtor, creditor } = await preparePayment(bank, tx, initiator, product, request, headers);
  const isCorporate = debtor.kind === "custody";
  if (!isCorporate) await requireRedirect(tx, initiator.clientId, headers);
  const parent: Payment = {
    ...payment,
    service: "periodic-payments",
    exemption: isCorporate ? "corporateProcess" : null,
  };
  await insertPayment(tx, parent, bank.clock.now());
  const refusal = creditorRefusal(bank, parent.creditorIban, creditor, debtor.currency);
  if (refusal !== undefined) await setStatus(bank, tx, parent, "RJCT", refusal);
  else if (isCorporate) await startPeriodic(bank, tx, parent);
  return parent;
}

/** The customer confirmed: the order stands until it ends or is cancelled. */
export async function startPeriodic(bank: Bank, tx: Queryable, payment: Payment): Promise<void> {
  const request = payment.body as unknown as PeriodicRequest;
  const today = await holdBusinessDate(tx);
  const from = request.startDate > today ? request.startDate : today;
  await tx.query("UPDATE payments SET next_date = $2 WHERE id = $1", [
    payment.id,
    nextExecution(request, from) ?? null,
  ]);
  await setStatus(bank, tx, payment, "ACTC");
}

/** Carries out every periodic payment whose day has come. Answers how many single payments that made. */
export async function executeDuePeriodic(bank: Bank): Promise<number> {
  const today = await businessDate(bank.db);
  const { rows } = await bank.db.query<{ id: string }>(
    "SELECT id FROM payments WHERE next_date <= $1 ORDER BY next_date LIMIT 500",
    [today],
  );
  for (const { id } of rows) await bank.db.transaction((tx) => executeOnce(bank, tx, id));
  return rows.length;
}

async function executeOnce(bank: Bank, tx: Queryable, id: string): Promise<void> {
  const today = await holdBusinessDate(tx);
  const parent = await findPayment(tx, id, { lock: true });
  const { rows } = await tx.query<{ next_date: string | null }>(
    "SELECT next_date FROM payments WHERE id = $1",
    [id],
  );
  const due = rows[0]?.next_date ?? null;
  if (parent?.status !== "ACTC" || due === null || due > today) return;
  const request = parent.body as unknown as PeriodicRequest;
  const child: Payment = {
    ...parent,
    id: bank.random.uuid(),
    service: "payments",
    parentId: parent.id,
    status: "RCVD",
    // RTS (EU) 2018/389 art. 14: the series was confirmed when it was made.
    exemption: parent.exemption ?? "recurringTransaction",
    notificationUri: null,
  };
  await holdAccounts(tx, [
    child.debtorAccount,
    child.creditorAccount ?? (await clearingAccount(bank, tx, child.currency)),
  ]);
  await insertPayment(tx, child, bank.clock.now());
  await executePayment(bank, tx, child);
  const next = nextExecution(request, addDays(due, 1));
  await tx.query("UPDATE payments SET next_date = $2 WHERE id = $1", [id, next ?? null]);
  if (next === undefined) await setStatus(bank, tx, parent, "ACSC");
}

/** The first day of execution on or after `from`, or `undefined` when the order is over by then. */
export function nextExecution(request: Schedule, from: string): string | undefined {
  for (let index = 0; index < MAX_OCCURRENCES; index += 1) {
    const nominal = occurrence(request, index);
    if (nominal < request.startDate) continue;
    if (request.endDate !== undefined && nominal > request.endDate) return undefined;
    const day = bankingDay(nominal, request.executionRule);
    if (day >= from) return day;
  }
  return undefined;
}

function occurrence({ startDate, frequency, dayOfExecution }: Schedule, index: number): string {
  const step = STEPS[frequency] ?? { months: 1 };
  if ("days" in step) return addDays(startDate, step.days * index);
  const [year = 0, month = 1, day = 1] = startDate.split("-").map(Number);
  const months = year * 12 + (month - 1) + step.months * index;
  const last = new Date(Date.UTC(Math.floor(months / 12), (months % 12) + 1, 0)).getUTCDate();
  // 31 means the last day of the month (definition, dayOfExecution).
  const chosen = Math.min(dayOfExecution === undefined ? day : Number(dayOfExecution), last);
  return new Date(Date.UTC(Math.floor(months / 12), months % 12, chosen)).toISOString().slice(0, 10);
}

/** Saturdays and Sundays give way as executionRule says; without a rule the bank pays on the day itself. */
function bankingDay(date: string, rule: PeriodicRequest["executionRule"]): string {
  const weekday = new Date(`${date}T00:00:00Z`).getUTCDay();
  if (rule === undefined || (weekday !== 0 && weekday !== 6)) return date;
  if (rule === "following") return addDays(date, weekday === 6 ? 2 : 1);
  return addDays(date, weekday === 6 ? -1 : -2);
}
