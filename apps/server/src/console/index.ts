import * as contract from "@jinqiao/contract";
import { AmountError, currencyCodes, parseDecimal, toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { Banks } from "../banks/index.ts";
import { lookHoldsMs } from "../identity/index.ts";
import type { EntryRow, Ledger, TrialBalanceRow } from "../ledger/index.ts";
import { consoleRouteView, type Payments } from "../payments/index.ts";
import type { Clock } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { JobHandlers } from "../platform/jobs.ts";
import type { Settlement } from "../settlement/index.ts";
import { ledgerAccountRoutes } from "./ledger-accounts.ts";
import { type SecurityDeps, securityRoutes } from "./security.ts";
import { createTwoPeople, type TwoPeopleDeps } from "./two-people.ts";

export type ConsoleDeps = Pick<SecurityDeps, "keys" | "staffWithoutPasskey"> &
  TwoPeopleDeps & {
    clock: Clock;
    ledger: Ledger;
    banks: Banks;
    payments: Payments;
    settlement: Settlement;
  };

/** Pages for bank staff that join what several modules know. They write who looked at what, and what two people decide about keys and erasing. */
export function createConsole(deps: ConsoleDeps): { routes: RouteHandler[]; jobs: JobHandlers } {
  const twoPeople = createTwoPeople(deps);
  return {
    jobs: twoPeople.jobs,
    routes: [
      handle(contract.listConsolePayments, async ({ staff, query }) => {
        const limit = query.limit ?? 30;
        const text = query.q?.trim();
        if (query.customerId !== undefined) await deps.identity.looks.require(staff, query.customerId);
        const rows = await deps.payments.list({
          customerId: query.customerId,
          kind: query.kind,
          status: query.status,
          cursor: query.cursor,
          search: text ? { text, amount: amountIn(text) } : undefined,
          limit: limit + 1,
        });
        const shown = rows.slice(0, limit);
        const views = await deps.payments.staffViews(staff, shown);
        return {
          items: shown.map((row, index) => ({
            ...(views[index] as (typeof views)[number]),
            customerId: row.customer_id,
          })),
          nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null,
        };
      }),

      handle(contract.getConsolePayment, async ({ staff, params, clientIp }) => {
        const payment = await deps.payments.byId(params.paymentId);
        if (payment === undefined) throw new Refusal("request.not_found");
        await deps.db.transaction((tx) =>
          deps.identity.audit.recordOnce(
            tx,
            {
              actor: { kind: "staff", id: staff.id },
              action: "payment.viewed",
              subject: payment.id,
              from: clientIp,
            },
            lookHoldsMs,
          ),
        );
        const [views, entries, holds, bankMessages, statementLines, breakIds, recall] = await Promise.all([
          deps.payments.staffViews(staff, [payment]),
          deps.ledger.entriesOf(payment.id),
          deps.ledger.holdsOf(payment.id),
          deps.banks.messagesOf(payment.id),
          deps.settlement.linesOf(staff, payment.id),
          deps.settlement.breakIdsOf(payment.id),
          deps.payments.recallOf(payment),
        ]);
        return {
          ...(views[0] as (typeof views)[number]),
          customerId: payment.customer_id,
          bankId: payment.bank_id,
          route: consoleRouteView(payment, deps.banks),
          holds: holds.map((hold) => ({
            id: hold.id,
            accountCode: hold.code,
            amount: toWire({ minor: hold.amount, currency: hold.currency }),
            status: hold.status,
            expiresAt: hold.expires_at.toISOString(),
            at: hold.at.toISOString(),
          })),
          transfers: transfersOf(entries),
          bankMessages,
          statementLines,
          breakIds,
          recall,
        };
      }),

      handle(contract.listConsoleCards, async ({ staff, params }) => {
        await deps.identity.looks.require(staff, params.customerId);
        const accounts = await deps.banks.linkedAccountsOf(params.customerId);
        return {
          items: accounts.flatMap(({ bindingId, bankId, maskedNumber, status }) =>
            bindingId === null || status !== "active"
              ? []
              : [
                  {
                    bindingId,
                    bankName: deps.banks.config(bankId)?.name ?? { en: bankId, zh: bankId },
                    maskedNumber,
                  },
                ],
          ),
          nextCursor: null,
        };
      }),

      handle(contract.listBankHealth, async () => ({
        items: deps.banks.list().map(({ id, name }) => {
          const { until, lastSuccessAt, lastFailureAt, ...figures } = deps.banks.healthFigures(id);
          return {
            bankId: id,
            bankName: name,
            dialect: deps.banks.config(id)?.connector ?? "",
            ...figures,
            certificates: deps.banks.certificates(id).map(({ use, subject, validTo, state }) => ({
              use,
              subject: subject.replaceAll("\n", ", "),
              validTo: validTo.toISOString(),
              state,
            })),
            until: until?.toISOString() ?? null,
            lastSuccessAt: lastSuccessAt?.toISOString() ?? null,
            lastFailureAt: lastFailureAt?.toISOString() ?? null,
          };
        }),
      })),

      handle(contract.getTrialBalance, async () => {
        const rows = Map.groupBy(await deps.ledger.trialBalance(), (row) => row.currency);
        return {
          asOf: deps.clock.now().toISOString(),
          currencies: [...rows].map(([currency, all]) => {
            const accounts = all.filter((row) => !row.branch);
            const money = (minor: bigint) => toWire({ minor, currency });
            const sum = (pick: (row: (typeof accounts)[number]) => bigint) =>
              accounts.reduce((total, row) => total + pick(row), 0n);
            const sums = (row: TrialBalanceRow) => ({
              account: row.account,
              accounts: Number(row.accounts),
              debit: money(row.net_debit > 0n ? row.net_debit : 0n),
              credit: money(row.net_debit < 0n ? -row.net_debit : 0n),
            });
            const debit = sum((row) => (row.net_debit > 0n ? row.net_debit : 0n));
            const credit = sum((row) => (row.net_debit < 0n ? -row.net_debit : 0n));
            const assets = sum((row) => (row.owed !== 0n && row.kind === "asset" ? row.owed : 0n));
            const owed = sum((row) => (row.owed !== 0n && row.kind === "liability" ? -row.owed : 0n));
            return {
              currency,
              rows: accounts.map((row) => ({ ...sums(row), kind: row.kind })),
              branches: all
                .filter((row) => row.branch)
                .map((row) => ({ ...sums(row), kind: row.kind }))
                .sort((a, b) => (a.account < b.account ? -1 : 1)),
              totalDebit: money(debit),
              totalCredit: money(credit),
              difference: money(debit - credit),
              safeguarding: {
                assets: money(assets),
                owed: money(owed),
                surplus: money(assets - owed),
                held: assets >= owed,
              },
            };
          }),
        };
      }),
      ...ledgerAccountRoutes(deps),
      ...securityRoutes(deps),
      ...twoPeople.routes,
    ],
  };
}

function transfersOf(entries: readonly EntryRow[]): z.input<typeof contract.LedgerTransfer>[] {
  return [...Map.groupBy(entries, (entry) => entry.transfer_id)].map(([id, rows]) => ({
    id,
    kind: rows[0]?.kind ?? "",
    at: (rows[0]?.at ?? new Date(0)).toISOString(),
    entries: rows.map((row) => ({
      accountCode: row.code,
      direction: row.amount > 0n ? ("debit" as const) : ("credit" as const),
      amount: toWire({ minor: row.amount > 0n ? row.amount : -row.amount, currency: row.currency }),
      balanceAfter: toWire({ minor: row.balance_after, currency: row.currency }),
    })),
  }));
}

/** The minor units that a typed number may mean, e.g. "120.50"; null for other text, and for more than a payment can be. */
function amountIn(text: string): bigint | null {
  const [amount = "", currency = "CNY"] = text.replaceAll(",", "").split(/\s+/);
  try {
    const minor = parseDecimal(amount, currencyCodes.includes(currency) ? currency : "CNY");
    return minor >= 0n && minor <= BigInt(Number.MAX_SAFE_INTEGER) ? minor : null;
  } catch (error) {
    if (error instanceof AmountError) return null;
    throw error;
  }
}
