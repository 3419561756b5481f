import type { FeeTerms } from "@jinqiao/contract";
import type { Banks } from "../banks/index.ts";
import type { Db } from "../platform/db.ts";
import type { Vault } from "../vault/index.ts";
import { availableOn, lastCutOff, nextCutOff, type SettlementCalendar } from "./settlement-calendar.ts";
import { createShopRows, type MerchantRecord, type SettlementAccountRecord } from "./shop-data.ts";

/** By what a merchant's money is settled at a moment. */
export type SettlementTerms = {
  merchant: MerchantRecord;
  calendar: SettlementCalendar;
  /** Part of every settlement that is kept back, hundredths of a percent, for so many days. */
  reserve: { basisPoints: number; days: number } | null;
};

export type TermsDeps = {
  db: Db;
  vault: Vault;
  banks: Pick<Banks, "list" | "custody" | "config">;
};

export type TermsOf = {
  /** Undefined for a merchant that does not exist. */
  of(merchantId: string, currency: string, at: Date): Promise<SettlementTerms | undefined>;
  /** The account that payouts of a currency go to at a moment: verified, and past its waiting time. */
  accountOf(merchantId: string, currency: string, at: Date): Promise<SettlementAccountRecord | undefined>;
  accountById(accountId: string): Promise<SettlementAccountRecord | undefined>;
};

/** Days on which the bank that keeps a currency's money books nothing. */
function holidaysOf(banks: TermsDeps["banks"], currency: string): readonly string[] {
  const bank = banks.list().find(({ id }) => banks.custody(id, currency) !== undefined);
  return (bank && banks.config(bank.id)?.holidays) ?? [];
}

/**
 * When money that is taken at a moment becomes available. It is asked for with every payment, so the answer is kept for
 * all moments between two cut-offs of the same calendar.
 */
export function createSettlementClock({ banks }: Pick<TermsDeps, "banks">) {
  const known = new Map<string, { fromMs: number; untilMs: number; available: Date }>();
  return (
    settlement: FeeTerms["settlement"],
    { timeZone, currency, at }: { timeZone: string; currency: string; at: Date },
  ): Date => {
    const name = `${timeZone} ${settlement.cutOffHour} ${settlement.delayDays} ${currency}`;
    const atMs = at.getTime();
    const found = known.get(name);
    if (found && found.fromMs <= atMs && atMs < found.untilMs) return found.available;
    const calendar = { timeZone, ...settlement, holidays: holidaysOf(banks, currency) };
    const available = availableOn(calendar, at);
    known.set(name, {
      fromMs: lastCutOff(calendar, at).getTime(),
      untilMs: nextCutOff(calendar, at).getTime(),
      available,
    });
    return available;
  };
}

export function createTerms(deps: TermsDeps): TermsOf {
  const rows = createShopRows(deps.vault);

  return {
    async of(merchantId, currency, at) {
      const [[found], [plan]] = await Promise.all([
        deps.db.query("SELECT * FROM merchants.merchant WHERE id = $1", [merchantId]),
        deps.db.query<{ terms: FeeTerms }>(
          `SELECT p.terms FROM merchants.fee_plan p LEFT JOIN merchants.fee_plan_of o ON o.plan_id = p.id AND o.merchant_id = $1 AND o.from_at <= $2
            WHERE o.merchant_id IS NOT NULL OR p.key = 'standard'
            ORDER BY o.from_at DESC NULLS LAST, p.version DESC LIMIT 1`,
          [merchantId, at],
        ),
      ]);
      if (found === undefined || plan === undefined) return undefined;
      const merchant = rows.toMerchant(found);
      const { settlement, reserve } = plan.terms;
      return {
        merchant,
        calendar: { timeZone: merchant.timeZone, ...settlement, holidays: holidaysOf(deps.banks, currency) },
        reserve,
      };
    },
    async accountOf(merchantId, currency, at) {
      const [row] = await deps.db.query(
        "SELECT * FROM merchants.settlement_account WHERE merchant_id = $1 AND currency = $2 AND status = 'verified' AND usable_from <= $3",
        [merchantId, currency, at],
      );
      return row && rows.toAccount(row);
    },
    async accountById(accountId) {
      const [row] = await deps.db.query("SELECT * FROM merchants.settlement_account WHERE id = $1", [
        accountId,
      ]);
      return row && rows.toAccount(row);
    },
  };
}
