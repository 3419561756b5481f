-- Money for accounts at other banks of the sandbox. Whatever books a line on a clearing account in somebody's favour
-- puts it here; the bank's clockwork hands it to the bank of the account.
CREATE TABLE clearing_out (
  transfer_id uuid PRIMARY KEY,
  creditor_iban text NOT NULL,
  next_attempt_at timestamptz,                -- null: settled, one way or the other
  attempts int NOT NULL DEFAULT 0,
  outcome text CHECK (outcome IN ('delivered', 'refused'))
);
CREATE INDEX clearing_due ON clearing_out (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

-- What came from other banks, so that the same payment counts once.
CREATE TABLE clearing_in (
  sender text NOT NULL,                       -- bank code
  transfer_id uuid NOT NULL,                  -- the sender's
  PRIMARY KEY (sender, transfer_id)
);

CREATE FUNCTION queue_clearing() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO clearing_out (transfer_id, creditor_iban, next_attempt_at)
  SELECT NEW.transfer_id, d.counterparty_account, now()
    FROM accounts a JOIN entries d ON d.transfer_id = NEW.transfer_id AND d.amount_minor < 0
   WHERE a.id = NEW.account_id AND a.kind = 'internal' AND a.name = 'clearing' AND d.counterparty_account IS NOT NULL
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER clearing_queued AFTER UPDATE OF status ON entries FOR EACH ROW
  WHEN (OLD.status = 'pending' AND NEW.status = 'booked' AND NEW.amount_minor > 0 AND NEW.return_of IS NULL)
  EXECUTE FUNCTION queue_clearing();
