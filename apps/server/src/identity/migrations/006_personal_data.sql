-- Names and addresses of people are kept sealed. The plain columns are what earlier releases wrote: they are emptied
-- when the server starts, the constraints let nothing in again, and are validated when all rows are moved.
ALTER TABLE identity.customer
  ALTER COLUMN email DROP NOT NULL,
  ALTER COLUMN display_name DROP NOT NULL,
  DROP CONSTRAINT customer_email_key,
  ADD COLUMN email_sealed text,
  ADD COLUMN email_index bytea UNIQUE,           -- keyed hash of the address in its one form: equality only
  ADD COLUMN display_name_sealed text,
  ADD CONSTRAINT email_is_sealed
    CHECK (email IS NULL AND email_sealed IS NOT NULL AND email_index IS NOT NULL) NOT VALID,
  ADD CONSTRAINT display_name_is_sealed CHECK (display_name IS NULL AND display_name_sealed IS NOT NULL) NOT VALID;

ALTER TABLE identity.staff
  ALTER COLUMN email DROP NOT NULL,
  ALTER COLUMN display_name DROP NOT NULL,
  DROP CONSTRAINT staff_email_key,
  ADD COLUMN email_sealed text,
  ADD COLUMN email_index bytea UNIQUE,
  ADD COLUMN display_name_sealed text,
  ADD CONSTRAINT email_is_sealed
    CHECK (email IS NULL AND email_sealed IS NOT NULL AND email_index IS NOT NULL) NOT VALID,
  ADD CONSTRAINT display_name_is_sealed CHECK (display_name IS NULL AND display_name_sealed IS NOT NULL) NOT VALID;
