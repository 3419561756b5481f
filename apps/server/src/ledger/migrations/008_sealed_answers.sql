-- The two functions of a batch read and write answers as the vault sealed them: one word in each is another.
DO $$
DECLARE
  v_lock text := pg_get_functiondef('ledger.lock_batch'::regproc);
  v_store text := pg_get_functiondef('ledger.store_batch'::regproc);
BEGIN
  IF strpos(v_lock, '''result'', result)') = 0 OR strpos(v_store, '(key, hash, outcome, code, result)') = 0
     OR strpos(v_store, 'o, c, v::jsonb FROM') = 0 THEN
    RAISE EXCEPTION 'lock_batch or store_batch is not as this migration knows it';
  END IF;
  EXECUTE replace(v_lock, '''result'', result)', '''result'', result_sealed)');
  EXECUTE replace(replace(v_store, '(key, hash, outcome, code, result)', '(key, hash, outcome, code, result_sealed)'),
                  'o, c, v::jsonb FROM', 'o, c, v FROM');
END $$;
