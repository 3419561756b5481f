import type { Money } from "@jinqiao/money";
import type { Clock } from "../platform/clock.ts";
import type { Ids } from "../platform/ids.ts";
import { requestIdOf } from "./mover.ts";
import type { PaymentRow } from "./sql.ts";

/** A payment as it begins: authorised, with a reference of its own, and nothing known yet of a bank. */
export function newPayment(
  { ids, clock }: { ids: Ids; clock: Clock },
  kind: PaymentRow["kind"],
  customerId: string,
  money: Money,
  extra: Partial<PaymentRow>,
): PaymentRow {
  const id = ids.next("pay");
  const now = clock.now();
  return {
    id,
    kind,
    status: "authorised",
    customer_id: customerId as PaymentRow["customer_id"],
    payee_id: null,
    bank_id: null,
    linked_account_id: null,
    consent_id: null,
    settlement_account_id: null,
    currency: money.currency,
    amount: money.minor,
    note_sealed: null,
    // The SEPA character set has no underscore; 28 characters stay below the 35 that banks carry.
    reference: `JQ${id.slice(4).toUpperCase()}`,
    request_id: requestIdOf(id, 1),
    hold_id: null,
    bank_payment_id: null,
    bank_status: null,
    action_url: null,
    credited: false,
    reason_code: null,
    reason_en: null,
    reason_zh: null,
    sent_at: null,
    accepted_at: null,
    inquiries: 0,
    needs_review: false,
    original_id: null,
    original_kind: null,
    merchant_id: null,
    merchant_name: null,
    merchant_reference: null,
    intent_id: null,
    authorised_amount: null,
    payee_check: null,
    route: null,
    authentication: null,
    version: 1,
    created_at: now,
    updated_at: now,
    ...extra,
  };
}
