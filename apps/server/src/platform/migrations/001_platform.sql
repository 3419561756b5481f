-- Answers given to writes, so that a repeated request gets the same answer and never acts twice.
CREATE TABLE platform.request (
  key text PRIMARY KEY,                     -- actor / operation / Idempotency-Key
  hash text NOT NULL,                       -- SHA-256 of what was asked
  outcome text NOT NULL CHECK (outcome IN ('accepted', 'refused')),
  code text,                                -- error code of a refusal
  result jsonb,                             -- answer of an accepted request
  at timestamptz NOT NULL DEFAULT now(),
  CHECK ((outcome = 'refused') = (code IS NOT NULL))
);
CREATE INDEX request_at ON platform.request (at);

-- Transactional outbox: what became true, written in the commit that made it true.
CREATE TABLE platform.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name text NOT NULL,
  payload jsonb NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX outbox_customer ON platform.outbox ((payload ->> 'customerId'), id);

-- Writes events and wakes the listeners when the transaction commits. NOTIFY payloads hold at most 8000 bytes.
CREATE FUNCTION platform.emit(p_events jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_ids bigint[];
BEGIN
  WITH written AS (
    INSERT INTO platform.outbox (name, payload)
    SELECT e ->> 'name', e -> 'payload' FROM jsonb_array_elements(p_events) WITH ORDINALITY AS t(e, n) ORDER BY n
    RETURNING id
  )
  SELECT array_agg(id ORDER BY id) INTO v_ids FROM written;
  FOR i IN 0 .. (coalesce(array_length(v_ids, 1), 0) - 1) / 300 LOOP
    IF v_ids IS NOT NULL THEN
      PERFORM pg_notify('jinqiao_outbox', array_to_string(v_ids[i * 300 + 1 : i * 300 + 300], ','));
    END IF;
  END LOOP;
END $$;

-- Queues jobs in the caller's transaction. Each job: {task, payload, key?, runAt?, maxAttempts?}.
CREATE FUNCTION platform.enqueue(p_jobs jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  j jsonb;
BEGIN
  FOR j IN SELECT * FROM jsonb_array_elements(p_jobs) LOOP
    PERFORM graphile_worker.add_job(
      j ->> 'task',
      payload => (j -> 'payload')::json,
      run_at => coalesce((j ->> 'runAt')::timestamptz, now()),
      max_attempts => coalesce((j ->> 'maxAttempts')::int, 25),
      job_key => j ->> 'key',
      job_key_mode => CASE WHEN j ? 'key' THEN 'replace' END
    );
  END LOOP;
END $$;
