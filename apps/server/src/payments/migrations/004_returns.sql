-- Money that a bank sends or takes back after a payment was settled: a payment of kind `return` that points to the first.
ALTER TABLE payments.payment
  ADD COLUMN original_id text REFERENCES payments.payment (id),
  ADD COLUMN original_kind text CHECK (original_kind IN ('top_up', 'withdrawal')),
  ADD CHECK ((kind = 'return') = (original_id IS NOT NULL AND original_kind IS NOT NULL));
CREATE INDEX payment_original ON payments.payment (original_id) WHERE original_id IS NOT NULL;

-- A top-up taken back of which the customer no longer has the money: what is missing is owed to us.
ALTER TABLE payments.staff_case DROP CONSTRAINT staff_case_kind_check;
ALTER TABLE payments.staff_case ADD CONSTRAINT staff_case_kind_check
  CHECK (kind IN ('outcome_unknown', 'hold_ending', 'late_money', 'money_owed'));

-- All returns of a payment together are never more than it, and of its currency. The row of the payment is locked by
-- whoever books a return, so that two cannot pass at once.
CREATE FUNCTION payments.check_return() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_original payments.payment; v_sum numeric;
BEGIN
  SELECT * INTO v_original FROM payments.payment WHERE id = NEW.original_id FOR UPDATE;
  SELECT sum(amount) INTO v_sum FROM payments.payment WHERE original_id = NEW.original_id;
  IF v_original.currency <> NEW.currency OR v_original.kind <> NEW.original_kind OR v_sum > v_original.amount THEN
    RAISE EXCEPTION 'returns of payment % do not fit it', NEW.original_id;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER return_fits AFTER INSERT ON payments.payment FOR EACH ROW WHEN (NEW.original_id IS NOT NULL)
  EXECUTE FUNCTION payments.check_return();
