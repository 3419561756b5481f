import { createHash, randomBytes } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import type { Consent } from "@jinqiao/contract";
import type { Id } from "@jinqiao/money";
import { addDays } from "../platform/clock.ts";
import type { Tx } from "../platform/db.ts";
import { Refusal } from "../platform/errors.ts";
import { emit, event, type Job } from "../platform/events.ts";
import { sealedAnswers } from "../vault/index.ts";
import { endStanding, sealAccess, usableAccess } from "./access.ts";
import { type BankConnector, consentDataOf } from "./connector.ts";
import { bankOf, type Deps, todayAt } from "./context.ts";
import { checkConsentJob, endConsentJob, refreshJob, sealIp } from "./job-drafts.ts";
import { linkAccount } from "./linked-accounts.ts";
import { nameBasedUuid } from "./request-ids.ts";
import * as sql from "./sql.ts";

/** What we ask for; the bank sets what it gives. 180 days: RTS (EU) 2018/389 art. 10a as amended by (EU) 2022/2360. */
const askedDays = 180;
const askedFrequencyPerDay = 4;
/** A customer who has not come back from the bank's pages by then will not come back. */
export const abandonedAfterMs = 60 * 60_000;

const urlPlace = (id: string) => ({ table: "banks.consent", column: "authorisation_url_sealed", row: id });
const secretsPlace = (id: string) => ({ table: "banks.consent", column: "secrets_sealed", row: id });
export const hashOfState = (state: string) => createHash("sha256").update(state).digest();

/**
 * Starts linking: asks the bank for a consent and tells where the customer goes next. Safe to repeat with the same
 * key: the bank is asked under a request id made from the key, so that even a try whose answer was lost leaves one
 * consent.
 */
export async function createConsent(
  deps: Deps,
  customer: { id: Id<"cus">; ip: string },
  request: { key: string; hash: string },
  input: { bankId: string },
): Promise<Consent> {
  const { config, connector } = bankOf(deps, input.bankId);
  if (connector.capabilities.linking === "form") throw new Refusal("bank.link_by_card");
  const stored = await sql.findRequest(deps.db, sealedAnswers(deps.vault), request.key);
  if (stored !== undefined) return replay(stored, request.hash);

  const id = deps.ids.next("cns");
  const state = randomBytes(32).toString("base64url");
  const validUntil = addDays(todayAt(deps, config), askedDays);
  const started = await connector
    .startConsent({
      requestId: nameBasedUuid(`${config.id} ${request.key} ${validUntil}`),
      state,
      redirectUri: callbackUri(deps, config.id),
      noticeUrl: `${deps.publicUrl}/v1/bank-notices/${encodeURIComponent(config.id)}`,
      validUntil,
      frequencyPerDay: askedFrequencyPerDay,
      customerIp: customer.ip,
    })
    .catch((error: unknown) => {
      throw new Refusal("bank.unavailable", { cause: error });
    });

  const at = deps.clock.now();
  const result: Consent = {
    id,
    bankId: config.id,
    bankName: config.name,
    status: "awaiting_customer",
    authorisationUrl: started.authorisationUrl,
    data: [...consentDataOf(connector)],
    validUntil: null,
    frequencyPerDay: null,
    lastUsedAt: null,
    accountIds: [],
    createdAt: at.toISOString(),
  };
  const earlier = await deps.db.transaction(async (tx) => {
    const claimed = await sql.claimRequest(tx, sealedAnswers(deps.vault), { ...request, result, at });
    if (claimed !== undefined) return claimed;
    await sql.insertConsent(tx, {
      id,
      customerId: customer.id,
      bankId: config.id,
      bankConsentId: started.bankConsentId,
      stateHash: hashOfState(state),
      authorisationUrlSealed: deps.vault.seal(urlPlace(id), started.authorisationUrl),
      secretsSealed: deps.vault.seal(secretsPlace(id), JSON.stringify(started.secrets)),
      at,
    });
    return undefined;
  });
  return earlier === undefined ? result : replay(earlier, request.hash);
}

function replay(stored: { hash: string; result: unknown }, hash: string): Consent {
  if (stored.hash !== hash) throw new Refusal("idempotency.key_reused");
  return stored.result as Consent;
}

function callbackUri(deps: Deps, bankId: string): string {
  return `${deps.publicUrl}/v1/bank-callbacks/${encodeURIComponent(bankId)}`;
}

type CallbackQuery = { code?: string; state?: string; error?: string; iss?: string };

/**
 * The customer comes back from the bank. Matched by the state and by the session: a callback opened in another
 * person's browser links nothing, so nobody can be made to use somebody else's bank account. Used once.
 * @returns the wallet's page to go on with
 */
export async function completeConsent(
  deps: Deps,
  customer: { id: string | undefined; ip: string },
  bankId: string,
  query: CallbackQuery,
): Promise<string> {
  const failed = (reason: string) => `${deps.walletUrl}/link/failed?reason=${encodeURIComponent(reason)}`;
  const done = (consentId: string) => `${deps.walletUrl}/link/done?consent=${encodeURIComponent(consentId)}`;
  if (!deps.banks.has(bankId)) return failed("bank.not_found");
  if (customer.id === undefined) return failed("identity.not_signed_in");
  const consent =
    query.state === undefined
      ? undefined
      : await sql.findConsentByState(deps.db, bankId, hashOfState(query.state));
  if (consent === undefined || consent.customer_id !== customer.id) {
    deps.logger.warn(
      { bankId, known: consent !== undefined },
      "bank callback does not belong to this session",
    );
    return failed("bank.link_failed");
  }
  if (!(await sql.claimCallback(deps.db, consent.id, deps.clock.now()))) {
    // The page was loaded again: what the first load did, or is just doing, still stands.
    const status = await settledStatus(deps, consent.id);
    return status === "valid" ? done(consent.id) : failed("bank.link_failed");
  }
  try {
    if (query.error !== undefined) {
      const to = query.error === "access_denied" ? "rejected" : "failed";
      await endConsent(deps, consent.id, "awaiting_customer", to, [endConsentJob(consent.id)]);
      return failed("bank.link_failed");
    }
    await link(deps, consent, customer.ip, query);
    return done(consent.id);
  } catch (error) {
    const code =
      error instanceof Refusal && error.code === "bank.unavailable" ? error.code : "bank.link_failed";
    deps.logger.warn({ bankId, consentId: consent.id, err: error }, "linking failed");
    const ended = await endConsent(deps, consent.id, "awaiting_customer", "failed", [
      endConsentJob(consent.id),
    ]);
    if (ended) return failed(code);
    // The database took the link in, though its answer to us was lost.
    const status = (await sql.findConsent(deps.db, consent.id))?.status;
    return status === "valid" ? done(consent.id) : failed(code);
  }
}

/** How a consent stands once the callback under way has ended; waits for it, but not longer than a person would. */
async function settledStatus(deps: Deps, consentId: string): Promise<sql.ConsentRow["status"] | undefined> {
  for (let look = 1; ; look += 1) {
    const status = (await sql.findConsent(deps.db, consentId))?.status;
    if (status !== "awaiting_customer" || look === 40) return status;
    await setTimeout(250);
  }
}

async function link(
  deps: Deps,
  consent: sql.ConsentRow,
  customerIp: string,
  query: CallbackQuery,
): Promise<void> {
  const { connector } = bankOf(deps, consent.bank_id);
  const redirectUri = callbackUri(deps, consent.bank_id);
  const callback = new URL(redirectUri);
  for (const name of ["code", "state", "iss"] as const) {
    const value = query[name];
    if (value !== undefined) callback.searchParams.set(name, value);
  }
  const completed = await connector.completeConsent({
    bankConsentId: consent.bank_consent_id,
    redirectUri,
    callbackUrl: callback.href,
    secrets: JSON.parse(deps.vault.open(secretsPlace(consent.id), consent.secrets_sealed ?? "")),
    customerIp,
  });
  await storeLink(deps, consent, completed, customerIp);
}

/**
 * Makes a consent valid with the accounts it opens, in one commit.
 * @throws Refusal `bank.link_failed` when there is no account, or the consent had moved on
 */
export async function storeLink(
  deps: Deps,
  consent: sql.ConsentRow,
  completed: Awaited<ReturnType<BankConnector["completeConsent"]>>,
  customerIp: string,
): Promise<void> {
  // A permission without an account is of no use to anybody.
  if (completed.accounts.length === 0) throw new Refusal("bank.link_failed");
  await deps.db.transaction(async (tx) => {
    const moved = await sql.moveConsent(tx, {
      id: consent.id,
      from: "awaiting_customer",
      to: "valid",
      at: deps.clock.now(),
      accessSealed: sealAccess(deps, consent.id, completed.access),
      validUntil: completed.validUntil,
      frequencyPerDay: completed.frequencyPerDay,
    });
    if (!moved) throw new Refusal("bank.link_failed");
    const accountIds: Id<"lac">[] = [];
    // In one order, so that two links of the same accounts wait for each other instead of dead-locking.
    for (const account of completed.accounts.toSorted((a, b) => (a.iban < b.iban ? -1 : 1)))
      accountIds.push(await linkAccount(deps, tx, consent, account));
    const superseded = await sql.supersededConsentIds(tx, {
      id: consent.id,
      customerId: consent.customer_id,
    });
    const customerId = consent.customer_id as Id<"cus">;
    await emit(
      tx,
      deps.subscriptions,
      [
        event("consent.changed", { customerId, consentId: consent.id as Id<"cns">, status: "valid" }),
        ...accountIds.map((accountId) => event("linked_account.changed", { customerId, accountId })),
      ],
      [
        // The customer is still there, so the first reading may be complete.
        ...accountIds.map((accountId) =>
          refreshJob(accountId, { sealedIp: sealIp(deps.vault, accountId, customerIp) }),
        ),
        ...superseded.map((id) => endConsentJob(id)),
      ],
    );
  });
}

/**
 * Ends a consent here and marks its accounts. After a revocation the bank's data is deleted, as the customer wishes;
 * after expiry the last known figures stay, marked as old.
 * @returns false when the consent had moved on before
 */
export async function endConsent(
  deps: Deps,
  consentId: string,
  from: sql.ConsentRow["status"],
  to: "expired" | "revoked" | "rejected" | "failed",
  jobs: readonly Job[] = [],
): Promise<boolean> {
  return deps.db.transaction(async (tx: Tx) => {
    if (!(await sql.moveConsent(tx, { id: consentId, from, to, at: deps.clock.now() }))) return false;
    const consent = (await sql.findConsent(tx, consentId)) as sql.ConsentRow;
    const customerId = consent.customer_id as Id<"cus">;
    const accounts = to === "expired" || to === "revoked" ? await sql.markAccounts(tx, consentId, to) : [];
    if (to === "revoked")
      await sql.deleteBankData(
        tx,
        accounts.map(({ id }) => id),
      );
    await emit(
      tx,
      deps.subscriptions,
      [
        event("consent.changed", { customerId, consentId: consentId as Id<"cns">, status: to }),
        ...accounts.map(({ id }) =>
          event("linked_account.changed", { customerId, accountId: id as Id<"lac"> }),
        ),
      ],
      jobs,
    );
    return true;
  });
}

/** Ends a permission at the bank first, then here. Ending one that is over already is fine. */
export async function revokeConsent(deps: Deps, customerId: string, consentId: string): Promise<void> {
  const consent = await ownConsent(deps, customerId, consentId);
  if (["revoked", "rejected", "failed"].includes(consent.status)) return;
  await endStanding(deps, consent.id);
  await bankOf(deps, consent.bank_id).connector.revokeConsent(consent.bank_consent_id);
  const ended = await endConsent(deps, consent.id, consent.status, "revoked");
  // It moved meanwhile, e.g. from awaited to valid: the bank's side is ended, so end that one too.
  if (!ended) await revokeConsent(deps, customerId, consentId);
}

/** Asks the bank to forget a consent that is of no use any more: superseded, refused or failed here. */
export async function endAtBank(deps: Deps, consentId: string): Promise<void> {
  const consent = await sql.findConsent(deps.db, consentId);
  if (consent === undefined) return;
  if (consent.status === "valid" && consent.account_ids.length > 0) return;
  await endStanding(deps, consent.id);
  await bankOf(deps, consent.bank_id).connector.revokeConsent(consent.bank_consent_id);
  if (consent.status === "valid") await endConsent(deps, consent.id, "valid", "revoked");
}

/**
 * Asks the bank how a consent stands, and follows it.
 * @param options.unusable the bank refused our tokens: a consent that it still calls valid is of no use then
 */
export async function checkConsent(
  deps: Deps,
  consentId: string,
  options: { unusable?: boolean } = {},
): Promise<void> {
  const consent = await sql.findConsent(deps.db, consentId);
  if (consent === undefined || !["awaiting_customer", "valid"].includes(consent.status)) return;
  const { config, connector } = bankOf(deps, consent.bank_id);
  const status = await connector.consentStatus(consent.bank_consent_id);

  if (consent.status === "awaiting_customer") {
    const abandoned = deps.clock.now().getTime() - consent.created_at.getTime() > abandonedAfterMs;
    if (status === "rejected") await endConsent(deps, consent.id, "awaiting_customer", "rejected");
    else if (status === "expired" || status === "revoked" || abandoned)
      await endConsent(deps, consent.id, "awaiting_customer", "failed", [endConsentJob(consent.id)]);
    return;
  }
  const isOver = consent.valid_until !== null && consent.valid_until < todayAt(deps, config);
  if (status === "expired" || (status === "valid" && isOver))
    await endConsent(deps, consent.id, "valid", "expired");
  else if (status === "revoked" || status === "rejected")
    await endConsent(deps, consent.id, "valid", "revoked");
  else if (options.unusable === true && !(await stillUsable(deps, consent)))
    await endConsent(deps, consent.id, "valid", "expired", [endConsentJob(consent.id)]);
}

async function stillUsable(deps: Deps, consent: sql.ConsentRow): Promise<boolean> {
  try {
    await usableAccess(deps, consent.id, consent.access_version);
    return true;
  } catch (error) {
    if (error instanceof Refusal && error.code === "bank.consent_ended") return false;
    throw error;
  }
}

/** The longest that a permission ended at the bank goes unnoticed, where the bank sends no notice of it. */
const checkEveryMs = 60_000;
/** How many permissions are asked about in one round: banks bound how often they may be asked at all. */
const checksPerRound = 300;

/** Looks after every live consent: those that end, and those that nobody came back for. Runs every minute. */
export async function checkAllConsents(deps: Deps): Promise<void> {
  const at = deps.clock.now();
  await deps.db.transaction(async (tx) => {
    const ids = await sql.takeConsentsToCheck(tx, {
      at,
      // A round comes a little early or late.
      checkedBefore: new Date(at.getTime() - checkEveryMs + 5_000),
      abandonedSince: new Date(at.getTime() - abandonedAfterMs),
      limit: checksPerRound,
    });
    if (ids.length === 0) return;
    await emit(
      tx,
      deps.subscriptions,
      [],
      ids.map((id) => checkConsentJob(id)),
    );
  });
}

export async function getConsent(deps: Deps, customerId: string, consentId: string): Promise<Consent> {
  return viewOf(deps, await ownConsent(deps, customerId, consentId));
}

export async function listConsents(deps: Deps, customerId: string): Promise<Consent[]> {
  const rows = await sql.selectConsentsOf(deps.db, customerId);
  return rows.filter((row) => deps.banks.has(row.bank_id)).map((row) => viewOf(deps, row));
}

/** @throws Refusal `request.not_found` also for another customer's consent */
export async function ownConsent(deps: Deps, customerId: string, consentId: string): Promise<sql.ConsentRow> {
  const row = await sql.findConsent(deps.db, consentId);
  if (row === undefined || row.customer_id !== customerId || !deps.banks.has(row.bank_id))
    throw new Refusal("request.not_found");
  return row;
}

function viewOf(deps: Deps, row: sql.ConsentRow): Consent {
  const { config, connector } = bankOf(deps, row.bank_id);
  const isOpen = row.authorisation_url_sealed !== null && row.called_back_at === null;
  return {
    id: row.id,
    bankId: row.bank_id,
    bankName: config.name,
    status: row.status,
    authorisationUrl: isOpen
      ? deps.vault.open(urlPlace(row.id), row.authorisation_url_sealed as string)
      : null,
    data: [...consentDataOf(connector)],
    validUntil: row.valid_until,
    frequencyPerDay: row.frequency_per_day,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    accountIds: row.account_ids,
    createdAt: row.created_at.toISOString(),
  };
}
