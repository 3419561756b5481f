import type { Db, Queryable, Tx } from "../platform/db.ts";
import { personalData, type Vault } from "../vault/index.ts";
import { entryData } from "./personal-data.ts";

export type EntryRow = {
  id: string;
  sequence: bigint;
  status: "booked" | "pending";
  bank_entry_id: string | null;
  end_to_end_id: string | null;
  booking_date: string | null;
  value_date: string | null;
  amount: bigint;
  currency: string;
  counterparty_name: string | null;
  remittance: string | null;
  first_seen_on: string;
};
const columns = `e.id, e.sequence, e.status, e.bank_entry_id, e.end_to_end_id, e.booking_date, e.value_date, e.amount,
  e.currency, e.counterparty_name_sealed, e.remittance_sealed, e.first_seen_on`;
type Sealed<Row extends EntryRow> = Omit<Row, "counterparty_name" | "remittance"> & {
  counterparty_name_sealed: string | null;
  remittance_sealed: string | null;
};
const opened =
  <Row extends EntryRow>(vault: Vault) =>
  ({ counterparty_name_sealed, remittance_sealed, ...row }: Sealed<Row>): Row => {
    const data = personalData(vault, entryData);
    return {
      ...row,
      counterparty_name: data.open("counterparty_name", row, counterparty_name_sealed, null),
      remittance: data.open("remittance", row, remittance_sealed, null),
    } as unknown as Row;
  };

/** The entries that a reading from a date may show again: by date, by id, and all pending ones. */
export async function selectEntriesFrom(
  tx: Tx,
  vault: Vault,
  accountId: string,
  from: string,
  bankIds: readonly string[],
): Promise<EntryRow[]> {
  const rows = await tx.query<Sealed<EntryRow>>(
    `SELECT ${columns} FROM banks.entry e
      WHERE e.account_id = $1 AND (e.sort_date >= $2 OR e.bank_entry_id = ANY($3)) ORDER BY e.sequence`,
    [accountId, from, bankIds],
  );
  return rows.map(opened<EntryRow>(vault));
}

export async function latestBookingDate(db: Queryable, accountId: string): Promise<string | null> {
  const [row] = await db.query<{ date: string | null }>(
    "SELECT max(sort_date) AS date FROM banks.entry WHERE account_id = $1 AND status = 'booked'",
    [accountId],
  );
  return row?.date ?? null;
}

export type EntryDraft = Omit<EntryRow, "sequence">;

/** Writes entries in the order given; a row that exists keeps its place in the list. */
export async function putEntries(
  tx: Tx,
  vault: Vault,
  accountId: string,
  drafts: readonly EntryDraft[],
): Promise<void> {
  if (drafts.length === 0) return;
  const data = personalData(vault, entryData);
  const rows = drafts.map((draft) => ({
    ...draft,
    amount: draft.amount.toString(),
    counterparty_name: data.seal("counterparty_name", draft, draft.counterparty_name),
    remittance: data.seal("remittance", draft, draft.remittance),
  }));
  await tx.query(
    `INSERT INTO banks.entry AS old (id, account_id, status, bank_entry_id, end_to_end_id, booking_date, value_date, amount,
       currency, counterparty_name_sealed, remittance_sealed, first_seen_on)
     SELECT r.id, $1, r.status, r.bank_entry_id, r.end_to_end_id, r.booking_date, r.value_date, r.amount, r.currency,
            r.counterparty_name, r.remittance, r.first_seen_on
       FROM ROWS FROM (jsonb_to_recordset($2) AS (id text, status text, bank_entry_id text, end_to_end_id text,
         booking_date date, value_date date, amount bigint, currency text, counterparty_name text,
         remittance text, first_seen_on date)) WITH ORDINALITY
         AS r (id, status, bank_entry_id, end_to_end_id, booking_date, value_date, amount, currency, counterparty_name,
               remittance, first_seen_on, place)
      ORDER BY r.place
     ON CONFLICT (id) DO UPDATE SET status = EXCLUDED.status, bank_entry_id = EXCLUDED.bank_entry_id,
       end_to_end_id = EXCLUDED.end_to_end_id, booking_date = EXCLUDED.booking_date, value_date = EXCLUDED.value_date,
       amount = EXCLUDED.amount, currency = EXCLUDED.currency,
       counterparty_name_sealed = EXCLUDED.counterparty_name_sealed, remittance_sealed = EXCLUDED.remittance_sealed`,
    [accountId, JSON.stringify(rows)],
  );
}

export async function removeEntries(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.query("DELETE FROM banks.entry WHERE id = ANY($1)", [ids]);
}

export type ListedEntry = EntryRow & { sort_date: string; payment_id: string | null };

/** Newest first; `after` is the last row of the page before. */
export async function selectEntryPage(
  db: Db,
  vault: Vault,
  accountId: string,
  after: { sortDate: string; sequence: string } | undefined,
  limit: number,
): Promise<ListedEntry[]> {
  const rows = await db.query<Sealed<ListedEntry>>(
    `SELECT ${columns}, e.sort_date, o.payment_id FROM banks.entry e
       LEFT JOIN banks.payment_order o ON o.reference = e.end_to_end_id
      WHERE e.account_id = $1 AND ($2::date IS NULL OR (e.sort_date, e.sequence) < ($2::date, $3::bigint))
      ORDER BY e.sort_date DESC, e.sequence DESC LIMIT $4`,
    [accountId, after?.sortDate ?? null, after?.sequence ?? null, limit],
  );
  return rows.map(opened<ListedEntry>(vault));
}
