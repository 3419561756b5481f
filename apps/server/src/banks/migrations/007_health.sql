-- What all processes know of a bank's health. A row is written when it changes, and when a bank has been well for a minute.
CREATE TABLE banks.health (
  bank_id text PRIMARY KEY,
  failures_in_a_row int NOT NULL DEFAULT 0,
  pause_ms int NOT NULL,
  open_until timestamptz,                     -- the bank is left alone until then; afterwards one call finds out
  last_success_at timestamptz,
  last_failure_at timestamptz,
  probe_until timestamptz                     -- one process is finding out, until then at the latest
);
