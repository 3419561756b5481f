/** What a TPP may ask in POST /v1/consents, and what the bank makes of it. */
import { addDays, type Bank, calendarDate } from "../context.ts";
import type { Queryable } from "../database.ts";
import { custodyAccountsOf } from "../ledger/accounts.ts";
import { formatError, Xs2aError } from "../xs2a/errors.ts";
import { type AccountAccess, type AccountReference, type Consent, insertConsent } from "./store.ts";

/** Longest life of a consent: 180 days (RTS (EU) 2018/389 art. 10 as amended by (EU) 2022/2360). */
export const MAX_CONSENT_DAYS = 180;

export interface ConsentRequest {
  access: AccountAccess & Record<string, unknown>;
  recurringIndicator: boolean;
  validUntil: string;
  frequencyPerDay: number;
  combinedServiceIndicator: boolean;
}

const DETAILED = ["accounts", "balances", "transactions"] as const;
const GLOBAL = ["availableAccounts", "availableAccountsWithBalance", "allPsd2"] as const;

/**
 * Stores a consent request. A request for the TPP company's own accounts is valid at once: the company agreed by
 * contract. Throws FORMAT_ERROR, SESSIONS_NOT_SUPPORTED or PARAMETER_NOT_SUPPORTED for what the bank does not offer.
 */
export async function createConsent(
  bank: Bank,
  db: Queryable,
  clientId: string,
  request: ConsentRequest,
  notificationUri: string | null,
): Promise<{ consent: Consent; capped: boolean }> {
  const access = checkedAccess(request.access);
  if (request.combinedServiceIndicator) {
    throw new Xs2aError(400, "SESSIONS_NOT_SUPPORTED", "Combined AIS and PIS sessions are not offered.");
  }
  if (!request.recurringIndicator && request.frequencyPerDay !== 1) {
    throw formatError("A one-off consent has a frequencyPerDay of 1.", "frequencyPerDay");
  }
  const today = calendarDate(bank.clock.now(), bank.timeZone);
  if (request.validUntil < today) throw formatError("validUntil lies in the past.", "validUntil");
  const latest = addDays(today, MAX_CONSENT_DAYS);
  const capped = request.validUntil > latest;

  const own = new Set((await custodyAccountsOf(db, clientId)).map((account) => account.iban));
  const named = DETAILED.flatMap((kind) => access[kind] ?? []);
  const isCorporate = named.length > 0 && named.every((reference) => own.has(reference.iban ?? ""));
  const consent: Consent = {
    id: bank.random.uuid(),
    clientId,
    psuId: null,
    requestedAccess: access,
    access,
    recurring: request.recurringIndicator,
    validUntil: capped ? latest : request.validUntil,
    frequencyPerDay: request.frequencyPerDay,
    status: isCorporate ? "valid" : "received",
    oidcGrantId: null,
    notificationUri,
    lastActionDate: today,
  };
  await insertConsent(bank, db, consent);
  return { consent, capped };
}

/** Whether the consent asks for all accounts at once. */
export function isGlobal(access: AccountAccess): boolean {
  return GLOBAL.some((kind) => access[kind] !== undefined);
}

function checkedAccess(access: ConsentRequest["access"]): AccountAccess {
  const known: string[] = [...DETAILED, ...GLOBAL, "additionalInformation"];
  const unknown = Object.keys(access).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new Xs2aError(
      400,
      "PARAMETER_NOT_SUPPORTED",
      `The bank does not offer ${unknown}.`,
      `access.${unknown}`,
    );
  }
  const detailed = DETAILED.filter((kind) => access[kind] !== undefined);
  const global = GLOBAL.filter((kind) => access[kind] !== undefined);
  if (detailed.length + global.length === 0) throw formatError("access names nothing.", "access");
  if (global.length > 1 || (global.length === 1 && detailed.length > 0)) {
    throw formatError("access mixes kinds of consent.", "access");
  }
  const lengths = detailed.map((kind) => (access[kind] ?? []).length);
  if (lengths.some((length) => length === 0) && lengths.some((length) => length > 0)) {
    throw formatError("access mixes chosen accounts with accounts to be chosen at the bank.", "access");
  }
  for (const kind of detailed)
    (access[kind] ?? []).forEach((reference, index) => {
      checkReference(reference, `access.${kind}[${index}]`);
    });
  return access;
}

function checkReference(reference: AccountReference, path: string): void {
  if (typeof reference.iban !== "string") throw formatError("Accounts are named by IBAN at this bank.", path);
}
