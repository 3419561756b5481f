-- Who is to do a step, titles of papers, and reasons are free text that may name people: they are kept sealed. Of who did
-- something the id alone is kept. The plain columns are what earlier releases wrote: they are sealed when the server
-- starts, and the constraints let nothing in again. A name with its id beside it goes.
ALTER TABLE onboarding.workspace
  ALTER COLUMN opened_by DROP NOT NULL,
  ADD COLUMN opened_by_id text,
  ADD COLUMN opened_by_sealed text,
  ADD CONSTRAINT opened_by_is_sealed CHECK (opened_by IS NULL AND num_nonnulls(opened_by_id, opened_by_sealed) = 1) NOT VALID;
ALTER TABLE onboarding.step
  ADD COLUMN row_id text GENERATED ALWAYS AS (workspace_id || ' ' || step) STORED,
  ADD COLUMN owner_sealed text,
  ADD CONSTRAINT owner_is_sealed CHECK (owner IS NULL) NOT VALID;
ALTER TABLE onboarding.sign_off DROP COLUMN staff_name;

ALTER TABLE onboarding.evidence
  ALTER COLUMN title DROP NOT NULL,
  ALTER COLUMN added_by DROP NOT NULL,
  ADD COLUMN title_sealed text,
  ADD COLUMN added_by_id text,
  ADD COLUMN added_by_sealed text,
  ADD CONSTRAINT title_is_sealed CHECK (title IS NULL AND title_sealed IS NOT NULL) NOT VALID,
  ADD CONSTRAINT added_by_is_sealed CHECK (added_by IS NULL AND num_nonnulls(added_by_id, added_by_sealed) = 1) NOT VALID;

DROP TRIGGER record_append_only ON onboarding.record;
ALTER TABLE onboarding.record
  ADD COLUMN row_id text NOT NULL UNIQUE DEFAULT gen_random_uuid()::text,
  ALTER COLUMN by DROP NOT NULL,
  ADD COLUMN detail_sealed text,
  ADD COLUMN by_id text,
  ADD COLUMN by_sealed text,
  ADD CONSTRAINT detail_is_sealed CHECK (detail IS NULL) NOT VALID,
  ADD CONSTRAINT by_is_sealed CHECK (by IS NULL AND num_nonnulls(by_id, by_sealed) = 1) NOT VALID;

-- Record and evidence are only added to; what may change is the key that their words are sealed with.
DROP TRIGGER evidence_only_sealed ON onboarding.evidence;
DROP FUNCTION onboarding.refuse_other_evidence();
CREATE FUNCTION onboarding.only_sealed_anew() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_old jsonb := to_jsonb(OLD); v_new jsonb := to_jsonb(NEW); v_column text;
BEGIN
  FOREACH v_column IN ARRAY TG_ARGV LOOP
    -- Something sealed stays sealed, and something plain goes only into its sealed column.
    IF v_new ->> v_column IS NOT NULL
       OR (coalesce(v_old ->> v_column, v_old ->> (v_column || '_sealed')) IS NULL) <> (v_new ->> (v_column || '_sealed') IS NULL) THEN
      RAISE EXCEPTION '%.% is only added to', TG_TABLE_SCHEMA, TG_TABLE_NAME;
    END IF;
    v_old := v_old - ARRAY[v_column, v_column || '_sealed'];
    v_new := v_new - ARRAY[v_column, v_column || '_sealed'];
  END LOOP;
  IF v_old IS DISTINCT FROM v_new THEN
    RAISE EXCEPTION '%.% is only added to', TG_TABLE_SCHEMA, TG_TABLE_NAME;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER evidence_only_sealed BEFORE UPDATE ON onboarding.evidence
  FOR EACH ROW EXECUTE FUNCTION onboarding.only_sealed_anew('content', 'title', 'added_by');
CREATE TRIGGER record_append_only BEFORE DELETE OR TRUNCATE ON onboarding.record
  FOR EACH STATEMENT EXECUTE FUNCTION onboarding.refuse_change();
CREATE TRIGGER record_only_sealed BEFORE UPDATE ON onboarding.record
  FOR EACH ROW EXECUTE FUNCTION onboarding.only_sealed_anew('detail', 'by');
