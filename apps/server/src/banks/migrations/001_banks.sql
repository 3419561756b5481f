-- What we know from banks and what we said to them. Columns named *_sealed hold values of the vault.

CREATE TABLE banks.consent (
  id text PRIMARY KEY,                        -- cns_…
  customer_id text NOT NULL,
  bank_id text NOT NULL,
  bank_consent_id text NOT NULL,
  status text NOT NULL CHECK (status IN ('awaiting_customer', 'valid', 'expired', 'revoked', 'rejected', 'failed')),
  state_hash bytea NOT NULL UNIQUE,           -- SHA-256 of the OAuth state; the state itself is not kept in the clear
  authorisation_url_sealed text,              -- only while the customer is awaited
  secrets_sealed text,                        -- PKCE verifier and state; only until the callback
  called_back_at timestamptz,                 -- the callback is used once
  access_sealed text,                         -- tokens; only while valid
  access_version int NOT NULL DEFAULT 0,      -- raised by every refresh, so that two refreshes cannot overwrite each other
  valid_until date,                           -- the bank's word
  frequency_per_day int,
  last_used_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (status = 'awaiting_customer' OR (authorisation_url_sealed IS NULL AND secrets_sealed IS NULL)),
  CHECK ((status = 'valid') = (access_sealed IS NOT NULL))
);
CREATE INDEX consent_customer ON banks.consent (customer_id, created_at DESC);
CREATE INDEX consent_at_bank ON banks.consent (bank_id, bank_consent_id);
CREATE INDEX consent_live ON banks.consent (status) WHERE status IN ('awaiting_customer', 'valid');

CREATE TABLE banks.linked_account (
  id text PRIMARY KEY,                        -- lac_…
  customer_id text NOT NULL,
  consent_id text NOT NULL REFERENCES banks.consent (id),
  bank_id text NOT NULL,
  resource_id text NOT NULL,                  -- the bank's id of the account under the consent
  iban_sealed text NOT NULL,
  iban_index bytea NOT NULL,                  -- keyed hash: the same account linked again is the same row
  masked_number text NOT NULL,
  name text NOT NULL,
  owner_name text,
  currency text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'expired', 'revoked')),
  booked bigint,                              -- minor units
  available bigint,
  balance_as_of timestamptz,
  created_at timestamptz NOT NULL,
  UNIQUE (customer_id, bank_id, iban_index, currency),
  CHECK ((booked IS NULL) = (balance_as_of IS NULL))
);
CREATE INDEX linked_account_consent ON banks.linked_account (consent_id);

-- Entries of linked accounts as the bank shows them. An entry keeps its row when it turns from pending to booked.
CREATE TABLE banks.entry (
  id text PRIMARY KEY,                        -- btx_…
  account_id text NOT NULL REFERENCES banks.linked_account (id),
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  status text NOT NULL CHECK (status IN ('booked', 'pending')),
  bank_entry_id text,
  end_to_end_id text,
  booking_date date,
  value_date date,
  amount bigint NOT NULL,                     -- minor units; negative left the account
  currency text NOT NULL,
  counterparty_name text,
  remittance text,
  first_seen_on date NOT NULL,
  -- Pending entries come first; an entry without dates stands where it was first seen.
  sort_date date NOT NULL GENERATED ALWAYS AS (
    CASE WHEN status = 'pending' THEN DATE '9999-12-31' ELSE coalesce(booking_date, value_date, first_seen_on) END) STORED
);
CREATE UNIQUE INDEX entry_booked_once ON banks.entry (account_id, bank_entry_id) WHERE status = 'booked';
CREATE INDEX entry_list ON banks.entry (account_id, sort_date DESC, sequence DESC);

-- Readings without the customer, counted per day of the bank's calendar (RTS (EU) 2018/389 art. 36(5)(b)).
CREATE TABLE banks.reading (
  account_id text NOT NULL REFERENCES banks.linked_account (id),
  day date NOT NULL,
  used int NOT NULL CHECK (used > 0),
  PRIMARY KEY (account_id, day)
);

-- Payments handed to a bank. `uncertain`: some try may have reached the bank without our knowing what became of it.
CREATE TABLE banks.payment_order (
  reference text PRIMARY KEY,                 -- our end-to-end id
  payment_id text NOT NULL,
  bank_id text NOT NULL,
  request_id text NOT NULL,
  consent_id text REFERENCES banks.consent (id),
  bank_payment_id text,
  action_url text,
  uncertain boolean NOT NULL DEFAULT false,
  refused boolean NOT NULL DEFAULT false,      -- the bank's answer: certain that nothing moved
  created_at timestamptz NOT NULL
);
CREATE INDEX payment_order_payment ON banks.payment_order (payment_id);
CREATE UNIQUE INDEX payment_order_at_bank ON banks.payment_order (bank_id, bank_payment_id);

-- Messages exchanged about payments: written before the call and after it, without secrets, account numbers masked.
CREATE TABLE banks.message (
  id text PRIMARY KEY,                        -- msg_…
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  bank_id text NOT NULL,
  payment_id text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('sent', 'received')),
  kind text NOT NULL,
  outcome text,
  http_status int,
  duration_ms int,
  content jsonb NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX message_payment ON banks.message (payment_id, sequence);

-- What banks told us unasked, as it came. Nothing here is believed: it only makes us ask.
CREATE TABLE banks.notice (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bank_id text NOT NULL,
  sha256 bytea NOT NULL,
  body jsonb NOT NULL,
  bank_payment_id text,
  bank_consent_id text,
  received_at timestamptz NOT NULL,
  times int NOT NULL DEFAULT 1,
  UNIQUE (bank_id, sha256)
);
CREATE INDEX notice_payment ON banks.notice (bank_id, bank_payment_id);
CREATE INDEX notice_received ON banks.notice (received_at);

-- Custody statements as received (compressed and sealed). A bank that sends another file for the same day is told from a repeat.
CREATE TABLE banks.statement_file (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bank_id text NOT NULL,
  currency text NOT NULL,
  date date NOT NULL,
  sha256 text NOT NULL,
  xml_sealed text NOT NULL,
  received_at timestamptz NOT NULL,
  UNIQUE (bank_id, currency, date, sha256)
);
