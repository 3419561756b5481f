-- How a line that stands for several payments names them, where the bank says it: {references, id, count}.
ALTER TABLE settlement.line ADD COLUMN batch jsonb;

-- `answer_differs`: the bank's last answer was no, and its statement shows that the money moved.
-- `overdue_at`: when the break was found to be older than its bank's breaks may be.
ALTER TABLE settlement.break
  DROP CONSTRAINT break_kind_check,
  ADD CONSTRAINT break_kind_check CHECK (kind IN ('unexpected_line', 'amount_differs', 'missing_on_statement', 'closing_differs', 'answer_differs')),
  ADD COLUMN overdue_at timestamptz;

-- Which line in suspense (by its break) pays which payment, as accepted by a person or told by the bank's own list. One
-- row per pair. What was accepted is carried out payment by payment, each in a commit of its own.
CREATE TABLE settlement.match (
  break_id text NOT NULL REFERENCES settlement.break (id),
  payment_id text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  note text NOT NULL, by text NOT NULL, at timestamptz NOT NULL,
  -- The transfer that settles the payment, named beforehand so that a repeat cannot make another.
  transfer_id text NOT NULL,
  -- `left`: the payment had ended meanwhile; its share goes on waiting in a break of its own.
  outcome text CHECK (outcome IN ('settled', 'left')),
  left_break_id text REFERENCES settlement.break (id),
  PRIMARY KEY (break_id, payment_id),
  CHECK ((left_break_id IS NOT NULL) = (outcome IS NOT DISTINCT FROM 'left'))
);
CREATE INDEX match_payment ON settlement.match (payment_id);
CREATE INDEX match_under_way ON settlement.match (break_id) WHERE outcome IS NULL;

CREATE OR REPLACE FUNCTION settlement.write(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
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
    IF v_row ? 'match' THEN
      INSERT INTO settlement.match SELECT (jsonb_populate_record(NULL::settlement.match, v_row -> 'match')).*;
    END IF;
    IF v_row ? 'matched' THEN
      UPDATE settlement.match SET outcome = v_row -> 'matched' ->> 'outcome', left_break_id = v_row -> 'matched' ->> 'leftBreakId'
       WHERE break_id = v_row -> 'matched' ->> 'breakId' AND payment_id = v_row -> 'matched' ->> 'paymentId' AND outcome IS NULL;
      IF NOT FOUND THEN RAISE EXCEPTION 'match of % is done', v_row -> 'matched' ->> 'breakId'; END IF;
    END IF;
    IF v_row ? 'overdue' THEN
      UPDATE settlement.break SET overdue_at = (v_row -> 'overdue' ->> 'at')::timestamptz
       WHERE id = v_row -> 'overdue' ->> 'id' AND closed_at IS NULL AND overdue_at IS NULL;
    END IF;
    IF v_row ? 'propose' THEN
      UPDATE settlement.break SET proposed_action = v_row -> 'propose' ->> 'action', proposed_note = v_row -> 'propose' ->> 'note',
             proposed_by = v_row -> 'propose' ->> 'by', proposed_by_id = v_row -> 'propose' ->> 'byId', proposed_at = (v_row -> 'propose' ->> 'at')::timestamptz
       WHERE id = v_row -> 'propose' ->> 'id' AND closed_at IS NULL;
      IF NOT FOUND THEN RAISE EXCEPTION 'break % is closed', v_row -> 'propose' ->> 'id'; END IF;
    END IF;
    IF v_row ? 'close' THEN
      UPDATE settlement.break SET action = v_row -> 'close' ->> 'action', note = v_row -> 'close' ->> 'note', closed_by = v_row -> 'close' ->> 'by',
             closed_at = (v_row -> 'close' ->> 'at')::timestamptz, transfer_id = v_row -> 'close' ->> 'transferId'
       WHERE id = v_row -> 'close' ->> 'id' AND closed_at IS NULL;
      IF NOT FOUND THEN RAISE EXCEPTION 'break % is closed', v_row -> 'close' ->> 'id'; END IF;
    END IF;
  END LOOP;
END $$;

-- Guard: the break is still open, nobody carries out a match of its line, and what is proposed for it is what the
-- second person saw.
CREATE OR REPLACE FUNCTION settlement.break_not_open(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM settlement.break WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN settlement.break b ON b.id = a -> 'arg' ->> 'id'
   WHERE b.id IS NULL OR b.closed_at IS NOT NULL
      OR EXISTS (SELECT FROM settlement.match m WHERE m.break_id = b.id AND m.outcome IS NULL)
      OR (a -> 'arg' ? 'proposedBy' AND b.proposed_by_id IS DISTINCT FROM a -> 'arg' ->> 'proposedBy')
      OR (a -> 'arg' ? 'proposedAction' AND b.proposed_action IS DISTINCT FROM a -> 'arg' ->> 'proposedAction');
  RETURN v_stale;
END $$;

-- Guard: this share of a match is not carried out yet. Locks it.
CREATE FUNCTION settlement.match_done(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM settlement.match
    WHERE (break_id, payment_id) IN (SELECT a -> 'arg' ->> 'breakId', a -> 'arg' ->> 'paymentId' FROM jsonb_array_elements(p_args) AS a)
    ORDER BY break_id, payment_id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a
    LEFT JOIN settlement.match m ON m.break_id = a -> 'arg' ->> 'breakId' AND m.payment_id = a -> 'arg' ->> 'paymentId'
   WHERE m.break_id IS NULL OR m.outcome IS NOT NULL;
  RETURN v_stale;
END $$;
