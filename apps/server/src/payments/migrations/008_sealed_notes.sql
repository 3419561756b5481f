-- What a payer wrote is kept sealed. The plain column is what earlier releases wrote: it is emptied when the server
-- starts, and the constraint lets nothing in again.
ALTER TABLE payments.payment
  ADD COLUMN note_sealed text,
  ADD CONSTRAINT note_is_sealed CHECK (note IS NULL) NOT VALID;
