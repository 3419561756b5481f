/** Loads customers, accounts and booked history in bulk: a few statements, whatever the number of rows. */
import type { Queryable } from "../database.ts";
import { reference } from "../ledger/postings.ts";

export interface SeedPsu {
  id: string;
  username: string;
  name: string;
  passwordHash: string;
}

export interface SeedAccount {
  id: string;
  iban: string;
  currency: string;
  ownerPsu: string;
  ownerName: string;
  name: string;
  product: string;
  /** Lowest booked balance the bank allows; 0 unless the account's own history went below. */
  floorMinor: bigint;
}

/** One booked movement of an account; the other side is the clearing account of its currency. */
export interface SeedEntry {
  account: SeedAccount;
  amountMinor: bigint;
  date: string;
  counterpartyName: string | null;
  counterpartyAccount: string | null;
  remittance: string | null;
  family: string;
}

export interface BulkDeps {
  now: Date;
  uuid(): string;
  clearingAccount(currency: string): Promise<string>;
}

/**
 * Stores everything. Entries must come in booking order per account. Each one is a transfer of two lines, so that
 * the bank's books balance from the first day. Answers each account's booked balance.
 */
export async function loadBulk(
  tx: Queryable,
  deps: BulkDeps,
  data: { psus: SeedPsu[]; accounts: SeedAccount[]; entries: SeedEntry[] },
): Promise<Map<string, bigint>> {
  const column = <Item, Value>(items: Item[], pick: (item: Item) => Value) => items.map(pick);
  await tx.query(
    `INSERT INTO psus (id, username, name, password_hash)
     SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])`,
    [
      column(data.psus, (psu) => psu.id),
      column(data.psus, (psu) => psu.username),
      column(data.psus, (psu) => psu.name),
      column(data.psus, (psu) => psu.passwordHash),
    ],
  );

  const balances = new Map<string, bigint>();
  const sequences = new Map<string, bigint>();
  const lines: Line[] = [];
  const add = (
    accountId: string,
    transferId: string,
    entry: SeedEntry,
    amountMinor: bigint,
    isMirror: boolean,
  ) => {
    const sequence = (sequences.get(accountId) ?? 0n) + 1n;
    const balance = (balances.get(accountId) ?? 0n) + amountMinor;
    sequences.set(accountId, sequence);
    balances.set(accountId, balance);
    lines.push({ accountId, transferId, amountMinor, sequence, balance, entry, isMirror, id: deps.uuid() });
  };
  // The clearing account's lines need their own booking order, by date over all accounts.
  const byDate = data.entries.toSorted((a, b) => (a.date < b.date ? -1 : a.date > b.date ? 1 : 0));
  for (const entry of byDate) {
    const transferId = deps.uuid();
    add(entry.account.id, transferId, entry, entry.amountMinor, false);
    add(await deps.clearingAccount(entry.account.currency), transferId, entry, -entry.amountMinor, true);
  }

  await tx.query(
    `INSERT INTO accounts (id, iban, currency, kind, owner_psu, owner_name, name, product, floor_minor, booked_minor,
       sequence, last_change_at)
     SELECT id, iban, currency, 'customer', owner_psu, owner_name, name, product, floor_minor, booked, sequence, $11
       FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::bigint[],
         $9::bigint[], $10::bigint[])
         AS t (id, iban, currency, owner_psu, owner_name, name, product, floor_minor, booked, sequence)`,
    [
      column(data.accounts, (account) => account.id),
      column(data.accounts, (account) => account.iban),
      column(data.accounts, (account) => account.currency),
      column(data.accounts, (account) => account.ownerPsu),
      column(data.accounts, (account) => account.ownerName),
      column(data.accounts, (account) => account.name),
      column(data.accounts, (account) => account.product),
      column(data.accounts, (account) => account.floorMinor),
      column(data.accounts, (account) => balances.get(account.id) ?? 0n),
      column(data.accounts, (account) => sequences.get(account.id) ?? 0n),
      deps.now,
    ],
  );
  await storeLines(tx, lines, deps.now);
  const own = new Set(data.accounts.map((account) => account.id));
  for (const [id, booked] of balances) {
    if (own.has(id)) continue;
    await tx.query(
      "UPDATE accounts SET booked_minor = $2, sequence = $3, last_change_at = $4 WHERE id = $1",
      [id, booked, sequences.get(id), deps.now],
    );
  }
  return balances;
}

interface Line {
  accountId: string;
  transferId: string;
  amountMinor: bigint;
  sequence: bigint;
  balance: bigint;
  entry: SeedEntry;
  /** The clearing account's side. */
  isMirror: boolean;
  id: string;
}

const CHUNK = 10_000;

async function storeLines(tx: Queryable, lines: Line[], now: Date): Promise<void> {
  for (let start = 0; start < lines.length; start += CHUNK) {
    const chunk = lines.slice(start, start + CHUNK);
    const column = <Value>(pick: (line: Line) => Value) => chunk.map(pick);
    await tx.query(
      `INSERT INTO entries (transfer_id, account_id, status, amount_minor, transaction_id, entry_reference,
         booking_date, value_date, sequence, balance_after_minor, counterparty_name, counterparty_account, remittance,
         family, created_at)
       SELECT transfer_id, account_id, 'booked', amount, transaction_id, reference, date, date, sequence, balance, name,
         account, remittance, family, $13
         FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::date[], $7::bigint[],
           $8::bigint[], $9::text[], $10::text[], $11::text[], $12::text[])
           AS t (transfer_id, account_id, amount, transaction_id, reference, date, sequence, balance, name, account,
             remittance, family)`,
      [
        column((line) => line.transferId),
        column((line) => line.accountId),
        column((line) => line.amountMinor),
        column((line) => `b-${line.id}`),
        column((line) => reference(line.entry.date, line.sequence)),
        column((line) => line.entry.date),
        column((line) => line.sequence),
        column((line) => line.balance),
        column((line) => (line.isMirror ? line.entry.account.ownerName : line.entry.counterpartyName)),
        column((line) => (line.isMirror ? line.entry.account.iban : line.entry.counterpartyAccount)),
        column((line) => line.entry.remittance),
        column((line) => (line.isMirror ? mirrored(line.entry.family) : line.entry.family)),
        now,
      ],
    );
  }
}

/** Issued on one side is received on the other. */
function mirrored(family: string): string {
  if (family.startsWith("ICDT")) return family.replace("ICDT", "RCDT");
  if (family.startsWith("RCDT")) return family.replace("RCDT", "ICDT");
  return family;
}
