-- One day of one custody account as the bank states it.
CREATE TABLE settlement.statement (
  id text PRIMARY KEY,
  bank_id text NOT NULL,
  currency text NOT NULL,
  iban text NOT NULL,
  date date NOT NULL,
  opening bigint NOT NULL,
  closing bigint NOT NULL,
  sha256 text NOT NULL,
  lines int NOT NULL,
  -- Null until every line is placed: a reconciliation cut short goes on where it stopped.
  ledger_closing bigint,
  received_at timestamptz NOT NULL,
  UNIQUE (bank_id, currency, date)
);

CREATE TABLE settlement.line (
  id text PRIMARY KEY,
  statement_id text NOT NULL REFERENCES settlement.statement (id),
  sequence int NOT NULL,
  direction text NOT NULL CHECK (direction IN ('credit', 'debit')),
  amount bigint NOT NULL CHECK (amount > 0),
  booking_date date NOT NULL,
  value_date date,
  end_to_end_id text, bank_reference text, counterparty_name text, remittance text,
  -- Every line is money that moved, so every line has a posting: against the payment it settles, or against suspense.
  transfer_id text NOT NULL,
  payment_id text,
  break_id text,
  UNIQUE (statement_id, sequence)
);
CREATE INDEX line_payment ON settlement.line (payment_id) WHERE payment_id IS NOT NULL;

CREATE TABLE settlement.break (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('unexpected_line', 'amount_differs', 'missing_on_statement', 'closing_differs')),
  bank_id text NOT NULL,
  currency text NOT NULL,
  date date NOT NULL,
  statement_id text NOT NULL REFERENCES settlement.statement (id),
  line_id text,
  payment_id text,
  bank_amount bigint,                        -- signed: credit to custody positive
  ledger_amount bigint,
  why_en text NOT NULL, why_zh text NOT NULL,
  opened_at timestamptz NOT NULL,
  -- A break is closed only by a posting that says why, and who decided.
  action text, note text, closed_by text, closed_at timestamptz, transfer_id text,
  CHECK ((closed_at IS NULL) = (transfer_id IS NULL AND action IS NULL AND note IS NULL AND closed_by IS NULL))
);
CREATE INDEX break_open ON settlement.break (opened_at) WHERE closed_at IS NULL;
CREATE INDEX break_payment ON settlement.break (payment_id) WHERE payment_id IS NOT NULL;
CREATE UNIQUE INDEX break_missing_once ON settlement.break (payment_id) WHERE kind = 'missing_on_statement' AND closed_at IS NULL;

-- Writer called by ledger.commit_batch.
CREATE FUNCTION settlement.write(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_row jsonb;
BEGIN
  FOR v_row IN SELECT * FROM jsonb_array_elements(p_rows) LOOP
    IF v_row ? 'line' THEN
      INSERT INTO settlement.line SELECT (jsonb_populate_record(NULL::settlement.line, v_row -> 'line')).*;
    END IF;
    IF v_row ? 'break' THEN
      INSERT INTO settlement.break SELECT (jsonb_populate_record(NULL::settlement.break, v_row -> 'break')).*;
    END IF;
    IF v_row ? 'close' THEN
      UPDATE settlement.break SET action = v_row -> 'close' ->> 'action', note = v_row -> 'close' ->> 'note', closed_by = v_row -> 'close' ->> 'by',
             closed_at = (v_row -> 'close' ->> 'at')::timestamptz, transfer_id = v_row -> 'close' ->> 'transferId'
       WHERE id = v_row -> 'close' ->> 'id' AND closed_at IS NULL;
      IF NOT FOUND THEN RAISE EXCEPTION 'break % is closed', v_row -> 'close' ->> 'id'; END IF;
    END IF;
  END LOOP;
END $$;

-- Guard: the break is still open. Locks it, so that two people cannot close it both.
CREATE FUNCTION settlement.break_not_open(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM settlement.break WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN settlement.break b ON b.id = a -> 'arg' ->> 'id'
   WHERE b.id IS NULL OR b.closed_at IS NOT NULL;
  RETURN v_stale;
END $$;

-- Guard: the line has not been placed yet, by whoever reads the same statement at the same time.
CREATE FUNCTION settlement.line_placed(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM settlement.statement WHERE id IN (SELECT a -> 'arg' ->> 'statement' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a
    JOIN settlement.line l ON l.statement_id = a -> 'arg' ->> 'statement' AND l.sequence = (a -> 'arg' ->> 'sequence')::int;
  RETURN v_stale;
END $$;
