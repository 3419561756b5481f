-- Banks that take a payment only after the customer came back to us with a code (UK Open Banking): who was first, the
-- return that hands the payment over (`submitting`) or the one who lets go of it (`withdrawn`). Never both.
ALTER TABLE banks.payment_order
  ADD COLUMN return_claim text CHECK (return_claim IN ('submitting', 'withdrawn')),
  ADD COLUMN return_claimed_at timestamptz;
