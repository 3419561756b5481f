-- Purchases are confirmed like transfers and withdrawals; the payee is the merchant.
ALTER TABLE identity.step_up
  DROP CONSTRAINT step_up_kind_check,
  ADD CONSTRAINT step_up_kind_check CHECK (kind IN ('transfer', 'withdrawal', 'purchase'));
