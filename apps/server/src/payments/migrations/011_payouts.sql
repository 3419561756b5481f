-- A merchant's payout is a payment that leaves to its own bank account, as a withdrawal does: `customer_id` is the
-- merchant, and the money is of `merchant:{id}:available`.
ALTER TABLE payments.payment
  ADD COLUMN settlement_account_id text,
  DROP CONSTRAINT payment_kind_check,
  ADD CONSTRAINT payment_kind_check CHECK (kind IN ('top_up', 'transfer', 'withdrawal', 'return', 'purchase', 'refund', 'payout')),
  DROP CONSTRAINT payment_original_kind_check,
  ADD CONSTRAINT payment_original_kind_check CHECK (original_kind IN ('top_up', 'withdrawal', 'payout')),
  ADD CONSTRAINT payout_has_account CHECK ((kind = 'payout') <= (settlement_account_id IS NOT NULL));

DROP INDEX payments.payment_under_way;
CREATE INDEX payment_under_way ON payments.payment (bank_id, currency)
  WHERE kind IN ('withdrawal', 'payout') AND status IN ('authorised', 'unknown', 'action_required');
