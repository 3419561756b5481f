/** Credit transfers and collections that came in files: checked, executed, booked, returned, and told of. */
import { addDays, type Bank, calendarDate } from "../context.ts";
import type { Queryable } from "../database.ts";
import { isIban } from "../iban.ts";
import { type Account, clearingAccount, findAccountByIban, findAccounts } from "../ledger/accounts.ts";
import {
  bookTransfer,
  holdBusinessDate,
  InsufficientFunds,
  type Line,
  postPending,
} from "../ledger/postings.ts";
import { type ReturnResult, returnTransfer } from "../ledger/returns.ts";
import { parseAmount } from "../money.ts";
import type { IncomingMessage, IncomingOrder } from "./incoming.ts";
import { accountOfMandate } from "./mandates.ts";
import { messageRefused, notification, queueReport, statusReport } from "./reports.ts";

const OLDEST_DAYS = 5;

interface OrderRow {
  id: string;
  client_id: string;
  message_id: string;
  message_name: string;
  payment_information_id: string;
  end_to_end_id: string;
  kind: IncomingOrder["kind"];
  debtor_account: string;
  creditor_account: string | null;
  creditor_iban: string;
  creditor_name: string;
  amount_minor: bigint;
  currency: string;
  remittance: string | null;
  mandate_id: string | null;
  status: string;
  transfer_id: string | null;
}

/**
 * Takes the orders of one message in. Every order gets its report; one that is refused does not touch the others.
 * @param refuse rejects the orders whatever they are (scripted fault)
 */
export async function takeOrders(
  bank: Bank,
  tx: Queryable,
  clientId: string,
  message: IncomingMessage & { name: string },
  refuse: boolean,
): Promise<void> {
  const count = Number(message.numberOfTransactions ?? message.orders.length);
  if (count !== message.orders.length) {
    await queueReport(
      bank,
      tx,
      messageRefused(bank, {
        messageId: message.messageId,
        messageName: message.name,
        reason: "AM18",
        information: "The number of transactions differs from the group header.",
      }),
      null,
    );
    return;
  }
  for (const order of message.orders) await takeOrder(bank, tx, clientId, message, order, refuse);
}

async function takeOrder(
  bank: Bank,
  tx: Queryable,
  clientId: string,
  message: { messageId: string; name: string },
  order: IncomingOrder,
  refuse: boolean,
): Promise<void> {
  const told = {
    messageId: message.messageId,
    messageName: message.name,
    paymentInformationId: order.paymentInformationId,
    endToEndId: order.endToEndId,
  };
  const tell = (status: string, reason: string | null) =>
    queueReport(bank, tx, statusReport(bank, { ...told, status, reason }), order.endToEndId);
  const known = await tx.query(
    "SELECT 1 FROM file_orders WHERE client_id = $1 AND end_to_end_id = $2 AND status <> 'RJCT'",
    [clientId, order.endToEndId],
  );
  // ISO 20022 external status reason code DU04, duplicate end-to-end id: the first one stands.
  if (known.rows.length > 0) return tell("RJCT", "DU04");

  const today = await holdBusinessDate(tx);
  const checked = await check(bank, tx, clientId, order);
  if (typeof checked === "string" || refuse)
    return tell("RJCT", typeof checked === "string" ? checked : "NARR");
  const { debtor, creditor, amountMinor } = checked;
  const transferId = bank.random.uuid();
  const status = await post(bank, tx, order, checked, transferId, today);
  const now = bank.clock.now();
  await tx.query(
    `INSERT INTO file_orders (id, client_id, message_id, message_name, payment_information_id, end_to_end_id, kind,
       debtor_account, creditor_account, creditor_iban, creditor_name, amount_minor, currency, remittance, mandate_id,
       status, reason, transfer_id, settle_at, created_at, updated_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $20)`,
    [
      bank.random.uuid(),
      clientId,
      told.messageId,
      told.messageName,
      told.paymentInformationId,
      order.endToEndId,
      order.kind,
      debtor.id,
      creditor?.id ?? null,
      order.creditorIban,
      order.creditorName,
      amountMinor,
      order.currency,
      order.remittance,
      order.mandateId,
      status,
      status === "RJCT" ? "AM04" : null,
      status === "RJCT" ? null : transferId,
      new Date(now.getTime() + bank.settleAfterMs),
      now,
    ],
  );
  await tell(status === "RJCT" ? "RJCT" : "ACSP", status === "RJCT" ? "AM04" : null);
}

interface Checked {
  debtor: Account;
  creditor: Account | undefined;
  amountMinor: bigint;
}

/** What is wrong with an order, as a code of ISO 20022 ExternalStatusReason1Code; or its accounts and amount. */
async function check(
  bank: Bank,
  tx: Queryable,
  clientId: string,
  order: IncomingOrder,
): Promise<Checked | string> {
  const debtor = await findAccountByIban(tx, order.debtorIban);
  const creditor = await findAccountByIban(tx, order.creditorIban);
  const isOwn = (account: Account | undefined) =>
    account?.kind === "custody" && account.ownerClient === clientId;
  if (debtor === undefined || debtor.kind === "internal") return "AC01";
  // A day just gone by counts as today, as banks do for what comes after their cut-off.
  const oldest = addDays(calendarDate(bank.clock.now(), bank.timeZone), -OLDEST_DAYS);
  if (order.requestedDate !== null && order.requestedDate < oldest) return "DT01";
  const amountMinor = parseAmount(order.amount, order.currency);
  if (amountMinor === undefined) return "AM12";
  if (amountMinor <= 0n) return "AM01";
  if (debtor.currency !== order.currency) return "AC09";
  if (order.kind === "credit_transfer") {
    if (!isOwn(debtor)) return "AG01";
    if (!isIban(order.creditorIban) || creditor?.kind === "internal") return "AC03";
  } else {
    if (!isOwn(creditor)) return "AG01";
    const mandated = await accountOfMandate(bank, tx, clientId, order.mandateId ?? "");
    if (mandated === undefined) return "MD01";
    if (mandated !== debtor.id) return "MD02";
  }
  if (creditor !== undefined && creditor.currency !== order.currency) return "AC09";
  return { debtor, creditor, amountMinor };
}

/** Pending lines on both sides; `RJCT` with nothing written when the money does not suffice. */
async function post(
  bank: Bank,
  tx: Queryable,
  order: IncomingOrder,
  { debtor, creditor, amountMinor }: Checked,
  transferId: string,
  today: string,
): Promise<"ACSP" | "RJCT"> {
  const isSepa = order.currency === "EUR";
  const codes =
    order.kind === "direct_debit"
      ? { debit: "RDDT/ESDD", credit: "IDDT/ESDD" }
      : { debit: `ICDT/${isSepa ? "ESCT" : "XBCT"}`, credit: `RCDT/${isSepa ? "ESCT" : "XBCT"}` };
  const shared = { endToEndId: order.endToEndId, remittance: order.remittance };
  const lines: Line[] = [
    {
      ...shared,
      accountId: debtor.id,
      amountMinor: -amountMinor,
      counterpartyName: order.creditorName,
      counterpartyAccount: order.creditorIban,
      family: codes.debit,
    },
    {
      ...shared,
      accountId: creditor?.id ?? (await clearingAccount(bank, tx, order.currency)),
      amountMinor,
      counterpartyName: debtor.ownerName,
      counterpartyAccount: debtor.iban,
      family: codes.credit,
    },
  ];
  try {
    await postPending(tx, transferId, lines, {
      valueDate: today,
      now: bank.clock.now(),
      uuid: bank.random.uuid,
    });
    return "ACSP";
  } catch (error) {
    if (error instanceof InsufficientFunds) return "RJCT";
    throw error;
  }
}

/** Books what is due and tells of everything that was booked, also of what the end of the day booked. */
export async function settleDueOrders(bank: Bank): Promise<void> {
  const { rows } = await bank.db.query<{ id: string }>(
    `SELECT o.id FROM file_orders o WHERE o.status = 'ACSP' AND (o.settle_at <= $1 OR EXISTS (
       SELECT 1 FROM entries e WHERE e.transfer_id = o.transfer_id AND e.status = 'booked'))
      ORDER BY o.settle_at LIMIT 500`,
    [bank.clock.now()],
  );
  for (const { id } of rows) {
    await bank.db.transaction(async (tx) => {
      const bookingDate = await holdBusinessDate(tx);
      const order = await lockOrder(tx, id);
      if (order?.status === "ACSP") await settle(bank, tx, order, bookingDate);
    });
  }
}

async function settle(bank: Bank, tx: Queryable, order: OrderRow, bookingDate: string): Promise<void> {
  if (order.transfer_id === null) throw new Error("an order without lines cannot be booked");
  await bookTransfer(tx, order.transfer_id, { bookingDate, now: bank.clock.now(), uuid: bank.random.uuid });
  await setStatus(bank, tx, order, "ACSC", null);
  await notify(bank, tx, order, order.transfer_id, null);
  const told = { ...toldOf(order), status: "ACSC", reason: null };
  await queueReport(bank, tx, statusReport(bank, told), order.end_to_end_id);
}

/**
 * Takes a settled payment back, whole or in part: the other bank returns it, or the debtor asks for the refund. New
 * lines, never a change of the old ones.
 * @param input.reason ISO 20022 ExternalReturnReason1Code
 */
export async function returnOrder(
  bank: Bank,
  tx: Queryable,
  input: { endToEndId: string; reason: string; amountMinor?: bigint },
): Promise<ReturnResult> {
  // The business date first, then rows: the end of the day takes them in that order too.
  await holdBusinessDate(tx);
  const { rows } = await tx.query<OrderRow>(
    "SELECT * FROM file_orders WHERE end_to_end_id = $1 AND status <> 'RJCT' FOR UPDATE",
    [input.endToEndId],
  );
  const order = rows[0];
  return order?.status === "ACSC" ? giveBack(bank, tx, order, input) : { outcome: "not_booked" };
}

async function giveBack(
  bank: Bank,
  tx: Queryable,
  order: OrderRow,
  { reason, amountMinor }: { reason: string; amountMinor?: bigint },
): Promise<ReturnResult> {
  const result = await returnTransfer(bank, tx, {
    endToEndId: order.end_to_end_id,
    reason,
    ...(amountMinor === undefined ? {} : { amountMinor }),
  });
  if (result.outcome !== "returned") return result;
  if (result.whole) await setStatus(bank, tx, order, "RTRN", reason);
  await notify(bank, tx, order, result.transferId, reason);
  return result;
}

/**
 * Answers a recall (camt.056). What is not booked yet is given back: booked and returned, so that every movement
 * shows on the statements. What is booked on an account here is given back after a mistake or a fraud, as far as the
 * money is there; that the payer wishes it (CUST) is not enough, for this bank does not ask payees.
 */
export async function recallOrder(
  bank: Bank,
  tx: Queryable,
  clientId: string,
  recalled: { endToEndId: string; reason: string },
): Promise<{ messageId: string; messageName: string; given: boolean } | undefined> {
  const bookingDate = await holdBusinessDate(tx);
  const { rows } = await tx.query<OrderRow>(
    "SELECT * FROM file_orders WHERE client_id = $1 AND end_to_end_id = $2 AND status <> 'RJCT' FOR UPDATE",
    [clientId, recalled.endToEndId],
  );
  const order = rows[0];
  if (order === undefined) return undefined;
  // ISO 20022 return reason FOCR: following a cancellation request.
  const back = { reason: "FOCR" };
  let given = order.status === "ACSP";
  if (given) {
    await settle(bank, tx, order, bookingDate);
    await giveBack(bank, tx, order, back);
  } else if (order.status === "ACSC" && recalled.reason !== "CUST" && order.creditor_account !== null)
    given = (await giveBack(bank, tx, order, back)).outcome === "returned";
  return { messageId: order.message_id, messageName: order.message_name, given };
}

async function lockOrder(tx: Queryable, id: string): Promise<OrderRow | undefined> {
  const { rows } = await tx.query<OrderRow>("SELECT * FROM file_orders WHERE id = $1 FOR UPDATE", [id]);
  return rows[0];
}

async function setStatus(
  bank: Bank,
  tx: Queryable,
  order: OrderRow,
  status: string,
  reason: string | null,
): Promise<void> {
  await tx.query("UPDATE file_orders SET status = $2, reason = $3, updated_at = $4 WHERE id = $1", [
    order.id,
    status,
    reason,
    bank.clock.now(),
  ]);
}

/** camt.054 on the company's own account: the creditor's of a collection, the debtor's of a credit transfer. */
async function notify(
  bank: Bank,
  tx: Queryable,
  order: OrderRow,
  transferId: string,
  returnReason: string | null,
): Promise<void> {
  const ownId = order.kind === "direct_debit" ? order.creditor_account : order.debtor_account;
  const [own] = await findAccounts(tx, ownId === null ? [] : [ownId]);
  const [debtor] = await findAccounts(tx, [order.debtor_account]);
  const { rows } = await tx.query<{
    amount_minor: bigint;
    entry_reference: string;
    booking_date: string;
    family: string;
  }>(
    "SELECT amount_minor, entry_reference, booking_date, family FROM entries WHERE transfer_id = $1 AND account_id = $2 AND status = 'booked'",
    [transferId, ownId],
  );
  const line = rows[0];
  if (own === undefined || debtor === undefined || line === undefined) return;
  const report = notification(bank, {
    iban: own.iban,
    currency: own.currency,
    amountMinor: line.amount_minor,
    reference: line.entry_reference,
    bookingDate: line.booking_date,
    endToEndId: order.end_to_end_id,
    mandateId: order.mandate_id,
    family: line.family,
    debtorName: debtor.ownerName,
    debtorIban: debtor.iban,
    returnReason,
  });
  await queueReport(bank, tx, report, order.end_to_end_id);
}

function toldOf(order: OrderRow) {
  return {
    messageId: order.message_id,
    messageName: order.message_name,
    paymentInformationId: order.payment_information_id,
    endToEndId: order.end_to_end_id,
  };
}
