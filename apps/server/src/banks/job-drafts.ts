import type { Job } from "../platform/events.ts";

export const tasks = {
  refreshAccount: "banks.refresh_account",
  refreshAll: "banks.refresh_all",
  checkConsent: "banks.check_consent",
  checkAllConsents: "banks.check_all_consents",
  endConsent: "banks.end_consent",
  cleanUp: "banks.clean_up",
} as const;

/** @param options.customerIp address of the customer while they are present; such a reading is not counted */
export function refreshJob(accountId: string, options: { customerIp?: string; runAt?: Date } = {}): Job {
  const { customerIp, runAt } = options;
  return {
    task: tasks.refreshAccount,
    payload: { accountId, ...(customerIp === undefined ? {} : { customerIp }) },
    key: `${tasks.refreshAccount}:${accountId}:${customerIp === undefined ? "background" : "present"}`,
    maxAttempts: 4,
    ...(runAt === undefined ? {} : { runAt }),
  };
}

export function checkConsentJob(consentId: string, options: { unusable?: boolean } = {}): Job {
  return {
    task: tasks.checkConsent,
    payload: { consentId, ...(options.unusable ? { unusable: true } : {}) },
    key: `${tasks.checkConsent}:${consentId}${options.unusable ? ":unusable" : ""}`,
    maxAttempts: 12,
  };
}

export function endConsentJob(consentId: string): Job {
  return {
    task: tasks.endConsent,
    payload: { consentId },
    key: `${tasks.endConsent}:${consentId}`,
    maxAttempts: 12,
  };
}
