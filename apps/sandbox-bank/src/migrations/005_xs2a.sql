-- The rest of NextGenPSD2 XS2A 1.3.11: three SCA approaches, cancellations with SCA, periodic and bulk payments,
-- signing baskets, confirmation of funds, account ids that change, signed requests.

-- What is authorised stands in exactly one of consent_id, payment_id, basket_id.
-- purpose: confirm | cancel. approach: ASPSP-SCA-Approach of this authorisation.
ALTER TABLE authorisations
  ADD COLUMN basket_id uuid,
  ADD COLUMN purpose text NOT NULL DEFAULT 'confirm' CHECK (purpose IN ('confirm', 'cancel')),
  ADD COLUMN approach text NOT NULL DEFAULT 'REDIRECT' CHECK (approach IN ('REDIRECT', 'DECOUPLED', 'EMBEDDED')),
  ADD COLUMN psu_id uuid REFERENCES psus (id),
  ADD COLUMN method_id text,
  ADD COLUMN code_hash bytea,
  -- The sandbox's stand-in for the text message, shown on the sandbox telephone only.
  ADD COLUMN sandbox_code text,
  ADD COLUMN attempts_left integer NOT NULL DEFAULT 3,
  ADD COLUMN code_expires_at timestamptz,
  ADD COLUMN redirect_uri text,
  ADD COLUMN nok_redirect_uri text;
CREATE INDEX authorisations_basket ON authorisations (basket_id) WHERE basket_id IS NOT NULL;
CREATE INDEX authorisations_psu ON authorisations (psu_id) WHERE sca_status NOT IN ('finalised', 'failed');

-- service: payment-service of the address. A periodic or bulk payment is the parent of the single payments it makes.
ALTER TABLE payments
  ADD COLUMN service text NOT NULL DEFAULT 'payments'
    CHECK (service IN ('payments', 'periodic-payments', 'bulk-payments')),
  ADD COLUMN parent_id uuid REFERENCES payments (id),
  ADD COLUMN next_date date;
CREATE INDEX payments_parent ON payments (parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX payments_next ON payments (next_date) WHERE next_date IS NOT NULL;

-- kind: AIS, or PIIS for confirmation of funds (consent API 2.0).
ALTER TABLE consents
  ADD COLUMN kind text NOT NULL DEFAULT 'AIS' CHECK (kind IN ('AIS', 'PIIS'));

-- The id under which the interface shows an account, where it is not the account's own any more.
ALTER TABLE accounts ADD COLUMN resource_id uuid UNIQUE;

-- QSEAL certificate (PEM) of a company that signs its requests; NULL = requests need no signature.
ALTER TABLE tpp_clients ADD COLUMN certificate text;

CREATE TABLE signing_baskets (
  id uuid PRIMARY KEY,
  client_id text NOT NULL REFERENCES tpp_clients (id),
  status text NOT NULL CHECK (status IN ('RCVD', 'ACTC', 'RJCT', 'CANC')),
  redirect_uri text,
  nok_redirect_uri text,
  created_at timestamptz NOT NULL
);
CREATE TABLE signing_basket_payments (
  basket_id uuid NOT NULL REFERENCES signing_baskets (id) ON DELETE CASCADE,
  payment_id uuid NOT NULL UNIQUE REFERENCES payments (id),
  position integer NOT NULL,
  PRIMARY KEY (basket_id, payment_id)
);
