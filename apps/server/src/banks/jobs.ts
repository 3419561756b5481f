import { assert } from "../platform/errors.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import { checkAllConsents, checkConsent, endAtBank } from "./consents.ts";
import type { Deps } from "./context.ts";
import { tasks } from "./job-drafts.ts";
import { deleteOldNotices } from "./notices.ts";
import { refreshAccount, refreshAll } from "./refresh.ts";

export function createJobs(deps: Deps): JobHandlers {
  return {
    [tasks.refreshAccount]: ({ accountId, customerIp }) =>
      refreshAccount(deps, textOf(accountId), {
        customerIp: typeof customerIp === "string" ? customerIp : undefined,
      }),
    [tasks.refreshAll]: () => refreshAll(deps),
    [tasks.checkConsent]: ({ consentId, unusable }) =>
      checkConsent(deps, textOf(consentId), { unusable: unusable === true }),
    [tasks.checkAllConsents]: () => checkAllConsents(deps),
    [tasks.endConsent]: ({ consentId }) => endAtBank(deps, textOf(consentId)),
    [tasks.cleanUp]: () => deleteOldNotices(deps),
  };
}

/** Three readings a day leave one of the usual four for news in between. */
export const cron: CronJob[] = [
  { task: tasks.refreshAll, pattern: "10 5,11,17 * * *" },
  { task: tasks.checkAllConsents, pattern: "25 * * * *" },
  { task: tasks.cleanUp, pattern: "40 3 * * *" },
];

function textOf(value: unknown): string {
  assert(typeof value === "string", "the job names its record");
  return value;
}
