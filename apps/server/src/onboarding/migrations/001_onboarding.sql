-- How banks are taken in: one workspace per bank, five steps, evidence, and two signatures per step.
CREATE TABLE onboarding.workspace (
  id text PRIMARY KEY,                        -- onb_…
  bank_id text NOT NULL UNIQUE,
  name_en text NOT NULL, name_zh text NOT NULL,
  facts jsonb NOT NULL,                       -- what is noted down in the steps
  version int NOT NULL DEFAULT 1,             -- counts every change, so that nobody signs what he has not seen
  opened_by text NOT NULL,
  opened_at timestamptz NOT NULL
);
CREATE TABLE onboarding.step (
  workspace_id text NOT NULL REFERENCES onboarding.workspace (id),
  step text NOT NULL CHECK (step IN ('needs', 'technical', 'legal', 'experience', 'launch')),
  owner text,
  due_on date,
  closed_at timestamptz,
  PRIMARY KEY (workspace_id, step)
);
CREATE TABLE onboarding.evidence (
  id text PRIMARY KEY,                        -- evd_…
  workspace_id text NOT NULL, step text NOT NULL,
  kind text NOT NULL, title text NOT NULL,
  content text NOT NULL, sha256 text NOT NULL,
  added_by text NOT NULL, added_at timestamptz NOT NULL,
  FOREIGN KEY (workspace_id, step) REFERENCES onboarding.step (workspace_id, step)
);
CREATE INDEX evidence_of ON onboarding.evidence (workspace_id);
CREATE TABLE onboarding.sign_off (
  workspace_id text NOT NULL, step text NOT NULL,
  staff_id text NOT NULL, staff_name text NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (workspace_id, step, staff_id),
  FOREIGN KEY (workspace_id, step) REFERENCES onboarding.step (workspace_id, step)
);
-- Who did what, and when: only ever added to.
CREATE TABLE onboarding.record (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  workspace_id text NOT NULL REFERENCES onboarding.workspace (id),
  step text, what text NOT NULL, detail text, by text NOT NULL, at timestamptz NOT NULL
);
CREATE INDEX record_of ON onboarding.record (workspace_id, id);
CREATE FUNCTION onboarding.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%.% is only added to', TG_TABLE_SCHEMA, TG_TABLE_NAME;
END $$;
CREATE TRIGGER record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON onboarding.record
  FOR EACH STATEMENT EXECUTE FUNCTION onboarding.refuse_change();
CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON onboarding.evidence
  FOR EACH STATEMENT EXECUTE FUNCTION onboarding.refuse_change();
