-- Hosted checkouts. What the shop lists lies sealed; the money stands in the intent behind it.
CREATE TABLE merchants.checkout_session (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  -- Written in one commit with its intent, in the order of the writers' names.
  intent_id text NOT NULL UNIQUE REFERENCES merchants.intent (id) DEFERRABLE INITIALLY DEFERRED,
  shopper_id text,
  store_id text,
  locale text NOT NULL CHECK (locale IN ('auto', 'zh', 'en')),
  content_sealed text NOT NULL,              -- lines, addresses, description, metadata: JSON
  expires_at timestamptz NOT NULL,
  completed_at timestamptz,                  -- paid, or the money is set aside
  expired_at timestamptz,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (completed_at IS NULL OR expired_at IS NULL)
);
CREATE INDEX checkout_session_merchant ON merchants.checkout_session (merchant_id, livemode, id DESC);

-- Where checkouts of a merchant may send payers back to: scheme, host and port.
CREATE TABLE merchants.return_origin (
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  origin text NOT NULL CHECK (origin ~ '^https?://[^/?#@]+$'),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (merchant_id, livemode, origin)
);

-- What results on return addresses are signed with. The newest signs; an earlier one beside it until it ends.
CREATE TABLE merchants.checkout_secret (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  secret_sealed text NOT NULL,
  created_at timestamptz NOT NULL,
  ends_at timestamptz                        -- null: the newest
);
CREATE INDEX checkout_secret_merchant ON merchants.checkout_secret (merchant_id, livemode, created_at DESC);

-- Writers called when a batch of the ledger is stored: rows {session}, {origin}, {removed}, {secret}.
CREATE FUNCTION merchants.write_checkout(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v merchants.checkout_session;
  w merchants.checkout_secret;
BEGIN
  INSERT INTO merchants.checkout_session
  SELECT s.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.checkout_session, r -> 'session') AS s
   WHERE r ? 'session' AND s.version = 1 ORDER BY n;
  FOR v IN
    SELECT s.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.checkout_session, r -> 'session') AS s
     WHERE r ? 'session' AND s.version > 1 ORDER BY n
  LOOP
    UPDATE merchants.checkout_session SET
      completed_at = v.completed_at, expired_at = v.expired_at, version = v.version, updated_at = v.updated_at
    WHERE id = v.id AND version = v.version - 1;
    IF NOT FOUND THEN RAISE EXCEPTION 'checkout % is not at version %', v.id, v.version - 1; END IF;
  END LOOP;

  INSERT INTO merchants.return_origin
  SELECT o.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.return_origin, r -> 'origin') AS o
   WHERE r ? 'origin' ORDER BY n
  ON CONFLICT DO NOTHING;
  DELETE FROM merchants.return_origin o USING jsonb_array_elements(p_rows) AS t(r)
   WHERE r ? 'removed' AND o.merchant_id = r -> 'removed' ->> 'merchant_id' AND o.livemode = (r -> 'removed' ->> 'livemode')::boolean
     AND o.origin = r -> 'removed' ->> 'origin';

  FOR w IN
    SELECT s.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.checkout_secret, r -> 'secret') AS s
     WHERE r ? 'secret' ORDER BY n
  LOOP
    -- The one that signed until now holds for another day; what was before it ends at once.
    UPDATE merchants.checkout_secret SET ends_at = CASE WHEN ends_at IS NULL THEN w.created_at + interval '24 hours' ELSE w.created_at END
     WHERE merchant_id = w.merchant_id AND livemode = w.livemode AND (ends_at IS NULL OR ends_at > w.created_at);
    INSERT INTO merchants.checkout_secret SELECT w.*;
  END LOOP;
END $$;

-- Guard called when a batch is locked: locks the checkouts and answers the items decided on an older version.
CREATE FUNCTION merchants.stale_checkout(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM merchants.checkout_session WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN merchants.checkout_session s ON s.id = a -> 'arg' ->> 'id'
   WHERE s.version IS DISTINCT FROM (a -> 'arg' ->> 'version')::int;
  RETURN v_stale;
END $$;

-- Whatever moves the intent of a checkout, a payer, the shop or the clock, the job that ends the checkout is queued in
-- the same commit.
CREATE FUNCTION merchants.follow_checkout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM platform.enqueue(jsonb_build_array(jsonb_build_object(
    'task', 'merchants.follow_checkout', 'payload', jsonb_build_object('intentId', NEW.id))));
  RETURN NULL;
END $$;
CREATE TRIGGER follow_checkout AFTER UPDATE ON merchants.intent FOR EACH ROW
  WHEN (NEW.origin_kind = 'checkout' AND NEW.status IS DISTINCT FROM OLD.status)
  EXECUTE FUNCTION merchants.follow_checkout();
