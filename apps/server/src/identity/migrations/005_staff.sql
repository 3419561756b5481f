-- What staff may do, what needs two of them, what they looked at, what is frozen, and the record of all of it.

ALTER TABLE identity.staff DROP CONSTRAINT staff_role_check;
ALTER TABLE identity.staff
  ADD CONSTRAINT staff_role_check
    CHECK (role IN ('operations', 'viewer', 'support', 'compliance', 'security', 'administrator')),
  -- From then on the person is no member of staff any more; the row stays for the records that name it.
  ADD COLUMN left_at timestamptz;

-- The audit trail. Only `sealed` may be written anew, when keys are rotated; what it holds is bound by details_hash.
CREATE TABLE identity.audit_entry (
  id text PRIMARY KEY,
  at timestamptz(3) NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('customer', 'staff', 'risk', 'system', 'public')),
  actor_id text,
  action text NOT NULL,                      -- e.g. freeze.set
  subject text,                              -- id of the record or person it was done to
  outcome text NOT NULL CHECK (outcome IN ('done', 'refused')),
  sealed text,                               -- address and words, which may be personal
  details_hash bytea NOT NULL,               -- SHA-256 of what `sealed` holds, which begins with a random salt
  leaf bytea NOT NULL                        -- SHA-256 of all of the above but `sealed`
);
CREATE INDEX audit_entry_at ON identity.audit_entry (at DESC, id DESC);
CREATE INDEX audit_entry_subject ON identity.audit_entry (subject, at DESC) WHERE subject IS NOT NULL;
CREATE INDEX audit_entry_actor ON identity.audit_entry (actor_id, at DESC) WHERE actor_id IS NOT NULL;

-- The order of the trail, given when its head is put into the transparency log.
CREATE TABLE identity.audit_position (
  position bigint PRIMARY KEY,
  entry_id text NOT NULL UNIQUE REFERENCES identity.audit_entry,
  chain bytea NOT NULL                       -- SHA-256 of the chain before it and its leaf
);

CREATE FUNCTION identity.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of %.% are never changed or deleted', TG_TABLE_SCHEMA, TG_TABLE_NAME;
END $$;
CREATE FUNCTION identity.only_sealed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'sealed' IS DISTINCT FROM to_jsonb(OLD) - 'sealed' THEN
    RAISE EXCEPTION 'rows of %.% are never changed', TG_TABLE_SCHEMA, TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER audit_entry_append_only BEFORE DELETE OR TRUNCATE ON identity.audit_entry
  FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER audit_entry_only_sealed_anew BEFORE UPDATE ON identity.audit_entry
  FOR EACH ROW EXECUTE FUNCTION identity.only_sealed_anew();
CREATE TRIGGER audit_position_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON identity.audit_position
  FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();

-- What stands still. Read anew at every check, so that every process sees it at once.
CREATE TABLE identity.freeze (
  id text PRIMARY KEY,
  customer_id text NOT NULL REFERENCES identity.customer,
  scope text NOT NULL CHECK (scope IN ('payments', 'sign_in', 'card')),
  binding_id text,                           -- the card
  set_by text NOT NULL CHECK (set_by IN ('customer', 'staff', 'risk')),
  staff_id text REFERENCES identity.staff,
  reason text NOT NULL,
  sealed text,                               -- words of staff
  appeal_token_hash bytea UNIQUE,            -- SHA-256 of the token in the notice
  since timestamptz NOT NULL,
  ended_at timestamptz,
  CHECK ((scope = 'card') = (binding_id IS NOT NULL))
);
CREATE UNIQUE INDEX freeze_once ON identity.freeze (customer_id, scope, coalesce(binding_id, ''), set_by) WHERE ended_at IS NULL;
CREATE INDEX freeze_of_customer ON identity.freeze (customer_id, since DESC);

CREATE TABLE identity.appeal (
  id text PRIMARY KEY,
  freeze_id text NOT NULL REFERENCES identity.freeze,
  sealed text NOT NULL,                      -- what the customer wrote
  at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'accepted', 'refused')),
  decided_at timestamptz,
  answer_sealed text
);
CREATE UNIQUE INDEX appeal_open_once ON identity.appeal (freeze_id) WHERE status = 'open';
CREATE INDEX appeal_of_freeze ON identity.appeal (freeze_id, at DESC);

-- What one person proposed and a second one decides.
CREATE TABLE identity.proposal (
  id text PRIMARY KEY,
  kind text NOT NULL,
  matter text NOT NULL,                      -- what it is about; the same matter waits once
  customer_id text REFERENCES identity.customer,
  amount bigint,                             -- minor units, where money is moved
  currency text,
  sealed text NOT NULL,                      -- what is to be done, and why, as one JSON value
  proposed_by text NOT NULL REFERENCES identity.staff,
  proposed_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'executed', 'rejected', 'withdrawn', 'expired')),
  decided_by text REFERENCES identity.staff,
  decided_at timestamptz,
  answer_sealed text,
  CHECK (status <> 'executed' OR decided_by <> proposed_by),
  CHECK ((amount IS NULL) = (currency IS NULL))
);
CREATE UNIQUE INDEX proposal_waiting_once ON identity.proposal (kind, matter) WHERE status = 'waiting';
CREATE INDEX proposal_newest ON identity.proposal (proposed_at DESC, id DESC);

-- Why a member of staff looked at a customer's data, and until when the reason holds.
CREATE TABLE identity.data_access (
  id text PRIMARY KEY,
  staff_id text NOT NULL REFERENCES identity.staff,
  role text NOT NULL,
  customer_id text NOT NULL REFERENCES identity.customer,
  reason text NOT NULL,
  sealed text NOT NULL,                      -- words and ticket
  at timestamptz NOT NULL,
  until timestamptz NOT NULL
);
CREATE INDEX data_access_of_customer ON identity.data_access (customer_id, at DESC);
CREATE INDEX data_access_of_staff ON identity.data_access (staff_id, customer_id, until DESC);
CREATE TRIGGER data_access_append_only BEFORE DELETE OR TRUNCATE ON identity.data_access
  FOR EACH STATEMENT EXECUTE FUNCTION identity.refuse_change();
CREATE TRIGGER data_access_only_sealed_anew BEFORE UPDATE ON identity.data_access
  FOR EACH ROW EXECUTE FUNCTION identity.only_sealed_anew();
