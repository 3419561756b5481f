/** POST /v1/payments/{product}: what is accepted, what needs the customer, what is executed at once. */

import { isExempt } from "../consents/trust.ts";
import { type Bank, calendarDate } from "../context.ts";
import type { Queryable } from "../database.ts";
import { isIban } from "../iban.ts";
import { type Account, clearingAccount, findAccountByIban } from "../ledger/accounts.ts";
import { holdAccounts, holdBusinessDate } from "../ledger/postings.ts";
import { parseAmount } from "../money.ts";
import { formatError, Xs2aError } from "../xs2a/errors.ts";
import { executePayment, setStatus } from "./execution.ts";
import { insertPayment, type Payment } from "./store.ts";

/** paymentInitiation_json of the definition, as far as this bank reads it. */
export interface PaymentRequest {
  endToEndIdentification?: string;
  debtorAccount: { iban?: string; currency?: string };
  instructedAmount: { amount: string; currency: string };
  creditorAccount: { iban?: string; currency?: string };
  creditorName: string;
  remittanceInformationUnstructured?: string;
  requestedExecutionDate?: string;
}

export interface Initiator {
  clientId: string;
  /** Accounts opened by the customer's consent, when the customer's token was used; `null` with the TPP's own. */
  consentedAccounts: string[] | null;
}

export interface InitiationHeaders {
  redirectUri: string | null;
  nokRedirectUri: string | null;
  notificationUri: string | null;
  explicitAuthorisation: boolean;
  /** Whether the customer will be sent to the bank's page, which needs a way back. Default true. */
  redirect?: boolean;
}

const PRODUCTS = new Set([
  "sepa-credit-transfers",
  "instant-sepa-credit-transfers",
  "cross-border-credit-transfers",
]);

/** Throws when the bank does not offer the payment product of the path. */
export function checkProduct(product: string): void {
  if (!PRODUCTS.has(product)) {
    throw new Xs2aError(404, "PRODUCT_UNKNOWN", `The payment product ${product} is not offered.`);
  }
}

/**
 * Takes a payment in: executes it at once where no strong authentication is needed, otherwise leaves it `RCVD` with
 * an authorisation to be finished on the bank's page (its id is answered). Runs in the caller's transaction.
 * @param refuse rejects the payment whatever it is (scripted fault)
 */
export async function initiatePayment(
  bank: Bank,
  tx: Queryable,
  initiator: Initiator,
  product: string,
  request: PaymentRequest,
  headers: InitiationHeaders,
  refuse = false,
): Promise<{ payment: Payment; authorisationId: string | null }> {
  checkExecutionDate(bank, request);
  const { payment, debtor, creditor } = await preparePayment(bank, tx, initiator, product, request, headers);
  const businessDate = await holdBusinessDate(tx);
  // Both sides at once, in their fixed order: the daily limit is read under the debtor's lock.
  await holdAccounts(tx, [debtor.id, creditor?.id ?? (await clearingAccount(bank, tx, debtor.currency))]);
  payment.exemption = await exemptionOf(bank, tx, payment, debtor, creditor, businessDate);
  if (payment.exemption === null && !refuse) await requireRedirect(tx, initiator.clientId, headers);
  await insertPayment(tx, payment, bank.clock.now());

  const refusal = refuse
    ? "NARR: the bank refuses this payment (scripted fault)"
    : creditorRefusal(bank, payment.creditorIban, creditor, debtor.currency);
  if (refusal !== undefined) {
    await setStatus(bank, tx, payment, "RJCT", refusal);
    return { payment, authorisationId: null };
  }
  if (payment.exemption !== null) {
    await executePayment(bank, tx, payment);
    return { payment, authorisationId: null };
  }
  if (headers.explicitAuthorisation) return { payment, authorisationId: null };
  return { payment, authorisationId: await startAuthorisation(bank, tx, payment.id) };
}

/** A payment as the bank will keep it, checked but not stored. Throws for what the bank does not accept. */
export async function preparePayment(
  bank: Bank,
  tx: Queryable,
  initiator: Initiator,
  product: string,
  request: PaymentRequest,
  headers: InitiationHeaders,
): Promise<{ payment: Payment; debtor: Account; creditor: Account | undefined }> {
  const debtor = await debtorOf(bank, tx, initiator, request);
  const amountMinor = amountOf(product, request, debtor);
  const creditorIban = creditorIbanOf(request, debtor);
  const creditor = await findAccountByIban(tx, creditorIban);
  const payment: Payment = {
    id: bank.random.uuid(),
    clientId: initiator.clientId,
    product,
    body: { ...request },
    debtorAccount: debtor.id,
    creditorAccount: creditor?.id ?? null,
    creditorIban,
    creditorName: request.creditorName,
    amountMinor,
    currency: debtor.currency,
    endToEndId: request.endToEndIdentification ?? null,
    remittance: request.remittanceInformationUnstructured ?? null,
    status: "RCVD",
    reason: null,
    exemption: null,
    redirectUri: headers.redirectUri,
    nokRedirectUri: headers.nokRedirectUri,
    notificationUri: headers.notificationUri,
    transferId: null,
    requestedExecutionDate: request.requestedExecutionDate ?? null,
  };
  return { payment, debtor, creditor };
}

/** Opens an authorisation of a payment, to be finished on the bank's page. */
export async function startAuthorisation(bank: Bank, tx: Queryable, paymentId: string): Promise<string> {
  const id = bank.random.uuid();
  await tx.query(
    "INSERT INTO authorisations (id, payment_id, sca_status, created_at) VALUES ($1, $2, 'received', $3)",
    [id, paymentId, bank.clock.now()],
  );
  return id;
}

async function debtorOf(
  bank: Bank,
  tx: Queryable,
  initiator: Initiator,
  request: PaymentRequest,
): Promise<Account> {
  const { iban, currency } = request.debtorAccount;
  const path = "debtorAccount.iban";
  if (iban === undefined) throw formatError("The debtor account is named by IBAN at this bank.", path);
  const account = await findAccountByIban(tx, iban);
  // Another company's custody account and the bank's own accounts are as unknown as one that does not exist.
  const usable =
    account !== undefined &&
    (account.kind === "customer" ||
      (account.kind === "custody" && account.ownerClient === initiator.clientId));
  if (!usable) throw new Xs2aError(400, "RESOURCE_UNKNOWN", "The bank knows no such debtor account.", path);
  if (initiator.consentedAccounts !== null && !initiator.consentedAccounts.includes(account.id)) {
    throw new Xs2aError(401, "CONSENT_INVALID", "The consent does not cover the debtor account.", path);
  }
  if (currency !== undefined && currency !== account.currency) {
    throw formatError("The debtor account is not kept in that currency.", "debtorAccount.currency");
  }
  bank.log.debug({ kind: account.kind }, "payment initiated");
  return account;
}

function amountOf(product: string, request: PaymentRequest, debtor: Account): bigint {
  const { amount, currency } = request.instructedAmount;
  if (product.includes("sepa") && currency !== "EUR") {
    throw new Xs2aError(
      403,
      "PRODUCT_INVALID",
      "SEPA products carry euro only.",
      "instructedAmount.currency",
    );
  }
  if (currency !== debtor.currency) {
    throw formatError(
      "The amount is not in the currency of the debtor account.",
      "instructedAmount.currency",
    );
  }
  const minor = parseAmount(amount, currency);
  if (minor === undefined) {
    throw formatError(
      "The amount has more decimals than its currency, or is no number.",
      "instructedAmount.amount",
    );
  }
  if (minor <= 0n) throw formatError("The amount must be above zero.", "instructedAmount.amount");
  return minor;
}

function creditorIbanOf(request: PaymentRequest, debtor: Account): string {
  const { iban } = request.creditorAccount;
  if (iban === undefined || !isIban(iban)) {
    throw formatError(
      "The creditor account needs an IBAN with a right check number.",
      "creditorAccount.iban",
    );
  }
  if (iban === debtor.iban)
    throw formatError("Debtor and creditor are the same account.", "creditorAccount.iban");
  return iban;
}

export function checkExecutionDate(bank: Bank, request: { requestedExecutionDate?: string }): void {
  const date = request.requestedExecutionDate;
  if (date === undefined || date === calendarDate(bank.clock.now(), bank.timeZone)) return;
  throw new Xs2aError(
    400,
    "EXECUTION_DATE_INVALID",
    "This bank executes on the day of the order only.",
    "requestedExecutionDate",
  );
}

async function exemptionOf(
  bank: Bank,
  tx: Queryable,
  payment: Payment,
  debtor: Account,
  creditor: Account | undefined,
  businessDate: string,
): Promise<Payment["exemption"]> {
  // RTS (EU) 2018/389 art. 17: a company's own dedicated process needs no strong authentication.
  if (debtor.kind === "custody") return "corporateProcess";
  if (creditor?.kind !== "custody" || creditor.ownerClient !== payment.clientId) return null;
  const exempt = await isExempt(tx, {
    debtorAccount: debtor.id,
    clientId: payment.clientId,
    amountMinor: payment.amountMinor,
    businessDate,
    today: calendarDate(bank.clock.now(), bank.timeZone),
  });
  return exempt ? "trustedBeneficiary" : null;
}

/** ISO 20022 external status reason codes AC01 (incorrect account number) and AC09 (invalid account currency). */
export function creditorRefusal(
  bank: Pick<Bank, "code">,
  iban: string,
  creditor: Account | undefined,
  currency: string,
): string | undefined {
  if (creditor === undefined) {
    const isOurs = iban.startsWith("CZ") && iban.slice(4, 8) === bank.code;
    return isOurs ? "AC01: the bank knows no such creditor account" : undefined;
  }
  if (creditor.kind === "internal") return "AC01: the bank knows no such creditor account";
  return creditor.currency === currency
    ? undefined
    : "AC09: the creditor account is kept in another currency";
}

/** The customer must be able to come back, and only to an address of the TPP (no open redirect). */
export async function requireRedirect(
  tx: Queryable,
  clientId: string,
  headers: InitiationHeaders,
): Promise<void> {
  if (headers.redirect === false) return;
  if (headers.redirectUri === null) {
    throw formatError(
      "The customer must confirm this payment: TPP-Redirect-URI is missing.",
      "TPP-Redirect-URI",
    );
  }
  await checkOrigins(tx, clientId, headers);
}

/** Throws FORMAT_ERROR for a way back that is not on an origin registered by the TPP (no open redirect). */
export async function checkOrigins(
  db: Queryable,
  clientId: string,
  headers: { redirectUri: string | null; nokRedirectUri: string | null },
): Promise<void> {
  const { rows } = await db.query<{ redirect_uris: string[] }>(
    "SELECT redirect_uris FROM tpp_clients WHERE id = $1",
    [clientId],
  );
  const origins = new Set((rows[0]?.redirect_uris ?? []).map((uri) => new URL(uri).origin));
  for (const uri of [headers.redirectUri, headers.nokRedirectUri]) {
    if (uri !== null && !origins.has(new URL(uri).origin)) {
      throw formatError("The redirect address is not on a registered origin of the TPP.", "TPP-Redirect-URI");
    }
  }
}
