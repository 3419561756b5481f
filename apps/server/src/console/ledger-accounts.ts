import * as contract from "@jinqiao/contract";
import { type Id, toWire } from "@jinqiao/money";
import { requirePermission } from "../identity/index.ts";
import type { AccountRef, BalanceRow, Ledger } from "../ledger/index.ts";
import { Refusal } from "../platform/errors.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";

/** One account of the books after another: what it is, what stood on it at a moment, and its entries. */
export function ledgerAccountRoutes(deps: { ledger: Ledger }): RouteHandler[] {
  return [
    handle(contract.getLedgerAccount, async ({ staff, query }) => {
      const { at } = query;
      const row = await find(deps.ledger, staff, query);
      const account = { code: row.code, currency: row.currency };
      const then = at === undefined ? null : await deps.ledger.balanceAt(account, new Date(at));
      const money = (minor: bigint) => toWire({ minor, currency: row.currency });
      return {
        account: row.code,
        currency: row.currency,
        kind: row.kind,
        status: row.status,
        balance: money(row.balance),
        held: money(row.held),
        at: at ?? null,
        balanceAt: then === null ? null : money(then),
      };
    }),

    handle(contract.listLedgerEntries, async ({ staff, query }) => {
      const row = await find(deps.ledger, staff, query);
      const account: AccountRef = { code: row.code, currency: row.currency };
      const { lines, next } = await deps.ledger.entries(account, {
        limit: query.limit ?? 50,
        ...(query.before === undefined ? {} : { to: new Date(query.before) }),
        ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
      });
      const money = (minor: bigint) => toWire({ minor, currency: row.currency });
      return {
        items: lines.map((line) => ({
          sequence: line.sequence.toString(),
          at: line.at.toISOString(),
          transferId: line.transferId as Id<"trf">,
          kind: line.kind,
          subject: line.subject,
          direction: isDebit(row, line.amount) ? ("debit" as const) : ("credit" as const),
          amount: money(line.amount < 0n ? -line.amount : line.amount),
          balanceAfter: money(line.balance),
          counterparty: line.counterparty,
        })),
        nextCursor: next,
      };
    }),
  ];
}

/**
 * The account, where this member of staff may read it: who only looks sees the operator's own books, and of customers
 * and merchants their sum.
 * @throws Refusal `identity.not_allowed`, `request.not_found`
 */
async function find(
  ledger: Ledger,
  staff: contract.Staff,
  query: { account: string; currency: string },
): Promise<BalanceRow> {
  if (/^(customer|merchant|reserve):/.test(query.account)) requirePermission(staff, "books.personal");
  const rows = await ledger.balances(query.account);
  const row = rows.find(({ currency }) => currency === query.currency);
  if (row === undefined) throw new Refusal("request.not_found");
  return row;
}

/** Debits raise assets and expenses and lower the others; `amount` is in the account's normal direction. */
function isDebit(account: BalanceRow, amount: bigint): boolean {
  const raisedByDebit = account.kind === "asset" || account.kind === "expense";
  return amount > 0n === raisedByDebit;
}
