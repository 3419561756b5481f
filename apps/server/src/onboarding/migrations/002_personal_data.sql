-- What is noted down of a bank names the people to call there, and papers name people: both are kept sealed. The plain
-- columns are what earlier releases wrote: they are emptied when the server starts, and the constraints let nothing in
-- again.
ALTER TABLE onboarding.workspace
  ALTER COLUMN facts DROP NOT NULL,
  ADD COLUMN facts_sealed text,
  ADD CONSTRAINT facts_is_sealed CHECK (facts IS NULL AND facts_sealed IS NOT NULL) NOT VALID;
ALTER TABLE onboarding.evidence
  ALTER COLUMN content DROP NOT NULL,
  ADD COLUMN content_sealed text,
  ADD CONSTRAINT content_is_sealed CHECK (content IS NULL AND content_sealed IS NOT NULL) NOT VALID;

-- Evidence is only added to; what may change is the key that its content is sealed with.
DROP TRIGGER evidence_append_only ON onboarding.evidence;
CREATE TRIGGER evidence_append_only BEFORE DELETE OR TRUNCATE ON onboarding.evidence
  FOR EACH STATEMENT EXECUTE FUNCTION onboarding.refuse_change();
CREATE FUNCTION onboarding.refuse_other_evidence() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.content IS NOT NULL OR NEW.content_sealed IS NULL
     OR to_jsonb(NEW) - ARRAY['content', 'content_sealed'] IS DISTINCT FROM to_jsonb(OLD) - ARRAY['content', 'content_sealed'] THEN
    RAISE EXCEPTION 'onboarding.evidence is only added to';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER evidence_only_sealed BEFORE UPDATE ON onboarding.evidence
  FOR EACH ROW EXECUTE FUNCTION onboarding.refuse_other_evidence();
