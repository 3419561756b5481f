-- The key that signs merchants' codes. Public keys stay for ever: printed codes name the key that signed them.
CREATE TABLE merchants.code_key (
  id text PRIMARY KEY CHECK (id ~ '^[0-9a-z]{12}$'),
  public_key bytea NOT NULL CHECK (length(public_key) = 32),
  sealed text NOT NULL,                      -- the private key, PKCS #8
  created_at timestamptz NOT NULL
);

-- Static codes of stores and tills. What is printed stays as it was printed, whatever the store is called later.
CREATE TABLE merchants.code (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  store_id text,
  till_id text,
  label text,
  currency text NOT NULL,
  country text NOT NULL,
  merchant_name jsonb NOT NULL,
  store_name jsonb NOT NULL,
  payload text NOT NULL,                     -- EMVCo, signed
  link text NOT NULL,                        -- the same as a signed address, for tags
  status text NOT NULL CHECK (status IN ('active', 'revoked')),
  replaced_by text REFERENCES merchants.code (id) DEFERRABLE INITIALLY DEFERRED,
  revoked_at timestamptz,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  CHECK ((status = 'revoked') = (revoked_at IS NOT NULL))
);
CREATE INDEX code_merchant ON merchants.code (merchant_id, livemode, id DESC);

CREATE FUNCTION merchants.write_codes(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v merchants.code;
BEGIN
  FOR v IN SELECT c.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.code, r) AS c ORDER BY n LOOP
    IF v.version = 1 THEN
      INSERT INTO merchants.code SELECT v.*;
    ELSE
      UPDATE merchants.code SET status = v.status, replaced_by = v.replaced_by, revoked_at = v.revoked_at, version = v.version
       WHERE id = v.id AND version = v.version - 1;
      IF NOT FOUND THEN RAISE EXCEPTION 'code % is not at version %', v.id, v.version - 1; END IF;
    END IF;
  END LOOP;
END $$;

-- Guard: the code is still at the version that was read.
CREATE FUNCTION merchants.stale_code(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM merchants.code WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN merchants.code c ON c.id = a -> 'arg' ->> 'id'
   WHERE c.version IS DISTINCT FROM (a -> 'arg' ->> 'version')::int;
  RETURN v_stale;
END $$;

-- Keys by which payers' phones make codes without a network. One in force for each device.
CREATE TABLE merchants.pay_code_key (
  id text PRIMARY KEY,
  customer_id text NOT NULL,
  device_id text NOT NULL,
  handle text NOT NULL UNIQUE CHECK (handle ~ '^[0-9]{9}$'),
  secret_sealed text NOT NULL,
  uses int NOT NULL DEFAULT 0,               -- how many codes were charged: what a decision is guarded by
  wrong int NOT NULL DEFAULT 0,              -- codes with this handle and wrong check digits, within the hour
  wrong_since timestamptz,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);
CREATE UNIQUE INDEX pay_code_key_device ON merchants.pay_code_key (customer_id, device_id) WHERE revoked_at IS NULL;

-- A code is charged once, whoever scans it: its row is written in the commit of the payment.
CREATE TABLE merchants.pay_code_use (
  key_id text NOT NULL REFERENCES merchants.pay_code_key (id) ON DELETE CASCADE,
  moment bigint NOT NULL,
  suffix text NOT NULL,
  intent_id text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('paid', 'to_confirm')),
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  at timestamptz NOT NULL,
  PRIMARY KEY (key_id, moment, suffix)
);
CREATE INDEX pay_code_use_key ON merchants.pay_code_use (key_id, at DESC);

CREATE FUNCTION merchants.write_pay_code_uses(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO merchants.pay_code_use
  SELECT u.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.pay_code_use, r) AS u ORDER BY n;
  UPDATE merchants.pay_code_key k SET uses = k.uses + c.uses
    FROM (SELECT r ->> 'key_id' AS id, count(*)::int AS uses FROM jsonb_array_elements(p_rows) AS r GROUP BY 1) AS c
   WHERE k.id = c.id;
END $$;

-- Guard: no code of the key was charged since it was read, and the key is still in force. Two tills that charge one code
-- in the same millisecond meet here: the second one reads again and finds the code used.
CREATE FUNCTION merchants.stale_pay_code_key(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM merchants.pay_code_key WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN merchants.pay_code_key k ON k.id = a -> 'arg' ->> 'id'
   WHERE k.id IS NULL OR k.revoked_at IS NOT NULL OR k.uses IS DISTINCT FROM (a -> 'arg' ->> 'uses')::int;
  RETURN v_stale;
END $$;
