import * as contract from "@jinqiao/contract";
import { toWire } from "@jinqiao/money";
import type { z } from "zod";
import type { PaymentRow } from "../payments/index.ts";
import { addDays, dateIn } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, event, type Subscriptions } from "../platform/events.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { Logger } from "../platform/logger.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import { actionsFor, needsTwo, resolveBreak } from "./breaks.ts";
import { type ReconcileDeps, reconcile } from "./reconcile.ts";
import type { BreakRow, LineRow, StatementCounts } from "./sql.ts";
import * as sql from "./sql.ts";

export const settlementMigrations: ModuleMigrations = {
  module: "settlement",
  folder: new URL("./migrations/", import.meta.url),
};

export type SettlementDeps = ReconcileDeps & { subscriptions: Subscriptions; logger: Logger };

/** Custody against the bank's statements: every line matched or a break, every break closed by a posting. */
export type Settlement = {
  /** Asks every bank for closed days not reconciled yet; answers the days done now. */
  fetchStatements(): Promise<string[]>;
  linesOf(paymentId: string): Promise<z.input<typeof contract.StatementLine>[]>;
  breakIdsOf(paymentId: string): Promise<string[]>;
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
};

export function createSettlement(deps: SettlementDeps): Settlement {
  /** At most so many days in one go; the next run takes up the rest. */
  const maxDays = 400;

  async function fetchOne(bankId: string, currency: string): Promise<string[]> {
    const done: string[] = [];
    const latest = await sql.selectLatest(deps.db, bankId, currency);
    const timeZone = deps.banks.config(bankId)?.timeZone ?? "UTC";
    let date = latest
      ? latest.ledger_closing === null
        ? latest.date
        : addDays(latest.date, 1)
      : await firstDay(bankId, currency, timeZone);
    for (let day = 0; day < maxDays; day += 1) {
      const statement = await deps.banks.custodyStatement(bankId, currency, date);
      if (statement === null) break;
      const reconciled = await reconcile(deps, bankId, statement);
      const counts = await sql.selectStatement(deps.db, reconciled.id);
      await deps.db.transaction((tx) =>
        emit(tx, deps.subscriptions, [
          event("statement.reconciled", { statementId: reconciled.id, breaks: Number(counts?.breaks ?? 0n) }),
        ]),
      );
      done.push(reconciled.id);
      date = addDays(date, 1);
    }
    return done;
  }

  /** Nothing of a custody account matters before the first payment through it. */
  async function firstDay(bankId: string, currency: string, timeZone: string): Promise<string> {
    return dateIn(timeZone, (await deps.payments.firstMadeAt(bankId, currency)) ?? deps.clock.now());
  }

  /** One bank's bad file, silence or slowness keeps no other's days waiting; the first failure is told at the end. */
  async function fetchStatements(): Promise<string[]> {
    const done: string[] = [];
    const failures: unknown[] = [];
    const fetchAll = async (bank: ReturnType<typeof deps.banks.list>[number]) => {
      for (const currency of bank.currencies) {
        try {
          done.push(...(await fetchOne(bank.id, currency)));
        } catch (error) {
          deps.logger.error({ bankId: bank.id, currency, err: error }, "custody statement not reconciled");
          failures.push(error);
        }
      }
    };
    await Promise.all(deps.banks.list().map(fetchAll));
    if (failures.length > 0 && done.length === 0) throw failures[0];
    return done;
  }

  const staffOnly = (role: string) => {
    if (role !== "operations") throw new Refusal("identity.not_allowed");
  };

  function statementView(row: StatementCounts): z.input<typeof contract.Statement> {
    const money = (minor: bigint) => toWire({ minor, currency: row.currency });
    return {
      id: row.id,
      bankId: row.bank_id,
      bankName: deps.banks.config(row.bank_id)?.name ?? { en: row.bank_id, zh: row.bank_id },
      currency: row.currency,
      maskedNumber: `•• ${row.iban.slice(-4)}`,
      date: row.date,
      opening: money(row.opening),
      closing: money(row.closing),
      ledgerClosing: money(row.ledger_closing ?? 0n),
      lines: row.lines,
      matched: Number(row.placed),
      breaks: Number(row.breaks),
      openBreaks: Number(row.open_breaks),
      receivedAt: row.received_at.toISOString(),
    };
  }

  function lineView(row: LineRow, currency: string): z.input<typeof contract.StatementLine> {
    return {
      id: row.id,
      statementId: row.statement_id,
      sequence: row.sequence,
      direction: row.direction,
      amount: toWire({ minor: row.amount, currency }),
      bookingDate: row.booking_date,
      valueDate: row.value_date,
      endToEndId: row.end_to_end_id,
      bankReference: row.bank_reference,
      counterpartyName: row.counterparty_name,
      remittance: row.remittance,
      status: row.break_id ? "break" : "matched",
      paymentId: row.payment_id,
      transferId: row.transfer_id,
      breakId: row.break_id,
    };
  }

  async function breakViews(rows: readonly BreakRow[]): Promise<z.input<typeof contract.Break>[]> {
    const lineIds = rows.flatMap((row) => (row.line_id ? [row.line_id] : []));
    const lines = new Map((await sql.selectLines(deps.db, { ids: lineIds })).map((line) => [line.id, line]));
    return Promise.all(
      rows.map(async (row) => {
        const payment = row.payment_id ? await deps.payments.byId(row.payment_id) : undefined;
        return breakView(row, payment, row.line_id ? lines.get(row.line_id) : undefined);
      }),
    );
  }

  function breakView(
    row: BreakRow,
    payment: PaymentRow | undefined,
    line: LineRow | undefined,
  ): z.input<typeof contract.Break> {
    const side = (minor: bigint) => ({
      amount: toWire({
        minor: row.kind === "closing_differs" || minor >= 0n ? minor : -minor,
        currency: row.currency,
      }),
      direction: minor < 0n ? ("debit" as const) : ("credit" as const),
    });
    return {
      id: row.id,
      kind: row.kind,
      status: row.closed_at ? "closed" : "open",
      bankId: row.bank_id,
      currency: row.currency,
      date: row.date,
      why: { en: row.why_en, zh: row.why_zh },
      bankSide:
        row.bank_amount === null
          ? null
          : {
              ...side(row.bank_amount),
              reference: line?.end_to_end_id ?? null,
              counterpartyName: line?.counterparty_name ?? null,
            },
      ledgerSide:
        row.ledger_amount === null
          ? null
          : { ...side(row.ledger_amount), reference: payment?.reference ?? null, paymentId: row.payment_id },
      difference: toWire({
        minor: (row.bank_amount ?? 0n) - (row.ledger_amount ?? 0n),
        currency: row.currency,
      }),
      actions: actionsFor(row, payment),
      needTwo: actionsFor(row, payment).filter((action) => needsTwo(row, action)),
      proposal:
        row.closed_at === null && row.proposed_action && row.proposed_at
          ? {
              action: row.proposed_action,
              note: row.proposed_note ?? "",
              by: row.proposed_by ?? "",
              at: row.proposed_at.toISOString(),
            }
          : null,
      statementId: row.statement_id,
      lineId: row.line_id,
      paymentId: row.payment_id,
      resolution:
        row.closed_at && row.action && row.transfer_id
          ? {
              action: row.action,
              note: row.note ?? "",
              by: row.closed_by ?? "",
              at: row.closed_at.toISOString(),
              transferId: row.transfer_id,
            }
          : null,
      openedAt: row.opened_at.toISOString(),
    };
  }

  const page = <T extends { id: string }>(rows: readonly T[], limit: number) => ({
    rows: rows.slice(0, limit),
    nextCursor: rows.length > limit ? (rows[limit - 1]?.id ?? null) : null,
  });

  const routes: RouteHandler[] = [
    handle(contract.listStatements, async ({ query }) => {
      const limit = query.limit ?? 30;
      const { rows, nextCursor } = page(
        await sql.selectStatements(deps.db, { ...query, limit: limit + 1 }),
        limit,
      );
      return { items: rows.map(statementView), nextCursor };
    }),
    handle(contract.getStatement, async ({ params }) => {
      const row = await sql.selectStatement(deps.db, params.statementId);
      if (row === undefined) throw new Refusal("request.not_found");
      const lines = await sql.selectLines(deps.db, { statementId: row.id });
      const breaks = await sql.selectBreaks(deps.db, { statementId: row.id, limit: 500 });
      return {
        statement: statementView(row),
        lines: lines.map((line) => lineView(line, row.currency)),
        breaks: await breakViews(breaks),
      };
    }),
    handle(contract.fetchStatements, async ({ staff }) => {
      staffOnly(staff.role);
      const ids = await fetchStatements().catch((error: unknown) => {
        throw error instanceof Refusal ? error : new Refusal("bank.unavailable", { cause: error });
      });
      const rows = await Promise.all(ids.map((id) => sql.selectStatement(deps.db, id)));
      return { statements: rows.flatMap((row) => (row ? [statementView(row)] : [])) };
    }),
    handle(contract.listBreaks, async ({ query }) => {
      const limit = query.limit ?? 30;
      const open = query.status === undefined ? undefined : query.status === "open";
      const { rows, nextCursor } = page(
        await sql.selectBreaks(deps.db, { open, cursor: query.cursor, limit: limit + 1 }),
        limit,
      );
      return { items: await breakViews(rows), nextCursor };
    }),
    handle(contract.getBreak, async ({ params }) => {
      const row = await sql.selectBreak(deps.db, params.breakId);
      if (row === undefined) throw new Refusal("request.not_found");
      return (await breakViews([row]))[0] as z.input<typeof contract.Break>;
    }),
    handle(contract.resolveBreak, async ({ staff, idempotency, params, body }) => {
      staffOnly(staff.role);
      return resolveBreak(
        deps,
        staff,
        idempotency,
        params.breakId,
        body,
        async (row) => (await breakViews([row]))[0] as z.input<typeof contract.Break>,
      );
    }),
  ];

  return {
    fetchStatements,
    async linesOf(paymentId) {
      const payment = await deps.payments.byId(paymentId);
      const lines = await sql.selectLines(deps.db, { paymentId });
      return lines.map((line) => lineView(line, payment?.currency ?? "EUR"));
    },
    breakIdsOf: async (paymentId) =>
      (await sql.selectBreaks(deps.db, { paymentId, limit: 100 })).map((row) => row.id),
    routes,
    jobs: {
      "settlement.fetch_statements": async () => {
        await fetchStatements();
      },
    },
    cron: [{ task: "settlement.fetch_statements", pattern: "*/2 * * * *" }],
  };
}
