import { randomBytes } from "node:crypto";
import type { BankBinding } from "@jinqiao/contract";
import { Refusal } from "../platform/errors.ts";
import { sealedAnswers } from "../vault/index.ts";
import { claimAttempt, findBinding, insertBinding, keepAttemptsLeft } from "./binding-sql.ts";
import type { CardHolder } from "./connector.ts";
import { endConsent, hashOfState, ownConsent, storeLink } from "./consents.ts";
import { bankOf, type Deps } from "./context.ts";
import { endConsentJob } from "./job-drafts.ts";
import { nameBasedUuid } from "./request-ids.ts";
import * as sql from "./sql.ts";

/** Codes handed on to the bank for one binding. The bank allows fewer wrong ones; the rest is for lost answers. */
const maxAttempts = 8;

/**
 * Begins to link a card: the bank compares the four elements and sends a code. They pass through and are not kept.
 * Even the request's own hash would let somebody try card numbers against it, so that is kept keyed.
 * Safe to repeat with the same key: the bank recognises the request and sends no second code.
 * @throws Refusal `bank.link_by_page`, `bank.card_not_supported`, `bank.details_mismatch`, `bank.too_many_tries`,
 *   `bank.unavailable`, `idempotency.key_reused`
 */
export async function createBinding(
  deps: Deps,
  customerId: string,
  asked: { key: string; hash: string },
  { bankId, ...holder }: CardHolder & { bankId: string },
): Promise<BankBinding> {
  const { config, connector } = bankOf(deps, bankId);
  if (connector.bind === undefined) throw new Refusal("bank.link_by_page");
  const place = { table: "platform.request", column: "hash" };
  // Under a key of its own: the platform compares plain hashes, and must not find this one.
  const request = {
    key: `${asked.key}/keyed`,
    hash: deps.vault.blindIndex(place, asked.hash).toString("hex"),
  };
  const stored = await sql.findRequest(deps.db, sealedAnswers(deps.vault), request.key);
  if (stored !== undefined) return replay(stored, request.hash);

  // Another bank's card is nothing that this bank needs to know.
  const prefixes = connector.capabilities.cardPrefixes ?? [];
  if (prefixes.length > 0 && !prefixes.some((prefix) => holder.cardNumber.startsWith(prefix)))
    throw new Refusal("bank.card_not_supported");
  const started = await connector.bind
    .start({
      ...holder,
      requestId: nameBasedUuid(`${config.id} ${request.key}`),
      noticeUrl: `${deps.publicUrl}/v1/bank-notices/${encodeURIComponent(config.id)}`,
    })
    .catch((error: unknown) => {
      throw error instanceof Refusal ? error : new Refusal("bank.unavailable", { cause: error });
    });

  const id = deps.ids.next("cns");
  const at = deps.clock.now();
  const result: BankBinding = {
    id,
    bankId: config.id,
    bankName: config.name,
    status: "awaiting_code",
    phoneMasked: started.phoneMasked,
    codeExpiresAt: started.codeExpiresAt,
    attemptsLeft: null,
    accountIds: [],
  };
  const earlier = await deps.db.transaction(async (tx) => {
    const claimed = await sql.claimRequest(tx, sealedAnswers(deps.vault), { ...request, result, at });
    if (claimed !== undefined) return claimed;
    await sql.insertConsent(tx, {
      id,
      customerId,
      bankId: config.id,
      bankConsentId: started.bankConsentId,
      // Nobody comes back from a page: a state that nobody knows.
      stateHash: hashOfState(randomBytes(32).toString("base64url")),
      authorisationUrlSealed: null,
      secretsSealed: null,
      at,
    });
    await insertBinding(tx, { consentId: id, ...started });
    return undefined;
  });
  return earlier === undefined ? result : replay(earlier, request.hash);
}

function replay(stored: { hash: string; result: unknown }, hash: string): BankBinding {
  if (stored.hash !== hash) throw new Refusal("idempotency.key_reused");
  return stored.result as BankBinding;
}

/** @throws Refusal `request.not_found` also for another customer's binding */
export async function getBinding(deps: Deps, customerId: string, id: string): Promise<BankBinding> {
  const consent = await ownConsent(deps, customerId, id);
  const binding = await findBinding(deps.db, id);
  if (binding === undefined) throw new Refusal("request.not_found");
  const status =
    consent.status === "awaiting_customer"
      ? "awaiting_code"
      : consent.status === "valid"
        ? "linked"
        : "ended";
  return {
    id: consent.id,
    bankId: consent.bank_id,
    bankName: bankOf(deps, consent.bank_id).config.name,
    status,
    phoneMasked: binding.phone_masked,
    codeExpiresAt: binding.code_expires_at.toISOString(),
    attemptsLeft: binding.attempts_left,
    accountIds: consent.account_ids,
  };
}

/**
 * Hands the customer's code to the bank, and links the card when it is right. After a lost answer the same code may
 * be sent again: the bank answers with the agreement it signed.
 * @throws Refusal `bank.code_wrong`, `bank.binding_over`, `bank.unavailable`
 */
export async function confirmBinding(
  deps: Deps,
  customer: { id: string; ip: string },
  id: string,
  code: string,
): Promise<BankBinding> {
  const binding = await getBinding(deps, customer.id, id);
  if (binding.status === "linked") return binding;
  if (binding.status === "ended") throw new Refusal("bank.binding_over");
  const consent = await ownConsent(deps, customer.id, id);
  const { connector } = bankOf(deps, consent.bank_id);
  if (connector.bind === undefined) throw new Refusal("bank.binding_over");
  const over = async (): Promise<never> => {
    await endConsent(deps, id, "awaiting_customer", "failed", [endConsentJob(id)]);
    throw new Refusal("bank.binding_over");
  };
  if (!(await claimAttempt(deps.db, id, maxAttempts))) return over();

  const answer = await connector.bind.confirm({ bankConsentId: consent.bank_consent_id, code });
  if (answer.outcome === "code_wrong") {
    await keepAttemptsLeft(deps.db, id, answer.attemptsLeft);
    throw new Refusal("bank.code_wrong");
  }
  if (answer.outcome === "ended") return over();
  try {
    await storeLink(deps, consent, { ...answer, frequencyPerDay: null }, customer.ip);
  } catch (error) {
    // Two pages sent the code: what the first one linked stands.
    const now = await getBinding(deps, customer.id, id);
    if (now.status !== "linked") throw error;
    return now;
  }
  return getBinding(deps, customer.id, id);
}
