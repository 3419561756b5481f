import { setTimeout } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { Refusal } from "../platform/errors.ts";
import { AccessError, type ConsentAccess, type StandingPermission } from "./connector.ts";
import { bankOf, type Deps } from "./context.ts";
import * as sql from "./sql.ts";

const place = (id: string) => ({ table: "banks.consent", column: "access_sealed", row: id });

export const sealAccess = (deps: Deps, consentId: string, access: ConsentAccess): string =>
  deps.vault.seal(place(consentId), JSON.stringify(access));

export type UsableAccess = { access: ConsentAccess; version: number };

/**
 * Tokens of a valid consent that will not end on the way; refreshed where needed. No lock is held while the bank is
 * asked: whoever stores first wins, and the other reads the winner's tokens, also when the bank refused the loser's
 * refresh token because it had just been exchanged.
 * @param refused version of the tokens that the bank refused: refresh unless somebody did meanwhile
 * @throws Refusal `bank.consent_ended`, `bank.unavailable`
 */
export async function usableAccess(deps: Deps, consentId: string, refused?: number): Promise<UsableAccess> {
  const kept = await readAccess(deps, consentId);
  const { connector } = bankOf(deps, kept.bankId);
  const force = refused !== undefined && refused === kept.version;
  let fresh: ConsentAccess;
  try {
    fresh = await connector.refreshAccess(kept.access, { force });
  } catch (error) {
    return winnersAccess(deps, consentId, kept.version, error);
  }
  if (isDeepStrictEqual(fresh, kept.access)) return kept;
  const stored = await sql.storeAccess(deps.db, {
    id: consentId,
    version: kept.version,
    accessSealed: sealAccess(deps, consentId, fresh),
    at: deps.clock.now(),
  });
  return stored ? { access: fresh, version: kept.version + 1 } : readAccess(deps, consentId);
}

/** Runs a reading with usable tokens; once more with fresh ones when the bank refuses them before their time. */
export async function withAccess<T>(
  deps: Deps,
  consentId: string,
  work: (access: ConsentAccess) => Promise<T>,
): Promise<T> {
  const first = await usableAccess(deps, consentId);
  try {
    return await work(first.access);
  } catch (error) {
    if (!(error instanceof AccessError && error.problem === "token_refused")) throw error;
    return work((await usableAccess(deps, consentId, first.version)).access);
  }
}

/** Ends at the bank what the customer allowed beside the consent itself. */
export async function endStanding(deps: Deps, consentId: string): Promise<void> {
  const row = await sql.findConsent(deps.db, consentId);
  if (row === undefined || row.access_sealed === null) return;
  const { connector } = bankOf(deps, row.bank_id);
  const access = JSON.parse(deps.vault.open(place(consentId), row.access_sealed)) as ConsentAccess;
  for (const permission of Object.values(access.standing ?? {}))
    await connector.endStanding?.(permission.consentId);
}

/** Keeps a permission to pay that the customer has just given beside the tokens of their consent. */
export async function keepStanding(
  deps: Deps,
  consentId: string,
  { debtorIban, ...permission }: StandingPermission & { debtorIban: string },
): Promise<void> {
  for (let attempt = 1; attempt <= 5; attempt += 1) {
    const { access, version } = await readAccess(deps, consentId);
    const standing = { ...access.standing, [debtorIban]: permission };
    const accessSealed = sealAccess(deps, consentId, { ...access, standing });
    if (await sql.storeAccess(deps.db, { id: consentId, version, accessSealed, at: deps.clock.now() }))
      return;
  }
  throw new Error("the consent's tokens changed again and again");
}

/** Another process may have exchanged the refresh token and be about to store what it got. */
async function winnersAccess(
  deps: Deps,
  consentId: string,
  version: number,
  error: unknown,
): Promise<UsableAccess> {
  const waits = error instanceof Refusal && error.code === "bank.consent_ended" ? [0, 100, 400, 1_500] : [0];
  for (const waitMs of waits) {
    await setTimeout(waitMs);
    const newer = await readAccess(deps, consentId);
    if (newer.version !== version) return newer;
  }
  throw error;
}

async function readAccess(deps: Deps, consentId: string): Promise<UsableAccess & { bankId: string }> {
  const row = await sql.findConsent(deps.db, consentId);
  if (row === undefined || row.status !== "valid" || row.access_sealed === null)
    throw new Refusal("bank.consent_ended");
  const access = JSON.parse(deps.vault.open(place(consentId), row.access_sealed)) as ConsentAccess;
  return { access, version: row.access_version, bankId: row.bank_id };
}
