-- What must be told to people: queued in the transaction that made it necessary, delivered by the module above.
CREATE TABLE identity.message (
  id text PRIMARY KEY,
  customer_id text REFERENCES identity.customer,
  staff_id text REFERENCES identity.staff,
  kind text NOT NULL,
  -- Address, language and what the text needs (a code, an amount, a name), sealed by the vault as one JSON value.
  sealed text NOT NULL,
  queued_at timestamptz NOT NULL,
  -- From then on it is worth nothing and is not delivered any more: a code that no longer works.
  expires_at timestamptz
);
CREATE INDEX message_queued_at ON identity.message (queued_at);
