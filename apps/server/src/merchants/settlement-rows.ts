import type { MerchantSettlement, Payout } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Db } from "../platform/db.ts";
import type { WrittenRow } from "./rows.ts";
import type { MerchantMode } from "./types.ts";

export type Withheld = NonNullable<MerchantSettlement["withheld"]>;
/** A merchant's money in one currency. */
export type Book = MerchantMode & { currency: string };

/** A settlement as stored: signed minor units. */
export type SettlementRow = {
  id: Id<"stl">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  currency: string;
  cut_off_at: Date;
  date: string;
  time_zone: string;
  automatic: boolean;
  moved: bigint;
  recovered: bigint;
  lines: number;
  carried_over: bigint;
  payments: bigint;
  fees: bigint;
  refunds: bigint;
  disputes: bigint;
  returned_payouts: bigint;
  adjustments: bigint;
  reserved: bigint;
  released: bigint;
  payout: bigint;
  carried_forward: bigint;
  payout_id: Id<"po"> | null;
  withheld: Withheld | null;
  version: number;
  created_at: Date;
};

export type PayoutRow = {
  id: Id<"po">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  currency: string;
  amount: bigint;
  status: Payout["status"];
  automatic: boolean;
  settlement_id: Id<"stl">;
  settlement_account_id: Id<"mac"> | null;
  masked_number: string | null;
  payment_id: Id<"pay"> | null;
  reference: string | null;
  expected_at: Date | null;
  returned: bigint;
  failure_code: string | null;
  failure_en: string | null;
  failure_zh: string | null;
  waiting_code: string | null;
  waiting_en: string | null;
  waiting_zh: string | null;
  version: number;
  created_at: Date;
  updated_at: Date;
};

export type ReserveEntry = { settlement_id: Id<"stl">; amount: bigint; release_on: Date };

const plain = (row: Record<string, unknown>) =>
  Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? value.toString() : value]),
  );

/**
 * A settlement for the commit that makes it. Sums of the lines are counted by the writer from the very rows it takes;
 * `reserved` and `released` are what the same commit moves.
 */
export const settlementWrite = (write: {
  settlement: Omit<
    SettlementRow,
    | "carried_over"
    | "carried_forward"
    | "payments"
    | "fees"
    | "refunds"
    | "disputes"
    | "returned_payouts"
    | "adjustments"
  >;
  payout: PayoutRow | null;
  reserve: { amount: bigint; release_on: Date } | null;
  releases: readonly string[];
}): WrittenRow => {
  const { settlement, payout, reserve, releases } = write;
  const { id: settlement_id, merchant_id, livemode, currency } = settlement;
  return {
    writer: "merchants.write_settlements",
    row: {
      settlement: plain(settlement),
      releases,
      ...(payout ? { payout: plain(payout) } : {}),
      ...(reserve ? { reserve: plain({ settlement_id, merchant_id, livemode, currency, ...reserve }) } : {}),
    },
  };
};

export const payoutWrite = (payout: PayoutRow): WrittenRow => ({
  writer: "merchants.write_settlements",
  row: { payout: plain(payout) },
});

export const bookGuard = ({ merchantId, livemode, currency }: Book, version: number) => ({
  check: "merchants.stale_settlement_book",
  id: `${merchantId} ${livemode} ${currency}`,
  arg: { merchantId, livemode, currency, version },
});

/** What a settlement up to a moment would take, minor units. */
export type Due = {
  version: number;
  carriedOver: bigint;
  settledTo: Date | null;
  /** Net of all that is due, payouts and what this settlement itself keeps back or releases not among it. */
  net: bigint;
  lines: number;
  /** Of `net`, payments less their fees. */
  charges: bigint;
  /** Payments less fees that stay pending. */
  notYet: bigint;
  /** Reserves whose time is over. */
  releases: ReserveEntry[];
};

export async function selectDue(db: Db, book: Book, until: Date): Promise<Due> {
  const of = [book.merchantId, book.livemode, book.currency];
  const [[state], [sums], releases] = await Promise.all([
    db.query<{ carried_over: bigint; version: number; settled_to: Date | null }>(
      "SELECT carried_over, version, settled_to FROM merchants.settlement_book WHERE merchant_id = $1 AND livemode = $2 AND currency = $3",
      of,
    ),
    db.query<{ net: bigint; lines: bigint; charges: bigint; not_yet: bigint }>(
      `SELECT coalesce(sum(net) FILTER (WHERE due), 0)::bigint AS net, count(*) FILTER (WHERE due) AS lines,
              coalesce(sum(net) FILTER (WHERE due AND type = 'charge'), 0)::bigint AS charges,
              coalesce(sum(net) FILTER (WHERE NOT due AND type = 'charge'), 0)::bigint AS not_yet
         FROM (SELECT type, net, coalesce(available_on, created_at) <= $4 AS due FROM merchants.balance_transaction
                WHERE merchant_id = $1 AND livemode = $2 AND currency = $3 AND settlement_id IS NULL AND type <> 'payout') AS open`,
      [...of, until],
    ),
    db.query<ReserveEntry>(
      `SELECT settlement_id, amount, release_on FROM merchants.reserve_entry
        WHERE merchant_id = $1 AND livemode = $2 AND currency = $3 AND released_by IS NULL AND release_on <= $4 ORDER BY release_on, settlement_id`,
      [...of, until],
    ),
  ]);
  return {
    version: state?.version ?? 0,
    carriedOver: state?.carried_over ?? 0n,
    settledTo: state?.settled_to ?? null,
    net: sums?.net ?? 0n,
    lines: Number(sums?.lines ?? 0n),
    charges: sums?.charges ?? 0n,
    notYet: sums?.not_yet ?? 0n,
    releases,
  };
}

/** Books in which there may be something to settle at a moment; those waiting longest first. */
export function selectBooksWithWork(db: Db, at: Date, limit: number): Promise<Book[]> {
  return db.query<Book>(
    `SELECT merchant_id AS "merchantId", livemode, currency FROM (
       SELECT merchant_id, livemode, currency, min(coalesce(available_on, created_at)) AS since FROM merchants.balance_transaction
        WHERE settlement_id IS NULL AND type <> 'payout' AND coalesce(available_on, created_at) <= $1 GROUP BY 1, 2, 3
       UNION ALL
       SELECT merchant_id, livemode, currency, release_on FROM merchants.reserve_entry WHERE released_by IS NULL AND release_on <= $1
       UNION ALL
       SELECT merchant_id, livemode, currency, settled_to FROM merchants.settlement_book WHERE carried_over > 0
     ) AS work GROUP BY 1, 2, 3 ORDER BY min(since) NULLS FIRST, 1, 2, 3 LIMIT $2`,
    [at, limit],
  );
}

export async function selectPayout(db: Db, id: string): Promise<PayoutRow | undefined> {
  return (await db.query<PayoutRow>("SELECT * FROM merchants.payout WHERE id = $1", [id]))[0];
}
export async function selectPayoutOf(db: Db, paymentId: string): Promise<PayoutRow | undefined> {
  return (await db.query<PayoutRow>("SELECT * FROM merchants.payout WHERE payment_id = $1", [paymentId]))[0];
}
export async function selectSettlement(db: Db, id: string): Promise<SettlementRow | undefined> {
  return (await db.query<SettlementRow>("SELECT * FROM merchants.settlement WHERE id = $1", [id]))[0];
}

type Page = { cursor?: string | undefined; limit: number };

export function selectPayouts(
  db: Db,
  of: MerchantMode,
  filter: Page & {
    status?: string | undefined;
    currency?: string | undefined;
    from?: string | undefined;
    to?: string | undefined;
  },
): Promise<PayoutRow[]> {
  return db.query<PayoutRow>(
    `SELECT * FROM merchants.payout WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3)
        AND ($4::text IS NULL OR status = $4) AND ($5::text IS NULL OR currency = $5)
        AND ($6::timestamptz IS NULL OR created_at >= $6) AND ($7::timestamptz IS NULL OR created_at < $7)
      ORDER BY id DESC LIMIT $8`,
    [
      of.merchantId,
      of.livemode,
      filter.cursor ?? null,
      filter.status ?? null,
      filter.currency ?? null,
      filter.from ?? null,
      filter.to ?? null,
      filter.limit,
    ],
  );
}

export function selectSettlements(
  db: Db,
  of: MerchantMode,
  filter: Page & { currency?: string | undefined; date?: string | undefined; oldestFirst?: boolean },
): Promise<SettlementRow[]> {
  return db.query<SettlementRow>(
    `SELECT * FROM merchants.settlement WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR id < $3)
        AND ($4::text IS NULL OR currency = $4) AND ($5::date IS NULL OR date = $5)
      ORDER BY id ${filter.oldestFirst ? "ASC" : "DESC"} LIMIT $6`,
    [
      of.merchantId,
      of.livemode,
      filter.cursor ?? null,
      filter.currency ?? null,
      filter.date ?? null,
      filter.limit,
    ],
  );
}
