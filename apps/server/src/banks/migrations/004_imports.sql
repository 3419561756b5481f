-- Statements that customers imported themselves: for reading, never money. Columns named *_sealed hold values of the vault.

CREATE TABLE banks.imported_account (
  id text PRIMARY KEY,                        -- iac_…
  customer_id text NOT NULL,
  identity_index bytea NOT NULL,              -- keyed hash of bank, number or name, and currency: the same account again is the same row
  name text NOT NULL,
  bank_name text,
  masked_number text,
  number_sealed text,
  format text NOT NULL,
  currency text NOT NULL,
  created_at timestamptz NOT NULL,
  UNIQUE (customer_id, identity_index)
);

CREATE TABLE banks.statement_import (
  id text PRIMARY KEY,                        -- imp_…
  customer_id text NOT NULL,
  sha256 bytea NOT NULL,                      -- of the file: the same file is the same import
  status text NOT NULL CHECK (status IN ('read', 'kept')),
  format text NOT NULL,
  file_bytes bigint NOT NULL,
  file_sealed text,                           -- compressed; only until it is kept
  summary_sealed text NOT NULL,               -- accounts with their sums and first lines, and remarks
  created_at timestamptz NOT NULL,
  kept_at timestamptz,
  UNIQUE (customer_id, sha256),
  CHECK ((status = 'kept') = (kept_at IS NOT NULL)),
  CHECK ((status = 'read') = (file_sealed IS NOT NULL))
);
CREATE INDEX statement_import_unkept ON banks.statement_import (created_at) WHERE status = 'read';

CREATE TABLE banks.imported_line (
  id text PRIMARY KEY,                        -- itx_…
  account_id text NOT NULL REFERENCES banks.imported_account (id),
  fingerprint bytea NOT NULL,                 -- keyed hash of what makes the line itself: the bank's id, or its contents
  occurrence int NOT NULL,                    -- from 1: equal lines of one file are told apart by counting
  booking_date date NOT NULL,
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  amount bigint NOT NULL CHECK (amount >= 0), -- minor units
  currency text NOT NULL,
  direction text NOT NULL CHECK (direction IN ('credit', 'debit', 'none')),
  state text NOT NULL CHECK (state IN ('booked', 'pending', 'cancelled')),
  content_sealed text NOT NULL,               -- everything else the line says
  UNIQUE (account_id, fingerprint, occurrence)
);
CREATE INDEX imported_line_list ON banks.imported_line (account_id, booking_date DESC, sequence DESC);

-- Which imports hold a line. A line that overlapping files show stays until the last of them is deleted.
CREATE TABLE banks.import_line (
  import_id text NOT NULL REFERENCES banks.statement_import (id) ON DELETE CASCADE,
  line_id text NOT NULL REFERENCES banks.imported_line (id) ON DELETE CASCADE,
  PRIMARY KEY (import_id, line_id)
);
CREATE INDEX import_line_line ON banks.import_line (line_id);

-- The balance that a kept import stated for an account.
CREATE TABLE banks.import_account (
  import_id text NOT NULL REFERENCES banks.statement_import (id) ON DELETE CASCADE,
  account_id text NOT NULL REFERENCES banks.imported_account (id),
  closing bigint,
  closing_date date,
  PRIMARY KEY (import_id, account_id)
);
CREATE INDEX import_account_account ON banks.import_account (account_id);
