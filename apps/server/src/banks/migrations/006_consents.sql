-- When the bank was last asked how a permission stands. Each is asked about once a minute; where there are more than that
-- allows, the one that has waited longest comes first, and the bank's own notices tell of the rest.
ALTER TABLE banks.consent ADD COLUMN checked_at timestamptz;
CREATE INDEX consent_to_check ON banks.consent (checked_at NULLS FIRST) WHERE status IN ('valid', 'awaiting_customer');
