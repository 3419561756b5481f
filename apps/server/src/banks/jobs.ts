import { assert } from "../platform/errors.ts";
import type { CronJob, JobHandlers } from "../platform/jobs.ts";
import { checkAllConsents, checkConsent, endAtBank } from "./consents.ts";
import { bankOf, type Deps } from "./context.ts";
import { deleteUnkeptImports } from "./imports.ts";
import { openIp, tasks } from "./job-drafts.ts";
import { deleteOldNotices } from "./notices.ts";
import { refreshAccount, refreshAll } from "./refresh.ts";
import * as sql from "./sql.ts";

export function createJobs(deps: Deps): JobHandlers {
  return {
    [tasks.refreshAccount]: async ({ accountId, sealedIp }) => {
      const account = await sql.findAccount(deps.db, deps.vault, textOf(accountId));
      if (account === undefined) return;
      await bankOf(deps, account.bank_id).health.job(() =>
        refreshAccount(deps, account.id, {
          customerIp: typeof sealedIp === "string" ? openIp(deps.vault, account.id, sealedIp) : undefined,
        }),
      );
    },
    [tasks.refreshAll]: () => refreshAll(deps),
    [tasks.checkConsent]: ({ consentId, unusable }) =>
      atBankOf(deps, textOf(consentId), (id) => checkConsent(deps, id, { unusable: unusable === true })),
    [tasks.checkAllConsents]: () => checkAllConsents(deps),
    [tasks.endConsent]: ({ consentId }) => atBankOf(deps, textOf(consentId), (id) => endAtBank(deps, id)),
    [tasks.cleanUp]: async () => {
      await deleteOldNotices(deps);
      await deleteUnkeptImports(deps);
    },
  };
}

/** Three readings a day leave one of the usual four for news in between. */
export const cron: CronJob[] = [
  { task: tasks.refreshAll, pattern: "10 5,11,17 * * *" },
  { task: tasks.checkAllConsents, pattern: "* * * * *" },
  { task: tasks.cleanUp, pattern: "40 3 * * *" },
];

async function atBankOf(
  deps: Deps,
  consentId: string,
  work: (consentId: string) => Promise<void>,
): Promise<void> {
  const consent = await sql.findConsent(deps.db, consentId);
  if (consent !== undefined) await bankOf(deps, consent.bank_id).health.job(() => work(consentId));
}

function textOf(value: unknown): string {
  assert(typeof value === "string", "the job names its record");
  return value;
}
