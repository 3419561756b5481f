-- Banking by files: mandates signed on the bank's page, orders that came in files, reports that go out as files.

-- A direct-debit mandate. It is a consent (same person, same page to end it) with what the file interface needs.
CREATE TABLE file_mandates (
  consent_id uuid PRIMARY KEY REFERENCES consents (id),
  redirect_uri text NOT NULL,
  state text NOT NULL,
  acceptance_id text,                         -- MsgId of the pain.012 that told the creditor
  told_status text                            -- the last consent status that the creditor was told
);

-- Every message taken in, so that a message id counts once per company.
CREATE TABLE file_messages (
  client_id text NOT NULL REFERENCES tpp_clients (id),
  message_id text NOT NULL,
  kind text NOT NULL,                         -- pain.001 | pain.008 | camt.056 | pain.011
  sha256 bytea NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (client_id, message_id)
);

-- One credit transfer or one collection.
CREATE TABLE file_orders (
  id uuid PRIMARY KEY,
  client_id text NOT NULL REFERENCES tpp_clients (id),
  message_id text NOT NULL,
  message_name text NOT NULL,
  payment_information_id text NOT NULL,
  end_to_end_id text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('credit_transfer', 'direct_debit')),
  debtor_account uuid NOT NULL REFERENCES accounts (id),
  creditor_account uuid REFERENCES accounts (id),
  creditor_iban text NOT NULL,
  creditor_name text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  remittance text,
  mandate_id text,
  status text NOT NULL,                       -- ACSP | ACSC | RJCT | CANC | RTRN
  reason text,                                -- ISO 20022 external reason code
  transfer_id uuid,
  settle_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
-- The same end-to-end id is the same payment, unless the first was refused: the second is refused as a duplicate.
CREATE UNIQUE INDEX file_orders_once ON file_orders (client_id, end_to_end_id) WHERE status <> 'RJCT';
CREATE INDEX file_orders_open ON file_orders (settle_at) WHERE status = 'ACSP';

-- Files to be put out (outbox), written in the transaction that caused them.
CREATE TABLE file_reports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL UNIQUE,
  content text NOT NULL,
  due_at timestamptz NOT NULL,
  partial boolean NOT NULL DEFAULT false,     -- a scripted fault: half of it first
  written_at timestamptz
);
CREATE INDEX file_reports_due ON file_reports (id) WHERE written_at IS NULL;

-- Statements of closed days that were put out.
CREATE TABLE file_statements (
  account_id uuid NOT NULL REFERENCES accounts (id),
  date date NOT NULL,
  PRIMARY KEY (account_id, date)
);
