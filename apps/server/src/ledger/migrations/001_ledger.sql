-- The books. Amounts are whole minor units. Owners are opaque references inside account codes.

CREATE TABLE ledger.account (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  code text NOT NULL,                        -- e.g. customer:cus_… or custody:harbour
  currency text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('asset', 'liability', 'income', 'expense', 'equity')),
  -- Balances are kept in the account's normal direction: debits less credits for assets and expenses, the reverse otherwise.
  normal_sign smallint NOT NULL GENERATED ALWAYS AS (CASE WHEN kind IN ('asset', 'expense') THEN 1 ELSE -1 END) STORED,
  -- What counts in "custody covers what we owe": +1 assets held for customers, -1 money owed to them, 0 the operator's own.
  safeguarding smallint NOT NULL DEFAULT 0 CHECK (safeguarding IN (-1, 0, 1)),
  floor bigint,                              -- lowest available balance; null = none
  balance bigint NOT NULL DEFAULT 0,
  held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
  last_sequence bigint NOT NULL DEFAULT 0,   -- entries so far
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'frozen', 'closed')),
  opened_at timestamptz NOT NULL DEFAULT now(),
  UNIQUE (code, currency),
  CONSTRAINT available_not_below_floor CHECK (floor IS NULL OR balance - held >= floor)
);
-- Every posting updates its accounts in place: leave room on the page and keep the hot columns unindexed.
ALTER TABLE ledger.account SET (fillfactor = 50);
CREATE INDEX account_safeguarding ON ledger.account (currency) WHERE safeguarding <> 0;

CREATE TABLE ledger.transfer (
  id text PRIMARY KEY,                       -- trf_…
  kind text NOT NULL,                        -- e.g. top_up.settle
  subject text,                              -- what it belongs to, e.g. pay_…
  request_key text NOT NULL UNIQUE,
  at timestamptz NOT NULL
);
CREATE INDEX transfer_subject ON ledger.transfer (subject);

CREATE TABLE ledger.entry (
  account_id bigint NOT NULL REFERENCES ledger.account (id),
  sequence bigint NOT NULL CHECK (sequence > 0),
  transfer_id text NOT NULL REFERENCES ledger.transfer (id),
  amount bigint NOT NULL CHECK (amount <> 0), -- debit positive, credit negative
  currency text NOT NULL,
  balance_after bigint NOT NULL,
  PRIMARY KEY (account_id, sequence)
);
CREATE INDEX entry_transfer ON ledger.entry (transfer_id);

CREATE TABLE ledger.hold (
  id text PRIMARY KEY,                       -- hld_…
  account_id bigint NOT NULL REFERENCES ledger.account (id),
  amount bigint NOT NULL CHECK (amount > 0),
  subject text,
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'captured', 'voided', 'expired')),
  at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  ended_at timestamptz,
  CHECK (expires_at > at),
  CHECK ((status = 'open') = (ended_at IS NULL))
);
CREATE INDEX hold_subject ON ledger.hold (subject);
CREATE INDEX hold_open ON ledger.hold (expires_at) WHERE status = 'open';
CREATE INDEX hold_open_account ON ledger.hold (account_id) WHERE status = 'open';

-- Append-only: a correction is a new transfer, never an edit.
CREATE FUNCTION ledger.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'ledger.% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER entry_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.entry
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER transfer_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger.transfer
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();
CREATE TRIGGER hold_kept BEFORE DELETE OR TRUNCATE ON ledger.hold
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

-- Double entry, held by the database whoever inserts: what one statement adds to a transfer sums to zero per currency.
CREATE FUNCTION ledger.check_double_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_bad record;
BEGIN
  SELECT transfer_id, currency, sum(amount) AS difference INTO v_bad
    FROM added GROUP BY transfer_id, currency HAVING sum(amount) <> 0 LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'entries of % do not sum to zero in %: %', v_bad.transfer_id, v_bad.currency, v_bad.difference
      USING ERRCODE = 'check_violation';
  END IF;
  SELECT a.transfer_id, a.currency INTO v_bad
    FROM added a JOIN ledger.account c ON c.id = a.account_id WHERE c.currency <> a.currency LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'an entry of % is in another currency than its account', v_bad.transfer_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER entry_double_entry AFTER INSERT ON ledger.entry
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger.check_double_entry();
