/** Payments as the bank keeps them. */
import type { Queryable } from "../database.ts";

/** External payment transaction status codes (ISO 20022) that this bank uses. */
export type TransactionStatus = "RCVD" | "ACSP" | "ACSC" | "ACCC" | "RJCT" | "CANC";

export interface Payment {
  id: string;
  clientId: string;
  product: string;
  /** The payment as the TPP sent it. */
  body: Record<string, unknown>;
  debtorAccount: string;
  creditorAccount: string | null;
  creditorIban: string;
  creditorName: string;
  amountMinor: bigint;
  currency: string;
  endToEndId: string | null;
  remittance: string | null;
  status: TransactionStatus;
  /** Why it was rejected: ISO 20022 external status reason code and a sentence. */
  reason: string | null;
  exemption: "trustedBeneficiary" | "corporateProcess" | null;
  redirectUri: string | null;
  nokRedirectUri: string | null;
  notificationUri: string | null;
  transferId: string | null;
  requestedExecutionDate: string | null;
}

interface Row {
  id: string;
  client_id: string;
  product: string;
  body: Record<string, unknown>;
  debtor_account: string;
  creditor_account: string | null;
  creditor_iban: string;
  creditor_name: string;
  amount_minor: bigint;
  currency: string;
  end_to_end_id: string | null;
  remittance: string | null;
  status: TransactionStatus;
  reason: string | null;
  exemption: Payment["exemption"];
  redirect_uri: string | null;
  nok_redirect_uri: string | null;
  notification_uri: string | null;
  transfer_id: string | null;
  requested_execution_date: string | null;
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text from outside may be compared with a uuid column. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** The payment, or `undefined`. With `lock` the row stays locked until the transaction ends. */
export async function findPayment(
  db: Queryable,
  id: string,
  options: { lock?: boolean } = {},
): Promise<Payment | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await db.query<Row>(
    `SELECT * FROM payments WHERE id = $1 ${options.lock ? "FOR UPDATE" : ""}`,
    [id],
  );
  const row = rows[0];
  return (
    row && {
      id: row.id,
      clientId: row.client_id,
      product: row.product,
      body: row.body,
      debtorAccount: row.debtor_account,
      creditorAccount: row.creditor_account,
      creditorIban: row.creditor_iban,
      creditorName: row.creditor_name,
      amountMinor: row.amount_minor,
      currency: row.currency,
      endToEndId: row.end_to_end_id,
      remittance: row.remittance,
      status: row.status,
      reason: row.reason,
      exemption: row.exemption,
      redirectUri: row.redirect_uri,
      nokRedirectUri: row.nok_redirect_uri,
      notificationUri: row.notification_uri,
      transferId: row.transfer_id,
      requestedExecutionDate: row.requested_execution_date,
    }
  );
}

export async function insertPayment(db: Queryable, payment: Payment, now: Date): Promise<void> {
  await db.query(
    `INSERT INTO payments (id, client_id, product, body, debtor_account, creditor_account, creditor_iban, creditor_name,
       amount_minor, currency, end_to_end_id, remittance, status, reason, exemption, redirect_uri, nok_redirect_uri,
       notification_uri, requested_execution_date, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20)`,
    [
      payment.id,
      payment.clientId,
      payment.product,
      JSON.stringify(payment.body),
      payment.debtorAccount,
      payment.creditorAccount,
      payment.creditorIban,
      payment.creditorName,
      payment.amountMinor,
      payment.currency,
      payment.endToEndId,
      payment.remittance,
      payment.status,
      payment.reason,
      payment.exemption,
      payment.redirectUri,
      payment.nokRedirectUri,
      payment.notificationUri,
      payment.requestedExecutionDate,
      now,
    ],
  );
}
