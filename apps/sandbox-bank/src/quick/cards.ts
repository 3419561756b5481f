/** Cards of the bank's customers, and the invented cards of the demo people. */
import type { Bank } from "../context.ts";
import type { Queryable } from "../database.ts";

export interface Card {
  cardNumber: string;
  accountId: string;
  holderName: string;
  idType: "resident_identity_card" | "passport";
  idNumber: string;
  phone: string;
  type: "debit" | "credit";
}

/** First digits of this invented bank's cards; no issuer in the published tables uses them. */
export const CARD_PREFIX = "629999";

interface Row {
  card_number: string;
  account_id: string;
  holder_name: string;
  id_type: Card["idType"];
  id_number: string;
  phone: string;
  type: Card["type"];
}

export async function listCards(db: Queryable): Promise<(Card & { username: string; currency: string })[]> {
  const { rows } = await db.query<Row & { username: string; currency: string }>(
    `SELECT c.card_number, c.account_id, c.holder_name, c.id_type, c.id_number, c.phone, c.type, p.username, a.currency
       FROM quick_cards c JOIN psus p ON p.id = c.psu_id JOIN accounts a ON a.id = c.account_id
      ORDER BY p.username, c.card_number`,
  );
  return rows.map((row) => ({ ...fromRow(row), username: row.username, currency: row.currency }));
}

export async function findCard(db: Queryable, cardNumber: string): Promise<Card | undefined> {
  const { rows } = await db.query<Row>(
    `SELECT card_number, account_id, holder_name, id_type, id_number, phone, type FROM quick_cards
      WHERE card_number = $1`,
    [cardNumber],
  );
  return rows[0] && fromRow(rows[0]);
}

function fromRow(row: Row): Card {
  return {
    cardNumber: row.card_number,
    accountId: row.account_id,
    holderName: row.holder_name,
    idType: row.id_type,
    idNumber: row.id_number,
    phone: row.phone,
    type: row.type,
  };
}

/**
 * Gives every customer's account in yuan a card with elements that follow from its place in the list: the same at
 * every first start. The region code 99 and telephone numbers of this shape belong to nobody.
 */
export async function issueCards(bank: Bank): Promise<void> {
  const { rows } = await bank.db.query<{ id: string; psu_id: string; name: string; iban: string }>(
    `SELECT a.id, a.owner_psu AS psu_id, p.name, a.iban FROM accounts a JOIN psus p ON p.id = a.owner_psu
      WHERE a.kind = 'customer' AND a.currency = 'CNY'
        AND NOT EXISTS (SELECT 1 FROM quick_cards c WHERE c.account_id = a.id) ORDER BY a.iban`,
  );
  for (const row of rows) {
    const number = row.iban.slice(-9);
    await bank.db.query(
      `INSERT INTO quick_cards (card_number, psu_id, account_id, holder_name, id_type, id_number, phone, type)
       VALUES ($1, $2, $3, $4, 'resident_identity_card', $5, $6, 'debit') ON CONFLICT DO NOTHING`,
      [
        withLuhn(`${CARD_PREFIX}000${number}`),
        row.psu_id,
        row.id,
        row.name,
        withIdCheck(`99010119900101${number.slice(-3)}`),
        `1990${number.slice(-7)}`,
      ],
    );
  }
}

/** ISO/IEC 7812-1, annex B: the digit that makes the number right. */
function withLuhn(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, index) => {
    const value = Number(digit) * (index % 2 === 0 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return digits + ((10 - (sum % 10)) % 10).toString();
}

/** GB 11643-1999: check character by ISO 7064 MOD 11-2. */
function withIdCheck(digits: string): string {
  const weights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
  const sum = [...digits].reduce((total, digit, index) => total + Number(digit) * (weights[index] ?? 0), 0);
  return digits + "10X98765432"[sum % 11];
}
