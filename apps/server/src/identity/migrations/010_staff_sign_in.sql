-- Members of staff who gave their password and owe the code from the mail.
CREATE TABLE identity.staff_sign_in (
  id text PRIMARY KEY,
  staff_id text NOT NULL REFERENCES identity.staff,
  expires_at timestamptz NOT NULL,
  done boolean NOT NULL DEFAULT false
);
CREATE INDEX staff_sign_in_expires_at ON identity.staff_sign_in (expires_at);

-- Invited people choose no password: the token in the mail lets them register their first passkey, once.
ALTER TABLE identity.staff ALTER COLUMN password_hash DROP NOT NULL;
CREATE TABLE identity.staff_invitation (
  token_hash bytea PRIMARY KEY,              -- SHA-256 of 256 random bits
  staff_id text NOT NULL REFERENCES identity.staff,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX staff_invitation_staff ON identity.staff_invitation (staff_id);
