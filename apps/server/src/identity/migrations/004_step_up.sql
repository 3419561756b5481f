-- Confirmations of payments (strong customer authentication with dynamic linking). The statement, with the payee's
-- name as it was shown, is sealed; its digest is what passkeys sign.
CREATE TABLE identity.step_up (
  id text PRIMARY KEY,
  customer_id text NOT NULL,
  session_id text NOT NULL,                  -- it can be answered and used by the session that asked for it only
  device_id text,
  kind text NOT NULL CHECK (kind IN ('transfer', 'withdrawal')),
  payee_id text NOT NULL,
  trust_payee boolean NOT NULL,
  sealed text NOT NULL,                      -- the statement
  digest bytea NOT NULL CHECK (length(digest) = 32),
  reasons text[] NOT NULL,
  linked_only boolean NOT NULL,              -- only what is bound to the payment itself confirms it
  pin_allowed boolean NOT NULL,
  tries int NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
  method text,
  linked boolean,                            -- whether the method was bound to the payment itself
  confirmed_at timestamptz,
  used_by text,                              -- key of the one attempt it confirms
  used_at timestamptz,
  void_at timestamptz,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CHECK ((method IS NULL) = (confirmed_at IS NULL) AND (linked IS NULL) = (confirmed_at IS NULL)),
  CHECK ((used_by IS NULL) = (used_at IS NULL)),
  CHECK (used_by IS NULL OR confirmed_at IS NOT NULL)
);
CREATE INDEX step_up_customer ON identity.step_up (customer_id, id DESC);
CREATE INDEX step_up_used ON identity.step_up (customer_id, used_at) WHERE used_at IS NOT NULL;
CREATE INDEX step_up_payee ON identity.step_up (customer_id, payee_id) WHERE used_at IS NOT NULL;
CREATE INDEX step_up_device ON identity.step_up (customer_id, device_id) WHERE confirmed_at IS NOT NULL AND linked;
CREATE INDEX step_up_unused ON identity.step_up (expires_at) WHERE used_at IS NULL;

-- Payments that went without. One row per attempt, so that an attempt sent again counts once.
CREATE TABLE identity.step_up_exemption (
  attempt text PRIMARY KEY,
  customer_id text NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  at timestamptz NOT NULL
);
CREATE INDEX step_up_exemption_customer ON identity.step_up_exemption (customer_id, at);

-- Takes room for one payment without confirmation; false when there is none. One customer at a time, across processes.
CREATE FUNCTION identity.take_exemption(
  p_attempt text, p_customer text, p_currency text, p_amount bigint, p_max_sum bigint, p_max_count int, p_now timestamptz
) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  v_kept identity.step_up_exemption; v_since timestamptz; v_count int; v_sum numeric;
BEGIN
  PERFORM pg_advisory_xact_lock(hashtextextended('step-up ' || p_customer, 0));
  SELECT * INTO v_kept FROM identity.step_up_exemption WHERE attempt = p_attempt;
  IF FOUND THEN RETURN v_kept.currency = p_currency AND v_kept.amount = p_amount AND v_kept.customer_id = p_customer; END IF;
  SELECT max(used_at) INTO v_since FROM identity.step_up WHERE customer_id = p_customer AND used_at IS NOT NULL;
  SELECT count(*), coalesce(sum(amount) FILTER (WHERE currency = p_currency), 0) INTO v_count, v_sum
    FROM identity.step_up_exemption WHERE customer_id = p_customer AND at > coalesce(v_since, '-infinity');
  IF v_count + 1 > p_max_count OR v_sum + p_amount > p_max_sum THEN RETURN false; END IF;
  INSERT INTO identity.step_up_exemption (attempt, customer_id, currency, amount, at)
  VALUES (p_attempt, p_customer, p_currency, p_amount, p_now);
  RETURN true;
END $$;

CREATE TABLE identity.trusted_payee (
  customer_id text NOT NULL,
  payee_id text NOT NULL,
  step_up_id text NOT NULL REFERENCES identity.step_up (id),
  since timestamptz NOT NULL,
  PRIMARY KEY (customer_id, payee_id)
);

-- Until then every payment of the customer is confirmed by what is bound to it: asked for by risk, staff or a recovery.
CREATE TABLE identity.step_up_demand (
  customer_id text PRIMARY KEY,
  until timestamptz NOT NULL
);

-- Wrong answers in a row, over all confirmations of a customer.
CREATE TABLE identity.step_up_failure (
  customer_id text PRIMARY KEY,
  failures int NOT NULL,
  locked_until timestamptz
);

-- The payment PIN: a hash under a key of the vault, so that the ten to the six PINs cannot be tried against a dump.
CREATE TABLE identity.payment_pin (
  customer_id text PRIMARY KEY,
  hash bytea NOT NULL,
  failures int NOT NULL DEFAULT 0,
  changed_at timestamptz NOT NULL
);

-- What makes dynamic codes: a device by a secret of its own, or a hardware token by HOTP (RFC 4226). A hardware token
-- lies in stock (customer_id null) until a customer connects it.
CREATE TABLE identity.token (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('in_app', 'hardware')),
  customer_id text,
  name text NOT NULL,                        -- sealed name of the device; serial number of a hardware token
  secret text NOT NULL,                      -- sealed
  digits int NOT NULL CHECK (digits IN (6, 8)),
  counter bigint NOT NULL DEFAULT 0,         -- of a hardware token: the next counter that is accepted
  created_at timestamptz NOT NULL,
  connected_at timestamptz,
  last_used_at timestamptz,
  CHECK (kind = 'hardware' OR customer_id IS NOT NULL)
);
CREATE UNIQUE INDEX token_serial ON identity.token (name) WHERE kind = 'hardware';
CREATE INDEX token_customer ON identity.token (customer_id) WHERE customer_id IS NOT NULL;

-- The last time that somebody came back to a session after five minutes without a request.
ALTER TABLE identity.session ADD COLUMN resumed_at timestamptz;
