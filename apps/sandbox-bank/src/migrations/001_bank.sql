-- The sandbox bank's own schema. Amounts are bigint minor units; times are UTC; booking dates are plain dates
-- of the bank's calendar.

CREATE TABLE settings (
  key text PRIMARY KEY,
  value jsonb NOT NULL
);

CREATE TABLE psus (
  id uuid PRIMARY KEY,
  username text NOT NULL UNIQUE,
  name text NOT NULL,
  password_hash text NOT NULL
);

CREATE TABLE tpp_clients (
  id text PRIMARY KEY,
  name text NOT NULL UNIQUE,
  secret_hash text NOT NULL,
  redirect_uris text[] NOT NULL,
  created_at timestamptz NOT NULL
);

-- kind: customer (a person's), custody (a TPP company's), internal (the bank's own clearing accounts).
CREATE TABLE accounts (
  id uuid PRIMARY KEY,
  iban text NOT NULL UNIQUE,
  currency char(3) NOT NULL,
  kind text NOT NULL CHECK (kind IN ('customer', 'custody', 'internal')),
  owner_psu uuid REFERENCES psus (id),
  owner_client text REFERENCES tpp_clients (id),
  owner_name text NOT NULL,
  name text NOT NULL,
  product text NOT NULL,
  floor_minor bigint,                         -- NULL = no floor (the bank's own accounts)
  booked_minor bigint NOT NULL DEFAULT 0,     -- sum of booked entries
  pending_debit_minor bigint NOT NULL DEFAULT 0 CHECK (pending_debit_minor <= 0),
  pending_credit_minor bigint NOT NULL DEFAULT 0 CHECK (pending_credit_minor >= 0),
  sequence bigint NOT NULL DEFAULT 0,         -- number of booked entries
  last_change_at timestamptz NOT NULL,
  -- No overdraft: what is booked less what is on its way out never falls below the floor.
  CHECK (floor_minor IS NULL OR booked_minor + pending_debit_minor >= floor_minor)
);
CREATE INDEX accounts_owner_psu ON accounts (owner_psu);
CREATE UNIQUE INDEX accounts_custody ON accounts (owner_client, currency) WHERE kind = 'custody';
CREATE UNIQUE INDEX accounts_internal ON accounts (name, currency) WHERE kind = 'internal';

-- One line of one account. Lines with the same transfer_id sum to zero per currency.
CREATE TABLE entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transfer_id uuid NOT NULL,
  account_id uuid NOT NULL REFERENCES accounts (id),
  status text NOT NULL CHECK (status IN ('pending', 'booked')),
  amount_minor bigint NOT NULL,               -- signed: credit > 0, debit < 0
  transaction_id text NOT NULL UNIQUE,        -- another one once booked
  entry_reference text,                       -- absent while pending
  booking_date date,
  value_date date NOT NULL,
  sequence bigint,                            -- 1, 2, 3 … per account, booked lines only
  balance_after_minor bigint,
  end_to_end_id text,
  counterparty_name text,
  counterparty_account text,
  remittance text,
  family text NOT NULL,                       -- ISO 20022 bank transaction code, family: ICDT, RCDT, …
  created_at timestamptz NOT NULL,
  CHECK ((status = 'booked') = (booking_date IS NOT NULL AND sequence IS NOT NULL
         AND balance_after_minor IS NOT NULL AND entry_reference IS NOT NULL))
);
CREATE UNIQUE INDEX entries_sequence ON entries (account_id, sequence) WHERE status = 'booked';
CREATE INDEX entries_booking ON entries (account_id, booking_date, sequence) WHERE status = 'booked';
CREATE INDEX entries_pending ON entries (account_id, id) WHERE status = 'pending';
CREATE INDEX entries_transfer ON entries (transfer_id);

CREATE FUNCTION refuse_change_of_booked_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status = 'booked' THEN
    RAISE EXCEPTION 'booked entries are never changed or deleted';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER entries_append_only BEFORE UPDATE OR DELETE ON entries
  FOR EACH ROW EXECUTE FUNCTION refuse_change_of_booked_entry();

CREATE TABLE consents (
  id uuid PRIMARY KEY,
  client_id text NOT NULL REFERENCES tpp_clients (id),
  psu_id uuid REFERENCES psus (id),
  requested_access jsonb NOT NULL,
  access jsonb NOT NULL,
  recurring boolean NOT NULL,
  valid_until date NOT NULL,
  frequency_per_day integer NOT NULL,
  status text NOT NULL,
  oidc_grant_id text,
  notification_uri text,
  created_at timestamptz NOT NULL,
  last_action_date date NOT NULL
);
CREATE INDEX consents_psu ON consents (psu_id);

-- What a valid consent opens: one row per account.
CREATE TABLE consent_accounts (
  consent_id uuid NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
  account_id uuid NOT NULL REFERENCES accounts (id),
  balances boolean NOT NULL,
  transactions boolean NOT NULL,
  PRIMARY KEY (consent_id, account_id)
);

CREATE TABLE consent_usage (
  consent_id uuid NOT NULL REFERENCES consents (id) ON DELETE CASCADE,
  day date NOT NULL,
  resource text NOT NULL,                     -- operation and account
  calls integer NOT NULL,
  PRIMARY KEY (consent_id, day, resource)
);

CREATE TABLE authorisations (
  id uuid PRIMARY KEY,
  consent_id uuid REFERENCES consents (id),
  payment_id uuid,
  sca_status text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX authorisations_consent ON authorisations (consent_id);
CREATE INDEX authorisations_payment ON authorisations (payment_id);

-- Trusted beneficiary, RTS (EU) 2018/389 art. 13: set by the customer with strong authentication.
CREATE TABLE trusted_beneficiaries (
  account_id uuid NOT NULL REFERENCES accounts (id),
  client_id text NOT NULL REFERENCES tpp_clients (id),
  consent_id uuid NOT NULL REFERENCES consents (id),
  limit_per_day_minor bigint NOT NULL CHECK (limit_per_day_minor > 0),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, client_id)
);

CREATE TABLE payments (
  id uuid PRIMARY KEY,
  client_id text NOT NULL REFERENCES tpp_clients (id),
  product text NOT NULL,
  body jsonb NOT NULL,
  debtor_account uuid NOT NULL REFERENCES accounts (id),
  creditor_account uuid REFERENCES accounts (id),
  creditor_iban text NOT NULL,
  creditor_name text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  end_to_end_id text,
  remittance text,
  status text NOT NULL,
  reason text,
  exemption text,                             -- trustedBeneficiary | corporateProcess | NULL = strong authentication
  redirect_uri text,
  nok_redirect_uri text,
  notification_uri text,
  transfer_id uuid,
  settle_at timestamptz,
  executed_on date,
  requested_execution_date date,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX payments_due ON payments (settle_at) WHERE status = 'ACSP';
CREATE INDEX payments_exempt ON payments (debtor_account, client_id, executed_on) WHERE exemption = 'trustedBeneficiary';
CREATE INDEX payments_end_to_end ON payments (end_to_end_id);

-- The same X-Request-ID from the same client gets the stored answer again.
CREATE TABLE requests (
  client_id text NOT NULL,
  request_id uuid NOT NULL,
  operation text NOT NULL,
  body_hash bytea NOT NULL,
  status integer NOT NULL,
  headers jsonb NOT NULL,
  body jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (client_id, request_id)
);

-- State of one person's walk through the bank's pages.
CREATE TABLE page_flows (
  id text PRIMARY KEY,
  kind text NOT NULL,                         -- consent | payment | online
  psu_id uuid REFERENCES psus (id),
  login_failures integer NOT NULL DEFAULT 0,
  state jsonb NOT NULL,
  expires_at timestamptz NOT NULL
);

-- One-time codes: hashed, short-lived, few attempts; bound to what is being authorised.
CREATE TABLE sca_challenges (
  flow_id text PRIMARY KEY REFERENCES page_flows (id) ON DELETE CASCADE,
  code_hash bytea NOT NULL,
  attempts_left integer NOT NULL,
  expires_at timestamptz NOT NULL
);

-- The sandbox's stand-in for the customer's telephone: what the SMS says. A real bank has no such table.
CREATE TABLE sandbox_sms (
  flow_id text PRIMARY KEY REFERENCES page_flows (id) ON DELETE CASCADE,
  code text NOT NULL
);

CREATE TABLE oidc_records (
  model text NOT NULL,
  id text NOT NULL,
  payload jsonb NOT NULL,
  grant_id text,
  uid text,
  consumed_at bigint,
  expires_at timestamptz,
  PRIMARY KEY (model, id)
);
CREATE INDEX oidc_records_grant ON oidc_records (grant_id);
CREATE INDEX oidc_records_uid ON oidc_records (uid);

-- Notices to TPPs, sent at least once (outbox).
CREATE TABLE notices (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uri text NOT NULL,
  body jsonb NOT NULL,
  request_id uuid NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,                -- NULL = delivered, given up or withheld
  outcome text,                               -- delivered | failed | withheld
  created_at timestamptz NOT NULL
);
CREATE INDEX notices_due ON notices (next_attempt_at) WHERE next_attempt_at IS NOT NULL;

CREATE TABLE faults (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  operation text NOT NULL,
  end_to_end_id text,
  action text NOT NULL,
  nth integer NOT NULL,
  times integer NOT NULL,
  delay_ms integer NOT NULL,
  seen integer NOT NULL DEFAULT 0,
  fired integer NOT NULL DEFAULT 0
);

CREATE TABLE statement_alterations (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  account_id uuid NOT NULL REFERENCES accounts (id),
  end_to_end_id text,
  change jsonb NOT NULL,
  statement_date date,                        -- set by the end of day that it falsifies
  delta_minor bigint NOT NULL DEFAULT 0
);
CREATE INDEX statement_alterations_account ON statement_alterations (account_id, statement_date);
