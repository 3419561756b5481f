-- People who have a wallet.
CREATE TABLE identity.customer (
  id text PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  display_name text NOT NULL,
  locale text NOT NULL CHECK (locale IN ('zh', 'en')),
  password_hash text NOT NULL,              -- argon2id in PHC string format
  created_at timestamptz NOT NULL
);

-- People who work for the operator.
CREATE TABLE identity.staff (
  id text PRIMARY KEY,
  email text NOT NULL UNIQUE CHECK (email = lower(email)),
  display_name text NOT NULL,
  role text NOT NULL CHECK (role IN ('operations', 'viewer')),
  password_hash text NOT NULL,
  created_at timestamptz NOT NULL
);

-- Who is signed in where. The cookie's token itself is stored nowhere.
CREATE TABLE identity.session (
  token_hash bytea PRIMARY KEY,             -- SHA-256 of the token
  customer_id text REFERENCES identity.customer,
  staff_id text REFERENCES identity.staff,
  created_at timestamptz NOT NULL,
  last_used_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,          -- however busy the session is
  CHECK (num_nonnulls(customer_id, staff_id) = 1)
);
CREATE INDEX session_expires_at ON identity.session (expires_at);
CREATE INDEX session_last_used_at ON identity.session (last_used_at);

-- Sign-ins that failed in a row, by account, whether or not the account exists. The address is kept as a keyed hash.
CREATE TABLE identity.sign_in_failure (
  account bytea PRIMARY KEY,
  failures int NOT NULL,
  last_at timestamptz NOT NULL,
  blocked_until timestamptz NOT NULL
);
CREATE INDEX sign_in_failure_last_at ON identity.sign_in_failure (last_at);
