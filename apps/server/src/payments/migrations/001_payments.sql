CREATE TABLE payments.payment (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('top_up', 'transfer', 'withdrawal', 'return')),
  status text NOT NULL,
  customer_id text NOT NULL,                 -- whose payment it is; the payer of a transfer
  payee_id text,                             -- transfers: the customer who receives
  bank_id text,
  linked_account_id text,
  consent_id text,
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0),
  note text,
  reference text NOT NULL UNIQUE,            -- the end-to-end id the bank's statement shows
  request_id uuid NOT NULL,                  -- of the order sent last
  hold_id text,
  bank_payment_id text,
  bank_status text,
  action_url text,
  credited boolean NOT NULL DEFAULT false,   -- top-ups: credited before the statement (instant credit)
  reason_code text, reason_en text, reason_zh text,
  sent_at timestamptz,                       -- first moment the bank may have got it
  accepted_at timestamptz,                   -- when the bank's acceptance was recorded
  inquiries int NOT NULL DEFAULT 0,          -- how often the bank was asked since the last news
  needs_review boolean NOT NULL DEFAULT false,
  version int NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  CHECK ((kind = 'transfer') = (payee_id IS NOT NULL))
);
CREATE INDEX payment_customer ON payments.payment (customer_id, id DESC);
CREATE INDEX payment_payee ON payments.payment (payee_id, id DESC) WHERE payee_id IS NOT NULL;
CREATE INDEX payment_bank_id ON payments.payment (bank_payment_id) WHERE bank_payment_id IS NOT NULL;
CREATE INDEX payment_status ON payments.payment (status, id DESC);
CREATE INDEX payment_uncleared ON payments.payment (customer_id, currency) WHERE kind = 'top_up' AND credited AND status = 'submitted';
CREATE INDEX payment_with_bank ON payments.payment (bank_id, currency) WHERE status = 'submitted';

-- Every status a payment has had, in order. The timeline people see.
CREATE TABLE payments.transition (
  payment_id text NOT NULL REFERENCES payments.payment (id),
  version int NOT NULL,
  status text NOT NULL,
  cause text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (payment_id, version)
);

-- News that fits no move: kept and shown to staff, never dropped, never moving money.
CREATE TABLE payments.unfit_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  payment_id text NOT NULL REFERENCES payments.payment (id),
  status text NOT NULL,
  cause text NOT NULL,
  at timestamptz NOT NULL,
  UNIQUE (payment_id, status, cause)
);

-- Writer called by ledger.commit_batch: whole rows, inserted or replaced by version.
CREATE FUNCTION payments.write(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_row jsonb; v_payment payments.payment;
BEGIN
  FOR v_row IN SELECT * FROM jsonb_array_elements(p_rows) LOOP
    v_payment := jsonb_populate_record(NULL::payments.payment, v_row -> 'payment');
    IF v_payment.version = 1 THEN
      INSERT INTO payments.payment SELECT (v_payment).*;
    ELSE
      UPDATE payments.payment SET
        status = v_payment.status, request_id = v_payment.request_id, bank_payment_id = v_payment.bank_payment_id, bank_status = v_payment.bank_status,
        action_url = v_payment.action_url, credited = v_payment.credited, reason_code = v_payment.reason_code,
        reason_en = v_payment.reason_en, reason_zh = v_payment.reason_zh, sent_at = v_payment.sent_at,
        accepted_at = v_payment.accepted_at, inquiries = v_payment.inquiries, needs_review = v_payment.needs_review,
        version = v_payment.version, updated_at = v_payment.updated_at
      WHERE id = v_payment.id AND version = v_payment.version - 1;
      IF NOT FOUND THEN RAISE EXCEPTION 'payment % is not at version %', v_payment.id, v_payment.version - 1; END IF;
    END IF;
    IF v_row ? 'cause' THEN
      INSERT INTO payments.transition (payment_id, version, status, cause, at)
      VALUES (v_payment.id, v_payment.version, v_payment.status, v_row ->> 'cause', v_payment.updated_at);
    END IF;
  END LOOP;
END $$;

-- Guard called by ledger.commit_batch: locks the payments and answers the items decided on an older version.
CREATE FUNCTION payments.stale(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM payments.payment WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN payments.payment p ON p.id = a -> 'arg' ->> 'id'
   WHERE p.version IS DISTINCT FROM (a -> 'arg' ->> 'version')::int;
  RETURN v_stale;
END $$;

-- Guard: is there still room for an instant credit? One customer and currency at a time, across processes.
CREATE FUNCTION payments.no_instant_credit_room(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_arg jsonb; v_refused int[] := '{}'; v_used numeric;
BEGIN
  FOR v_arg IN SELECT a FROM jsonb_array_elements(p_args) AS a ORDER BY a -> 'arg' ->> 'customer', a -> 'arg' ->> 'currency' LOOP
    PERFORM pg_advisory_xact_lock(hashtextextended('instant-credit ' || (v_arg -> 'arg' ->> 'customer') || ' ' || (v_arg -> 'arg' ->> 'currency'), 0));
    SELECT coalesce(sum(amount), 0) INTO v_used FROM payments.payment
     WHERE customer_id = v_arg -> 'arg' ->> 'customer' AND currency = v_arg -> 'arg' ->> 'currency'
       AND kind = 'top_up' AND credited AND status = 'submitted';
    IF v_used + (v_arg -> 'arg' ->> 'amount')::numeric > (v_arg -> 'arg' ->> 'limit')::numeric THEN
      v_refused := v_refused || (v_arg ->> 'item')::int;
    END IF;
  END LOOP;
  RETURN v_refused;
END $$;
