-- Entries and transfers by month, with a place in the transparency log; freezes by direction; partial captures;
-- limit allowances; and the sums that custody is checked against, kept as they change.

-- Accounts ----------------------------------------------------------------------------------------------------------
-- What a posting never changes is held by domains: a table's CHECK is read and run anew with every update of a row.
CREATE DOMAIN ledger.account_status AS text CHECK (VALUE IN ('open', 'debit_only', 'credit_only', 'frozen', 'closed'));
CREATE DOMAIN ledger.account_kind AS text CHECK (VALUE IN ('asset', 'liability', 'income', 'expense', 'equity'));
CREATE DOMAIN ledger.safeguarding AS smallint CHECK (VALUE IN (-1, 0, 1));
ALTER TABLE ledger.account
  DROP CONSTRAINT account_status_check, DROP CONSTRAINT account_kind_check, DROP CONSTRAINT account_safeguarding_check,
  DROP CONSTRAINT account_held_check, DROP CONSTRAINT available_not_below_floor;
ALTER TABLE ledger.account
  ALTER COLUMN normal_sign DROP EXPRESSION,
  ALTER COLUMN status DROP DEFAULT, ALTER COLUMN safeguarding DROP DEFAULT;
ALTER TABLE ledger.account
  ALTER COLUMN status TYPE ledger.account_status, ALTER COLUMN status SET DEFAULT 'open',
  ALTER COLUMN kind TYPE ledger.account_kind,
  ALTER COLUMN safeguarding TYPE ledger.safeguarding, ALTER COLUMN safeguarding SET DEFAULT 0,
  ADD CONSTRAINT available_not_below_floor CHECK (held >= 0 AND (floor IS NULL OR balance - held >= floor)),
  -- When the last entry was booked, in ms since 1970: the next one is never dated before it.
  ADD COLUMN last_entry_ms bigint NOT NULL DEFAULT 0;

CREATE FUNCTION ledger.set_normal_sign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.normal_sign := CASE WHEN NEW.kind IN ('asset', 'expense') THEN 1 ELSE -1 END;
  RETURN NEW;
END $$;
CREATE TRIGGER account_normal_sign BEFORE INSERT OR UPDATE OF kind, normal_sign ON ledger.account
  FOR EACH ROW EXECUTE FUNCTION ledger.set_normal_sign();

-- What stands in the safeguarding sum, per currency: +1 assets held for customers, -1 money owed to them.
CREATE TABLE ledger.total (
  currency text NOT NULL,
  safeguarding smallint NOT NULL CHECK (safeguarding IN (-1, 1)),
  balance numeric(38, 0) NOT NULL,
  PRIMARY KEY (currency, safeguarding)
);
ALTER TABLE ledger.total SET (fillfactor = 50);
INSERT INTO ledger.total SELECT currency, safeguarding, sum(balance) FROM ledger.account WHERE safeguarding <> 0 GROUP BY 1, 2;
DROP INDEX ledger.account_safeguarding;

ALTER TABLE ledger.hold ADD COLUMN captured bigint NOT NULL DEFAULT 0 CHECK (captured >= 0 AND captured <= amount);
UPDATE ledger.hold SET captured = amount WHERE status = 'captured';

-- How much of a limit is used up. A counter names what it limits and the window, e.g. customer:…/send/2026-11-22.
CREATE TABLE ledger.allowance (
  counter text NOT NULL,
  currency text NOT NULL,
  used bigint NOT NULL CHECK (used >= 0),
  resets_at timestamptz NOT NULL,
  PRIMARY KEY (counter, currency)
);
CREATE INDEX allowance_resets ON ledger.allowance (resets_at);

-- How many transfers there are. Its one row is locked last and kept locked to COMMIT, so that positions are dense and
-- in the order of the commits.
CREATE TABLE ledger.log_head (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  size bigint NOT NULL CHECK (size >= 0)
);

-- Transfers and entries by month -----------------------------------------------------------------------------------
ALTER TABLE ledger.entry RENAME TO entry_before;
ALTER TABLE ledger.transfer RENAME TO transfer_before;

CREATE TABLE ledger.transfer (
  position bigint NOT NULL,                  -- index in the transparency log
  at timestamptz(3) NOT NULL,
  id text NOT NULL,                          -- trf_…
  kind text NOT NULL,                        -- e.g. top_up.settle
  subject text,                              -- what it belongs to, e.g. pay_…
  salt bytea NOT NULL,                       -- hides the parts of the leaf; 16 random bytes
  leaf bytea,                                -- RFC 9162 leaf hash
  PRIMARY KEY (position, at)
) PARTITION BY RANGE (at);
CREATE INDEX transfer_id ON ledger.transfer (id);
CREATE INDEX transfer_by_subject ON ledger.transfer (subject) WHERE subject IS NOT NULL;

CREATE TABLE ledger.entry (
  account_id bigint NOT NULL,
  at timestamptz(3) NOT NULL,
  sequence bigint NOT NULL,
  position bigint NOT NULL,                  -- the transfer
  amount bigint NOT NULL,                    -- debit positive, credit negative, never zero
  balance_after bigint NOT NULL,             -- in the account's normal direction
  counterparty_id bigint,                    -- the other account of a posting
  leg smallint NOT NULL,                     -- order within the transfer, from 1
  PRIMARY KEY (account_id, at, sequence)
) PARTITION BY RANGE (at);
CREATE INDEX entry_position ON ledger.entry (position);

-- Months that exist. Balances live in ledger.account, so an old month can be detached and moved away.
CREATE TABLE ledger.month (
  starts date PRIMARY KEY CHECK (starts = date_trunc('month', starts)::date),
  archived_at timestamptz,
  -- Filled when the month is moved away: what the log and the statements must know of it.
  first_position bigint,
  last_position bigint,
  entries bigint
);

-- Double entry and unbroken balances, held by the database whoever inserts. Accounts already stand as after the
-- statement: what is added must lead up to that, without a gap, and a transfer sums to zero per currency.
-- What is added has no statistics: store_batch says for both that accounts are found by their key.
CREATE OR REPLACE FUNCTION ledger.check_double_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_bad record;
BEGIN
  SELECT * INTO v_bad
    FROM (SELECT a.position, a.sequence, c.code, c.currency, sum(a.amount) OVER of_transfer AS difference,
                 a.amount <> 0 AND a.sequence = c.last_sequence + 1 - row_number() OVER of_account
                   AND a.balance_after = c.balance - c.normal_sign * (sum(a.amount) OVER of_account - a.amount) AS follows
            FROM added a LEFT JOIN ledger.account c ON c.id = a.account_id
          WINDOW of_transfer AS (PARTITION BY a.position, c.currency), of_account AS (PARTITION BY a.account_id ORDER BY a.sequence DESC)) AS checked
   WHERE difference <> 0 OR follows IS NOT TRUE
   ORDER BY difference <> 0 DESC LIMIT 1;
  IF NOT FOUND THEN RETURN NULL; END IF;
  IF v_bad.difference <> 0 OR v_bad.code IS NULL THEN
    RAISE EXCEPTION 'entries of transfer % do not sum to zero in %: %', v_bad.position, coalesce(v_bad.currency, 'an unknown account'), v_bad.difference
      USING ERRCODE = 'check_violation';
  END IF;
  RAISE EXCEPTION 'entry % of % % does not follow the one before it', v_bad.sequence, v_bad.code, v_bad.currency
    USING ERRCODE = 'check_violation';
END $$;

-- Makes the month of an instant ready for entries. A table is made first and attached then, because that takes no lock
-- that stops other postings. Safe to call from several places at once.
CREATE FUNCTION ledger.ensure_partition(p_at timestamptz) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_from date := date_trunc('month', p_at AT TIME ZONE 'UTC')::date;
  v_to date := (v_from + interval '1 month')::date;
  v_suffix text := to_char(v_from, 'YYYYMM');
  v_parent text;
BEGIN
  IF EXISTS (SELECT FROM ledger.month WHERE starts = v_from) THEN RETURN; END IF;
  PERFORM pg_advisory_xact_lock(hashtextextended('ledger.ensure_partition', 0));
  IF EXISTS (SELECT FROM ledger.month WHERE starts = v_from) THEN RETURN; END IF;
  FOREACH v_parent IN ARRAY ARRAY['transfer', 'entry'] LOOP
    EXECUTE format('CREATE TABLE ledger.%I (LIKE ledger.%I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_parent || '_' || v_suffix, v_parent);
    EXECUTE format('ALTER TABLE ledger.%I ATTACH PARTITION ledger.%I FOR VALUES FROM (%L) TO (%L)',
                   v_parent, v_parent || '_' || v_suffix, v_from::timestamp || '+00', v_to::timestamp || '+00');
    -- Triggers of the parent speak for statements that name the parent only.
    EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.%I FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change()',
                   v_parent || '_' || v_suffix);
  END LOOP;
  EXECUTE format('CREATE TRIGGER double_entry AFTER INSERT ON ledger.%I REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_double_entry()',
                 'entry_' || v_suffix);
  INSERT INTO ledger.month (starts) VALUES (v_from);
END $$;

-- What was there before -----------------------------------------------------------------------------------------------
CREATE TEMP TABLE moved ON COMMIT DROP AS
  SELECT id, kind, subject, date_trunc('milliseconds', at) AS at, 0 AS depth, NULL::bigint AS position, uuid_send(gen_random_uuid()) AS salt
    FROM ledger.transfer_before;
CREATE UNIQUE INDEX ON moved (id);
CREATE TEMP TABLE moved_entry ON COMMIT DROP AS
  SELECT account_id, sequence, transfer_id, amount, balance_after,
         row_number() OVER (PARTITION BY transfer_id ORDER BY ctid) AS leg FROM ledger.entry_before;
-- No entry is dated before an earlier one of its account, whatever the clocks of two processes said.
DO $$
BEGIN
  LOOP
    UPDATE moved AS m SET at = f.at
      FROM (SELECT e.transfer_id, max(p.at) AS at
              FROM moved_entry e JOIN moved_entry b ON b.account_id = e.account_id AND b.sequence = e.sequence - 1
              JOIN moved p ON p.id = b.transfer_id GROUP BY 1) AS f
     WHERE m.id = f.transfer_id AND m.at < f.at;
    EXIT WHEN NOT FOUND;
  END LOOP;
  -- A batch had one time: among its transfers the accounts' own order decides which comes first in the log.
  LOOP
    UPDATE moved AS m SET depth = f.depth
      FROM (SELECT e.transfer_id, max(p.depth) + 1 AS depth
              FROM moved_entry e JOIN moved_entry b ON b.account_id = e.account_id AND b.sequence = e.sequence - 1 AND b.transfer_id <> e.transfer_id
              JOIN moved p ON p.id = b.transfer_id JOIN moved n ON n.id = e.transfer_id AND n.at = p.at GROUP BY 1) AS f
     WHERE m.id = f.transfer_id AND m.depth < f.depth;
    EXIT WHEN NOT FOUND;
  END LOOP;
END $$;
UPDATE moved SET position = o.position FROM (SELECT id, row_number() OVER (ORDER BY at, depth, id) - 1 AS position FROM moved) AS o WHERE o.id = moved.id;
SELECT ledger.ensure_partition(at) FROM (SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS at FROM moved) AS months;

-- The leaf as packages/transparency/src/leaf.ts writes it.
CREATE FUNCTION pg_temp.text_hash(p_text text) RETURNS text LANGUAGE sql AS $$ SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'base64') $$;
CREATE FUNCTION pg_temp.part_salt(p_salt bytea, p_part bigint) RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.text_hash(E'jinqiao.salt/1\n' || encode(p_salt, 'base64') || E'\n' || p_part || E'\n') $$;
INSERT INTO ledger.transfer (position, at, id, kind, subject, salt, leaf)
SELECT m.position, m.at, m.id, m.kind, m.subject, m.salt,
       sha256('\x00'::bytea || convert_to(E'jinqiao.transfer/1\n'
         || pg_temp.text_hash(E'jinqiao.header/1\n' || pg_temp.part_salt(m.salt, 0) || E'\n' || m.id || E'\n' || m.kind || E'\n' || coalesce(m.subject, '') || E'\n'
              || to_char(m.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') || E'\n')
         || E'\n' || s.sides || E'\n', 'UTF8'))
  FROM moved m JOIN LATERAL (
    SELECT string_agg(pg_temp.text_hash(E'jinqiao.side/1\n' || pg_temp.part_salt(m.salt, e.leg) || E'\n' || a.code || E'\n' || a.currency || E'\n'
             || e.amount || E'\n' || e.sequence || E'\n' || e.balance_after || E'\n'), E'\n' ORDER BY e.leg) AS sides
      FROM moved_entry e JOIN ledger.account a ON a.id = e.account_id WHERE e.transfer_id = m.id) AS s ON true;
INSERT INTO ledger.entry (account_id, at, sequence, position, amount, balance_after, counterparty_id, leg)
SELECT e.account_id, m.at, e.sequence, m.position, e.amount, e.balance_after, o.account_id, e.leg
  FROM moved_entry e JOIN moved m ON m.id = e.transfer_id
  -- Every transfer so far was made of postings: legs 1 and 2, 3 and 4, …
  JOIN moved_entry o ON o.transfer_id = e.transfer_id AND o.leg = e.leg + CASE WHEN e.leg % 2 = 1 THEN 1 ELSE -1 END;
UPDATE ledger.account AS a SET last_entry_ms = (extract(epoch FROM e.at) * 1000)::bigint
  FROM (SELECT account_id, max(at) AS at FROM ledger.entry GROUP BY 1) AS e WHERE e.account_id = a.id;
INSERT INTO ledger.log_head (size) SELECT count(*) FROM ledger.transfer;

DROP TABLE ledger.entry_before;
DROP TABLE ledger.transfer_before;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfer
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER entry_double_entry AFTER INSERT ON ledger.entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_double_entry();
