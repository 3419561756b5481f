import type { Id } from "@jinqiao/money";
import { addDays } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, event } from "../platform/events.ts";
import { withAccess } from "./access.ts";
import { AccessError, type BankBalance, type BankEntry } from "./connector.ts";
import { bankOf, type Deps, todayAt } from "./context.ts";
import { mergeEntries } from "./entries.ts";
import { latestBookingDate, putEntries, removeEntries, selectEntriesFrom } from "./entry-sql.ts";
import { checkConsentJob, refreshJob } from "./job-drafts.ts";
import { recordOf } from "./linked-accounts.ts";
import * as sql from "./sql.ts";

/** What a bank must allow a day where it names no number (RTS (EU) 2018/389 art. 36(5)(b)). */
const usualFrequencyPerDay = 4;
/** Days read again: banks may book something late under an earlier date. */
const overlapDays = 10;
/** A pending entry of the overlap may carry an earlier date than its booked form. */
const pendingDays = 35;
/** Everything the bank has; it shortens this itself where it must. */
const beginning = "1970-01-01";
const afterPaymentMs = 3_000;

/**
 * Reads balance and entries of an account and stores both. A reading without the customer counts against the
 * consent's number per day, and is left out when that is used up.
 */
export async function refreshAccount(
  deps: Deps,
  accountId: string,
  options: { customerIp?: string | undefined } = {},
): Promise<void> {
  const account = await sql.findAccount(deps.db, deps.vault, accountId);
  if (account === undefined || account.status !== "active") return;
  const { config, connector } = bankOf(deps, account.bank_id);
  if (!connector.capabilities.accounts) return;
  const today = todayAt(deps, config);
  const startedAt = deps.clock.now();
  const customerIp = options.customerIp ?? null;
  const consent = await sql.findConsent(deps.db, account.consent_id);
  const limit = consent?.frequency_per_day ?? usualFrequencyPerDay;
  if (customerIp === null && !(await sql.countReading(deps.db, account.id, today, limit))) return;

  const latest = await latestBookingDate(deps.db, account.id);
  const from = latest === null ? beginning : addDays(latest, -overlapDays);
  const { iban } = recordOf(deps, account);
  const resource = { resourceId: account.resource_id, currency: account.currency, iban };
  let balance: BankBalance;
  let entries: BankEntry[];
  try {
    [balance, entries] = await withAccess(deps, account.consent_id, async (access) => [
      await connector.balance(access, resource, customerIp),
      await connector.entries(access, resource, { from }, customerIp),
    ]);
  } catch (error) {
    if (error instanceof AccessError && error.problem === "frequency_exceeded")
      return sql.exhaustReadings(deps.db, account.id, today, limit);
    const isOver =
      error instanceof AccessError || (error instanceof Refusal && error.code === "bank.consent_ended");
    if (!isOver) throw error;
    const job = checkConsentJob(account.consent_id, { unusable: true });
    return deps.db.transaction((tx) => emit(tx, deps.subscriptions, [], [job]));
  }

  await deps.db.transaction(async (tx) => {
    const locked = await sql.lockActiveAccount(tx, account.id);
    // Ended while the bank was asked, or a later reading was stored before this one: this one is old.
    if (locked === undefined || (locked.balance_as_of !== null && locked.balance_as_of > startedAt)) return;
    const shown = entries.filter(({ currency }) => currency === account.currency);
    const bankIds = shown.flatMap(({ bankId }) => bankId ?? []);
    const known = await selectEntriesFrom(
      tx,
      deps.vault,
      account.id,
      from === beginning ? from : addDays(from, -pendingDays),
      bankIds,
    );
    const merge = mergeEntries(
      known.map(({ sequence: _place, ...row }) => row),
      shown,
      { today, newId: () => deps.ids.next("btx") },
    );
    await removeEntries(tx, merge.removed);
    await putEntries(tx, deps.vault, account.id, merge.put);
    await sql.storeBalance(tx, { id: account.id, ...balance, at: startedAt });
    await emit(tx, deps.subscriptions, [
      event("linked_account.changed", {
        customerId: locked.customer_id as Id<"cus">,
        accountId: account.id as Id<"lac">,
      }),
    ]);
  });
}

/** Refreshes an account after a payment touched it, once the bank has had a moment. */
export async function refreshSoon(deps: Deps, accountId: string): Promise<void> {
  // Jobs wait by the database's own time, not by the injected clock.
  const runAt = new Date(Date.now() + afterPaymentMs);
  await deps.db.transaction((tx) => emit(tx, deps.subscriptions, [], [refreshJob(accountId, { runAt })]));
}

/** Queues a reading of every active account. */
export async function refreshAll(deps: Deps): Promise<void> {
  const ids = await sql.activeAccountIds(deps.db);
  if (ids.length === 0) return;
  await deps.db.transaction((tx) =>
    emit(
      tx,
      deps.subscriptions,
      [],
      ids.map((id) => refreshJob(id)),
    ),
  );
}
