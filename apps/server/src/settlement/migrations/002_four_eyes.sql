-- What one person proposes and a second one must confirm: money that the operator bears.
ALTER TABLE settlement.break
  ADD COLUMN proposed_action text,
  ADD COLUMN proposed_note text,
  ADD COLUMN proposed_by text,
  ADD COLUMN proposed_by_id text,
  ADD COLUMN proposed_at timestamptz,
  ADD CHECK ((proposed_action IS NULL) = (proposed_by_id IS NULL AND proposed_by IS NULL AND proposed_note IS NULL AND proposed_at IS NULL));

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

-- Guard: the break is still open, and what is proposed for it is what the second person saw.
CREATE OR REPLACE FUNCTION settlement.break_not_open(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM settlement.break WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN settlement.break b ON b.id = a -> 'arg' ->> 'id'
   WHERE b.id IS NULL OR b.closed_at IS NOT NULL
      OR (a -> 'arg' ? 'proposedBy' AND b.proposed_by_id IS DISTINCT FROM a -> 'arg' ->> 'proposedBy')
      OR (a -> 'arg' ? 'proposedAction' AND b.proposed_action IS DISTINCT FROM a -> 'arg' ->> 'proposedAction');
  RETURN v_stale;
END $$;
