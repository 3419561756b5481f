import type { Queryable } from "../platform/db.ts";
import type { PaymentRow } from "./sql.ts";

/** What came back of these payments, oldest first. */
export function selectReturnsOf(db: Queryable, originalIds: readonly string[]): Promise<PaymentRow[]> {
  if (originalIds.length === 0) return Promise.resolve([]);
  return db.query<PaymentRow>(
    "SELECT * FROM payments.payment WHERE original_id = ANY ($1) ORDER BY original_id, id",
    [originalIds],
  );
}
