-- Answers kept for repeated requests name people, so the vault seals them. Those that earlier releases wrote are sealed
-- when the server starts; the constraint lets no other in again and is validated then.
ALTER TABLE platform.request
  ADD COLUMN result_sealed text,
  ADD CONSTRAINT result_is_sealed CHECK (result IS NULL) NOT VALID;
