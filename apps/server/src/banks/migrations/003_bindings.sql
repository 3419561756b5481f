-- Permissions that begin with a card and a code instead of the bank's own page. Nothing of the four elements is kept.
CREATE TABLE banks.binding (
  consent_id text PRIMARY KEY REFERENCES banks.consent (id),
  phone_masked text NOT NULL,                 -- where the bank sent its code, as the bank masks it
  code_expires_at timestamptz NOT NULL,
  attempts int NOT NULL DEFAULT 0,            -- codes handed on to the bank
  attempts_left int                           -- the bank's word after a wrong code
);
