-- What a shop asks for and what became of it. Amounts are minor units. One row per intent, guarded by its version.
CREATE TABLE merchants.intent (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,                 -- false: test mode, where no money is real
  status text NOT NULL CHECK (status IN ('requires_payment_method', 'requires_action', 'processing', 'requires_capture', 'succeeded', 'canceled')),
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  capturable bigint NOT NULL DEFAULT 0,      -- held for us and not taken yet
  received bigint NOT NULL DEFAULT 0,        -- taken from the payer, before fees
  refunded bigint NOT NULL DEFAULT 0,
  disputed bigint NOT NULL DEFAULT 0,        -- taken back by a dispute
  fee bigint NOT NULL DEFAULT 0,
  fee_refunded bigint NOT NULL DEFAULT 0,
  fee_details jsonb,                         -- the lines of the fee, as they were charged
  capture_method text NOT NULL CHECK (capture_method IN ('automatic', 'manual')),
  reference text,                            -- the shop's order number
  description_sealed text,
  metadata_sealed text,
  shopper_id text,
  store_id text,
  till_id text,
  origin_kind text NOT NULL CHECK (origin_kind IN ('api', 'checkout', 'static_code', 'dynamic_code', 'pay_code', 'tap', 'link')),
  origin_id text,                            -- the checkout session or code
  method text CHECK (method IN ('wallet_balance', 'linked_bank', 'pay_code', 'test')),
  payer_id text,                             -- the customer who pays
  payment_id text,                           -- the payer's payment
  top_up_id text,                            -- linked bank: the top-up that brings the money
  hold_id text,
  authentication jsonb,                      -- how the payer confirmed it
  error_code text,
  cancellation_reason text CHECK (cancellation_reason IN ('requested_by_customer', 'duplicate', 'fraudulent', 'abandoned', 'expired')),
  token text NOT NULL UNIQUE,                -- the payer's capability: whoever has it may see and pay
  return_url text,
  latest_refund_id text,
  dispute_id text,
  balance_transaction_id text,
  expires_at timestamptz,                    -- unpaid until then: cancelled
  capture_before timestamptz,                -- not captured until then: given back
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (received <= amount AND capturable <= amount),
  CHECK (refunded >= 0 AND disputed >= 0 AND refunded + disputed <= received),
  CHECK (fee_refunded BETWEEN 0 AND fee),
  CHECK ((status = 'requires_capture') = (capturable > 0)),
  CHECK ((status = 'succeeded') = (received > 0))
);
CREATE INDEX intent_merchant ON merchants.intent (merchant_id, livemode, id DESC);
CREATE INDEX intent_status ON merchants.intent (merchant_id, livemode, status, id DESC);
CREATE INDEX intent_store ON merchants.intent (store_id, id DESC) WHERE store_id IS NOT NULL;
CREATE INDEX intent_reference ON merchants.intent (merchant_id, reference) WHERE reference IS NOT NULL;
CREATE INDEX intent_payment ON merchants.intent (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX intent_top_up ON merchants.intent (top_up_id) WHERE top_up_id IS NOT NULL;
CREATE INDEX intent_expires ON merchants.intent (expires_at) WHERE status IN ('requires_payment_method', 'requires_action');
CREATE INDEX intent_capture_before ON merchants.intent (capture_before) WHERE status = 'requires_capture';

CREATE TABLE merchants.refund (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  intent_id text NOT NULL REFERENCES merchants.intent (id),
  status text NOT NULL CHECK (status IN ('succeeded', 'failed')),
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  fee bigint NOT NULL CHECK (fee >= 0),      -- of the fee of the payment, what the merchant was given back
  reason text CHECK (reason IN ('duplicate', 'fraudulent', 'requested_by_customer')),
  metadata_sealed text,
  payment_id text,                           -- the payment in the payer's wallet
  balance_transaction_id text,
  version int NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX refund_intent ON merchants.refund (intent_id, id DESC);
CREATE INDEX refund_merchant ON merchants.refund (merchant_id, livemode, id DESC);

-- One row per movement of a merchant's money, written in the commit that moves it. Signed minor units.
CREATE TABLE merchants.balance_transaction (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  type text NOT NULL CHECK (type IN ('charge', 'refund', 'fee', 'dispute', 'dispute_reversal', 'reserve_hold', 'reserve_release',
                                     'payout', 'payout_failure', 'recovery', 'adjustment')),
  currency text NOT NULL,
  amount bigint NOT NULL,
  fee bigint NOT NULL,                       -- positive: charged; negative: given back
  net bigint NOT NULL,
  source_id text NOT NULL,                   -- the intent, refund, dispute or payout
  store_id text,
  available_on timestamptz,
  settlement_id text,                        -- null: not settled yet
  created_at timestamptz NOT NULL,
  CHECK (net = amount - fee)
);
CREATE INDEX balance_transaction_merchant ON merchants.balance_transaction (merchant_id, livemode, id DESC);
CREATE INDEX balance_transaction_source ON merchants.balance_transaction (source_id);
CREATE INDEX balance_transaction_unsettled ON merchants.balance_transaction (merchant_id, livemode, currency, id) WHERE settlement_id IS NULL;
CREATE INDEX balance_transaction_settlement ON merchants.balance_transaction (settlement_id) WHERE settlement_id IS NOT NULL;

-- Takings by quarter of an hour (UTC), for charts: a day is read in 96 rows however many payments it had.
CREATE TABLE merchants.takings (
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  currency text NOT NULL,
  quarter timestamptz NOT NULL,
  store_id text NOT NULL,                    -- empty: no store
  payments int NOT NULL,
  gross bigint NOT NULL,
  fees bigint NOT NULL,
  refunds int NOT NULL,
  refunded bigint NOT NULL,
  PRIMARY KEY (merchant_id, livemode, currency, quarter, store_id)
);

-- What a merchant took in a month (UTC): which tier of its fee plan holds.
CREATE TABLE merchants.volume (
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  currency text NOT NULL,
  month date NOT NULL,
  gross bigint NOT NULL,
  PRIMARY KEY (merchant_id, livemode, month, currency)
);

-- What happened, as merchants are told of it: written in the commit that made it true.
CREATE TABLE merchants.event (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  id text NOT NULL UNIQUE,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  type text NOT NULL,
  object_id text NOT NULL,
  object_version int NOT NULL,
  data_sealed text NOT NULL,                 -- the object as the API shows it, JSON
  created_at timestamptz NOT NULL,
  -- Two commits may end in another order than their numbers: a reader takes rows below the oldest transaction under way
  -- (xid < pg_snapshot_xmin(pg_current_snapshot())) and so misses none.
  xid xid8 NOT NULL DEFAULT pg_current_xact_id()
);
CREATE INDEX event_merchant ON merchants.event (merchant_id, livemode, id DESC);
CREATE INDEX event_object ON merchants.event (object_id, seq);

-- Writers called when a batch of the ledger is stored: sets of rows, each {…columns}.
CREATE FUNCTION merchants.write_intents(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v merchants.intent;
BEGIN
  INSERT INTO merchants.intent
  SELECT i.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.intent, r) AS i
   WHERE i.version = 1 ORDER BY n;
  FOR v IN
    SELECT i.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.intent, r) AS i
     WHERE i.version > 1 ORDER BY n
  LOOP
    UPDATE merchants.intent SET
      status = v.status, amount = v.amount, capturable = v.capturable, received = v.received, refunded = v.refunded, disputed = v.disputed,
      fee = v.fee, fee_refunded = v.fee_refunded, fee_details = v.fee_details, method = v.method, payer_id = v.payer_id,
      payment_id = v.payment_id, top_up_id = v.top_up_id, hold_id = v.hold_id, authentication = v.authentication,
      error_code = v.error_code, cancellation_reason = v.cancellation_reason, latest_refund_id = v.latest_refund_id,
      dispute_id = v.dispute_id, balance_transaction_id = v.balance_transaction_id, expires_at = v.expires_at,
      capture_before = v.capture_before, version = v.version, updated_at = v.updated_at
    WHERE id = v.id AND version = v.version - 1;
    IF NOT FOUND THEN RAISE EXCEPTION 'intent % is not at version %', v.id, v.version - 1; END IF;
  END LOOP;
END $$;

CREATE FUNCTION merchants.write_refunds(p_rows jsonb) RETURNS void LANGUAGE sql AS $$
  INSERT INTO merchants.refund
  SELECT f.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.refund, r) AS f ORDER BY n;
$$;

-- Takings are counted from the same rows, in the order of their key, so that two batches never wait for each other.
CREATE FUNCTION merchants.write_balance_transactions(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO merchants.balance_transaction
  SELECT b.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.balance_transaction, r) AS b ORDER BY n;

  INSERT INTO merchants.takings AS s (merchant_id, livemode, currency, quarter, store_id, payments, gross, fees, refunds, refunded)
  SELECT b.merchant_id, b.livemode, b.currency, date_bin('15 minutes', b.created_at, timestamptz '2000-01-01 00:00:00+00'), coalesce(b.store_id, ''),
         count(*) FILTER (WHERE b.type = 'charge'), coalesce(sum(b.amount) FILTER (WHERE b.type = 'charge'), 0), sum(b.fee),
         count(*) FILTER (WHERE b.type = 'refund'), coalesce(-sum(b.amount) FILTER (WHERE b.type = 'refund'), 0)
    FROM jsonb_array_elements(p_rows) AS t(r), jsonb_populate_record(NULL::merchants.balance_transaction, r) AS b
   WHERE b.type IN ('charge', 'refund')
   GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (merchant_id, livemode, currency, quarter, store_id) DO UPDATE SET
    payments = s.payments + excluded.payments, gross = s.gross + excluded.gross, fees = s.fees + excluded.fees,
    refunds = s.refunds + excluded.refunds, refunded = s.refunded + excluded.refunded;

  INSERT INTO merchants.volume AS v (merchant_id, livemode, month, currency, gross)
  SELECT b.merchant_id, b.livemode, date_trunc('month', b.created_at AT TIME ZONE 'UTC')::date, b.currency, sum(b.amount)
    FROM jsonb_array_elements(p_rows) AS t(r), jsonb_populate_record(NULL::merchants.balance_transaction, r) AS b
   WHERE b.type = 'charge' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
  ON CONFLICT (merchant_id, livemode, month, currency) DO UPDATE SET gross = v.gross + excluded.gross;
END $$;

CREATE FUNCTION merchants.write_events(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO merchants.event (id, merchant_id, livemode, type, object_id, object_version, data_sealed, created_at)
  SELECT e.id, e.merchant_id, e.livemode, e.type, e.object_id, e.object_version, e.data_sealed, e.created_at
    FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.event, r) AS e ORDER BY n;
  PERFORM pg_notify('merchant_event', '');
END $$;

-- Guard called when a batch is locked: locks the intents and answers the items decided on an older version.
CREATE FUNCTION merchants.stale_intent(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM merchants.intent WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN merchants.intent i ON i.id = a -> 'arg' ->> 'id'
   WHERE i.version IS DISTINCT FROM (a -> 'arg' ->> 'version')::int;
  RETURN v_stale;
END $$;
