-- Quick payment by agreement: merchants with their keys, cards, agreements, orders, messages to telephones.

-- The bank's own keys, one per algorithm; `purpose` cipher is the key for the four elements.
CREATE TABLE quick_keys (
  purpose text NOT NULL CHECK (purpose IN ('sign', 'cipher')),
  algorithm text NOT NULL,
  serial text NOT NULL,
  private_key text NOT NULL,
  public_key text NOT NULL,
  PRIMARY KEY (purpose, algorithm)
);

CREATE TABLE quick_merchants (
  client_id text PRIMARY KEY REFERENCES tpp_clients (id),
  algorithm text NOT NULL CHECK (algorithm IN ('RSA-SHA256', 'SM2-SM3')),
  key_serial text NOT NULL,
  public_key text NOT NULL
);

-- A nonce counts once; kept as long as its timestamp could still be taken for fresh.
CREATE TABLE quick_nonces (
  client_id text NOT NULL,
  nonce text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (client_id, nonce)
);

CREATE TABLE quick_cards (
  card_number text PRIMARY KEY,
  psu_id uuid NOT NULL REFERENCES psus (id),
  account_id uuid NOT NULL REFERENCES accounts (id),
  holder_name text NOT NULL,
  id_type text NOT NULL,
  id_number text NOT NULL,
  phone text NOT NULL,
  type text NOT NULL CHECK (type IN ('debit', 'credit')),
  failures integer NOT NULL DEFAULT 0,        -- wrong elements in a row; the card is locked for binding at five
  locked_until timestamptz
);

CREATE TABLE quick_bindings (
  id uuid PRIMARY KEY,
  client_id text NOT NULL REFERENCES quick_merchants (client_id),
  request_id uuid NOT NULL,
  card_number text NOT NULL REFERENCES quick_cards (card_number),
  status text NOT NULL CHECK (status IN ('code_sent', 'signed', 'ended', 'expired', 'failed')),
  code text NOT NULL,
  attempts_left integer NOT NULL,
  code_expires_at timestamptz NOT NULL,
  agreement_number text UNIQUE,
  signed_at timestamptz,
  valid_until date,
  notice_url text NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (client_id, request_id),
  CHECK (status <> 'signed' OR agreement_number IS NOT NULL)
);

-- Stands for a card at one merchant, and always for the same one.
CREATE TABLE quick_card_tokens (
  token text PRIMARY KEY,
  client_id text NOT NULL REFERENCES quick_merchants (client_id),
  card_number text NOT NULL REFERENCES quick_cards (card_number),
  UNIQUE (client_id, card_number)
);

CREATE TABLE quick_orders (
  id uuid PRIMARY KEY,
  client_id text NOT NULL REFERENCES quick_merchants (client_id),
  kind text NOT NULL CHECK (kind IN ('payment', 'payout', 'refund')),
  reference text NOT NULL,
  content_hash bytea NOT NULL,                -- the same reference with other content is refused
  original_id uuid REFERENCES quick_orders (id),
  card_number text NOT NULL REFERENCES quick_cards (card_number),
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  subject text NOT NULL,
  status text NOT NULL CHECK (status IN ('WAITING_CODE', 'PROCESSING', 'SUCCESS', 'FAILED', 'CANCELLED')),
  reason_code text,
  code text,
  attempts_left integer,
  code_expires_at timestamptz,
  notice_url text NOT NULL,
  return_url text,
  transfer_id uuid,
  settle_at timestamptz,
  booked_on date,
  created_at timestamptz NOT NULL,
  UNIQUE (client_id, reference)
);
CREATE INDEX quick_orders_open ON quick_orders (settle_at) WHERE status IN ('WAITING_CODE', 'PROCESSING');
CREATE INDEX quick_orders_original ON quick_orders (original_id);

-- The sandbox's stand-in for telephones. A real bank has no such table.
CREATE TABLE quick_messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  phone text NOT NULL,
  code text NOT NULL,
  text_en text NOT NULL,
  text_zh text NOT NULL,
  at timestamptz NOT NULL
);

CREATE TABLE quick_notices (
  id uuid PRIMARY KEY,
  client_id text NOT NULL,
  uri text NOT NULL,
  content jsonb NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  next_attempt_at timestamptz,                -- NULL = delivered, given up or withheld
  outcome text,
  created_at timestamptz NOT NULL
);
CREATE INDEX quick_notices_due ON quick_notices (next_attempt_at) WHERE next_attempt_at IS NOT NULL;
