-- Whom a line names and what it says is kept sealed. The plain columns are what earlier releases wrote: they are emptied
-- when the server starts, and the constraints let nothing in again.
ALTER TABLE settlement.line
  ADD COLUMN counterparty_name_sealed text,
  ADD COLUMN remittance_sealed text,
  ADD CONSTRAINT counterparty_name_is_sealed CHECK (counterparty_name IS NULL) NOT VALID,
  ADD CONSTRAINT remittance_is_sealed CHECK (remittance IS NULL) NOT VALID;
