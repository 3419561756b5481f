-- The rest of UK Open Banking v4.0: payments of a later day, standing orders, tokens bound to their holder.

ALTER TABLE uk_consents DROP CONSTRAINT uk_consents_kind_check;
ALTER TABLE uk_consents ADD CONSTRAINT uk_consents_kind_check CHECK (kind IN
  ('account', 'domestic-payment', 'domestic-vrp', 'funds', 'domestic-scheduled-payment', 'domestic-standing-order'));

-- Proofs of possession (RFC 9449) that were shown, so that none is taken twice.
CREATE TABLE uk_dpop_proofs (
  thumbprint text NOT NULL,
  jti text NOT NULL,
  shown_at timestamptz NOT NULL,
  PRIMARY KEY (thumbprint, jti)
);
CREATE INDEX uk_dpop_proofs_old ON uk_dpop_proofs (shown_at);
