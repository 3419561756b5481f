-- Settlement: what of a merchant's money became available at each cut-off, what was kept back, and what was paid out.
-- Amounts are signed minor units.

-- One row for each merchant, mode and currency: what the settlements leave, and the version that guards them.
CREATE TABLE merchants.settlement_book (
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  currency text NOT NULL,
  carried_over bigint NOT NULL DEFAULT 0,
  settled_to timestamptz,                    -- the last cut-off that was looked at
  version int NOT NULL DEFAULT 0,
  PRIMARY KEY (merchant_id, livemode, currency)
);

CREATE TABLE merchants.settlement (
  id text PRIMARY KEY,                       -- stl_…
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  currency text NOT NULL,
  cut_off_at timestamptz NOT NULL,
  date date NOT NULL,                        -- of the cut-off, in the merchant's zone
  time_zone text NOT NULL,
  automatic boolean NOT NULL,
  moved bigint NOT NULL CHECK (moved >= 0),  -- from pending to available
  recovered bigint NOT NULL CHECK (recovered >= 0),
  lines int NOT NULL,
  carried_over bigint NOT NULL,
  payments bigint NOT NULL,
  fees bigint NOT NULL,
  refunds bigint NOT NULL,
  disputes bigint NOT NULL,
  returned_payouts bigint NOT NULL,
  adjustments bigint NOT NULL,
  reserved bigint NOT NULL CHECK (reserved <= 0),
  released bigint NOT NULL CHECK (released >= 0),
  payout bigint NOT NULL CHECK (payout <= 0),
  carried_forward bigint NOT NULL,
  payout_id text,
  withheld text,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  CHECK (carried_forward = carried_over + payments + fees + refunds + disputes + returned_payouts + adjustments + reserved + released + payout),
  CHECK ((payout < 0) = (payout_id IS NOT NULL))
);
CREATE UNIQUE INDEX settlement_once ON merchants.settlement (merchant_id, livemode, currency, cut_off_at) WHERE automatic;
CREATE INDEX settlement_merchant ON merchants.settlement (merchant_id, livemode, id DESC);
CREATE INDEX settlement_day ON merchants.settlement (merchant_id, livemode, currency, date, id);

CREATE TABLE merchants.payout (
  id text PRIMARY KEY,                       -- po_…
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  status text NOT NULL CHECK (status IN ('pending', 'in_transit', 'paid', 'failed', 'canceled', 'returned')),
  automatic boolean NOT NULL,
  settlement_id text NOT NULL UNIQUE,
  settlement_account_id text,
  masked_number text,
  payment_id text UNIQUE,                    -- the order to the bank; null in test mode
  reference text,
  expected_at timestamptz,
  returned bigint NOT NULL DEFAULT 0 CHECK (returned BETWEEN 0 AND amount),
  failure_code text, failure_en text, failure_zh text,
  waiting_code text, waiting_en text, waiting_zh text,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK (livemode = (payment_id IS NOT NULL))
);
CREATE INDEX payout_merchant ON merchants.payout (merchant_id, livemode, id DESC);

-- A rolling reserve: what one settlement kept back, until when.
CREATE TABLE merchants.reserve_entry (
  settlement_id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  release_on timestamptz NOT NULL,
  released_by text                           -- the settlement that gave it free
);
CREATE INDEX reserve_due ON merchants.reserve_entry (merchant_id, livemode, currency, release_on) WHERE released_by IS NULL;

-- What is due and not settled yet, for the job that looks for work.
CREATE INDEX balance_transaction_due ON merchants.balance_transaction ((coalesce(available_on, created_at)))
  WHERE settlement_id IS NULL AND type <> 'payout';

-- Guard: the merchant's book is as it was read. Books begin with the first look at them.
CREATE FUNCTION merchants.stale_settlement_book(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  INSERT INTO merchants.settlement_book (merchant_id, livemode, currency)
  SELECT DISTINCT a -> 'arg' ->> 'merchantId', (a -> 'arg' ->> 'livemode')::boolean, a -> 'arg' ->> 'currency'
    FROM jsonb_array_elements(p_args) AS a ORDER BY 1, 2, 3
  ON CONFLICT DO NOTHING;
  PERFORM FROM merchants.settlement_book b
    WHERE (b.merchant_id, b.livemode, b.currency) IN
      (SELECT a -> 'arg' ->> 'merchantId', (a -> 'arg' ->> 'livemode')::boolean, a -> 'arg' ->> 'currency' FROM jsonb_array_elements(p_args) AS a)
    ORDER BY merchant_id, livemode, currency FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a
    JOIN merchants.settlement_book b ON b.merchant_id = a -> 'arg' ->> 'merchantId'
     AND b.livemode = (a -> 'arg' ->> 'livemode')::boolean AND b.currency = a -> 'arg' ->> 'currency'
   WHERE b.version <> (a -> 'arg' ->> 'version')::int;
  RETURN v_stale;
END $$;

-- Writer: {settlement, payout?, reserve?} stores a settlement with the sums of the very rows that it takes, so that the
-- arithmetic holds whatever was booked since it was decided; {payout} alone stores another state of a payout.
CREATE FUNCTION merchants.write_settlements(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_row jsonb;
  v_own jsonb;
  s merchants.settlement;
  p merchants.payout;
  v_over bigint;
BEGIN
  FOR v_row IN SELECT r FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n) ORDER BY n LOOP
    IF v_row ? 'settlement' THEN
      s := jsonb_populate_record(NULL::merchants.settlement, v_row -> 'settlement');
      WITH taken AS (
        UPDATE merchants.balance_transaction SET settlement_id = s.id
         WHERE merchant_id = s.merchant_id AND livemode = s.livemode AND currency = s.currency AND settlement_id IS NULL
           AND type <> 'payout' AND coalesce(available_on, created_at) <= s.cut_off_at
        RETURNING type, amount, fee, net)
      SELECT s.lines + count(*),
             coalesce(sum(amount) FILTER (WHERE type = 'charge'), 0),
             coalesce(sum(CASE WHEN type = 'fee' THEN net ELSE -fee END), 0),
             coalesce(sum(amount) FILTER (WHERE type = 'refund'), 0),
             coalesce(sum(amount) FILTER (WHERE type IN ('dispute', 'dispute_reversal')), 0),
             coalesce(sum(amount) FILTER (WHERE type = 'payout_failure'), 0),
             coalesce(sum(amount) FILTER (WHERE type IN ('adjustment', 'recovery')), 0),
             s.reserved + coalesce(sum(amount) FILTER (WHERE type = 'reserve_hold'), 0),
             s.released + coalesce(sum(amount) FILTER (WHERE type = 'reserve_release'), 0)
        INTO s.lines, s.payments, s.fees, s.refunds, s.disputes, s.returned_payouts, s.adjustments, s.reserved, s.released
        FROM taken;
      SELECT carried_over INTO v_over FROM merchants.settlement_book
       WHERE merchant_id = s.merchant_id AND livemode = s.livemode AND currency = s.currency FOR UPDATE;
      s.carried_over := v_over;
      s.carried_forward := s.carried_over + s.payments + s.fees + s.refunds + s.disputes + s.returned_payouts + s.adjustments
                           + s.reserved + s.released + s.payout;
      INSERT INTO merchants.settlement SELECT (s).*;
      UPDATE merchants.settlement_book SET carried_over = s.carried_forward, version = version + 1,
             settled_to = greatest(settled_to, CASE WHEN s.automatic THEN s.cut_off_at END)
       WHERE merchant_id = s.merchant_id AND livemode = s.livemode AND currency = s.currency;
      UPDATE merchants.reserve_entry SET released_by = s.id
       WHERE settlement_id IN (SELECT jsonb_array_elements_text(v_row -> 'releases'));
      v_own := v_row -> 'reserve';
      IF v_own IS NOT NULL THEN
        INSERT INTO merchants.reserve_entry SELECT (jsonb_populate_record(NULL::merchants.reserve_entry, v_own)).*;
      END IF;
    END IF;
    IF v_row ? 'payout' THEN
      p := jsonb_populate_record(NULL::merchants.payout, v_row -> 'payout');
      IF p.version = 1 THEN
        INSERT INTO merchants.payout SELECT (p).*;
      ELSE
        UPDATE merchants.payout SET
          status = p.status, returned = p.returned, expected_at = p.expected_at, failure_code = p.failure_code, failure_en = p.failure_en,
          failure_zh = p.failure_zh, waiting_code = p.waiting_code, waiting_en = p.waiting_en, waiting_zh = p.waiting_zh,
          version = p.version, updated_at = p.updated_at
        WHERE id = p.id AND version = p.version - 1;
        IF NOT FOUND THEN RAISE EXCEPTION 'payout % is not at version %', p.id, p.version - 1; END IF;
      END IF;
    END IF;
  END LOOP;
END $$;
