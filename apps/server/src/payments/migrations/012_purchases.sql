-- What customers pay to shops, and what comes back: payments of kind `purchase` and `refund`. A top-up made to pay a shop
-- names what it pays. A refund points to its purchase as a return does to its payment; the same trigger holds that all
-- refunds are never more than the purchase.
ALTER TABLE payments.payment
  ADD COLUMN merchant_id text,
  ADD COLUMN merchant_name text,             -- as it was when it was paid
  ADD COLUMN merchant_reference text,        -- the shop's order number
  ADD COLUMN intent_id text,
  ADD COLUMN authorised_amount bigint,       -- what was held, where the shop took less
  DROP CONSTRAINT payment_original_kind_check,
  ADD CONSTRAINT payment_original_kind_check CHECK (original_kind IN ('top_up', 'withdrawal', 'payout', 'purchase')),
  DROP CONSTRAINT payment_check1,
  ADD CONSTRAINT payment_names_original CHECK ((kind IN ('return', 'refund')) = (original_id IS NOT NULL AND original_kind IS NOT NULL)),
  ADD CONSTRAINT refund_is_of_purchase CHECK ((kind = 'refund') = (original_kind IS NOT DISTINCT FROM 'purchase')),
  ADD CONSTRAINT purchase_names_shop CHECK (kind NOT IN ('purchase', 'refund') OR num_nulls(merchant_id, merchant_name, intent_id) = 0);

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
      amount = v_payment.amount, authorised_amount = v_payment.authorised_amount,
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
