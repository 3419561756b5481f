-- What staff write beside a difference is kept sealed, and of who did it the id alone: `reconciliation`, or ids of staff
-- with a comma between. The plain columns are what earlier releases wrote: they are sealed when the server starts, and the
-- constraints let nothing in again.
ALTER TABLE settlement.break
  DROP CONSTRAINT break_check,
  DROP CONSTRAINT break_check1,
  ADD COLUMN note_sealed text,
  ADD COLUMN closed_by_id text,
  ADD COLUMN closed_by_sealed text,          -- the name, where an earlier release closed it
  ADD COLUMN proposed_note_sealed text,
  DROP COLUMN proposed_by,                   -- the id stands beside it
  ADD CONSTRAINT break_closed_whole CHECK ((closed_at IS NULL) = (transfer_id IS NULL AND action IS NULL
    AND num_nonnulls(note, note_sealed) = 0 AND num_nonnulls(closed_by, closed_by_sealed, closed_by_id) = 0)),
  ADD CONSTRAINT break_proposed_whole CHECK ((proposed_action IS NULL) = (proposed_by_id IS NULL AND proposed_at IS NULL
    AND num_nonnulls(proposed_note, proposed_note_sealed) = 0)),
  ADD CONSTRAINT note_is_sealed CHECK (note IS NULL) NOT VALID,
  ADD CONSTRAINT closed_by_is_sealed CHECK (closed_by IS NULL) NOT VALID,
  ADD CONSTRAINT proposed_note_is_sealed CHECK (proposed_note IS NULL) NOT VALID;

ALTER TABLE settlement.match
  ALTER COLUMN note DROP NOT NULL,
  ALTER COLUMN by DROP NOT NULL,
  ADD COLUMN id text NOT NULL UNIQUE DEFAULT gen_random_uuid()::text,
  ADD COLUMN note_sealed text,
  ADD COLUMN by_id text,
  ADD COLUMN by_sealed text,
  ADD CONSTRAINT note_is_sealed CHECK (note IS NULL AND note_sealed IS NOT NULL) NOT VALID,
  ADD CONSTRAINT by_is_sealed CHECK (by IS NULL AND num_nonnulls(by_id, by_sealed) = 1) NOT VALID;

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
      UPDATE settlement.break SET proposed_action = v_row -> 'propose' ->> 'action', proposed_note_sealed = v_row -> 'propose' ->> 'noteSealed',
             proposed_by_id = v_row -> 'propose' ->> 'byId', proposed_at = (v_row -> 'propose' ->> 'at')::timestamptz
       WHERE id = v_row -> 'propose' ->> 'id' AND closed_at IS NULL;
      IF NOT FOUND THEN RAISE EXCEPTION 'break % is closed', v_row -> 'propose' ->> 'id'; END IF;
    END IF;
    IF v_row ? 'close' THEN
      UPDATE settlement.break SET action = v_row -> 'close' ->> 'action', note_sealed = v_row -> 'close' ->> 'noteSealed',
             closed_by_id = v_row -> 'close' ->> 'byId', closed_by_sealed = v_row -> 'close' ->> 'bySealed',
             closed_at = (v_row -> 'close' ->> 'at')::timestamptz, transfer_id = v_row -> 'close' ->> 'transferId'
       WHERE id = v_row -> 'close' ->> 'id' AND closed_at IS NULL;
      IF NOT FOUND THEN RAISE EXCEPTION 'break % is closed', v_row -> 'close' ->> 'id'; END IF;
    END IF;
  END LOOP;
END $$;
