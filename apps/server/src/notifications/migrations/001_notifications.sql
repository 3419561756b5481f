-- How each message fares, by channel. Addresses and texts stand nowhere here: they are read anew for each try.
CREATE TABLE notifications.delivery (
  message_id text NOT NULL,                   -- identity.message
  channel text NOT NULL CHECK (channel IN ('email', 'sms', 'push')),
  target text NOT NULL DEFAULT '',            -- push: id of the subscription
  -- failed: certainly not delivered yet. unknown: nobody can say. Both are tried again while next_at is set.
  status text NOT NULL CHECK (status IN ('waiting', 'sent', 'refused', 'failed', 'unknown', 'expired', 'no_channel')),
  attempts int NOT NULL DEFAULT 0,
  error_code text,
  urgent boolean NOT NULL,                    -- somebody waits for it: a code to type
  queued_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  next_at timestamptz,                        -- when it is tried next; null = never again
  PRIMARY KEY (message_id, channel, target)
);
CREATE INDEX delivery_due ON notifications.delivery (channel, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX delivery_queued_at ON notifications.delivery (queued_at);

-- What a customer finds in the wallet's list of notices; the content is the message's.
CREATE TABLE notifications.notice (
  message_id text PRIMARY KEY,
  customer_id text NOT NULL,
  at timestamptz NOT NULL,
  read_at timestamptz
);
CREATE INDEX notice_of ON notifications.notice (customer_id, message_id);
CREATE INDEX notice_unread ON notifications.notice (customer_id) WHERE read_at IS NULL;

-- What a customer chose; who chose nothing has no row.
CREATE TABLE notifications.setting (
  customer_id text PRIMARY KEY,
  payments_email boolean NOT NULL DEFAULT false,
  payments_push boolean NOT NULL DEFAULT true,
  phrase text,                                -- against forged messages; sealed
  changed_at timestamptz NOT NULL
);

-- Browsers that receive notices (W3C Push API). Address and keys are sealed as one JSON value.
CREATE TABLE notifications.push_subscription (
  id text PRIMARY KEY,                        -- psb_…
  customer_id text NOT NULL,
  endpoint_index bytea NOT NULL UNIQUE,       -- blind index: a browser belongs to whoever signed in on it last
  sealed text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX push_subscription_of ON notifications.push_subscription (customer_id);

-- The server's key pair for Web Push (RFC 8292), made once; subscriptions are bound to it.
CREATE TABLE notifications.push_key (
  id text PRIMARY KEY CHECK (id = 'vapid'),
  sealed text NOT NULL,
  created_at timestamptz NOT NULL
);

-- Up to which event of the outbox notices of payments were made, and payments that were told of, by person.
CREATE TABLE notifications.followed (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  event_id bigint NOT NULL
);
CREATE TABLE notifications.told (
  customer_id text NOT NULL,
  payment_id text NOT NULL,
  kind text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (customer_id, payment_id, kind)
);
CREATE INDEX told_at ON notifications.told (at);

-- Messages that a demo keeps instead of sending, sealed like everything that tells about people.
CREATE TABLE notifications.outbox (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  reference text NOT NULL UNIQUE,             -- message/channel/target: a repeated try is kept once
  to_index bytea NOT NULL,                    -- blind index of the address
  sealed text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX outbox_to ON notifications.outbox (to_index, id);
