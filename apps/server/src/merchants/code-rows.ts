import type { Code } from "@jinqiao/contract";
import { type Currency, type Id, toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { Db } from "../platform/db.ts";
import { type CodeLimit, codeLimitOf } from "./code-limits.ts";

export type LocalName = { en: string; zh: string };
export type CodeRow = {
  id: Id<"qrc">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  store_id: Id<"sto"> | null;
  till_id: Id<"til"> | null;
  label: string | null;
  currency: Currency;
  country: string;
  merchant_name: LocalName;
  store_name: LocalName;
  payload: string;
  link: string;
  status: "active" | "revoked";
  replaced_by: Id<"qrc"> | null;
  revoked_at: Date | null;
  version: number;
  created_at: Date;
};
export type CodeView = z.input<typeof Code>;

export function codeView(row: CodeRow): CodeView {
  return {
    object: "code",
    id: row.id,
    livemode: row.livemode,
    createdAt: row.created_at.toISOString(),
    version: row.version,
    status: row.status,
    storeId: row.store_id,
    tillId: row.till_id,
    label: row.label,
    merchantName: row.merchant_name,
    storeName: row.store_name,
    currency: row.currency,
    payload: row.payload,
    link: row.link,
    limits: limitsView(codeLimitOf("static", row.country, row.currency), row.currency),
    replacedBy: row.replaced_by,
    revokedAt: row.revoked_at?.toISOString() ?? null,
  };
}

export function limitsView(limit: CodeLimit, currency: Currency) {
  const money = (minor: bigint | null) => (minor === null ? null : toWire({ minor, currency }));
  return {
    perPayment: money(limit.perPayment),
    perPayerPerDay: money(limit.perPayerPerDay),
    source: limit.source,
  };
}

/** Whose codes, and in which of the merchant's two worlds. */
export type CodeOwner = { merchantId: string; livemode: boolean };

export async function selectCode(db: Db, id: string): Promise<CodeRow | undefined> {
  return (await db.query<CodeRow>("SELECT * FROM merchants.code WHERE id = $1", [id]))[0];
}

export function selectCodes(
  db: Db,
  owner: CodeOwner,
  filter: {
    storeId?: string | undefined;
    status?: string | undefined;
    before?: string | undefined;
    limit: number;
  },
): Promise<CodeRow[]> {
  return db.query<CodeRow>(
    `SELECT * FROM merchants.code
      WHERE merchant_id = $1 AND livemode = $2 AND ($3::text IS NULL OR store_id = $3)
        AND ($4::text IS NULL OR status = $4) AND ($5::text IS NULL OR id < $5)
      ORDER BY id DESC LIMIT $6`,
    [
      owner.merchantId,
      owner.livemode,
      filter.storeId ?? null,
      filter.status ?? null,
      filter.before ?? null,
      filter.limit,
    ],
  );
}
