-- Secret keys of merchants. Of a key itself only its hash is kept: 190 random bits need no slower one.
CREATE TABLE developers.api_key (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  name_sealed text NOT NULL,
  secret_hash bytea NOT NULL UNIQUE,        -- SHA-256 of the whole key
  last_four text NOT NULL,
  scopes text[],                            -- null: everything that a key may do
  api_version text NOT NULL,
  created_at timestamptz NOT NULL,
  created_by text NOT NULL,                 -- mbr_… or a part of ours
  expires_at timestamptz,
  revoked_at timestamptz,
  replaced_by text REFERENCES developers.api_key,
  last_used_at timestamptz,
  version integer NOT NULL DEFAULT 1
);
CREATE INDEX api_key_of_merchant ON developers.api_key (merchant_id, livemode, id);
