-- Calls that keys made, for seven days; of what was asked and answered not a word.
CREATE TABLE developers.request (
  id text PRIMARY KEY,
  request_id text NOT NULL,
  merchant_id text NOT NULL,
  livemode boolean NOT NULL,
  key_id text NOT NULL,
  at timestamptz NOT NULL,
  method text NOT NULL,
  path text NOT NULL,
  operation text NOT NULL,
  status integer NOT NULL,
  error_code text,
  duration_ms integer NOT NULL,
  idempotency_key text,
  api_version text
);
CREATE INDEX request_of_merchant ON developers.request (merchant_id, livemode, id DESC);
CREATE INDEX request_at ON developers.request (at);
