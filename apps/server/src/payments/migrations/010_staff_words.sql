-- What staff write beside cases and recalls is kept sealed, and of who did it the id alone, several with a comma between.
-- The plain columns are what earlier releases wrote: they are sealed when the server starts, and the constraints let
-- nothing in again. A name with its id beside it goes.
ALTER TABLE payments.staff_case
  DROP CONSTRAINT staff_case_check2,
  ADD COLUMN closed_by_id text,              -- null where news ended it
  ADD COLUMN closed_by_sealed text,          -- the name, where an earlier release closed it
  ADD COLUMN proposed_note_sealed text,
  DROP COLUMN proposed_by,
  ADD CONSTRAINT case_proposed_whole CHECK ((proposed_action IS NULL) = (proposed_by_id IS NULL AND proposed_at IS NULL
    AND num_nonnulls(proposed_note, proposed_note_sealed) = 0)),
  ADD CONSTRAINT closed_by_is_sealed CHECK (closed_by IS NULL) NOT VALID,
  ADD CONSTRAINT proposed_note_is_sealed CHECK (proposed_note IS NULL) NOT VALID;

ALTER TABLE payments.case_action
  ADD COLUMN id text NOT NULL UNIQUE DEFAULT gen_random_uuid()::text,
  ALTER COLUMN note DROP NOT NULL,
  ADD COLUMN note_sealed text,
  DROP COLUMN by,
  ADD CONSTRAINT note_is_sealed CHECK (note IS NULL AND note_sealed IS NOT NULL) NOT VALID;

ALTER TABLE payments.recall
  ALTER COLUMN note DROP NOT NULL,
  ADD COLUMN note_sealed text,
  DROP COLUMN by,
  ADD CONSTRAINT note_is_sealed CHECK (note IS NULL AND note_sealed IS NOT NULL) NOT VALID;

CREATE OR REPLACE FUNCTION payments.write(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_payment payments.payment; v_row jsonb;
BEGIN
  INSERT INTO payments.payment
  SELECT p.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::payments.payment, r -> 'payment') AS p
   WHERE p.version = 1 ORDER BY n;

  FOR v_payment IN
    SELECT p.* FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n), jsonb_populate_record(NULL::payments.payment, r -> 'payment') AS p
     WHERE p.version > 1 ORDER BY n
  LOOP
    UPDATE payments.payment SET
      status = v_payment.status, request_id = v_payment.request_id, bank_payment_id = v_payment.bank_payment_id, bank_status = v_payment.bank_status,
      action_url = v_payment.action_url, credited = v_payment.credited, reason_code = v_payment.reason_code,
      reason_en = v_payment.reason_en, reason_zh = v_payment.reason_zh, sent_at = v_payment.sent_at,
      accepted_at = v_payment.accepted_at, inquiries = v_payment.inquiries, needs_review = v_payment.needs_review,
      hold_id = v_payment.hold_id, bank_id = v_payment.bank_id, route = v_payment.route,
      version = v_payment.version, updated_at = v_payment.updated_at
    WHERE id = v_payment.id AND version = v_payment.version - 1;
    IF NOT FOUND THEN RAISE EXCEPTION 'payment % is not at version %', v_payment.id, v_payment.version - 1; END IF;
  END LOOP;

  INSERT INTO payments.transition (payment_id, version, status, cause, at)
  SELECT r -> 'payment' ->> 'id', (r -> 'payment' ->> 'version')::int, r -> 'payment' ->> 'status', r ->> 'cause', (r -> 'payment' ->> 'updated_at')::timestamptz
    FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n) WHERE r ? 'cause' ORDER BY n;

  FOR v_row IN SELECT r FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n) WHERE r ?| ARRAY['case', 'caseAction', 'casesEnd'] ORDER BY n LOOP
    INSERT INTO payments.staff_case
    SELECT c.* FROM jsonb_populate_record(NULL::payments.staff_case, v_row -> 'case') AS c WHERE v_row ? 'case'
    ON CONFLICT DO NOTHING;
    INSERT INTO payments.case_action
    SELECT a.* FROM jsonb_populate_record(NULL::payments.case_action, v_row -> 'caseAction') AS a WHERE v_row ? 'caseAction';
    UPDATE payments.staff_case
       SET closed_at = (v_row -> 'casesEnd' ->> 'at')::timestamptz, outcome = v_row -> 'casesEnd' ->> 'outcome', closed_by_id = v_row -> 'casesEnd' ->> 'byId'
     WHERE v_row ? 'casesEnd' AND closed_at IS NULL
       AND ((break_id IS NULL AND payment_id = v_row -> 'casesEnd' ->> 'paymentId') OR break_id = v_row -> 'casesEnd' ->> 'breakId');
  END LOOP;
END $$;

-- Writer: {id, proposal: {action, noteSealed, byId, at}} takes the place of what was proposed before; null takes it away.
CREATE OR REPLACE FUNCTION payments.write_case_proposal(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_row jsonb;
BEGIN
  FOR v_row IN SELECT * FROM jsonb_array_elements(p_rows) LOOP
    UPDATE payments.staff_case
       SET proposed_action = v_row -> 'proposal' ->> 'action', proposed_note_sealed = v_row -> 'proposal' ->> 'noteSealed',
           proposed_by_id = v_row -> 'proposal' ->> 'byId', proposed_at = (v_row -> 'proposal' ->> 'at')::timestamptz
     WHERE id = v_row ->> 'id' AND closed_at IS NULL;
    IF NOT FOUND THEN RAISE EXCEPTION 'case % is closed', v_row ->> 'id'; END IF;
  END LOOP;
END $$;
