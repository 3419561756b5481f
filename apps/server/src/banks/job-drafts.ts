import type { Job } from "../platform/events.ts";
import type { Vault } from "../vault/index.ts";

export const tasks = {
  refreshAccount: "banks.refresh_account",
  refreshAll: "banks.refresh_all",
  checkConsent: "banks.check_consent",
  checkAllConsents: "banks.check_all_consents",
  endConsent: "banks.end_consent",
  cleanUp: "banks.clean_up",
} as const;

const ipPlace = (accountId: string) => ({
  table: "banks.linked_account",
  column: "refresh_ip",
  row: accountId,
});
/** The address from which a customer asks for a reading, as a job that waits may bear it. */
export const sealIp = (vault: Vault, accountId: string, ip: string): string =>
  vault.seal(ipPlace(accountId), ip);
export const openIp = (vault: Vault, accountId: string, sealed: string): string =>
  vault.open(ipPlace(accountId), sealed);

/** @param options.sealedIp address of the customer while they are present; such a reading is not counted */
export function refreshJob(accountId: string, options: { sealedIp?: string; runAt?: Date } = {}): Job {
  const { sealedIp, runAt } = options;
  return {
    task: tasks.refreshAccount,
    payload: { accountId, ...(sealedIp === undefined ? {} : { sealedIp }) },
    key: `${tasks.refreshAccount}:${accountId}:${sealedIp === undefined ? "background" : "present"}`,
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
