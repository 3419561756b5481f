-- What one person proposes about a case and a second one must confirm: that a bank has done, or has not done, a payment.
ALTER TABLE payments.staff_case
  ADD COLUMN proposed_action text,
  ADD COLUMN proposed_note text,
  ADD COLUMN proposed_by text,
  ADD COLUMN proposed_by_id text,
  ADD COLUMN proposed_at timestamptz,
  ADD CHECK ((proposed_action IS NULL) = (proposed_by_id IS NULL AND proposed_by IS NULL AND proposed_note IS NULL AND proposed_at IS NULL));

-- A line of the record is a deed, or the proposal of one.
ALTER TABLE payments.case_action ADD COLUMN step text NOT NULL DEFAULT 'done' CHECK (step IN ('proposed', 'done'));

-- Writer: {id, proposal: {action, note, by, byId, at}} takes the place of what was proposed before; null takes it away.
CREATE FUNCTION payments.write_case_proposal(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_row jsonb;
BEGIN
  FOR v_row IN SELECT * FROM jsonb_array_elements(p_rows) LOOP
    UPDATE payments.staff_case
       SET proposed_action = v_row -> 'proposal' ->> 'action', proposed_note = v_row -> 'proposal' ->> 'note',
           proposed_by = v_row -> 'proposal' ->> 'by', proposed_by_id = v_row -> 'proposal' ->> 'byId',
           proposed_at = (v_row -> 'proposal' ->> 'at')::timestamptz
     WHERE id = v_row ->> 'id' AND closed_at IS NULL;
    IF NOT FOUND THEN RAISE EXCEPTION 'case % is closed', v_row ->> 'id'; END IF;
  END LOOP;
END $$;

-- Guard: the case is still open, and what is proposed for it is what the person saw who acts on it.
CREATE FUNCTION payments.case_not_as_seen(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM payments.staff_case WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN payments.staff_case c ON c.id = a -> 'arg' ->> 'id'
   WHERE c.id IS NULL OR c.closed_at IS NOT NULL
      OR c.proposed_action IS DISTINCT FROM a -> 'arg' ->> 'action' OR c.proposed_by_id IS DISTINCT FROM a -> 'arg' ->> 'byId';
  RETURN v_stale;
END $$;
