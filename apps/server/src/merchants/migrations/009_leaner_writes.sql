-- What every payment writes, in sets and with fewer indexes. A change of an intent is an update of the whole set: rows are
-- locked in the order of their ids already (merchants.stale_intent), so two batches never wait for each other here.
-- Intents are found by their key, whatever the planner believes of a table that it has not looked at for a while: a plan
-- that reads the whole table is kept while the table grows.
CREATE OR REPLACE FUNCTION merchants.write_intents(p_rows jsonb) RETURNS void LANGUAGE plpgsql
  SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
  v_asked int; v_done int;
BEGIN
  INSERT INTO merchants.intent
  SELECT i.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.intent, r) AS i
   WHERE r ->> 'version' = '1' ORDER BY n;

  -- Two changes of one intent never share a batch: their guards are equal.
  SELECT count(*) INTO v_asked FROM jsonb_array_elements(p_rows) AS r WHERE r ->> 'version' <> '1';
  IF v_asked = 0 THEN RETURN; END IF;
  UPDATE merchants.intent AS t SET
    status = v.status, amount = v.amount, capturable = v.capturable, received = v.received, refunded = v.refunded, disputed = v.disputed,
    fee = v.fee, fee_refunded = v.fee_refunded, fee_details = v.fee_details, method = v.method, payer_id = v.payer_id,
    payment_id = v.payment_id, top_up_id = v.top_up_id, hold_id = v.hold_id, authentication = v.authentication,
    error_code = v.error_code, cancellation_reason = v.cancellation_reason, latest_refund_id = v.latest_refund_id,
    dispute_id = v.dispute_id, balance_transaction_id = v.balance_transaction_id, expires_at = v.expires_at,
    capture_before = v.capture_before, version = v.version, updated_at = v.updated_at
   FROM jsonb_array_elements(p_rows) AS r CROSS JOIN LATERAL jsonb_populate_record(NULL::merchants.intent, r) AS v
  WHERE r ->> 'version' <> '1' AND t.id = v.id AND t.version = v.version - 1;
  GET DIAGNOSTICS v_done = ROW_COUNT;
  IF v_done <> v_asked THEN RAISE EXCEPTION 'of % changed intents only % were at the version before', v_asked, v_done; END IF;
END $$;

-- Takings and volume are counted from the same rows, which are read from their JSON once.
CREATE OR REPLACE FUNCTION merchants.write_balance_transactions(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  WITH added AS (
    INSERT INTO merchants.balance_transaction
    SELECT b.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::merchants.balance_transaction, r) AS b ORDER BY n
    RETURNING merchant_id, livemode, currency, type, amount, fee, store_id, created_at),
  month AS (
    INSERT INTO merchants.volume AS v (merchant_id, livemode, month, currency, gross)
    SELECT b.merchant_id, b.livemode, date_trunc('month', b.created_at AT TIME ZONE 'UTC')::date, b.currency, sum(b.amount)
      FROM added b WHERE b.type = 'charge' GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
    ON CONFLICT (merchant_id, livemode, month, currency) DO UPDATE SET gross = v.gross + excluded.gross)
  INSERT INTO merchants.takings AS s (merchant_id, livemode, currency, quarter, store_id, payments, gross, fees, refunds, refunded)
  SELECT b.merchant_id, b.livemode, b.currency, date_bin('15 minutes', b.created_at, timestamptz '2000-01-01 00:00:00+00'), coalesce(b.store_id, ''),
         count(*) FILTER (WHERE b.type = 'charge'), coalesce(sum(b.amount) FILTER (WHERE b.type = 'charge'), 0), sum(b.fee),
         count(*) FILTER (WHERE b.type = 'refund'), coalesce(-sum(b.amount) FILTER (WHERE b.type = 'refund'), 0)
    FROM added b WHERE b.type IN ('charge', 'refund')
   GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5
  ON CONFLICT (merchant_id, livemode, currency, quarter, store_id) DO UPDATE SET
    payments = s.payments + excluded.payments, gross = s.gross + excluded.gross, fees = s.fees + excluded.fees,
    refunds = s.refunds + excluded.refunds, refunded = s.refunded + excluded.refunded;
END $$;

-- Nearly all intents of a shop are paid, and the list of all of them finds those; the others are few, and found by state.
DROP INDEX merchants.intent_status;
CREATE INDEX intent_status ON merchants.intent (merchant_id, livemode, status, id DESC) WHERE status <> 'succeeded';

ALTER FUNCTION merchants.stale_intent(jsonb) SET enable_seqscan = off;
ALTER FUNCTION merchants.stale_intent(jsonb) SET enable_hashjoin = off;
ALTER FUNCTION merchants.stale_intent(jsonb) SET enable_mergejoin = off;
