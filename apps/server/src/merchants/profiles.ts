import type { FeeTerms } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { createLookup } from "../platform/lookup.ts";
import { createMemory, type Memory } from "../platform/memory.ts";
import type { MerchantMode } from "./types.ts";

/** What a payment needs to know of its merchant. */
export type MerchantProfile = {
  id: Id<"mer">;
  /** What payers see: both names, or the one where they are the same. */
  name: string;
  /** ISO 3166-1 alpha-2: whose law limits payments by code. */
  country: string;
  /** Whether it takes real money. */
  active: boolean;
  terms: FeeTerms;
  /** IANA name: cut-offs are its hours. */
  timeZone: string;
  /** What it took this month (UTC) by currency, minor units; empty where its plan has no tiers. */
  volumes: ReadonlyMap<string, bigint>;
};

type ProfileRow = {
  id: Id<"mer">;
  status: string;
  country: string;
  trading_name_en: string;
  trading_name_zh: string;
  time_zone: string;
  terms: FeeTerms;
};

/** A name in both languages in one line of text. */
export const bothNames = ({ en, zh }: { en: string; zh: string }): string => (en === zh ? zh : `${zh} ${en}`);

export type Profiles = {
  /** @throws Refusal `request.not_found` */
  of(merchant: MerchantMode): Promise<MerchantProfile>;
  /** @throws Refusal `merchant.not_active` of a live payment to a merchant that takes none */
  requireActive(profile: MerchantProfile, livemode: boolean): void;
  /** Names of stores as payers see them. */
  storeNames(storeIds: readonly string[]): Promise<Map<string, string>>;
  /** @throws Refusal `request.not_found` for a store, till or customer that is not the merchant's own */
  requireOwn(
    merchant: MerchantMode,
    ids: { storeId?: string | undefined; tillId?: string | undefined; customer?: string | undefined },
  ): Promise<void>;
};

/** What is remembered of merchants: a suspension or another fee plan holds at once all the same (migration 010). */
export type ProfileMemory = Memory<ProfileRow>;
export const createProfileMemory = (db: Db): ProfileMemory => createMemory(db, "merchant_changed");

export function createProfiles({
  db,
  clock,
  memory,
}: {
  db: Db;
  clock: Clock;
  memory: ProfileMemory;
}): Profiles {
  // One query for all who ask in the same moment.
  const read = createLookup(async (merchantIds) => {
    const rows = await db.query<ProfileRow>(
      `SELECT m.id, m.status, m.country, m.trading_name_en, m.trading_name_zh, m.time_zone, p.terms
         FROM merchants.merchant m
        CROSS JOIN LATERAL (
          SELECT plan_id FROM merchants.fee_plan_of o WHERE o.merchant_id = m.id AND o.from_at <= $2 ORDER BY o.from_at DESC LIMIT 1
        ) AS o JOIN merchants.fee_plan p ON p.id = o.plan_id
        WHERE m.id = ANY ($1::text[])`,
      [merchantIds, clock.now()],
      "merchants.profiles",
    );
    return new Map(rows.map((row) => [row.id as string, row]));
  });
  async function find(merchantId: string): Promise<ProfileRow | undefined> {
    const remembered = memory.find(merchantId);
    if (remembered !== undefined) return remembered;
    const { age } = memory;
    const row = await read(merchantId);
    if (row !== undefined) memory.keep(merchantId, row, age);
    return row;
  }
  /** Always read: the tier that a payment falls in depends on the payment before. */
  const volumesOf = createLookup(async (asked) => {
    const rows = await db.query<{ asked: string; volumes: Record<string, string> }>(
      `SELECT q.asked, jsonb_object_agg(v.currency, v.gross::text) AS volumes
         FROM unnest($1::text[]) AS q (asked)
         JOIN merchants.volume v ON v.merchant_id = split_part(q.asked, '/', 1) AND v.livemode = (q.asked LIKE '%/live')
          AND v.month = date_trunc('month', $2::timestamptz AT TIME ZONE 'UTC')::date
        GROUP BY q.asked`,
      [asked, clock.now()],
      "merchants.volumes",
    );
    return new Map(rows.map((row) => [row.asked, row.volumes]));
  });

  return {
    async of({ merchantId, livemode }) {
      const row = await find(merchantId);
      if (row === undefined) throw new Refusal("request.not_found");
      const tiered = row.terms.rates.some(({ tiers }) => tiers.length > 1);
      const volumes = tiered ? await volumesOf(`${merchantId}/${livemode ? "live" : "test"}`) : undefined;
      return {
        id: row.id,
        name: bothNames({ en: row.trading_name_en, zh: row.trading_name_zh }),
        country: row.country,
        active: row.status === "active",
        terms: row.terms,
        timeZone: row.time_zone,
        volumes: new Map(Object.entries(volumes ?? {}).map(([currency, text]) => [currency, BigInt(text)])),
      };
    },
    requireActive(profile, livemode) {
      if (livemode && !profile.active) throw new Refusal("merchant.not_active");
    },
    async storeNames(storeIds) {
      if (storeIds.length === 0) return new Map();
      const rows = await db.query<{ id: string; name_en: string; name_zh: string }>(
        "SELECT id, name_en, name_zh FROM merchants.store WHERE id = ANY ($1)",
        [storeIds],
      );
      return new Map(rows.map((row) => [row.id, bothNames({ en: row.name_en, zh: row.name_zh })]));
    },
    async requireOwn({ merchantId, livemode }, { storeId, tillId, customer }) {
      if (storeId === undefined && tillId === undefined && customer === undefined) return;
      const [found] = await db.query<{ own: boolean }>(
        `SELECT ($2::text IS NULL OR EXISTS (SELECT FROM merchants.store WHERE id = $2 AND merchant_id = $1 AND status = 'active'))
            AND ($3::text IS NULL OR EXISTS (SELECT FROM merchants.till WHERE id = $3 AND merchant_id = $1 AND status = 'active'
                                                AND ($2::text IS NULL OR store_id = $2)))
            AND ($4::text IS NULL OR EXISTS (SELECT FROM merchants.shopper WHERE id = $4 AND merchant_id = $1 AND livemode = $5
                                                AND deleted_at IS NULL)) AS own`,
        [merchantId, storeId ?? null, tillId ?? null, customer ?? null, livemode],
      );
      if (found?.own !== true) throw new Refusal("request.not_found");
    },
  };
}
