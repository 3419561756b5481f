/** Payments as the bank keeps them. */
import type { Queryable } from "../database.ts";

/** External payment transaction status codes (ISO 20022) that this bank uses. */
export type TransactionStatus = "RCVD" | "ACTC" | "ACSP" | "ACSC" | "ACCC" | "PART" | "RJCT" | "CANC";

/** `payment-service` of NextGenPSD2. */
export type PaymentService = "payments" | "periodic-payments" | "bulk-payments";

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
  exemption: "trustedBeneficiary" | "corporateProcess" | "recurringTransaction" | null;
  redirectUri: string | null;
  nokRedirectUri: string | null;
  notificationUri: string | null;
  transferId: string | null;
  requestedExecutionDate: string | null;
  /** Default `payments`. Periodic and bulk payments move no money themselves: their single payments do. */
  service?: PaymentService;
  /** The periodic or bulk payment that this one belongs to. */
  parentId?: string | null;
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
  service: PaymentService;
  parent_id: string | null;
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
  return rows[0] && fromRow(rows[0]);
}

/** The single payments that a periodic or bulk payment has made, oldest first. */
export async function childrenOf(db: Queryable, parentId: string): Promise<Payment[]> {
  const { rows } = await db.query<Row>(
    "SELECT * FROM payments WHERE parent_id = $1 ORDER BY created_at, end_to_end_id, id",
    [parentId],
  );
  return rows.map(fromRow);
}

function fromRow(row: Row): Payment {
  return {
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
    service: row.service,
    parentId: row.parent_id,
  };
}

export async function insertPayment(db: Queryable, payment: Payment, now: Date): Promise<void> {
  await db.query(
    `INSERT INTO payments (id, client_id, product, body, debtor_account, creditor_account, creditor_iban, creditor_name,
       amount_minor, currency, end_to_end_id, remittance, status, reason, exemption, redirect_uri, nok_redirect_uri,
       notification_uri, requested_execution_date, service, parent_id, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $22)`,
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
      payment.service ?? "payments",
      payment.parentId ?? null,
      now,
    ],
  );
}
