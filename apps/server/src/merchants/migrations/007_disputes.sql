-- A payer says that something is wrong with a purchase. Amounts are minor units. One per intent, guarded by its version.
CREATE TABLE merchants.dispute (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  intent_id text NOT NULL UNIQUE REFERENCES merchants.intent (id),
  payment_id text,                           -- the payer's payment; null in test mode
  customer_id text,                          -- the payer; null in test mode
  status text NOT NULL CHECK (status IN ('needs_response', 'under_review', 'won', 'lost', 'accepted', 'expired', 'refunded', 'withdrawn')),
  stage text NOT NULL CHECK (stage IN ('first', 'representment')),
  final boolean NOT NULL,
  reason text NOT NULL,
  pack text NOT NULL,                        -- whose deadlines apply
  currency text NOT NULL,
  amount bigint NOT NULL CHECK (amount > 0), -- what the payer disputed
  contested bigint NOT NULL CHECK (contested >= 0 AND contested <= amount), -- what refunds have left of it
  apart bigint NOT NULL DEFAULT 0 CHECK (apart IN (0, contested)), -- taken from the merchant and nobody's yet
  holds jsonb NOT NULL DEFAULT '[]',         -- open holds: [{id, part, amount}]
  decision text CHECK (decision IN ('payer', 'merchant')), -- decided by two people and not carried out yet
  proposal_id text,                          -- what one person proposed last
  proposed_outcome text CHECK (proposed_outcome IN ('payer', 'merchant')),
  refund_payment_id text,                    -- the payment by which the payer got the money
  answer_by timestamptz NOT NULL,
  represent_by timestamptz,
  decide_by timestamptz,
  reminded_at timestamptz,                   -- when the merchant was told that little time is left
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  closed_at timestamptz,
  CHECK (final = (closed_at IS NOT NULL)),
  CHECK (NOT final OR apart = 0)
);
CREATE INDEX dispute_merchant ON merchants.dispute (merchant_id, livemode, id DESC);
CREATE INDEX dispute_customer ON merchants.dispute (customer_id, id DESC) WHERE customer_id IS NOT NULL;
CREATE INDEX dispute_open ON merchants.dispute (status, id DESC) WHERE NOT final;

-- What happened, in order; never changed.
CREATE TABLE merchants.dispute_step (
  dispute_id text NOT NULL REFERENCES merchants.dispute (id),
  version int NOT NULL,
  step text NOT NULL,
  by text NOT NULL CHECK (by IN ('payer', 'merchant', 'operator', 'time')),
  contested bigint NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (dispute_id, version)
);

-- What the sides said.
CREATE TABLE merchants.dispute_statement (
  id text PRIMARY KEY,
  dispute_id text NOT NULL REFERENCES merchants.dispute (id),
  side text NOT NULL CHECK (side IN ('payer', 'merchant')),
  stage text NOT NULL CHECK (stage IN ('first', 'representment')),
  text_sealed text NOT NULL,
  subject_id text,                           -- the payer, for what they wrote
  at timestamptz NOT NULL
);
CREATE INDEX dispute_statement_dispute ON merchants.dispute_statement (dispute_id, at);

-- Files of evidence. Without a statement: added by the merchant and not sent yet.
CREATE TABLE merchants.dispute_file (
  id text PRIMARY KEY,
  dispute_id text NOT NULL REFERENCES merchants.dispute (id),
  side text NOT NULL CHECK (side IN ('payer', 'merchant')),
  statement_id text REFERENCES merchants.dispute_statement (id),
  name_sealed text NOT NULL,
  content_sealed text NOT NULL,
  media_type text NOT NULL,
  size int NOT NULL,
  sha256 text NOT NULL,
  subject_id text,
  at timestamptz NOT NULL,
  UNIQUE (dispute_id, side, sha256)
);

-- What staff decided, two by two.
CREATE TABLE merchants.dispute_decision (
  dispute_id text NOT NULL REFERENCES merchants.dispute (id),
  stage text NOT NULL,
  outcome text NOT NULL CHECK (outcome IN ('payer', 'merchant')),
  note_sealed text NOT NULL,
  proposed_by text NOT NULL,
  approved_by text NOT NULL CHECK (approved_by <> proposed_by),
  at timestamptz NOT NULL,
  id text PRIMARY KEY,
  UNIQUE (dispute_id, stage)
);

-- Writer called when a batch of the ledger is stored: {dispute, step?, statement?, attach?: true}.
CREATE FUNCTION merchants.write_disputes(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  r jsonb;
  v merchants.dispute;
BEGIN
  FOR r IN SELECT t.r FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n) ORDER BY n LOOP
    v := jsonb_populate_record(NULL::merchants.dispute, r -> 'dispute');
    IF v.version = 1 THEN
      INSERT INTO merchants.dispute SELECT v.*;
    ELSE
      UPDATE merchants.dispute SET
        status = v.status, stage = v.stage, final = v.final, contested = v.contested, apart = v.apart,
        holds = v.holds, decision = v.decision, refund_payment_id = v.refund_payment_id, represent_by = v.represent_by,
        decide_by = v.decide_by, reminded_at = v.reminded_at, version = v.version, updated_at = v.updated_at, closed_at = v.closed_at
      WHERE id = v.id AND version = v.version - 1;
      IF NOT FOUND THEN RAISE EXCEPTION 'dispute % is not at version %', v.id, v.version - 1; END IF;
    END IF;
    IF r ? 'step' THEN
      INSERT INTO merchants.dispute_step SELECT s.* FROM jsonb_populate_record(NULL::merchants.dispute_step, r -> 'step') AS s;
    END IF;
    IF r ? 'statement' THEN
      INSERT INTO merchants.dispute_statement SELECT s.* FROM jsonb_populate_record(NULL::merchants.dispute_statement, r -> 'statement') AS s;
      UPDATE merchants.dispute_file SET statement_id = r -> 'statement' ->> 'id'
       WHERE dispute_id = v.id AND side = r -> 'statement' ->> 'side' AND statement_id IS NULL;
    END IF;
  END LOOP;
END $$;

-- Guard called when a batch is locked: locks the disputes and answers the items decided on an older version.
CREATE FUNCTION merchants.stale_dispute(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM merchants.dispute WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN merchants.dispute d ON d.id = a -> 'arg' ->> 'id'
   WHERE d.version IS DISTINCT FROM (a -> 'arg' ->> 'version')::int;
  RETURN v_stale;
END $$;
