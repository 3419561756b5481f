-- The private part of the log's key is sealed by the vault, and written anew when the vault's keys are rotated. Nothing
-- else of the row ever changes: what is signed is bound to origin and public key.
DROP TRIGGER log_key_append_only ON ledger.log_key;
CREATE TRIGGER log_key_append_only BEFORE DELETE OR TRUNCATE ON ledger.log_key
  FOR EACH STATEMENT EXECUTE FUNCTION ledger.refuse_change();

CREATE FUNCTION ledger.check_log_key_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - 'sealed' IS DISTINCT FROM to_jsonb(OLD) - 'sealed' THEN
    RAISE EXCEPTION 'the log keeps its name and its key' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER log_key_kept BEFORE UPDATE ON ledger.log_key
  FOR EACH ROW EXECUTE FUNCTION ledger.check_log_key_kept();
