-- Signing in with passkeys and second factors; devices; recovery. Everybody signs in once more: sessions of earlier
-- releases say neither where nor how somebody signed in.
DELETE FROM identity.session;

ALTER TABLE identity.customer
  ALTER COLUMN password_hash DROP NOT NULL,  -- who has passkeys needs none
  ADD COLUMN password_changed_at timestamptz,
  ADD COLUMN phone_sealed text;              -- E.164, proven by a code
UPDATE identity.customer SET password_changed_at = created_at;
-- A customer's browser, known by a cookie. Two customers of one browser have a row each.
CREATE TABLE identity.device (
  id text PRIMARY KEY,
  customer_id text NOT NULL REFERENCES identity.customer,
  token_hash bytea NOT NULL,                 -- SHA-256 of the cookie's 256 random bits
  name_sealed text NOT NULL,
  first_seen_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  -- Until then a password is enough here, because a second factor was given.
  trusted_until timestamptz,
  UNIQUE (customer_id, token_hash)
);

ALTER TABLE identity.session
  ADD COLUMN id text NOT NULL UNIQUE,
  ADD COLUMN device_id text REFERENCES identity.device ON DELETE CASCADE,
  ADD COLUMN methods text[] NOT NULL,        -- how it was authenticated: passkey, password, email, sms, totp …
  ADD COLUMN authenticated_at timestamptz NOT NULL,
  ADD COLUMN strong_at timestamptz;          -- two factors were last given then
CREATE INDEX session_customer ON identity.session (customer_id);
CREATE INDEX session_staff ON identity.session (staff_id);
CREATE INDEX session_device ON identity.session (device_id);

CREATE TABLE identity.passkey (
  id text PRIMARY KEY,
  customer_id text REFERENCES identity.customer,
  staff_id text REFERENCES identity.staff,
  credential_id bytea NOT NULL UNIQUE,
  public_key bytea NOT NULL,                 -- COSE (RFC 9052)
  counter bigint NOT NULL,
  transports text[] NOT NULL,
  backed_up boolean NOT NULL,
  name_sealed text NOT NULL,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz,
  CHECK (num_nonnulls(customer_id, staff_id) = 1)
);
CREATE INDEX passkey_customer ON identity.passkey (customer_id);
CREATE INDEX passkey_staff ON identity.passkey (staff_id);

-- Challenges that wait for their one answer. Taken out when they are answered, whatever the answer.
CREATE TABLE identity.passkey_challenge (
  challenge bytea PRIMARY KEY,
  purpose text NOT NULL,
  bound_to text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX passkey_challenge_expires_at ON identity.passkey_challenge (expires_at);

-- One code at a time for a purpose of a subject, bound to what it is for. Neither subject nor code stands here in clear.
CREATE TABLE identity.code (
  slot bytea PRIMARY KEY,                    -- keyed hash of subject, purpose and binding
  hash bytea NOT NULL,                       -- keyed hash of slot and code
  tries int NOT NULL,
  used boolean NOT NULL,
  issued int NOT NULL,                       -- how many since `since`
  since timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX code_expires_at ON identity.code (expires_at);

-- Wallets that are being opened.
CREATE TABLE identity.sign_up (
  id text PRIMARY KEY,
  customer_id text NOT NULL,                 -- what the customer will be called
  email_sealed text NOT NULL,
  expires_at timestamptz NOT NULL,
  done boolean NOT NULL DEFAULT false
);
CREATE INDEX sign_up_expires_at ON identity.sign_up (expires_at);

-- Sign-ins that wait for a passkey or a second factor.
CREATE TABLE identity.sign_in (
  id text PRIMARY KEY,
  customer_id text REFERENCES identity.customer,  -- known once the first factor is given
  tries int NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sign_in_expires_at ON identity.sign_in (expires_at);

-- Confirmations of who is at the screen.
CREATE TABLE identity.reauthentication (
  id text PRIMARY KEY,
  session_id text NOT NULL REFERENCES identity.session (id) ON DELETE CASCADE,
  tries int NOT NULL DEFAULT 0,
  expires_at timestamptz NOT NULL
);
CREATE INDEX reauthentication_expires_at ON identity.reauthentication (expires_at);

-- Authenticator apps (RFC 6238).
CREATE TABLE identity.totp (
  customer_id text PRIMARY KEY REFERENCES identity.customer,
  secret_sealed text NOT NULL,
  started_at timestamptz NOT NULL,
  confirmed_at timestamptz,
  last_step bigint NOT NULL DEFAULT -1,      -- the newest step whose code was used: each works once
  tries int NOT NULL DEFAULT 0               -- of the first code
);

CREATE TABLE identity.recovery_code (
  customer_id text NOT NULL REFERENCES identity.customer,
  hash bytea NOT NULL,                       -- keyed hash of customer and code
  used_at timestamptz,
  PRIMARY KEY (customer_id, hash)
);

-- The token behind "this was not me" in a notice.
CREATE TABLE identity.undo_token (
  token_hash bytea PRIMARY KEY,
  customer_id text NOT NULL REFERENCES identity.customer,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX undo_token_expires_at ON identity.undo_token (expires_at);

-- Ways back into a wallet. Without a customer it is one for an address that nobody has; it looks alike.
CREATE TABLE identity.recovery (
  id text PRIMARY KEY,
  customer_id text REFERENCES identity.customer,
  proofs text[] NOT NULL DEFAULT '{}',
  tries int NOT NULL DEFAULT 0,
  opens_at timestamptz,                      -- set with the second proof
  cancel_hash bytea UNIQUE,                  -- SHA-256 of the token in the notice
  expires_at timestamptz NOT NULL,
  over boolean NOT NULL DEFAULT false        -- done or cancelled
);
CREATE INDEX recovery_customer ON identity.recovery (customer_id) WHERE NOT over;
CREATE INDEX recovery_expires_at ON identity.recovery (expires_at);
