-- Writer called when a batch of the ledger is stored: whole rows, inserted together or replaced by version. Under load
-- most rows are new payments, so these go in as one set.
CREATE OR REPLACE FUNCTION payments.write(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_payment payments.payment;
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
      version = v_payment.version, updated_at = v_payment.updated_at
    WHERE id = v_payment.id AND version = v_payment.version - 1;
    IF NOT FOUND THEN RAISE EXCEPTION 'payment % is not at version %', v_payment.id, v_payment.version - 1; END IF;
  END LOOP;

  INSERT INTO payments.transition (payment_id, version, status, cause, at)
  SELECT r -> 'payment' ->> 'id', (r -> 'payment' ->> 'version')::int, r -> 'payment' ->> 'status', r ->> 'cause', (r -> 'payment' ->> 'updated_at')::timestamptz
    FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n) WHERE r ? 'cause' ORDER BY n;
END $$;
