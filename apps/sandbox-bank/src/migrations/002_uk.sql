-- UK Open Banking: keys of the companies, consents (intents) and what is needed to answer a repeat alike.

-- Public keys (JWK set) with which a company signs its messages and proves who it is (private_key_jwt).
ALTER TABLE tpp_clients ADD COLUMN jwks jsonb;

CREATE TABLE uk_consents (
  id text PRIMARY KEY,
  client_id text NOT NULL REFERENCES tpp_clients (id),
  kind text NOT NULL CHECK (kind IN ('account', 'domestic-payment', 'domestic-vrp', 'funds')),
  request jsonb NOT NULL,                     -- the body as the company sent it
  status text NOT NULL,                       -- AWAU, AUTH, RJCT, COND, CANC, EXPD
  psu_id uuid REFERENCES psus (id),
  debtor_account uuid REFERENCES accounts (id),
  oidc_grant_id text UNIQUE,
  expires_at timestamptz,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX uk_consents_psu ON uk_consents (psu_id);

CREATE TABLE uk_consent_accounts (
  consent_id text NOT NULL REFERENCES uk_consents (id) ON DELETE CASCADE,
  account_id uuid NOT NULL REFERENCES accounts (id),
  PRIMARY KEY (consent_id, account_id)
);

-- The same x-idempotency-key from the same client at the same address gets the stored answer again.
CREATE TABLE uk_requests (
  client_id text NOT NULL,
  operation text NOT NULL,
  idempotency_key text NOT NULL,
  body_hash bytea NOT NULL,
  status integer NOT NULL,
  body jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (client_id, operation, idempotency_key)
);

-- How much was paid under one standing permission (VRP) since a date.
CREATE INDEX payments_vrp ON payments ((body -> 'Data' ->> 'ConsentId'), created_at) WHERE product = 'domestic-vrps';

-- Where a company wants to be told of changes (event subscriptions), and what it was told.
CREATE TABLE uk_event_subscriptions (
  id text PRIMARY KEY,
  client_id text NOT NULL UNIQUE REFERENCES tpp_clients (id),
  request jsonb NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE uk_events (
  id uuid PRIMARY KEY,
  client_id text NOT NULL,
  uri text NOT NULL,
  token text NOT NULL,                        -- signed security event token (RFC 8417)
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,
  outcome text,
  created_at timestamptz NOT NULL
);
CREATE INDEX uk_events_due ON uk_events (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
