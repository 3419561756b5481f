import { randomBytes } from "node:crypto";
import { finalStatuses } from "./payments/index.ts";
import type { Clock } from "./platform/clock.ts";
import type { Queryable, Tx } from "./platform/db.ts";
import type { OpenVault } from "./vault/index.ts";

/**
 * Why a customer's data cannot be erased now. `retention`: the law keeps the records of who moved money for some
 * years after the last business (Directive (EU) 2015/849, Article 40: five; China's Anti-Money Laundering Law: ten),
 * and the right to erasure ends where such a duty begins (GDPR, Article 17(3)(b)).
 */
export type ErasureObstacle =
  | { code: "not_found" }
  | { code: "already_erased"; at: Date }
  | { code: "money"; accounts: number }
  | { code: "open_payments"; payments: number }
  | { code: "bank_access"; consents: number }
  /** Shops that they own and that are not closed: those would have nobody to answer for them. */
  | { code: "merchants"; merchants: number }
  | { code: "retention"; until: Date };

/** The longest of the duties we know; an operator under a shorter one says so. */
export const usualRetentionYears = 10;

/** What stands in the way of erasing a customer; nothing = it may be done. */
export async function erasureObstacles(
  db: Queryable,
  customerId: string,
  options: { now: Date; retentionYears?: number },
): Promise<ErasureObstacle[]> {
  const [found] = await db.query<{
    known: boolean;
    shredded_at: Date | null;
    accounts: bigint;
    open: bigint;
    consents: bigint;
    merchants: bigint;
    last: Date | null;
  }>(
    `SELECT EXISTS (SELECT FROM identity.customer WHERE id = $1) AS known,
            (SELECT shredded_at FROM vault.subject WHERE id = $1) AS shredded_at,
            (SELECT count(*) FROM ledger.account
              WHERE code = 'customer:' || $1 AND (balance <> 0 OR held <> 0)) AS accounts,
            (SELECT count(*) FROM payments.payment
              WHERE (customer_id = $1 OR payee_id = $1) AND status <> ALL ($2)) AS open,
            (SELECT count(*) FROM banks.consent
              WHERE customer_id = $1 AND status IN ('awaiting_customer', 'valid')) AS consents,
            (SELECT count(*) FROM merchants.member m JOIN merchants.merchant s ON s.id = m.merchant_id
              WHERE m.customer_id = $1 AND m.status = 'active' AND m.role = 'owner' AND s.status <> 'closed') AS merchants,
            (SELECT max(updated_at) FROM payments.payment WHERE customer_id = $1 OR payee_id = $1) AS last`,
    [customerId, finalStatuses],
  );
  if (found === undefined || !found.known) return [{ code: "not_found" }];
  if (found.shredded_at !== null) return [{ code: "already_erased", at: found.shredded_at }];
  const obstacles: ErasureObstacle[] = [];
  if (found.accounts > 0n) obstacles.push({ code: "money", accounts: Number(found.accounts) });
  if (found.open > 0n) obstacles.push({ code: "open_payments", payments: Number(found.open) });
  if (found.consents > 0n) obstacles.push({ code: "bank_access", consents: Number(found.consents) });
  if (found.merchants > 0n) obstacles.push({ code: "merchants", merchants: Number(found.merchants) });
  if (found.last !== null) {
    const until = new Date(found.last);
    until.setUTCFullYear(until.getUTCFullYear() + (options.retentionYears ?? usualRetentionYears));
    if (until > options.now) obstacles.push({ code: "retention", until });
  }
  return obstacles;
}

/**
 * Seals for the customer what was sealed before there were keys per person. To be done before `eraseCustomer`, outside
 * of its transaction: what is not bound to the person would stay readable.
 */
export const bindToSubject = (vault: OpenVault, customerId: string) =>
  vault.reseal.run({ subject: customerId });

/** Rows about how somebody signs in and is told things; nothing of them is a record of money. */
const deleted = [
  "identity.session",
  "identity.device",
  "identity.passkey",
  "identity.totp",
  "identity.recovery_code",
  "identity.recovery",
  "identity.undo_token",
  "identity.sign_in",
  "identity.payment_pin",
  "identity.trusted_payee",
  "identity.lesson_seen",
  "identity.message",
  "notifications.setting",
  "notifications.push_subscription",
  "notifications.notice",
  "banks.statement_import",
  "banks.imported_account",
] as const;

/**
 * Erases a customer when `tx` commits: the person's key is destroyed, so that name, addresses, notes and account
 * numbers open nowhere any more; credentials, messages and imported statements are deleted. Ledger, payments, freezes
 * and the audit trail stay: they name the customer by id alone.
 * @throws Error when something stands in the way; see `erasureObstacles`
 */
export async function eraseCustomer(
  tx: Tx,
  deps: { vault: Pick<OpenVault, "shred">; clock: Clock },
  customerId: string,
  options: { retentionYears?: number } = {},
): Promise<void> {
  // Nothing begins for the customer while it is looked whether something is under way.
  await tx.query("SELECT FROM identity.customer WHERE id = $1 FOR UPDATE", [customerId]);
  const obstacles = await erasureObstacles(tx, customerId, { now: deps.clock.now(), ...options });
  if (obstacles.length > 0)
    throw new Error(`${customerId} cannot be erased: ${obstacles.map(({ code }) => code).join(", ")}`);
  await tx.query(
    `DELETE FROM banks.imported_line WHERE account_id IN (SELECT id FROM banks.imported_account WHERE customer_id = $1)`,
    [customerId],
  );
  for (const table of deleted) await tx.query(`DELETE FROM ${table} WHERE customer_id = $1`, [customerId]);
  await tx.query("DELETE FROM identity.token WHERE customer_id = $1 AND kind = 'in_app'", [customerId]);
  await tx.query(
    // The address may open a wallet again: nothing recognises it any more, and no password fits.
    "UPDATE identity.customer SET email_index = $2, password_hash = NULL WHERE id = $1",
    [customerId, randomBytes(32)],
  );
  await tx.query(
    "UPDATE merchants.member SET status = 'removed', version = version + 1 WHERE customer_id = $1 AND status = 'active'",
    [customerId],
  );
  await deps.vault.shred(tx, customerId);
}
