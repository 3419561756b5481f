-- Lines that take an earlier transfer back, with ISO 20022's reason code and the transfer they take back.
ALTER TABLE entries
  ADD COLUMN return_reason text CHECK (return_reason ~ '^[A-Z0-9]{4}$'),
  ADD COLUMN return_of uuid,
  ADD CHECK ((return_reason IS NULL) = (return_of IS NULL));
CREATE INDEX entries_end_to_end ON entries (end_to_end_id) WHERE end_to_end_id IS NOT NULL;
CREATE INDEX entries_return ON entries (return_of) WHERE return_of IS NOT NULL;
