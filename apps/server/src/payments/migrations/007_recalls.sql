-- A withdrawal that staff asked the bank to get back (ISO 20022 camt.056). One for each payment; the money, if it
-- comes, comes as a return.
CREATE TABLE payments.recall (
  payment_id text PRIMARY KEY REFERENCES payments.payment (id),
  reason text NOT NULL,                       -- ISO 20022 ExternalCancellationReason1Code
  note text NOT NULL,
  by text NOT NULL,
  staff_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('to_be_sent', 'asked', 'granted', 'refused', 'unanswered')),
  code text,                                  -- why the bank refuses
  asked_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX recall_open ON payments.recall (updated_at) WHERE status IN ('to_be_sent', 'asked');
