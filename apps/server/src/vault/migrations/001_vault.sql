-- Keys that seal everybody else's columns. No key stands here in the clear: data keys are wrapped by a key that the
-- key provider holds outside of the database, secrets of subjects are sealed by a data key.

-- One row per data key: the newest generation of a class that is active seals, all of them open.
CREATE TABLE vault.data_key (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{11}$'),
  tenant text NOT NULL,
  -- Schema and table whose columns it seals; `vault.index` and `vault.v1` are roots of another kind (README).
  class text NOT NULL,
  generation int NOT NULL CHECK (generation >= 1),
  wrapped text NOT NULL,
  provider text NOT NULL,
  -- Which of the provider's keys wrapped it.
  kek text NOT NULL,
  created_at timestamptz NOT NULL,
  -- A new generation is published before it is used, so that every process knows it when the first value needs it.
  active_from timestamptz NOT NULL,
  rewrapped_at timestamptz,
  -- When a whole pass found nothing sealed with an older key any more.
  swept_at timestamptz,
  UNIQUE (tenant, class, generation)
);

-- One secret per person. Without it nothing sealed for the person opens: destroying it erases them, also in what is
-- too much or too far to be overwritten. The row stays, so that no new secret is ever made for the same person.
CREATE TABLE vault.subject (
  tenant text NOT NULL,
  id text NOT NULL,
  secret_sealed text,
  created_at timestamptz NOT NULL,
  shredded_at timestamptz,
  PRIMARY KEY (tenant, id),
  CHECK ((secret_sealed IS NULL) = (shredded_at IS NOT NULL))
);
CREATE INDEX subject_shredded ON vault.subject (shredded_at) WHERE shredded_at IS NOT NULL;

CREATE FUNCTION vault.check_shredded_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.shredded_at IS NOT NULL AND NEW IS DISTINCT FROM OLD) THEN
    RAISE EXCEPTION 'a subject stays, and stays shredded' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER shredded_stays BEFORE UPDATE OR DELETE ON vault.subject
  FOR EACH ROW EXECUTE FUNCTION vault.check_shredded_stays();
