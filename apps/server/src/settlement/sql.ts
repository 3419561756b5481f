import type { Id } from "@jinqiao/money";
import type { CustodyStatement, StatementEntry } from "../banks/index.ts";
import type { Queryable } from "../platform/db.ts";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";

export type BreakKind =
  | "unexpected_line"
  | "amount_differs"
  | "missing_on_statement"
  | "closing_differs"
  | "answer_differs";
export type BreakAction = "credit_payment_customer" | "complete_payment" | "reverse_payment" | "write_off";

export type StatementRow = {
  id: Id<"stm">;
  bank_id: string;
  currency: string;
  iban: string;
  date: string;
  opening: bigint;
  closing: bigint;
  sha256: string;
  lines: number;
  ledger_closing: bigint | null;
  received_at: Date;
};
export type StatementCounts = StatementRow & { placed: bigint; breaks: bigint; open_breaks: bigint };
export type LineRow = {
  id: Id<"lin">;
  statement_id: Id<"stm">;
  sequence: number;
  direction: "credit" | "debit";
  amount: bigint;
  booking_date: string;
  value_date: string | null;
  end_to_end_id: string | null;
  bank_reference: string | null;
  counterparty_name: string | null;
  remittance: string | null;
  batch: NonNullable<StatementEntry["batch"]> | null;
  transfer_id: Id<"trf">;
  payment_id: Id<"pay"> | null;
  break_id: Id<"brk"> | null;
};
/** A line as it is stored. */
export type SealedLineRow = Omit<LineRow, "counterparty_name" | "remittance"> & {
  counterparty_name_sealed: string | null;
  remittance_sealed: string | null;
};
export const lineData = {
  table: "settlement.line",
  id: "id",
  columns: ["counterparty_name", "remittance"],
} as const satisfies PersonalTable;
export const breakData = {
  table: "settlement.break",
  id: "id",
  columns: ["note", "closed_by", "proposed_note"],
} as const satisfies PersonalTable;
export const matchData = {
  table: "settlement.match",
  id: "id",
  columns: ["note", "by"],
} as const satisfies PersonalTable;
/** Where this module keeps personal data, and what staff write, sealed. */
export const settlementData: readonly PersonalTable[] = [lineData, breakData, matchData];
export type BreakRow = {
  id: Id<"brk">;
  kind: BreakKind;
  bank_id: string;
  currency: string;
  date: string;
  statement_id: Id<"stm">;
  line_id: Id<"lin"> | null;
  payment_id: Id<"pay"> | null;
  bank_amount: bigint | null;
  ledger_amount: bigint | null;
  why_en: string;
  why_zh: string;
  opened_at: Date;
  /** `match`: its line was found to be payments of ours, or its payment to be lines. */
  action: BreakAction | "match" | null;
  note: string | null;
  /** `reconciliation`, or the ids of the staff, with a comma between. */
  closed_by_id: string | null;
  /** Name of who closed it, where an earlier release kept that. */
  closed_by: string | null;
  closed_at: Date | null;
  transfer_id: Id<"trf"> | null;
  proposed_action: BreakAction | null;
  proposed_note: string | null;
  proposed_by_id: string | null;
  proposed_at: Date | null;
  /** When it was found to be older than its bank's breaks may be. */
  overdue_at: Date | null;
};
/** That a line in suspense, named by its break, pays a payment. Carried out when `outcome` says how. */
export type MatchRow = {
  id: string;
  break_id: Id<"brk">;
  payment_id: Id<"pay">;
  amount: bigint;
  note: string;
  /** `reconciliation`, or the id of the member of staff. */
  by_id: string | null;
  /** Name of who accepted it, where an earlier release kept that. */
  by: string | null;
  at: Date;
  transfer_id: Id<"trf">;
  outcome: "settled" | "left" | null;
  left_break_id: Id<"brk"> | null;
};

type SealedBreakRow = Omit<BreakRow, "note" | "closed_by" | "proposed_note"> & {
  note_sealed: string | null;
  closed_by_sealed: string | null;
  proposed_note_sealed: string | null;
};
export type SealedMatchRow = Omit<MatchRow, "note" | "by"> & {
  note_sealed: string;
  by_sealed: string | null;
};

function openBreak(
  vault: Vault,
  { note_sealed, closed_by_sealed, proposed_note_sealed, ...row }: SealedBreakRow,
): BreakRow {
  const data = personalData(vault, breakData);
  return {
    ...row,
    note: data.open("note", row, note_sealed, null),
    closed_by: data.open("closed_by", row, closed_by_sealed, null),
    proposed_note: data.open("proposed_note", row, proposed_note_sealed, null),
  };
}

/** Stores the head of a statement once; a second reading of the same day answers the first row. */
export async function claimStatement(
  db: Queryable,
  id: Id<"stm">,
  bankId: string,
  statement: CustodyStatement,
  now: Date,
): Promise<StatementRow> {
  await db.query(
    `INSERT INTO settlement.statement (id, bank_id, currency, iban, date, opening, closing, sha256, lines, received_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (bank_id, currency, date) DO NOTHING`,
    [
      id,
      bankId,
      statement.currency,
      statement.iban,
      statement.date,
      statement.openingMinor,
      statement.closingMinor,
      statement.sha256,
      statement.entries.length,
      now,
    ],
  );
  const [row] = await db.query<StatementRow>(
    "SELECT * FROM settlement.statement WHERE bank_id = $1 AND currency = $2 AND date = $3",
    [bankId, statement.currency, statement.date],
  );
  return row as StatementRow;
}

export async function finishStatement(db: Queryable, id: string, ledgerClosing: bigint): Promise<void> {
  await db.query(
    "UPDATE settlement.statement SET ledger_closing = $2 WHERE id = $1 AND ledger_closing IS NULL",
    [id, ledgerClosing],
  );
}

export async function selectLatest(
  db: Queryable,
  bankId: string,
  currency: string,
): Promise<StatementRow | undefined> {
  return (
    await db.query<StatementRow>(
      "SELECT * FROM settlement.statement WHERE bank_id = $1 AND currency = $2 ORDER BY date DESC LIMIT 1",
      [bankId, currency],
    )
  )[0];
}

const withCounts = `SELECT s.*,
    (SELECT count(*) FROM settlement.line l WHERE l.statement_id = s.id AND l.break_id IS NULL) AS placed,
    (SELECT count(*) FROM settlement.break b WHERE b.statement_id = s.id) AS breaks,
    (SELECT count(*) FROM settlement.break b WHERE b.statement_id = s.id AND b.closed_at IS NULL) AS open_breaks
  FROM settlement.statement s`;

export function selectStatements(
  db: Queryable,
  filter: { date?: string | undefined; cursor?: string | undefined; limit: number },
): Promise<StatementCounts[]> {
  return db.query<StatementCounts>(
    `${withCounts} WHERE ($1::date IS NULL OR s.date = $1) AND ($2::text IS NULL OR s.id < $2) ORDER BY s.id DESC LIMIT $3`,
    [filter.date ?? null, filter.cursor ?? null, filter.limit],
  );
}

export async function selectStatement(db: Queryable, id: string): Promise<StatementCounts | undefined> {
  return (await db.query<StatementCounts>(`${withCounts} WHERE s.id = $1`, [id]))[0];
}

/**
 * The lines of a statement or of a payment (also those that were matched with it), or those with the given ids, in the
 * order of the bank.
 */
export async function selectLines(
  db: Queryable,
  vault: Vault,
  where: { statementId?: string; paymentId?: string; ids?: readonly string[] },
): Promise<LineRow[]> {
  const rows = await db.query<SealedLineRow>(
    `SELECT * FROM settlement.line
      WHERE ($1::text IS NULL OR statement_id = $1)
        AND ($2::text IS NULL OR payment_id = $2 OR break_id IN (SELECT break_id FROM settlement.match WHERE payment_id = $2))
        AND ($3::text[] IS NULL OR id = ANY ($3))
      ORDER BY statement_id, sequence`,
    [where.statementId ?? null, where.paymentId ?? null, where.ids ?? null],
  );
  return rows.map((row) => openLine(vault, row));
}

function openLine<Row extends SealedLineRow>(
  vault: Vault,
  { counterparty_name_sealed, remittance_sealed, ...row }: Row,
) {
  const data = personalData(vault, lineData);
  return {
    ...row,
    counterparty_name: data.open("counterparty_name", row, counterparty_name_sealed, null),
    remittance: data.open("remittance", row, remittance_sealed, null),
  };
}

/** Which lines of a statement are placed, by their place in it; all of them, or the one asked for. */
export async function selectPlaced(
  db: Queryable,
  statementId: string,
  sequence?: number,
): Promise<Set<number>> {
  const rows = await db.query<{ sequence: number }>(
    "SELECT sequence FROM settlement.line WHERE statement_id = $1 AND ($2::int IS NULL OR sequence = $2)",
    [statementId, sequence ?? null],
  );
  return new Set(rows.map((row) => row.sequence));
}

export async function selectBreaks(
  db: Queryable,
  vault: Vault,
  filter: {
    statementId?: string;
    paymentId?: string;
    open?: boolean | undefined;
    /** Oldest first, by the bank's day; newest first when absent. */
    oldestFirst?: boolean;
    cursor?: string | undefined;
    limit: number;
  },
): Promise<BreakRow[]> {
  const [seek, order] = filter.oldestFirst
    ? ["(b.date, b.id) > (SELECT date, id FROM settlement.break WHERE id = $4)", "b.date, b.id"]
    : ["b.id < $4", "b.id DESC"];
  const rows = await db.query<SealedBreakRow>(
    `SELECT b.* FROM settlement.break b
      WHERE ($1::text IS NULL OR b.statement_id = $1) AND ($2::text IS NULL OR b.payment_id = $2)
        AND ($3::boolean IS NULL OR (b.closed_at IS NULL) = $3) AND ($4::text IS NULL OR ${seek}) ORDER BY ${order} LIMIT $5`,
    [
      filter.statementId ?? null,
      filter.paymentId ?? null,
      filter.open ?? null,
      filter.cursor ?? null,
      filter.limit,
    ],
  );
  return rows.map((row) => openBreak(vault, row));
}

/** Open breaks that say a payment is missing on a statement, by payment. */
export async function selectMissing(
  db: Queryable,
  vault: Vault,
  paymentIds: readonly string[],
): Promise<Map<string, BreakRow>> {
  const rows = await db.query<SealedBreakRow>(
    "SELECT * FROM settlement.break WHERE payment_id = ANY ($1) AND kind = 'missing_on_statement' AND closed_at IS NULL",
    [paymentIds],
  );
  return new Map(rows.map((row) => [row.payment_id as string, openBreak(vault, row)]));
}

export async function selectBreak(db: Queryable, vault: Vault, id: string): Promise<BreakRow | undefined> {
  const [row] = await db.query<SealedBreakRow>("SELECT * FROM settlement.break WHERE id = $1", [id]);
  return row && openBreak(vault, row);
}

/**
 * Open breaks of lines that wait in suspense, of one account and direction, the nearest to a day first. The amount of
 * each is what waits, which may be a part of the line.
 */
export function selectWaitingLines(
  db: Queryable,
  vault: Vault,
  account: { bankId: string; currency: string; direction: "credit" | "debit" },
  around: { from: string; to: string; day: string },
  limit: number,
): Promise<{ break_id: Id<"brk">; line: LineRow }[]> {
  return db
    .query<SealedLineRow & { open_break: Id<"brk">; waiting: bigint }>(
      `SELECT l.*, b.id AS open_break, abs(b.bank_amount) AS waiting FROM settlement.break b JOIN settlement.line l ON l.id = b.line_id
        WHERE b.closed_at IS NULL AND b.bank_id = $1 AND b.currency = $2 AND l.direction = $3
          AND l.booking_date BETWEEN $4 AND $5
          AND NOT EXISTS (SELECT FROM settlement.match m WHERE m.break_id = b.id AND m.outcome IS NULL)
        ORDER BY abs(l.booking_date - $6::date), l.id LIMIT $7`,
      [account.bankId, account.currency, account.direction, around.from, around.to, around.day, limit],
    )
    .then((rows) =>
      rows.map(({ open_break, waiting, ...line }) => ({
        break_id: open_break,
        line: { ...openLine(vault, line), amount: waiting },
      })),
    );
}

/** The shares of a break's line, or of several. */
export async function selectMatches(
  db: Queryable,
  vault: Vault,
  breakIds: readonly string[],
): Promise<MatchRow[]> {
  const rows = await db.query<SealedMatchRow>(
    "SELECT * FROM settlement.match WHERE break_id = ANY ($1) ORDER BY break_id, payment_id",
    [breakIds],
  );
  const data = personalData(vault, matchData);
  return rows.map(({ note_sealed, by_sealed, ...row }) => ({
    ...row,
    note: data.open("note", row, note_sealed, ""),
    by: data.open("by", row, by_sealed, null),
  }));
}

/** Payments whose line is found and whose match is still being carried out. */
export async function selectBeingMatched(db: Queryable): Promise<Set<string>> {
  const rows = await db.query<{ payment_id: string }>(
    "SELECT payment_id FROM settlement.match WHERE outcome IS NULL",
  );
  return new Set(rows.map((row) => row.payment_id));
}

/** How many open breaks there are of each bank, currency and day, and what they add up to regardless of sign. */
export function selectOpenByDay(
  db: Queryable,
): Promise<{ bank_id: string; currency: string; date: string; count: bigint; sum: bigint }[]> {
  return db.query(
    `SELECT bank_id, currency, date, count(*) AS count,
            sum(abs(coalesce(bank_amount, 0) - coalesce(ledger_amount, 0)))::bigint AS sum
       FROM settlement.break WHERE closed_at IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`,
  );
}

/** Open breaks not yet called overdue, oldest first. */
export function selectNotOverdue(
  db: Queryable,
  before: string,
  limit: number,
): Promise<Pick<BreakRow, "id" | "bank_id" | "currency" | "date">[]> {
  return db.query(
    "SELECT * FROM settlement.break WHERE closed_at IS NULL AND overdue_at IS NULL AND date < $1 ORDER BY date, id LIMIT $2",
    [before, limit],
  );
}

/** Names of columns and numbers as the writer's jsonb needs them. */
export function plain(row: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(row).map(([key, value]) => [key, typeof value === "bigint" ? value.toString() : value]),
  );
}
