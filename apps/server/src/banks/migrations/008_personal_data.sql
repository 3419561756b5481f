-- What banks tell of people is kept sealed. The plain columns are what earlier releases wrote: they are emptied when the
-- server starts, and the constraints let nothing in again.
ALTER TABLE banks.linked_account
  ALTER COLUMN name DROP NOT NULL,
  ADD COLUMN name_sealed text,
  ADD COLUMN owner_name_sealed text,
  ADD CONSTRAINT name_is_sealed CHECK (name IS NULL) NOT VALID,
  ADD CONSTRAINT owner_name_is_sealed CHECK (owner_name IS NULL) NOT VALID;

ALTER TABLE banks.entry
  ADD COLUMN counterparty_name_sealed text,
  ADD COLUMN remittance_sealed text,
  ADD CONSTRAINT counterparty_name_is_sealed CHECK (counterparty_name IS NULL) NOT VALID,
  ADD CONSTRAINT remittance_is_sealed CHECK (remittance IS NULL) NOT VALID;

ALTER TABLE banks.message
  ALTER COLUMN content DROP NOT NULL,
  ADD COLUMN content_sealed text,
  ADD CONSTRAINT content_is_sealed CHECK (content IS NULL AND content_sealed IS NOT NULL) NOT VALID;

-- A notice is named by what it says, so that the same one is known again: that names its sealed text, too.
ALTER TABLE banks.notice
  ALTER COLUMN body DROP NOT NULL,
  ADD COLUMN digest text NOT NULL GENERATED ALWAYS AS (encode(sha256, 'hex')) STORED,
  ADD COLUMN body_sealed text,
  ADD CONSTRAINT body_is_sealed CHECK (body IS NULL AND body_sealed IS NOT NULL) NOT VALID;

ALTER TABLE banks.imported_account
  ALTER COLUMN name DROP NOT NULL,
  ADD COLUMN name_sealed text,
  ADD CONSTRAINT name_is_sealed CHECK (name IS NULL AND name_sealed IS NOT NULL) NOT VALID;
