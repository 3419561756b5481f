-- The watch over the invariants, and what becomes of months that are moved away.

-- How far the watch has come. Its one row is locked by whoever takes the next slice.
CREATE TABLE ledger.watch (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  next_position bigint NOT NULL DEFAULT 0,    -- every transfer before it was proven when it was new
  reread_position bigint NOT NULL DEFAULT 0,  -- where the slow second reading of old transfers goes on
  next_account bigint NOT NULL DEFAULT 0,     -- where the round over all accounts goes on
  summed_at timestamptz,                      -- when the balances of all accounts were last added up
  ran_at timestamptz
);
INSERT INTO ledger.watch DEFAULT VALUES;

-- What the watch found. While an alarm is open, no money of its currency leaves to a bank.
CREATE TABLE ledger.alarm (
  id text PRIMARY KEY,                        -- alm_…
  invariant text NOT NULL,
  currency text,                              -- null: it cannot be told, so every currency stops
  subject text NOT NULL,                      -- a transfer, a position or an account
  -- Amounts are minor units.
  expected text NOT NULL,
  found text NOT NULL,
  found_at timestamptz NOT NULL,
  cleared_at timestamptz, cleared_by text, cleared_by_id text, note text,
  CHECK (num_nulls(cleared_at, cleared_by, cleared_by_id, note) IN (0, 4))
);
CREATE UNIQUE INDEX alarm_open ON ledger.alarm (invariant, subject, coalesce(currency, '')) WHERE cleared_at IS NULL;
CREATE INDEX alarm_stops ON ledger.alarm (currency) WHERE cleared_at IS NULL;
CREATE INDEX alarm_known ON ledger.alarm (invariant, subject);
-- Who cleared what, and why, is part of the audit trail.
CREATE TRIGGER alarm_kept BEFORE DELETE OR TRUNCATE ON ledger.alarm
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Writer: clears alarms. Guard: answers the items whose alarm is not open any longer.
CREATE FUNCTION ledger.clear_alarms(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger.alarm AS a SET cleared_at = r.at, cleared_by = r.by, cleared_by_id = r.by_id, note = r.note
    FROM jsonb_to_recordset(p_rows) AS r(id text, at timestamptz, by text, by_id text, note text)
   WHERE a.id = r.id AND a.cleared_at IS NULL;
END $$;
CREATE FUNCTION ledger.alarm_not_open(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM ledger.alarm WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN ledger.alarm l ON l.id = a -> 'arg' ->> 'id' AND l.cleared_at IS NULL
   WHERE l.id IS NULL;
  RETURN v_stale;
END $$;

-- Months that were moved away stand here as tables of their own, until a backup has them and they are dropped.
CREATE SCHEMA ledger_archive;
ALTER TABLE ledger.month ADD COLUMN transfers bigint;
