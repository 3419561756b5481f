import * as contract from "@jinqiao/contract";
import { type Currency, currencyCodes, exponentOf, type Id, toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { Ledger } from "../ledger/index.ts";
import type { Db } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import { accountsOf } from "./books.ts";
import type { BalanceTransactionRow } from "./rows.ts";
import * as sql from "./sql.ts";
import type { BalanceOf } from "./types.ts";

const longestMs = 400 * 86_400_000;

const freeOf = (row: { balance: bigint; held: bigint } | undefined): bigint =>
  row ? row.balance - row.held : 0n;

/** What a merchant has, how it came to it, and what it took. */
export function createBalance({ db, ledger }: { db: Db; ledger: Pick<Ledger, "balances"> }) {
  async function of(merchantId: string, livemode: boolean): Promise<BalanceOf[]> {
    const codes = accountsOf(merchantId, livemode)("XXX");
    const rowsOf = async ({ code }: { code: string }) =>
      new Map((await ledger.balances(code)).map((row) => [row.currency, row]));
    const [pending, available, reserve, owed] = await Promise.all([
      rowsOf(codes.pending),
      rowsOf(codes.available),
      rowsOf(codes.reserve),
      rowsOf(codes.receivable),
    ]);
    const all = [pending, available, reserve, owed];
    const currencies = [...new Set(all.flatMap((rows) => [...rows.keys()]))].sort();
    return currencies.map((currency) => ({
      currency,
      pending: pending.get(currency)?.balance ?? 0n,
      available: available.get(currency)?.balance ?? 0n,
      reserve: reserve.get(currency)?.balance ?? 0n,
      held: available.get(currency)?.held ?? 0n,
      free: {
        available: freeOf(available.get(currency)),
        pending: freeOf(pending.get(currency)),
        reserve: freeOf(reserve.get(currency)),
      },
      owed: owed.get(currency)?.balance ?? 0n,
    }));
  }

  function viewOf(row: BalanceTransactionRow): z.input<typeof contract.BalanceTransaction> {
    const money = (minor: bigint) => toWire({ minor, currency: row.currency });
    return {
      object: "balance_transaction",
      id: row.id,
      livemode: row.livemode,
      createdAt: row.created_at.toISOString(),
      version: 1,
      type: row.type,
      amount: money(row.amount),
      fee: money(row.fee),
      net: money(row.net),
      source: row.source_id,
      storeId: row.store_id,
      status: row.settlement_id === null && row.type === "charge" ? "pending" : "available",
      availableOn: row.available_on?.toISOString() ?? null,
      settlement: row.settlement_id,
    };
  }

  const routes: RouteHandler[] = [
    handle(contract.getMerchantBalance, async ({ merchant: { merchantId, livemode } }) => ({
      object: "balance" as const,
      livemode,
      items: (await of(merchantId, livemode)).map(({ currency, ...parts }) => {
        const money = (minor: bigint) => toWire({ minor, currency });
        return {
          currency,
          pending: money(parts.pending),
          available: money(parts.available),
          reserve: money(parts.reserve),
          held: money(parts.held),
          owed: money(parts.owed),
        };
      }),
    })),
    handle(contract.listBalanceTransactions, async ({ merchant: { merchantId, livemode }, query }) => {
      const limit = query.limit ?? 20;
      const rows = await sql.selectBalanceTransactionPage(db, {
        ...query,
        merchantId,
        livemode,
        limit: limit + 1,
      });
      return {
        items: rows.slice(0, limit).map(viewOf),
        nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
      };
    }),
    handle(contract.getBalanceTransaction, async ({ merchant: { merchantId, livemode }, params }) => {
      const row = await sql.selectBalanceTransaction(db, params.balanceTransactionId);
      if (row?.merchant_id !== merchantId || row.livemode !== livemode)
        throw new Refusal("request.not_found");
      return viewOf(row);
    }),
    handle(contract.getTakings, async ({ merchant: { merchantId, livemode }, query }) => {
      const { from, to, step, currency, storeId } = query;
      const length = Date.parse(to) - Date.parse(from);
      const fields = [
        ...(length <= 0 || length > longestMs ? [{ field: "to", code: "field.invalid" as const }] : []),
        ...(isTimeZone(query.timeZone ?? "UTC")
          ? []
          : [{ field: "timeZone", code: "field.time_zone" as const }]),
      ];
      if (fields.length > 0) throw new Refusal("request.invalid", { fields });
      const rows = await sql.selectTakings(db, {
        merchantId,
        livemode,
        from,
        to,
        step,
        timeZone: query.timeZone ?? "UTC",
        currency,
        storeId,
        byStore: query.byStore === "true",
      });
      return { from, to, ...takingsView(rows, query.byStore === "true") };
    }),
  ];
  return { of, viewOf, routes };
}

function takingsView(rows: readonly sql.TakingsRow[], byStore: boolean) {
  const totals = new Map<
    string,
    { payments: bigint; gross: bigint; fees: bigint; refunds: bigint; refunded: bigint }
  >();
  for (const row of rows) {
    const sum = totals.get(row.currency) ?? { payments: 0n, gross: 0n, fees: 0n, refunds: 0n, refunded: 0n };
    totals.set(row.currency, {
      payments: sum.payments + row.payments,
      gross: sum.gross + row.gross,
      fees: sum.fees + row.fees,
      refunds: sum.refunds + row.refunds,
      refunded: sum.refunded + row.refunded,
    });
  }
  return {
    totals: [...totals].sort().map(([currency, sum]) => {
      const money = (minor: bigint) => toWire({ minor, currency });
      return {
        currency,
        payments: Number(sum.payments),
        gross: money(sum.gross),
        fees: money(sum.fees),
        refunds: Number(sum.refunds),
        refunded: money(sum.refunded),
        net: money(sum.gross - sum.refunded - sum.fees),
      };
    }),
    steps: rows.map((row) => {
      const money = (minor: bigint) => toWire({ minor, currency: row.currency });
      return {
        at: row.at.toISOString(),
        currency: row.currency,
        storeId: byStore && row.store_id !== "" ? (row.store_id as Id<"sto">) : null,
        payments: Number(row.payments),
        gross: money(row.gross),
        fees: money(row.fees),
        refunds: Number(row.refunds),
        refunded: money(row.refunded),
      };
    }),
  };
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** What a text such as `12.50` may mean in minor units, by currency. */
export function amountsIn(text: string): { currency: string; minor: string }[] {
  const match = /^(\d{1,12})(?:\.(\d{1,4}))?$/.exec(text);
  if (match === null) return [];
  const [, whole = "0", fraction = ""] = match;
  return currencyCodes.flatMap((currency) => {
    const exponent = exponentOf(currency as Currency);
    if (fraction.length > exponent) return [];
    return [{ currency, minor: BigInt(whole + fraction.padEnd(exponent, "0")).toString() }];
  });
}
