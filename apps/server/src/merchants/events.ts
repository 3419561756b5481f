import type { MerchantEventType } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import type { Ids } from "../platform/ids.ts";
import { type PersonalTable, personalData, type Vault } from "../vault/index.ts";
import type { WrittenRow } from "./rows.ts";

export type { MerchantEventType } from "@jinqiao/contract";

/** Where events keep the object as it was, sealed: it may name payers. */
export const eventData = {
  table: "merchants.event",
  id: "id",
  columns: ["data"],
} as const satisfies PersonalTable;

/** An event as stored; `seq` grows, and gaps are possible. */
export type MerchantEventRow = {
  seq: bigint;
  id: Id<"evt">;
  merchant_id: Id<"mer">;
  livemode: boolean;
  type: MerchantEventType;
  object_id: string;
  object_version: number;
  data_sealed: string;
  created_at: Date;
};

export type MerchantEventDraft = {
  merchantId: string;
  livemode: boolean;
  type: MerchantEventType;
  /** The object as the API shows it; a receiver tells newer from older by its `version`. */
  object: { id: string; version: number };
};

/**
 * The row of one event, for the commit that makes it true (`rows: [..., eventRow(deps, draft)]`). The writer wakes who
 * delivers.
 */
export function eventRow(
  { ids, vault, now }: { ids: Ids; vault: Vault; now: Date },
  { merchantId, livemode, type, object }: MerchantEventDraft,
): WrittenRow {
  const id = ids.next("evt");
  return {
    writer: "merchants.write_events",
    row: {
      id,
      merchant_id: merchantId,
      livemode,
      type,
      object_id: object.id,
      object_version: object.version,
      data_sealed: personalData(vault, eventData).seal("data", { id }, JSON.stringify(object)),
      created_at: now,
    },
  };
}

/** The object of an event, as it was when the event happened. */
export function eventObject(vault: Vault, row: Pick<MerchantEventRow, "id" | "data_sealed">): unknown {
  return JSON.parse(personalData(vault, eventData).open("data", { id: row.id }, row.data_sealed, "null"));
}
