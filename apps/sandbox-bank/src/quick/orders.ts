/** Orders: pay by agreement, pay out to a bound card, give back; each with its state and its lines in the books. */
import { createHash } from "node:crypto";
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { findAccounts } from "../ledger/accounts.ts";
import { bookTransfer, holdBusinessDate, InsufficientFunds, postPending } from "../ledger/postings.ts";
import { formatAmount, parseAmount } from "../money.ts";
import { cardOfAgreement } from "./bindings.ts";
import { type Merchant, merchantAccount } from "./merchants.ts";
import { CODE_ATTEMPTS, CODE_LIFE_MS, newCode, sendMessage } from "./messages.ts";
import { queueQuickNotice } from "./notices.ts";
import { QuickProblem, REASONS } from "./problems.ts";

export type OrderStatus = "WAITING_CODE" | "PROCESSING" | "SUCCESS" | "FAILED" | "CANCELLED";

/** Payments above this many yuan need a code of their own. */
const CODE_ABOVE = "5000.00";

export interface OrderRow {
  id: string;
  client_id: string;
  kind: "payment" | "payout" | "refund";
  reference: string;
  content_hash: Buffer;
  original_id: string | null;
  card_number: string;
  amount_minor: bigint;
  currency: string;
  subject: string;
  status: OrderStatus;
  reason_code: string | null;
  code: string | null;
  attempts_left: number | null;
  code_expires_at: Date | null;
  notice_url: string;
  return_url: string | null;
  transfer_id: string | null;
  settle_at: Date | null;
  booked_on: string | null;
  created_at: Date;
}

interface Wire {
  amount: string;
  currency: string;
}
interface Common {
  reference: string;
  requestId: string;
  amount: Wire;
  subject: string;
  noticeUrl: string;
}

/** Pay by agreement: from the card's account to the merchant's. Large amounts wait for a code. */
export function createPayment(
  bank: Bank,
  merchant: Merchant,
  message: Common & { agreementNumber: string; returnUrl: string },
  refuse: boolean,
) {
  return create(bank, merchant, "payment", message, async (tx, draft) => {
    draft.card_number = await cardOfAgreement(tx, merchant, message.agreementNumber);
    draft.return_url = message.returnUrl;
    if (refuse) return { fail: "REFUSED" };
    const needsCode = draft.amount_minor > (parseAmount(CODE_ABOVE, draft.currency) ?? 0n);
    return { needsCode };
  });
}

/** Pay out to a bound card: from the merchant's account to the card's. */
export function createPayout(
  bank: Bank,
  merchant: Merchant,
  message: Common & { cardToken: string; payeeName: string },
  refuse: boolean,
) {
  return create(bank, merchant, "payout", message, async (tx, draft) => {
    const { rows } = await tx.query<{ card_number: string }>(
      "SELECT card_number FROM quick_card_tokens WHERE token = $1 AND client_id = $2",
      [message.cardToken, merchant.id],
    );
    if (rows[0] === undefined) throw new QuickProblem("CARD_UNKNOWN");
    draft.card_number = rows[0].card_number;
    return refuse ? { fail: "REFUSED" } : {};
  });
}

/** Gives a booked payment back, whole or in part; all parts together never more than the payment. */
export function createRefund(
  bank: Bank,
  merchant: Merchant,
  message: Common & { originalReference: string },
  refuse: boolean,
) {
  return create(bank, merchant, "refund", message, async (tx, draft) => {
    const { rows } = await tx.query<OrderRow>(
      "SELECT * FROM quick_orders WHERE client_id = $1 AND reference = $2 AND kind = 'payment' FOR UPDATE",
      [merchant.id, message.originalReference],
    );
    const original = rows[0];
    if (original === undefined) throw new QuickProblem("ORDER_UNKNOWN");
    if (original.status !== "SUCCESS" || original.currency !== draft.currency)
      throw new QuickProblem("NOT_REFUNDABLE");
    const left = original.amount_minor - (await refundedOf(tx, original.id));
    if (draft.amount_minor > left) throw new QuickProblem("REFUND_TOO_LARGE");
    draft.original_id = original.id;
    draft.card_number = original.card_number;
    return refuse ? { fail: "REFUSED" } : {};
  });
}

async function create(
  bank: Bank,
  merchant: Merchant,
  kind: OrderRow["kind"],
  message: Common,
  prepare: (tx: Queryable, draft: OrderRow) => Promise<{ fail?: string; needsCode?: boolean }>,
) {
  const amount = parseAmount(message.amount.amount, message.amount.currency);
  if (amount === undefined || amount <= 0n) throw new QuickProblem("MESSAGE_INVALID", "amount");
  const hash = createHash("sha256")
    .update(JSON.stringify([kind, message]))
    .digest();
  return bank.db.transaction(async (tx) => {
    const draft: OrderRow = {
      id: bank.random.uuid(),
      client_id: merchant.id,
      kind,
      reference: message.reference,
      content_hash: hash,
      original_id: null,
      card_number: "",
      amount_minor: amount,
      currency: message.amount.currency,
      subject: message.subject,
      status: "PROCESSING",
      reason_code: null,
      code: null,
      attempts_left: null,
      code_expires_at: null,
      notice_url: message.noticeUrl,
      return_url: null,
      transfer_id: null,
      settle_at: null,
      booked_on: null,
      created_at: bank.clock.now(),
    };
    // One order of a reference at a time; a repeat then finds the first one.
    await tx.query("SELECT pg_advisory_xact_lock(hashtextextended($1, 7313))", [
      `${merchant.id} ${message.reference}`,
    ]);
    const before = await findOrder(tx, merchant, { reference: message.reference });
    if (before !== undefined) {
      if (!before.content_hash.equals(hash)) throw new QuickProblem("REFERENCE_REUSED");
      return viewOf(bank, tx, before);
    }
    const plan = await prepare(tx, draft);
    if ((await merchantAccount(tx, merchant, draft.currency)) === undefined)
      throw new QuickProblem("CURRENCY_NOT_OFFERED");
    if (plan.needsCode) {
      draft.status = "WAITING_CODE";
      draft.code = newCode(bank);
      draft.attempts_left = CODE_ATTEMPTS;
      draft.code_expires_at = new Date(bank.clock.now().getTime() + CODE_LIFE_MS);
    }
    await insert(tx, draft);
    if (plan.fail !== undefined) await setStatus(bank, tx, draft, "FAILED", plan.fail);
    else if (plan.needsCode) await sendCode(bank, tx, merchant, draft);
    else await execute(bank, tx, merchant, draft);
    return viewOf(bank, tx, draft);
  });
}

async function insert(tx: Queryable, row: OrderRow): Promise<void> {
  const columns = Object.keys(row) as (keyof OrderRow)[];
  await tx.query(
    `INSERT INTO quick_orders (${columns.join(", ")}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(", ")})`,
    columns.map((column) => row[column]),
  );
}

async function sendCode(bank: Bank, tx: Queryable, merchant: Merchant, order: OrderRow): Promise<void> {
  const { rows } = await tx.query<{ phone: string }>("SELECT phone FROM quick_cards WHERE card_number = $1", [
    order.card_number,
  ]);
  const amount = `${order.currency} ${formatAmount(order.amount_minor, order.currency)}`;
  await sendMessage(bank, tx, {
    phone: rows[0]?.phone ?? "",
    code: order.code ?? "",
    en: `Code ${order.code} to pay ${amount} to ${merchant.name}. Tell nobody. Valid for 5 minutes.`,
    zh: `验证码 ${order.code}，您正在向 ${merchant.name} 付款 ${amount}。请勿告知他人，5 分钟内有效。`,
  });
}

/** Pending lines on both sides, booked after the settlement delay; at once where there is none. */
export async function execute(bank: Bank, tx: Queryable, merchant: Merchant, order: OrderRow): Promise<void> {
  const today = await holdBusinessDate(tx);
  const custody = await merchantAccount(tx, merchant, order.currency);
  const { rows } = await tx.query<{ account_id: string; holder_name: string }>(
    "SELECT account_id, holder_name FROM quick_cards WHERE card_number = $1",
    [order.card_number],
  );
  const card = rows[0];
  const [account] = await findAccounts(tx, [card?.account_id ?? ""]);
  if (custody === undefined || card === undefined || account === undefined)
    throw new Error("an order without its two accounts");
  if (account.currency !== order.currency) throw new QuickProblem("CURRENCY_NOT_OFFERED");
  const toMerchant = order.kind === "payment";
  const shared = { endToEndId: order.reference, remittance: order.subject };
  const cardSide = {
    ...shared,
    accountId: account.id,
    amountMinor: toMerchant ? -order.amount_minor : order.amount_minor,
    counterpartyName: merchant.name,
    counterpartyAccount: custody.iban,
    family: toMerchant ? "ICDT/BOOK" : "RCDT/BOOK",
  };
  const merchantSide = {
    ...shared,
    accountId: custody.id,
    amountMinor: -cardSide.amountMinor,
    counterpartyName: card.holder_name,
    counterpartyAccount: null,
    family: toMerchant ? "RCDT/BOOK" : "ICDT/BOOK",
  };
  order.transfer_id = bank.random.uuid();
  order.settle_at = new Date(bank.clock.now().getTime() + bank.settleAfterMs);
  try {
    await postPending(tx, order.transfer_id, [cardSide, merchantSide], {
      valueDate: today,
      now: bank.clock.now(),
      uuid: bank.random.uuid,
    });
  } catch (error) {
    if (!(error instanceof InsufficientFunds)) throw error;
    // Nothing was written: the funds are checked before the first line.
    order.transfer_id = null;
    await setStatus(bank, tx, order, "FAILED", toMerchant ? "INSUFFICIENT_FUNDS" : "MERCHANT_FUNDS");
    return;
  }
  await tx.query("UPDATE quick_orders SET transfer_id = $2, settle_at = $3 WHERE id = $1", [
    order.id,
    order.transfer_id,
    order.settle_at,
  ]);
  if (bank.settleAfterMs === 0) await book(bank, tx, order, today);
  else await setStatus(bank, tx, order, "PROCESSING");
}

async function book(bank: Bank, tx: Queryable, order: OrderRow, bookingDate: string): Promise<void> {
  if (order.transfer_id === null) throw new Error("an order without lines cannot be booked");
  await bookTransfer(tx, order.transfer_id, { bookingDate, now: bank.clock.now(), uuid: bank.random.uuid });
  await followBooks(bank, tx, order);
}

/** The end of day books what is pending; the order then follows its lines. */
async function followBooks(bank: Bank, tx: Queryable, order: OrderRow): Promise<void> {
  if (order.status !== "PROCESSING" || order.transfer_id === null) return;
  const { rows } = await tx.query<{ booking_date: string | null }>(
    "SELECT booking_date FROM entries WHERE transfer_id = $1 AND status = 'booked' LIMIT 1",
    [order.transfer_id],
  );
  const bookedOn = rows[0]?.booking_date;
  if (bookedOn == null) return;
  order.booked_on = bookedOn;
  await tx.query("UPDATE quick_orders SET booked_on = $2 WHERE id = $1", [order.id, bookedOn]);
  await setStatus(bank, tx, order, "SUCCESS");
}

export async function setStatus(
  bank: Bank,
  tx: Queryable,
  order: OrderRow,
  status: OrderStatus,
  reason: string | null = null,
): Promise<void> {
  order.status = status;
  order.reason_code = reason;
  await tx.query("UPDATE quick_orders SET status = $2, reason_code = $3 WHERE id = $1", [
    order.id,
    status,
    reason,
  ]);
  await queueQuickNotice(bank, tx, {
    merchantId: order.client_id,
    uri: order.notice_url,
    content: { paymentId: order.id, status },
    reference: order.reference,
  });
}

export async function queryOrder(
  bank: Bank,
  merchant: Merchant,
  message: { paymentId?: string; reference?: string },
) {
  return bank.db.transaction(async (tx) => {
    const order = await findOrder(tx, merchant, message);
    if (order === undefined) throw new QuickProblem("ORDER_UNKNOWN");
    await advance(bank, tx, order);
    return viewOf(bank, tx, order);
  });
}

/** Takes an order back that moved nothing for good: waiting for its code, or pending on the day it was made. */
export async function cancelOrder(bank: Bank, merchant: Merchant, message: { paymentId: string }) {
  return bank.db.transaction(async (tx) => {
    const order = await findOrder(tx, merchant, message);
    if (order === undefined) throw new QuickProblem("ORDER_UNKNOWN");
    await advance(bank, tx, order);
    if (order.status === "WAITING_CODE") await setStatus(bank, tx, order, "CANCELLED");
    const outcome = order.status === "CANCELLED" ? "cancelled" : "too_late";
    return { outcome, order: await viewOf(bank, tx, order) };
  });
}

/** What time does to an order: a code that nobody entered, lines that were booked. */
async function advance(bank: Bank, tx: Queryable, order: OrderRow): Promise<void> {
  if (order.status === "WAITING_CODE" && order.code_expires_at !== null) {
    if (order.code_expires_at <= bank.clock.now()) await setStatus(bank, tx, order, "FAILED", "CODE_FAILED");
  } else if (order.status === "PROCESSING" && order.settle_at !== null) {
    if (order.settle_at <= bank.clock.now()) await book(bank, tx, order, await holdBusinessDate(tx));
    else await followBooks(bank, tx, order);
  }
}

/** One round over all open orders; called by the bank's clockwork. */
export async function advanceOrders(bank: Bank): Promise<void> {
  const { rows } = await bank.db.query<{ id: string }>(
    `SELECT o.id FROM quick_orders o
      WHERE (o.status = 'WAITING_CODE' AND o.code_expires_at <= $1)
         OR (o.status = 'PROCESSING' AND (o.settle_at <= $1 OR EXISTS (
              SELECT 1 FROM entries e WHERE e.transfer_id = o.transfer_id AND e.status = 'booked'))) LIMIT 200`,
    [bank.clock.now()],
  );
  for (const { id } of rows)
    await bank.db.transaction(async (tx) => {
      const order = await lockOrder(tx, id);
      if (order !== undefined) await advance(bank, tx, order);
    });
}

export async function lockOrder(tx: Queryable, id: string): Promise<OrderRow | undefined> {
  const { rows } = await tx.query<OrderRow>("SELECT * FROM quick_orders WHERE id::text = $1 FOR UPDATE", [
    id,
  ]);
  return rows[0];
}

async function findOrder(
  tx: Queryable,
  merchant: Merchant,
  by: { paymentId?: string; reference?: string },
): Promise<OrderRow | undefined> {
  const { rows } = await tx.query<OrderRow>(
    `SELECT * FROM quick_orders WHERE client_id = $1 AND ($2::text IS NULL OR id::text = $2)
       AND ($3::text IS NULL OR reference = $3) LIMIT 1 FOR UPDATE`,
    [merchant.id, by.paymentId ?? null, by.reference ?? null],
  );
  return rows[0];
}

async function refundedOf(tx: Queryable, orderId: string): Promise<bigint> {
  const { rows } = await tx.query<{ sum: bigint }>(
    `SELECT coalesce(sum(amount_minor), 0)::bigint AS sum FROM quick_orders
      WHERE original_id = $1 AND status IN ('PROCESSING', 'SUCCESS')`,
    [orderId],
  );
  return rows[0]?.sum ?? 0n;
}

async function viewOf(bank: Bank, tx: Queryable, order: OrderRow) {
  const original = order.original_id === null ? undefined : await lockOrder(tx, order.original_id);
  const money = (minor: bigint) => ({
    amount: formatAmount(minor, order.currency),
    currency: order.currency,
  });
  const reason = order.reason_code === null ? undefined : REASONS[order.reason_code];
  return {
    paymentId: order.id,
    kind: order.kind,
    reference: order.reference,
    originalReference: original?.reference ?? null,
    amount: money(order.amount_minor),
    refunded: money(order.kind === "payment" ? await refundedOf(tx, order.id) : 0n),
    status: order.status,
    reason: reason === undefined ? null : { code: order.reason_code, text: reason },
    approvalUrl: order.status === "WAITING_CODE" ? `${bank.baseUrl}/quick/approve/${order.id}` : null,
    createdAt: order.created_at.toISOString(),
    bookedOn: order.booked_on,
  };
}
