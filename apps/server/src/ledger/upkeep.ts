import type { Clock } from "../platform/clock.ts";
import type { Db } from "../platform/db.ts";
import type { RouteHandler } from "../platform/http/handler.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { Logger } from "../platform/logger.ts";
import { forgetAllowances } from "./allowances.ts";
import type { Ledger } from "./index.ts";
import type { Months } from "./months.ts";
import { alarmRoutes } from "./routes.ts";
import { figureOf, type Watch } from "./watch/index.ts";

/** What the ledger needs done by the clock, and what staff see of it. */
export function createLedgerUpkeep(deps: {
  db: Db;
  clock: Clock;
  ledger: Ledger;
  watch: Watch;
  months: Months;
  logger: Logger;
}): {
  routes: RouteHandler[];
  jobs: JobHandlers;
  cron: CronJob[];
} {
  const { ledger, watch, months, logger } = deps;
  return {
    routes: alarmRoutes({ watch }),
    jobs: {
      // Holds end when their time has passed, whoever took them.
      "ledger.expire_holds": async () => {
        await ledger.expireHolds();
      },
      "ledger.watch": async () => {
        const { raised, waiting } = await watch.run();
        for (const alarm of raised) {
          const { id, invariant, currency, subject } = alarm;
          const [expected, found] = [figureOf(alarm, alarm.expected), figureOf(alarm, alarm.found)];
          logger.fatal(
            { alarmId: id, invariant, currency, subject, expected, found },
            `an invariant of the books is broken; payments out in ${currency ?? "every currency"} are stopped`,
          );
        }
        if (waiting > 0n) logger.warn({ waiting: waiting.toString() }, "the watch is behind the postings");
      },
      "ledger.forget_allowances": async () => {
        await forgetAllowances(deps);
      },
      "ledger.prepare_months": () => months.prepare(),
    },
    cron: [
      { task: "ledger.expire_holds", pattern: "* * * * *" },
      { task: "ledger.watch", pattern: "* * * * *" },
      { task: "ledger.prepare_months", pattern: "7 * * * *" },
      { task: "ledger.forget_allowances", pattern: "23 * * * *" },
    ],
  };
}
