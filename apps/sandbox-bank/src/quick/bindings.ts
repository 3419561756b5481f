/** Agreements (签约): four elements → code → agreement number; and their end. */
import { compactDecrypt } from "jose";
import { addDays, type Bank } from "../context.ts";
import type { Queryable } from "../database.ts";
import { businessDate } from "../ledger/end-of-day.ts";
import { type Card, findCard } from "./cards.ts";
import type { BankKeys } from "./keys.ts";
import type { Merchant } from "./merchants.ts";
import { CODE_ATTEMPTS, CODE_LIFE_MS, newCode, sendMessage } from "./messages.ts";
import { queueQuickNotice } from "./notices.ts";
import { QuickProblem } from "./problems.ts";
import type { Schemas } from "./schemas.ts";

const AGREEMENT_DAYS = 365;
/** Wrong elements in a row before a card can be bound no more that day. */
const MAX_FAILURES = 5;
const LOCK_MS = 24 * 60 * 60_000;

export type BindingStatus = "code_sent" | "signed" | "ended" | "expired" | "failed";

interface BindingRow {
  id: string;
  client_id: string;
  card_number: string;
  status: BindingStatus;
  code: string;
  attempts_left: number;
  code_expires_at: Date;
  agreement_number: string | null;
  signed_at: Date | null;
  valid_until: string | null;
  notice_url: string;
}

export interface BindingDeps {
  bank: Bank;
  keys: BankKeys;
  schemas: Schemas;
}

export async function startBinding(
  deps: BindingDeps,
  merchant: Merchant,
  message: { requestId: string; sensitive: string; noticeUrl: string },
) {
  const { bank } = deps;
  const holder = await decipher(deps, message.sensitive);
  const card = await checkHolder(bank, holder);
  const code = newCode(bank);
  const expires = new Date(bank.clock.now().getTime() + CODE_LIFE_MS);
  return bank.db.transaction(async (tx) => {
    const id = bank.random.uuid();
    const { rows } = await tx.query<{ id: string }>(
      `INSERT INTO quick_bindings (id, client_id, request_id, card_number, status, code, attempts_left,
         code_expires_at, notice_url, created_at) VALUES ($1, $2, $3, $4, 'code_sent', $5, $6, $7, $8, $9)
       ON CONFLICT (client_id, request_id) DO NOTHING RETURNING id`,
      [
        id,
        merchant.id,
        message.requestId,
        card.cardNumber,
        code,
        CODE_ATTEMPTS,
        expires,
        message.noticeUrl,
        bank.clock.now(),
      ],
    );
    if (rows.length === 0) return repeated(tx, merchant, message.requestId, card);
    await sendMessage(bank, tx, {
      phone: card.phone,
      code,
      en: `Code ${code} to allow ${merchant.name} to pay from your card ending in ${card.cardNumber.slice(-4)}. Tell nobody. Valid for 5 minutes.`,
      zh: `验证码 ${code}，用于授权 ${merchant.name} 从您尾号 ${card.cardNumber.slice(-4)} 的卡付款。请勿告知他人，5 分钟内有效。`,
    });
    return { bindingId: id, phoneMasked: maskPhone(card.phone), codeExpiresAt: expires.toISOString() };
  });
}

/** The same request again: the code that was sent still counts, and no second one goes out. */
async function repeated(tx: Queryable, merchant: Merchant, requestId: string, card: Card) {
  const { rows } = await tx.query<BindingRow>(
    "SELECT * FROM quick_bindings WHERE client_id = $1 AND request_id = $2",
    [merchant.id, requestId],
  );
  const row = rows[0] as BindingRow;
  if (row.card_number !== card.cardNumber) throw new QuickProblem("REFERENCE_REUSED");
  return {
    bindingId: row.id,
    phoneMasked: maskPhone(card.phone),
    codeExpiresAt: row.code_expires_at.toISOString(),
  };
}

export async function confirmBinding(
  { bank }: BindingDeps,
  merchant: Merchant,
  message: { bindingId: string; code: string },
) {
  return bank.db.transaction(async (tx) => {
    const row = await lockBinding(tx, merchant, message.bindingId);
    if (row.status === "signed" && row.code === message.code) return signed(tx, merchant, row);
    if (row.status !== "code_sent") return { outcome: "ended" };
    if (row.code_expires_at <= bank.clock.now()) {
      await setStatus(bank, tx, row, "failed");
      return { outcome: "ended" };
    }
    if (row.code !== message.code) {
      const left = row.attempts_left - 1;
      await tx.query("UPDATE quick_bindings SET attempts_left = $2 WHERE id = $1", [row.id, left]);
      if (left > 0) return { outcome: "code_wrong", attemptsLeft: left };
      await setStatus(bank, tx, row, "failed");
      return { outcome: "ended" };
    }
    const today = await businessDate(tx);
    row.agreement_number = `LT${bank.random.bytes(12).toString("hex").toUpperCase()}`;
    row.signed_at = bank.clock.now();
    row.valid_until = addDays(today, AGREEMENT_DAYS);
    await tx.query(
      `UPDATE quick_bindings SET status = 'signed', agreement_number = $2, signed_at = $3, valid_until = $4 WHERE id = $1`,
      [row.id, row.agreement_number, row.signed_at, row.valid_until],
    );
    await tx.query(
      `INSERT INTO quick_card_tokens (token, client_id, card_number) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
      [
        `LOTUS${bank.random.bytes(10).toString("hex").toUpperCase()}${row.card_number.slice(-4)}`,
        merchant.id,
        row.card_number,
      ],
    );
    return signed(tx, merchant, row);
  });
}

async function signed(tx: Queryable, merchant: Merchant, row: BindingRow) {
  const { rows } = await tx.query<{ token: string; currency: string; type: string; holder_name: string }>(
    `SELECT t.token, a.currency, c.type, c.holder_name FROM quick_card_tokens t
       JOIN quick_cards c ON c.card_number = t.card_number JOIN accounts a ON a.id = c.account_id
      WHERE t.client_id = $1 AND t.card_number = $2`,
    [merchant.id, row.card_number],
  );
  const card = rows[0];
  if (card === undefined) throw new Error("a signed agreement without a card token");
  return {
    outcome: "signed",
    agreement: {
      agreementNumber: row.agreement_number,
      cardToken: card.token,
      cardType: card.type,
      currency: card.currency,
      holderName: card.holder_name,
      signedAt: row.signed_at?.toISOString(),
      validUntil: row.valid_until,
    },
  };
}

export async function bindingStatus(
  { bank }: BindingDeps,
  merchant: Merchant,
  message: { bindingId: string },
) {
  return bank.db.transaction(async (tx) => {
    const row = await lockBinding(tx, merchant, message.bindingId);
    await expireWhereDue(bank, tx, row);
    return { bindingId: row.id, status: row.status };
  });
}

export async function endBinding({ bank }: BindingDeps, merchant: Merchant, message: { bindingId: string }) {
  return bank.db.transaction(async (tx) => {
    const row = await lockBinding(tx, merchant, message.bindingId);
    // Ending what is over changes nothing; the merchant needs no notice of its own wish.
    if (row.status === "code_sent" || row.status === "signed") {
      row.status = "ended";
      await tx.query("UPDATE quick_bindings SET status = 'ended' WHERE id = $1", [row.id]);
    }
    return { bindingId: row.id, status: row.status };
  });
}

/** The customer ends an agreement at the bank itself. */
export async function endByCustomer(bank: Bank, bindingId: string): Promise<void> {
  await bank.db.transaction(async (tx) => {
    const { rows } = await tx.query<BindingRow>(
      "SELECT * FROM quick_bindings WHERE id::text = $1 AND status = 'signed' FOR UPDATE",
      [bindingId],
    );
    if (rows[0] !== undefined) await setStatus(bank, tx, rows[0], "ended");
  });
}

/** The card behind a valid agreement. */
export async function cardOfAgreement(
  tx: Queryable,
  merchant: Merchant,
  agreementNumber: string,
): Promise<string> {
  const { rows } = await tx.query<BindingRow>(
    "SELECT * FROM quick_bindings WHERE client_id = $1 AND agreement_number = $2 FOR SHARE",
    [merchant.id, agreementNumber],
  );
  const row = rows[0];
  if (row === undefined) throw new QuickProblem("BINDING_UNKNOWN");
  const today = await businessDate(tx);
  if (row.status !== "signed" || (row.valid_until !== null && row.valid_until < today))
    throw new QuickProblem("AGREEMENT_ENDED");
  return row.card_number;
}

async function lockBinding(tx: Queryable, merchant: Merchant, id: string): Promise<BindingRow> {
  const { rows } = await tx.query<BindingRow>(
    "SELECT * FROM quick_bindings WHERE id::text = $1 AND client_id = $2 FOR UPDATE",
    [id, merchant.id],
  );
  if (rows[0] === undefined) throw new QuickProblem("BINDING_UNKNOWN");
  return rows[0];
}

async function expireWhereDue(bank: Bank, tx: Queryable, row: BindingRow): Promise<void> {
  const isOver = row.valid_until !== null && row.valid_until < (await businessDate(tx));
  if (row.status === "signed" && isOver) await setStatus(bank, tx, row, "expired");
  if (row.status === "code_sent" && row.code_expires_at <= bank.clock.now())
    await setStatus(bank, tx, row, "failed");
}

async function setStatus(bank: Bank, tx: Queryable, row: BindingRow, status: BindingStatus): Promise<void> {
  row.status = status;
  await tx.query("UPDATE quick_bindings SET status = $2 WHERE id = $1", [row.id, status]);
  await queueQuickNotice(bank, tx, {
    merchantId: row.client_id,
    uri: row.notice_url,
    content: { bindingId: row.id, status },
    reference: null,
  });
}

type Holder = Omit<Card, "accountId" | "type">;

async function decipher(deps: BindingDeps, sensitive: string): Promise<Holder> {
  let holder: unknown;
  try {
    const { plaintext, protectedHeader } = await compactDecrypt(sensitive, deps.keys.decipherKey, {
      keyManagementAlgorithms: ["RSA-OAEP-256"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    if (protectedHeader.kid !== deps.keys.cipher.serial) throw new Error("another key");
    holder = JSON.parse(Buffer.from(plaintext).toString("utf8"));
  } catch {
    throw new QuickProblem("MESSAGE_INVALID", "sensitive cannot be deciphered");
  }
  const wrong = deps.schemas.finding("card-holder", holder);
  if (wrong !== undefined) throw new QuickProblem("MESSAGE_INVALID", wrong);
  return holder as Holder;
}

/** All four must fit; which of them does not is never told. */
async function checkHolder(bank: Bank, holder: Holder): Promise<Card> {
  const card = await findCard(bank.db, holder.cardNumber);
  if (card === undefined) throw new QuickProblem("CARD_NOT_SUPPORTED");
  const { rows } = await bank.db.query<{ locked_until: Date | null }>(
    "SELECT locked_until FROM quick_cards WHERE card_number = $1",
    [card.cardNumber],
  );
  const lockedUntil = rows[0]?.locked_until;
  if (lockedUntil && lockedUntil > bank.clock.now()) throw new QuickProblem("TOO_MANY_TRIES");
  const fits =
    card.holderName === holder.holderName.normalize("NFC").trim() &&
    card.idType === holder.idType &&
    card.idNumber === holder.idNumber &&
    card.phone === holder.phone.replace(/^\+86/, "");
  if (fits) {
    await bank.db.query("UPDATE quick_cards SET failures = 0, locked_until = NULL WHERE card_number = $1", [
      card.cardNumber,
    ]);
    return card;
  }
  await bank.db.query(
    `UPDATE quick_cards SET failures = CASE WHEN failures + 1 >= $2 THEN 0 ELSE failures + 1 END,
       locked_until = CASE WHEN failures + 1 >= $2 THEN $3::timestamptz ELSE NULL END WHERE card_number = $1`,
    [card.cardNumber, MAX_FAILURES, new Date(bank.clock.now().getTime() + LOCK_MS)],
  );
  throw new QuickProblem("DETAILS_MISMATCH");
}

function maskPhone(phone: string): string {
  return `${phone.slice(0, 3)}****${phone.slice(-4)}`;
}
