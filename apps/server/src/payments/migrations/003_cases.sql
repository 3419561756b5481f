-- What the check of the payee's name said before a payout: {result, by, confirmed}.
ALTER TABLE payments.payment ADD COLUMN payee_check jsonb;

-- What only a person can decide. One open case of a kind for each payment, one for each line in suspense.
CREATE TABLE payments.staff_case (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('outcome_unknown', 'hold_ending', 'late_money')),
  payment_id text REFERENCES payments.payment (id),
  break_id text UNIQUE,                       -- late money: the difference whose closing ends the case
  bank_id text NOT NULL,
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  opened_at timestamptz NOT NULL,
  closed_at timestamptz,
  outcome text,                               -- status of the payment, or action on the difference, that ended it
  closed_by text,                             -- name of the member of staff; null where news ended it
  CHECK ((closed_at IS NULL) = (outcome IS NULL)),
  CHECK (payment_id IS NOT NULL OR break_id IS NOT NULL)
);
CREATE UNIQUE INDEX staff_case_one_open ON payments.staff_case (payment_id, kind) WHERE closed_at IS NULL AND break_id IS NULL;
CREATE INDEX staff_case_open ON payments.staff_case (id DESC) WHERE closed_at IS NULL;

-- What staff did about a case and what came of it; never changed.
CREATE TABLE payments.case_action (
  case_id text NOT NULL REFERENCES payments.staff_case (id),
  at timestamptz NOT NULL,
  action text NOT NULL,
  note text NOT NULL,
  by text NOT NULL,
  staff_id text NOT NULL,
  result text NOT NULL,                       -- status of the payment afterwards
  PRIMARY KEY (case_id, at)
);

-- The writer once more, now also for holds that are taken anew, and for cases in the commit of the move they belong to.
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
      hold_id = v_payment.hold_id, version = v_payment.version, updated_at = v_payment.updated_at
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
       SET closed_at = (v_row -> 'casesEnd' ->> 'at')::timestamptz, outcome = v_row -> 'casesEnd' ->> 'outcome', closed_by = v_row -> 'casesEnd' ->> 'by'
     WHERE v_row ? 'casesEnd' AND closed_at IS NULL
       AND ((break_id IS NULL AND payment_id = v_row -> 'casesEnd' ->> 'paymentId') OR break_id = v_row -> 'casesEnd' ->> 'breakId');
  END LOOP;
END $$;
