import type { MerchantSettlement, Payout } from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { PayoutRow, SettlementRow } from "./settlement-rows.ts";

export type PayoutView = z.input<typeof Payout>;
export type SettlementView = z.input<typeof MerchantSettlement>;

/** @param settlement adds the arithmetic; lists and events go without */
export function payoutView(row: PayoutRow, settlement?: SettlementRow): PayoutView {
  const money = (minor: bigint) => toWire({ minor, currency: row.currency });
  const said = (code: string | null, en: string | null, zh: string | null) =>
    code === null ? null : { code, text: { en: en ?? "", zh: zh ?? "" } };
  return {
    object: "payout",
    id: row.id,
    livemode: row.livemode,
    createdAt: row.created_at.toISOString(),
    version: row.version,
    amount: money(row.amount),
    status: row.status,
    automatic: row.automatic,
    settlement: row.settlement_id,
    settlementAccount:
      row.settlement_account_id === null
        ? null
        : { id: row.settlement_account_id, maskedNumber: row.masked_number ?? "" },
    reference: row.reference,
    expectedAt: row.expected_at?.toISOString() ?? null,
    returned: row.returned === 0n ? null : money(row.returned),
    failure: said(row.failure_code, row.failure_en, row.failure_zh),
    waiting: said(row.waiting_code, row.waiting_en, row.waiting_zh),
    components: settlement ? componentsOf(settlement) : null,
    updatedAt: row.updated_at.toISOString(),
  };
}

export function settlementView(row: SettlementRow): SettlementView {
  const money = (minor: bigint) => toWire({ minor, currency: row.currency });
  return {
    object: "settlement",
    id: row.id,
    livemode: row.livemode,
    createdAt: row.created_at.toISOString(),
    version: row.version,
    currency: row.currency,
    cutOffAt: row.cut_off_at.toISOString(),
    date: row.date,
    automatic: row.automatic,
    moved: money(row.moved),
    recovered: money(row.recovered),
    lines: row.lines,
    components: componentsOf(row),
    payout: row.payout_id,
    withheld: row.withheld,
  };
}

function componentsOf(row: SettlementRow): NonNullable<PayoutView["components"]> {
  const money = (minor: bigint) => toWire({ minor, currency: row.currency });
  return {
    carriedOver: money(row.carried_over),
    payments: money(row.payments),
    fees: money(row.fees),
    refunds: money(row.refunds),
    disputes: money(row.disputes),
    returnedPayouts: money(row.returned_payouts),
    adjustments: money(row.adjustments),
    reserved: money(row.reserved),
    released: money(row.released),
    payout: money(row.payout),
    carriedForward: money(row.carried_forward),
  };
}
