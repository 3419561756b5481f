import * as contract from "@jinqiao/contract";
import type { z } from "zod";
import { addDays, dateIn } from "../platform/clock.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, event, type Subscriptions } from "../platform/events.ts";
import { handle, type RouteHandler } from "../platform/http/handler.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { Logger } from "../platform/logger.ts";
import type { ModuleMigrations } from "../platform/migrations.ts";
import { ageing, watchAgeing } from "./break-ageing.ts";
import { resolveBreak } from "./breaks.ts";
import { acceptMatch, carryOut } from "./matches.ts";
import { hideInBreaks, hideInLines, hideInSuggestions } from "./names-hidden.ts";
import { reconcile } from "./reconcile.ts";
import type { ReconcileDeps } from "./rows.ts";
import type { BreakRow } from "./sql.ts";
import * as sql from "./sql.ts";
import { suggestionsFor } from "./suggestions.ts";
import { breakViews, lineView, statementView } from "./views.ts";

export { settlementData } from "./sql.ts";

export const settlementMigrations: ModuleMigrations = {
  module: "settlement",
  folder: new URL("./migrations/", import.meta.url),
};

export type SettlementDeps = ReconcileDeps & { subscriptions: Subscriptions; logger: Logger };

/** Custody against the bank's statements: every line matched or a break, every break closed by a posting. */
export type Settlement = {
  /** Asks every bank for closed days not reconciled yet; answers the days done now. */
  fetchStatements(): Promise<string[]>;
  /** Lines of statements that a payment stands on, as that member of staff may see them. */
  linesOf(
    staff: Pick<contract.Staff, "id">,
    paymentId: string,
  ): Promise<z.input<typeof contract.StatementLine>[]>;
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

  const oneBreak = async (row: BreakRow) =>
    (await breakViews(deps, [row]))[0] as z.input<typeof contract.Break>;

  const oneFor = async (staff: contract.Staff, found: z.input<typeof contract.Break>) =>
    (await hideInBreaks(deps, staff, [found]))[0] as z.input<typeof contract.Break>;

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
      return { items: rows.map((row) => statementView(deps, row)), nextCursor };
    }),
    handle(contract.getStatement, async ({ staff, params }) => {
      const row = await sql.selectStatement(deps.db, params.statementId);
      if (row === undefined) throw new Refusal("request.not_found");
      const lines = await sql.selectLines(deps.db, deps.vault, { statementId: row.id });
      const breaks = await sql.selectBreaks(deps.db, deps.vault, { statementId: row.id, limit: 500 });
      return {
        statement: statementView(deps, row),
        lines: await hideInLines(
          deps,
          staff,
          lines.map((line) => lineView(line, row.currency)),
        ),
        breaks: await hideInBreaks(deps, staff, await breakViews(deps, breaks)),
      };
    }),
    handle(contract.fetchStatements, async () => {
      const ids = await fetchStatements().catch((error: unknown) => {
        throw error instanceof Refusal ? error : new Refusal("bank.unavailable", { cause: error });
      });
      const rows = await Promise.all(ids.map((id) => sql.selectStatement(deps.db, id)));
      return { statements: rows.flatMap((row) => (row ? [statementView(deps, row)] : [])) };
    }),
    handle(contract.listBreaks, async ({ staff, query }) => {
      const limit = query.limit ?? 30;
      const open = query.status === undefined ? undefined : query.status === "open";
      const { rows, nextCursor } = page(
        await sql.selectBreaks(deps.db, deps.vault, {
          open,
          oldestFirst: query.order === "oldest",
          cursor: query.cursor,
          limit: limit + 1,
        }),
        limit,
      );
      return { items: await hideInBreaks(deps, staff, await breakViews(deps, rows)), nextCursor };
    }),
    handle(contract.getBreak, async ({ staff, params }) => {
      const row = await sql.selectBreak(deps.db, deps.vault, params.breakId);
      if (row === undefined) throw new Refusal("request.not_found");
      return oneFor(staff, await oneBreak(row));
    }),
    handle(contract.resolveBreak, async ({ staff, idempotency, params, body }) => {
      // The answer is kept as this person was told it, so that a repeat names nobody either.
      const told = async (row: BreakRow) => oneFor(staff, await oneBreak(row));
      return resolveBreak(deps, staff, idempotency, params.breakId, body, told);
    }),
    handle(contract.listMatchSuggestions, async ({ staff, params }) => {
      const row = await sql.selectBreak(deps.db, deps.vault, params.breakId);
      if (row === undefined) throw new Refusal("request.not_found");
      return { items: await hideInSuggestions(deps, staff, await suggestionsFor(deps, row)) };
    }),
    handle(contract.matchBreak, async ({ staff, idempotency, params, body }) => {
      const told = async (row: BreakRow) => oneFor(staff, await oneBreak(row));
      return acceptMatch(deps, staff, idempotency, params.breakId, body, told);
    }),
    handle(contract.getBreakAgeing, () => ageing(deps)),
  ];

  return {
    fetchStatements,
    async linesOf(staff, paymentId) {
      const payment = await deps.payments.byId(paymentId);
      const lines = await sql.selectLines(deps.db, deps.vault, { paymentId });
      return hideInLines(
        deps,
        staff,
        lines.map((line) => lineView(line, payment?.currency ?? "EUR")),
      );
    },
    breakIdsOf: async (paymentId) =>
      (await sql.selectBreaks(deps.db, deps.vault, { paymentId, limit: 100 })).map((row) => row.id),
    routes,
    jobs: {
      "settlement.fetch_statements": async () => {
        await fetchStatements();
      },
      "settlement.finish_match": (payload) => carryOut(deps, String(payload.breakId)),
      "settlement.watch_ageing": () => watchAgeing(deps),
    },
    cron: [
      { task: "settlement.fetch_statements", pattern: "*/2 * * * *" },
      { task: "settlement.watch_ageing", pattern: "20 * * * *" },
    ],
  };
}
