/** Bulk payments (NextGenPSD2 1.3.11, bulk-payments): several payments from one account under one confirmation. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { clearingAccount, findAccounts } from "../ledger/accounts.ts";
import { holdAccounts, holdBusinessDate } from "../ledger/postings.ts";
import { formatError } from "../xs2a/errors.ts";
import { executePayment, setStatus } from "./execution.ts";
import {
  checkExecutionDate,
  creditorRefusal,
  type InitiationHeaders,
  type Initiator,
  type PaymentRequest,
  preparePayment,
  requireRedirect,
} from "./initiation.ts";
import { childrenOf, insertPayment, type Payment, type TransactionStatus } from "./store.ts";

/** bulkPaymentInitiation_json of the definition, as far as this bank reads it. */
export interface BulkRequest {
  debtorAccount: { iban?: string; currency?: string };
  requestedExecutionDate?: string;
  payments: Omit<PaymentRequest, "debtorAccount">[];
}

const MAX_PAYMENTS = 500;

/**
 * Takes a bulk payment in. One element that cannot be read refuses the whole order; one that the bank may not pay
 * is rejected alone. A company's own account needs no customer, and is paid from at once.
 */
export async function initiateBulk(
  bank: Bank,
  tx: Queryable,
  initiator: Initiator,
  product: string,
  request: BulkRequest,
  headers: InitiationHeaders,
): Promise<Payment> {
  if (request.payments.length === 0 || request.payments.length > MAX_PAYMENTS)
    throw formatError(`A bulk payment has 1 to ${MAX_PAYMENTS} payments.`, "payments");
  checkExecutionDate(bank, request);
  const prepared = [];
  for (const element of request.payments)
    prepared.push(
      await preparePayment(
        bank,
        tx,
        initiator,
        product,
        { ...element, debtorAccount: request.debtorAccount },
        { ...headers, notificationUri: null },
      ),
    );
  const [first] = prepared as [(typeof prepared)[number]];
  const isCorporate = first.debtor.kind === "custody";
  if (!isCorporate) await requireRedirect(tx, initiator.clientId, headers);
  const parent: Payment = {
    ...first.payment,
    id: bank.random.uuid(),
    service: "bulk-payments",
    body: { ...request },
    creditorAccount: null,
    creditorIban: "",
    creditorName: `${prepared.length} payments`,
    amountMinor: prepared.reduce((sum, { payment }) => sum + payment.amountMinor, 0n),
    endToEndId: null,
    remittance: null,
    notificationUri: headers.notificationUri,
    exemption: isCorporate ? "corporateProcess" : null,
  };
  await insertPayment(tx, parent, bank.clock.now());
  for (const { payment, creditor, debtor } of prepared) {
    const child: Payment = { ...payment, parentId: parent.id, exemption: parent.exemption };
    await insertPayment(tx, child, bank.clock.now());
    const refusal = creditorRefusal(bank, child.creditorIban, creditor, debtor.currency);
    if (refusal !== undefined) await setStatus(bank, tx, child, "RJCT", refusal);
  }
  if (isCorporate) await executeBulk(bank, tx, parent);
  return parent;
}

/** Executes every payment of a confirmed bulk payment; those without funds are rejected alone. */
export async function executeBulk(bank: Bank, tx: Queryable, parent: Payment): Promise<void> {
  await holdBusinessDate(tx);
  const children = (await childrenOf(tx, parent.id)).filter(({ status }) => status === "RCVD");
  // All accounts at once and in their fixed order, so that two bulks cannot wait for each other.
  const clearing = await clearingAccount(bank, tx, parent.currency);
  const creditors = await findAccounts(
    tx,
    children.flatMap(({ creditorAccount }) => creditorAccount ?? []),
  );
  await holdAccounts(tx, [parent.debtorAccount, clearing, ...creditors.map(({ id }) => id)]);
  for (const child of children) await executePayment(bank, tx, child);
  const status = bulkStatus((await childrenOf(tx, parent.id)).map((child) => child.status));
  const reason = status === "RJCT" ? "NARR: none of the payments could be made" : null;
  await setStatus(bank, tx, parent, status, reason);
}

/** Status of a bulk payment by those of its payments: PART where some were rejected and others not. */
export function bulkStatus(statuses: readonly TransactionStatus[]): TransactionStatus {
  const rejected = statuses.filter((status) => status === "RJCT").length;
  if (rejected === statuses.length) return "RJCT";
  if (rejected > 0) return "PART";
  return statuses.every((status) => status === "ACSC" || status === "ACCC") ? "ACSC" : "ACSP";
}
