import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import type { Logger } from "../platform/logger.ts";
import type { OpenVault } from "./open-vault.ts";

export const resealTask = "vault.reseal";

/** Seals again what older keys sealed, once an hour while anything of it may be left. */
export function resealJob(deps: { vault: OpenVault; logger: Logger }): {
  jobs: JobHandlers;
  cron: CronJob[];
} {
  const { vault, logger } = deps;
  return {
    jobs: {
      [resealTask]: async () => {
        if (!(await vault.reseal.isDue())) return;
        const { resealed, failed, shredded } = await vault.reseal.run();
        logger.info(
          { resealed, shredded, failed: failed.length },
          "values sealed again with the active keys",
        );
        // What does not open is for people to look at: which rows, and never what they hold.
        if (failed.length > 0)
          logger.error({ failed: failed.slice(0, 20) }, "sealed values that do not open");
      },
    },
    cron: [{ task: resealTask, pattern: "23 * * * *" }],
  };
}
