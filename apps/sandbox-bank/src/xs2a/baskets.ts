/** Signing baskets as the bank keeps them: several payments that one authentication confirms. */
import type { Queryable } from "../database.ts";
import { findPayment, isUuid, type Payment } from "../payments/store.ts";

export type BasketStatus = "RCVD" | "ACTC" | "RJCT" | "CANC";

export interface Basket {
  id: string;
  clientId: string;
  status: BasketStatus;
}

/** The basket, or `undefined`. */
export async function findBasket(db: Queryable, id: string): Promise<Basket | undefined> {
  if (!isUuid(id)) return undefined;
  const { rows } = await db.query<{ id: string; client_id: string; status: BasketStatus }>(
    "SELECT id, client_id, status FROM signing_baskets WHERE id = $1",
    [id],
  );
  return rows[0] && { id: rows[0].id, clientId: rows[0].client_id, status: rows[0].status };
}

/** Stores a basket. Throws the database's unique violation when a payment lies in another basket already. */
export async function insertBasket(
  db: Queryable,
  basket: Basket & { now: Date },
  paymentIds: readonly string[],
): Promise<void> {
  await db.query("INSERT INTO signing_baskets (id, client_id, status, created_at) VALUES ($1, $2, $3, $4)", [
    basket.id,
    basket.clientId,
    basket.status,
    basket.now,
  ]);
  for (const [position, paymentId] of paymentIds.entries())
    await db.query(
      "INSERT INTO signing_basket_payments (basket_id, payment_id, position) VALUES ($1, $2, $3)",
      [basket.id, paymentId, position],
    );
}

/** The payments of a basket, in the order in which they were named. */
export async function basketPayments(db: Queryable, basketId: string): Promise<Payment[]> {
  const { rows } = await db.query<{ payment_id: string }>(
    "SELECT payment_id FROM signing_basket_payments WHERE basket_id = $1 ORDER BY position",
    [basketId],
  );
  const payments: Payment[] = [];
  for (const { payment_id } of rows) {
    const payment = await findPayment(db, payment_id);
    if (payment !== undefined) payments.push(payment);
  }
  return payments;
}

export async function setBasketStatus(db: Queryable, basketId: string, status: BasketStatus): Promise<void> {
  await db.query("UPDATE signing_baskets SET status = $2 WHERE id = $1", [basketId, status]);
}
