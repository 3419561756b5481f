import type { BankEntry } from "./connector.ts";
import type { EntryDraft } from "./entry-sql.ts";

/** How far apart the dates of a pending entry and of the booked one it became may lie, when only their contents agree. */
const sameContentDays = 10;
/** The same where both carry one end-to-end id: card payments may stay pending for a month. */
const sameReferenceDays = 35;

export type Merge = {
  /** Rows to write, new or changed, oldest first. */
  put: EntryDraft[];
  /** Ids of pending rows that the bank no longer shows. */
  removed: string[];
};

/**
 * Joins what is known of an account with a complete reading of it. Banks give a pending entry another id when they
 * book it: the booked entry then takes the pending one's row. A booked id counts once; entries without ids are
 * counted by their contents; the pages' order does not matter; reading the same again changes nothing.
 * @param known rows of the account that the reading may show again, and all pending ones
 * @param read the whole reading; within a day newest first, as banks list
 */
export function mergeEntries(
  known: readonly EntryDraft[],
  read: readonly BankEntry[],
  context: { today: string; newId: () => string },
): Merge {
  const changed = new Map<string, EntryDraft>();
  const inserted = new Map<BankEntry, EntryDraft>();
  const booked = withoutRepeats(read.filter(({ status }) => status === "booked"));
  const bookedIds = new Set(booked.flatMap(({ bankId }) => bankId ?? []));
  const pending = withoutRepeats(read.filter(({ status }) => status === "pending")).filter(
    ({ bankId }) => bankId === null || !bookedIds.has(bankId),
  );
  const stillPendingIds = new Set(pending.flatMap(({ bankId }) => bankId ?? []));

  const take = (row: EntryDraft, entry: BankEntry) => {
    const next = draftOf(entry, row.id, row.first_seen_on);
    if (!isSame(row, next)) changed.set(row.id, next);
  };
  const knownBooked = known.filter(({ status }) => status === "booked");
  const openPending = new Set(known.filter(({ status }) => status === "pending"));

  // Booked entries that are known already: by id, or by contents where the bank gives no ids.
  const byId = new Map(
    knownBooked.flatMap((row) => (row.bank_entry_id ? [[row.bank_entry_id, row] as const] : [])),
  );
  const withoutId = groupBy(
    knownBooked.filter((row) => row.bank_entry_id === null),
    (row) => JSON.stringify([contentOfRow(row), row.end_to_end_id, row.booking_date, row.value_date]),
  );
  const news: BankEntry[] = [];
  for (const entry of booked) {
    const row =
      entry.bankId === null
        ? withoutId
            .get(JSON.stringify([contentOf(entry), entry.endToEndId, entry.bookingDate, entry.valueDate]))
            ?.shift()
        : byId.get(entry.bankId);
    if (row === undefined) news.push(entry);
    else take(row, entry);
  }

  // What was pending before takes its booked form, the surest resemblance first.
  const resemblances: ((row: EntryDraft, entry: BankEntry) => boolean)[] = [
    (row, entry) => isSame(row, draftOf(entry, row.id, row.first_seen_on)),
    (row, entry) => row.bank_entry_id !== null && row.bank_entry_id === entry.bankId,
    (row, entry) => sameReference(row, entry) && near(row, entry, sameReferenceDays, context.today),
    (row, entry) =>
      contentOfRow(row) === contentOf(entry) &&
      near(row, entry, sameContentDays, context.today) &&
      // Two equal purchases, one booked: the one that the bank still calls pending is the other one.
      !(entry.status === "booked" && row.bank_entry_id !== null && stillPendingIds.has(row.bank_entry_id)),
  ];
  const claim = (entries: BankEntry[]): BankEntry[] => {
    let left = entries;
    for (const resembles of resemblances) {
      left = left.filter((entry) => {
        for (const row of openPending) {
          if (!resembles(row, entry)) continue;
          openPending.delete(row);
          take(row, entry);
          return false;
        }
        return true;
      });
    }
    return left;
  };
  const insert = (entry: BankEntry) => inserted.set(entry, draftOf(entry, context.newId(), context.today));
  for (const entry of claim(news)) insert(entry);

  // A pending entry whose booked form stands in the list already is its shadow.
  const isShadow = (entry: BankEntry) =>
    entry.endToEndId !== null &&
    (booked.some(
      (other) =>
        other.endToEndId === entry.endToEndId &&
        other.amountMinor === entry.amountMinor &&
        daysApart(dateOf(other, context.today), dateOf(entry, context.today)) <= sameContentDays,
    ) ||
      knownBooked.some(
        (row) => sameReference(row, entry) && near(row, entry, sameContentDays, context.today),
      ));
  for (const entry of claim(pending.filter((candidate) => !isShadow(candidate)))) insert(entry);

  // New rows are numbered oldest first, so that the list shows a day in the bank's own order.
  const newRows = [...read].reverse().flatMap((entry) => inserted.get(entry) ?? []);
  return { put: [...changed.values(), ...newRows], removed: [...openPending].map(({ id }) => id) };
}

/** Entries in an order that does not depend on the pages', each id once. */
function withoutRepeats(entries: readonly BankEntry[]): BankEntry[] {
  const keyed = entries.map((entry) => ({
    entry,
    key: JSON.stringify([
      entry.bookingDate,
      entry.valueDate,
      entry.bankId,
      entry.endToEndId,
      contentOf(entry),
    ]),
  }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  const seen = new Set<string>();
  return keyed.flatMap(({ entry }) => {
    if (entry.bankId === null) return [entry];
    if (seen.has(entry.bankId)) return [];
    seen.add(entry.bankId);
    return [entry];
  });
}

function draftOf(entry: BankEntry, id: string, firstSeenOn: string): EntryDraft {
  return {
    id,
    status: entry.status,
    bank_entry_id: entry.bankId,
    end_to_end_id: entry.endToEndId,
    booking_date: entry.bookingDate,
    value_date: entry.valueDate,
    amount: entry.amountMinor,
    currency: entry.currency,
    counterparty_name: entry.counterpartyName,
    remittance: entry.remittance,
    first_seen_on: firstSeenOn,
  };
}

function isSame(row: EntryDraft, next: EntryDraft): boolean {
  return (Object.keys(next) as (keyof EntryDraft)[]).every((name) => row[name] === next[name]);
}

const plain = (text: string | null) => (text ?? "").toLowerCase().replace(/\s+/g, " ").trim();
const content = (amount: bigint, currency: string, name: string | null, remittance: string | null) =>
  JSON.stringify([amount.toString(), currency, plain(name), plain(remittance)]);
const contentOf = (entry: BankEntry) =>
  content(entry.amountMinor, entry.currency, entry.counterpartyName, entry.remittance);
const contentOfRow = (row: EntryDraft) =>
  content(row.amount, row.currency, row.counterparty_name, row.remittance);

function sameReference(row: EntryDraft, entry: BankEntry): boolean {
  return (
    row.end_to_end_id !== null && row.end_to_end_id === entry.endToEndId && row.amount === entry.amountMinor
  );
}

function near(row: EntryDraft, entry: BankEntry, days: number, today: string): boolean {
  const date = row.booking_date ?? row.value_date ?? row.first_seen_on;
  return daysApart(date, dateOf(entry, today)) <= days;
}

function dateOf(entry: BankEntry, today: string): string {
  return entry.bookingDate ?? entry.valueDate ?? today;
}

function daysApart(one: string, other: string): number {
  return Math.abs(Date.parse(one) - Date.parse(other)) / 86_400_000;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}
