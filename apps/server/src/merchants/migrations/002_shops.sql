-- Who sells: merchants, their teams, stores, accounts for payouts, fee plans, and the people who buy there.
CREATE TABLE merchants.merchant (
  id text PRIMARY KEY,                       -- mer_…
  status text NOT NULL CHECK (status IN ('draft', 'under_review', 'active', 'declined', 'suspended', 'closed')),
  status_note_sealed text,                   -- what staff told the merchant
  trading_name_en text NOT NULL, trading_name_zh text NOT NULL,
  legal_name_sealed text,                    -- of a sole trader, a person's name
  form text CHECK (form IN ('sole_trader', 'company')),
  registration_number_sealed text,
  registration_number_index bytea,           -- so that a number given twice is seen
  country text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
  mcc text CHECK (mcc ~ '^[0-9]{4}$'),       -- ISO 18245
  website text,
  support_email_sealed text,
  support_phone_sealed text,
  address_sealed text,                       -- JSON
  time_zone text NOT NULL,                   -- IANA; cut-offs are its hours
  currency text NOT NULL,
  opened_by text NOT NULL,                   -- the customer who began
  payouts_paused_until timestamptz,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  submitted_at timestamptz,
  activated_at timestamptz,
  closed_at timestamptz
);
CREATE INDEX merchant_status ON merchants.merchant (status, id DESC);
CREATE INDEX merchant_registration ON merchants.merchant (registration_number_index) WHERE registration_number_index IS NOT NULL;

CREATE TABLE merchants.member (
  id text PRIMARY KEY,                       -- mbr_…
  merchant_id text NOT NULL REFERENCES merchants.merchant (id),
  customer_id text,                          -- null until the invitation is accepted
  status text NOT NULL CHECK (status IN ('invited', 'active', 'refused', 'removed')),
  role text NOT NULL CHECK (role IN ('owner', 'administrator', 'developer', 'finance', 'cashier', 'viewer')),
  email_sealed text,                         -- null for who opened the merchant: their wallet has it
  email_index bytea,
  locale text NOT NULL CHECK (locale IN ('zh', 'en')),
  invited_by text,
  expires_at timestamptz,
  version int NOT NULL,
  created_at timestamptz NOT NULL,
  CHECK ((status = 'active') <= (customer_id IS NOT NULL))
);
CREATE INDEX member_merchant ON merchants.member (merchant_id, id);
CREATE UNIQUE INDEX member_once ON merchants.member (merchant_id, customer_id) WHERE status = 'active';
CREATE INDEX member_customer ON merchants.member (customer_id) WHERE status = 'active';
CREATE UNIQUE INDEX member_invited_once ON merchants.member (email_index, merchant_id) WHERE status = 'invited';

CREATE TABLE merchants.store (
  id text PRIMARY KEY,                       -- sto_…
  merchant_id text NOT NULL REFERENCES merchants.merchant (id),
  name_en text NOT NULL, name_zh text NOT NULL,
  address_sealed text,                       -- JSON; a sole trader's may be a home
  phone_sealed text,
  status text NOT NULL CHECK (status IN ('active', 'closed')),
  version int NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX store_merchant ON merchants.store (merchant_id, id DESC);
CREATE TABLE merchants.till (
  id text PRIMARY KEY,                       -- til_…
  merchant_id text NOT NULL REFERENCES merchants.merchant (id),
  store_id text NOT NULL REFERENCES merchants.store (id),
  name text NOT NULL,
  status text NOT NULL CHECK (status IN ('active', 'closed')),
  version int NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX till_store ON merchants.till (store_id, id);

CREATE TABLE merchants.settlement_account (
  id text PRIMARY KEY,                       -- mac_…
  merchant_id text NOT NULL REFERENCES merchants.merchant (id),
  status text NOT NULL CHECK (status IN ('awaiting_code', 'verified', 'failed', 'replaced', 'refused')),
  bank_id text NOT NULL,                     -- which of our banks pays out to it
  currency text NOT NULL,
  country text NOT NULL,
  number_sealed text NOT NULL,               -- IBAN, or sort code and account number (14 digits)
  holder_name_sealed text NOT NULL,
  masked_number text NOT NULL,
  name_check text NOT NULL CHECK (name_check IN ('match', 'close_match', 'no_match', 'not_possible')),
  code_sealed text,                          -- the digits that go with the cent; null once they are used
  tries int NOT NULL DEFAULT 0,
  code_expires_at timestamptz,
  verified_at timestamptz,
  usable_from timestamptz,
  version int NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX settlement_account_merchant ON merchants.settlement_account (merchant_id, id DESC);
CREATE UNIQUE INDEX settlement_account_one ON merchants.settlement_account (merchant_id, currency) WHERE status = 'verified';

-- One row per version of a plan; a version never changes.
CREATE TABLE merchants.fee_plan (
  id text PRIMARY KEY,                       -- fpl_…
  key text NOT NULL,
  version int NOT NULL,
  name_en text NOT NULL, name_zh text NOT NULL,
  terms jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (key, version)
);
-- Which plan holds for whom from when: the newest that has begun.
CREATE TABLE merchants.fee_plan_of (
  merchant_id text NOT NULL REFERENCES merchants.merchant (id),
  from_at timestamptz NOT NULL,
  plan_id text NOT NULL REFERENCES merchants.fee_plan (id),
  PRIMARY KEY (merchant_id, from_at)
);
CREATE FUNCTION merchants.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is only added to', TG_TABLE_SCHEMA, TG_TABLE_NAME;
END $$;
CREATE TRIGGER fee_plan_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON merchants.fee_plan
  FOR EACH STATEMENT EXECUTE FUNCTION merchants.refuse_change();

CREATE TABLE merchants.document (
  id text PRIMARY KEY,                       -- evd_…
  merchant_id text NOT NULL REFERENCES merchants.merchant (id),
  kind text NOT NULL,
  title_sealed text NOT NULL,
  text_sealed text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX document_merchant ON merchants.document (merchant_id, id DESC);

-- What was done about a merchant, and by whom: only ever added to (its words may be sealed again).
CREATE TABLE merchants.record (
  id text PRIMARY KEY,
  merchant_id text NOT NULL REFERENCES merchants.merchant (id),
  what text NOT NULL,
  by_id text,                                -- a customer, a member of staff; null: the system
  detail_sealed text,
  at timestamptz NOT NULL
);
CREATE INDEX record_merchant ON merchants.record (merchant_id, at DESC, id);

-- People who buy at a shop, as the shop keeps them. Erasing one destroys the key that its data is sealed with.
CREATE TABLE merchants.shopper (
  id text PRIMARY KEY,                       -- shp_…
  merchant_id text NOT NULL REFERENCES merchants.merchant (id),
  livemode boolean NOT NULL,
  name_sealed text, email_sealed text, phone_sealed text,
  metadata_sealed text,                      -- JSON
  email_index bytea,
  reference text,
  deleted_at timestamptz,
  version int NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX shopper_merchant ON merchants.shopper (merchant_id, livemode, id DESC);
CREATE INDEX shopper_email ON merchants.shopper (merchant_id, livemode, email_index) WHERE email_index IS NOT NULL;
CREATE INDEX shopper_reference ON merchants.shopper (merchant_id, livemode, reference) WHERE reference IS NOT NULL;

-- Writer called when a batch of the ledger is stored: each row is { table, row } and takes the place of the row with its id.
CREATE FUNCTION merchants.write_shops(p_rows jsonb) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_row jsonb;
  v_table text;
  v_set text;
BEGIN
  FOR v_row IN SELECT r FROM jsonb_array_elements(p_rows) WITH ORDINALITY AS t(r, n) ORDER BY n LOOP
    v_table := v_row ->> 'table';
    IF v_table IN ('fee_plan', 'fee_plan_of', 'document', 'record') THEN
      EXECUTE format('INSERT INTO merchants.%1$I SELECT (jsonb_populate_record(NULL::merchants.%1$I, $1)).*', v_table) USING v_row -> 'row';
    ELSIF v_table IN ('merchant', 'member', 'store', 'till', 'settlement_account', 'shopper') THEN
      SELECT string_agg(format('%1$I = excluded.%1$I', attname), ', ') INTO v_set
        FROM pg_attribute
       WHERE attrelid = format('merchants.%I', v_table)::regclass AND attnum > 0 AND NOT attisdropped AND attname <> 'id';
      EXECUTE format('INSERT INTO merchants.%1$I SELECT (jsonb_populate_record(NULL::merchants.%1$I, $1)).* ON CONFLICT (id) DO UPDATE SET %2$s', v_table, v_set)
        USING v_row -> 'row';
    ELSE
      RAISE EXCEPTION 'merchants.write_shops writes no %', v_table;
    END IF;
  END LOOP;
END $$;

-- Guards called when a batch is locked: lock the row and answer the items decided on an older version.
CREATE FUNCTION merchants.stale_merchant(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM merchants.merchant WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN merchants.merchant m ON m.id = a -> 'arg' ->> 'id'
   WHERE m.version IS DISTINCT FROM (a -> 'arg' ->> 'version')::int;
  RETURN v_stale;
END $$;
CREATE FUNCTION merchants.stale_shopper(p_args jsonb) RETURNS int[] LANGUAGE plpgsql AS $$
DECLARE
  v_stale int[];
BEGIN
  PERFORM FROM merchants.shopper WHERE id IN (SELECT a -> 'arg' ->> 'id' FROM jsonb_array_elements(p_args) AS a) ORDER BY id FOR UPDATE;
  SELECT array_agg((a ->> 'item')::int) INTO v_stale
    FROM jsonb_array_elements(p_args) AS a LEFT JOIN merchants.shopper s ON s.id = a -> 'arg' ->> 'id'
   WHERE s.version IS DISTINCT FROM (a -> 'arg' ->> 'version')::int;
  RETURN v_stale;
END $$;

-- The plan that everybody begins with. An operator adds versions of it by two people.
INSERT INTO merchants.fee_plan (id, key, version, name_en, name_zh, terms, created_at) VALUES
  ('fpl_01jd8c0000000000000000std1', 'standard', 1, 'Standard', '标准方案',
   '{"rates":[
      {"method":null,"currency":null,"tiers":[{"from":"0","basisPoints":60,"fixed":"0"}]},
      {"method":"linked_bank","currency":null,"tiers":[{"from":"0","basisPoints":40,"fixed":"0"}]},
      {"method":null,"currency":"CNY","tiers":[{"from":"0","basisPoints":38,"fixed":"0"},{"from":"300000","basisPoints":32,"fixed":"0"}]},
      {"method":null,"currency":"GBP","tiers":[{"from":"0","basisPoints":60,"fixed":"0.05"},{"from":"20000","basisPoints":50,"fixed":"0.05"}]},
      {"method":null,"currency":"EUR","tiers":[{"from":"0","basisPoints":60,"fixed":"0.05"},{"from":"20000","basisPoints":50,"fixed":"0.05"}]}
    ],
    "promotion":null,"refundFee":"kept","settlement":{"delayDays":1,"cutOffHour":0},"reserve":null}',
   '2026-11-22T00:00:00Z');
