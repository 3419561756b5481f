-- Addresses of merchants that are told what happens.
CREATE TABLE developers.endpoint (
  id text PRIMARY KEY,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  url_sealed text NOT NULL,                  -- an address may carry a password of the shop's own
  description_sealed text,
  event_types text[] NOT NULL,               -- {*}: all
  api_version text NOT NULL,
  status text NOT NULL DEFAULT 'enabled' CHECK (status IN ('enabled', 'disabled', 'paused')),
  secret_sealed text NOT NULL,
  previous_secret_sealed text,               -- signs beside the other one until previous_until
  previous_until timestamptz,
  failing_since timestamptz,                 -- first failure since the last answer
  paused_at timestamptz,
  created_at timestamptz NOT NULL,
  version integer NOT NULL DEFAULT 1,
  CHECK ((status = 'paused') = (paused_at IS NOT NULL))
);
CREATE INDEX endpoint_of_merchant ON developers.endpoint (merchant_id, livemode);
CREATE INDEX endpoint_enabled ON developers.endpoint (id) WHERE status = 'enabled';

-- One row per event and endpoint. While somebody sends it, next_at is when it is taken for lost and sent again.
CREATE TABLE developers.delivery (
  id text PRIMARY KEY,
  endpoint_id text NOT NULL,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  event_id text NOT NULL,
  event_type text NOT NULL,
  object_id text NOT NULL,
  object_version integer NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'failed')),
  attempts integer NOT NULL DEFAULT 0,
  next_at timestamptz NOT NULL,
  last_at timestamptz,
  duration_ms integer,
  response_status integer,
  failure text,
  response_sealed text,                      -- the receiver's words
  created_at timestamptz NOT NULL,
  UNIQUE (endpoint_id, event_id)
);
CREATE INDEX delivery_due ON developers.delivery (endpoint_id, next_at) WHERE status = 'pending';
CREATE INDEX delivery_of_merchant ON developers.delivery (merchant_id, livemode, id DESC);
CREATE INDEX delivery_of_event ON developers.delivery (event_id);
CREATE INDEX delivery_created ON developers.delivery (created_at);
CREATE INDEX delivery_answered ON developers.delivery (last_at) WHERE response_sealed IS NOT NULL;

-- Ids as everywhere: the time of the event, then hexadecimal digits, which are letters of the same alphabet. The same
-- event and endpoint always make the same id.
CREATE FUNCTION developers.delivery_id(p_event text, p_endpoint text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT 'whd_' || substr(p_event, 5, 10) || substr(md5(p_event || p_endpoint), 1, 16)
$$;

-- What is to be sent is written in the commit that makes it true: no reader has to keep a place that commits which end
-- in another order could slip past.
CREATE FUNCTION developers.queue_deliveries() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO developers.delivery (id, endpoint_id, merchant_id, livemode, event_id, event_type, object_id,
    object_version, next_at, created_at)
  SELECT developers.delivery_id(n.id, e.id), e.id, n.merchant_id, n.livemode, n.id, n.type, n.object_id,
         n.object_version, n.created_at, n.created_at
    FROM new_events n
    JOIN developers.endpoint e ON e.merchant_id = n.merchant_id AND e.livemode = n.livemode
     AND e.status = 'enabled' AND (e.event_types = '{*}' OR n.type = ANY (e.event_types))
   ORDER BY n.seq
  ON CONFLICT (endpoint_id, event_id) DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER queue_deliveries AFTER INSERT ON merchants.event
  REFERENCING NEW TABLE AS new_events FOR EACH STATEMENT EXECUTE FUNCTION developers.queue_deliveries();
