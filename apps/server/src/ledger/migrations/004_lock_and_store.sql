-- A batch is one transaction of two statements: `lock_batch` locks and reads what the batch touches, the server decides
-- item by item, `store_batch` writes what was decided. Where a process still knows the accounts from its last batch, it
-- decides on that and sends `store_batch` alone, which refuses all of it when an account or hold is not as the process thought.
-- Every writer of money goes through here, so that locks are taken in one order everywhere: guarded rows of other
-- modules → accounts by id → holds → allowances → (rows that writers touch) → head of the log.
DROP FUNCTION ledger.commit_batch;

-- The instant of so many milliseconds since 1970: exact, and cheaper than to_timestamp, which goes over numeric. Declared
-- STABLE as its parts are, so that it is taken into the statement that calls it.
CREATE FUNCTION ledger.instant(p_ms bigint) RETURNS timestamptz LANGUAGE sql STABLE PARALLEL SAFE
RETURN timestamptz '1970-01-01 00:00:00+00' + p_ms * interval '1 millisecond';

-- Reads accounts and locks nothing, for a process that decides on what it knows and has `store_batch` check it. One line
-- of text per account, as `lock_batch` answers them.
CREATE FUNCTION ledger.read_accounts(p_codes text[], p_currencies text[]) RETURNS text LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
BEGIN
  RETURN (SELECT string_agg(concat_ws(' ', w.n, a.id, coalesce(a.floor::text, '-'), a.balance, a.held, a.last_sequence, a.last_entry_ms, a.status), E'\n')
            FROM unnest(p_codes, p_currencies) WITH ORDINALITY AS w(code, currency, n) JOIN ledger.account a USING (code, currency));
END $$;

-- Locks and reads. p_guards: [{check, item, arg}] or null. The other arrays hold distinct names.
-- Accounts, holds and allowances come back as lines of text, one per row, because a batch has thousands of them; each
-- begins with the number of the name it belongs to. What does not exist has no line.
CREATE FUNCTION ledger.lock_batch(
  p_guards jsonb, p_codes text[], p_currencies text[], p_keys text[], p_holds text[], p_counters text[], p_counter_currencies text[],
  OUT stale int[], OUT accounts text, OUT known jsonb, OUT holds text, OUT allowances text
) LANGUAGE plpgsql
-- Lists are short beside the tables they are looked up in, and plans are kept from when tables were small.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  r record; v_some int[];
BEGIN
  stale := '{}';
  -- Guards of other modules: lock their rows and say which items were decided on something that has changed.
  IF p_guards IS NOT NULL THEN
    FOR r IN
      SELECT g ->> 'check' AS check_name, jsonb_agg(g - 'check' ORDER BY g -> 'arg') AS args
        FROM jsonb_array_elements(p_guards) AS g GROUP BY 1 ORDER BY 1
    LOOP
      EXECUTE format('SELECT %s($1)', r.check_name::regproc) INTO v_some USING r.args;
      stale := stale || coalesce(v_some, '{}');
    END LOOP;
  END IF;

  SELECT string_agg(concat_ws(' ', n, id, coalesce(floor::text, '-'), balance, held, last_sequence, last_entry_ms, status), E'\n')
    INTO accounts
    FROM (SELECT w.n, a.* FROM unnest(p_codes, p_currencies) WITH ORDINALITY AS w(code, currency, n)
            JOIN ledger.account a USING (code, currency) ORDER BY a.id FOR NO KEY UPDATE OF a) AS locked;

  IF array_length(p_holds, 1) > 0 THEN
    SELECT string_agg(concat_ws(' ', n, account_id, amount, captured), E'\n') INTO holds
      FROM (SELECT w.n, h.* FROM unnest(p_holds) WITH ORDINALITY AS w(id, n) JOIN ledger.hold h USING (id)
             WHERE h.status IS NOT DISTINCT FROM 'open' ORDER BY h.id FOR NO KEY UPDATE OF h) AS locked;
  END IF;

  IF array_length(p_counters, 1) > 0 THEN
    -- A counter that does not exist yet cannot be locked: two batches would each begin at zero.
    INSERT INTO ledger.allowance (counter, currency, used, resets_at)
    SELECT counter, currency, 0, '-infinity' FROM unnest(p_counters, p_counter_currencies) AS t(counter, currency) ORDER BY 1, 2
    ON CONFLICT (counter, currency) DO NOTHING;
    SELECT string_agg(concat_ws(' ', n, used), E'\n') INTO allowances
      FROM (SELECT w.n, a.used FROM unnest(p_counters, p_counter_currencies) WITH ORDINALITY AS w(counter, currency, n)
              JOIN ledger.allowance a USING (counter, currency) ORDER BY a.counter, a.currency FOR NO KEY UPDATE OF a) AS locked;
  END IF;

  -- After the locks, with a fresh snapshot (READ COMMITTED takes one per statement): what others stored meanwhile.
  SELECT jsonb_agg(jsonb_build_object('key', key, 'hash', hash, 'outcome', outcome, 'code', code, 'result', result)) INTO known
    FROM platform.request WHERE key = ANY (p_keys);
END $$;

-- Writes what was decided. Arrays of equal length side by side are the columns of what is inserted or updated.
-- p_account: in the order of the ids. p_was_…: what the decision rested on, or null where the accounts are locked.
-- p_more: {accounts: [{id, status, floor, balance, held, sequence, last}], rows: [{writer, rows}], events, jobs}, each only when there is some.
-- Answers the position of the batch's first transfer in the log.
CREATE FUNCTION ledger.store_batch(
  p_key text[], p_hash text[], p_outcome text[], p_code text[], p_result text[],
  p_transfer text[], p_kind text[], p_subject text[], p_at bigint[], p_salt text[], p_leaf text[],
  p_entry_account bigint[], p_entry_transfer int[], p_entry_leg int[], p_entry_sequence bigint[], p_entry_amount bigint[], p_entry_after bigint[], p_entry_other bigint[],
  p_account bigint[], p_balance bigint[], p_held bigint[], p_sequence bigint[], p_last bigint[],
  p_was_balance bigint[], p_was_held bigint[], p_was_sequence bigint[], p_was_last bigint[], p_was_status text[], p_was_floor bigint[],
  p_hold text[], p_hold_account bigint[], p_hold_amount bigint[], p_hold_subject text[], p_hold_at bigint[], p_hold_expires bigint[],
  p_ended text[], p_ended_captured bigint[], p_ended_status text[], p_ended_at bigint[], p_ended_was bigint[],
  p_counter text[], p_counter_currency text[], p_used bigint[], p_resets bigint[],
  p_total_currency text[], p_total_class int[], p_total_change numeric[],
  p_more jsonb
) RETURNS bigint LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET plan_cache_mode = force_generic_plan AS $$
DECLARE
  n_transfers int := coalesce(array_length(p_transfer, 1), 0);
  v_first bigint; n_updated int; r record;
BEGIN
  IF p_was_balance IS NULL THEN
    UPDATE ledger.account AS a SET balance = t.balance, held = t.held, last_sequence = t.sequence, last_entry_ms = t.last
      FROM unnest(p_account, p_balance, p_held, p_sequence, p_last) AS t(id, balance, held, sequence, last)
     WHERE a.id = t.id;
  ELSE
    UPDATE ledger.account AS a SET balance = t.balance, held = t.held, last_sequence = t.sequence, last_entry_ms = t.last
      FROM unnest(p_account, p_balance, p_held, p_sequence, p_last, p_was_balance, p_was_held, p_was_sequence, p_was_last, p_was_status, p_was_floor)
        AS t(id, balance, held, sequence, last, was_balance, was_held, was_sequence, was_last, was_status, was_floor)
     WHERE a.id = t.id AND a.balance = t.was_balance AND a.held = t.was_held AND a.last_sequence = t.was_sequence
       AND a.last_entry_ms = t.was_last AND a.status = t.was_status AND a.floor IS NOT DISTINCT FROM t.was_floor;
    GET DIAGNOSTICS n_updated = ROW_COUNT;
    IF n_updated <> array_length(p_account, 1) THEN
      RAISE EXCEPTION 'an account is not as this process knew it' USING ERRCODE = 'JQ001';
    END IF;
  END IF;

  INSERT INTO platform.request (key, hash, outcome, code, result)
  SELECT k, h, o, c, v::jsonb FROM unnest(p_key, p_hash, p_outcome, p_code, p_result) AS t(k, h, o, c, v);

  IF array_length(p_hold, 1) > 0 THEN
    INSERT INTO ledger.hold (id, account_id, amount, subject, at, expires_at)
    SELECT id, account, amount, subject, ledger.instant(at), ledger.instant(expires)
      FROM unnest(p_hold, p_hold_account, p_hold_amount, p_hold_subject, p_hold_at, p_hold_expires) AS t(id, account, amount, subject, at, expires);
  END IF;
  -- A hold may be taken and used up in one batch: its last state wins. Holds are found by their id: said so that the
  -- index of open holds is no other choice.
  IF array_length(p_ended, 1) > 0 THEN
    UPDATE ledger.hold AS h SET captured = t.captured, status = t.status, ended_at = CASE WHEN t.status <> 'open' THEN ledger.instant(t.at) END
      FROM unnest(p_ended, p_ended_captured, p_ended_status, p_ended_at, coalesce(p_ended_was, '{}')) AS t(id, captured, status, at, was)
     WHERE h.id = t.id AND h.status IS NOT DISTINCT FROM 'open' AND (p_ended_was IS NULL OR h.captured = t.was);
    GET DIAGNOSTICS n_updated = ROW_COUNT;
    IF n_updated <> array_length(p_ended, 1) THEN
      RAISE EXCEPTION 'a hold is not as this process knew it' USING ERRCODE = 'JQ001';
    END IF;
  END IF;
  IF array_length(p_counter, 1) > 0 THEN
    INSERT INTO ledger.allowance AS a (counter, currency, used, resets_at)
    SELECT counter, currency, used, ledger.instant(resets) FROM unnest(p_counter, p_counter_currency, p_used, p_resets) AS t(counter, currency, used, resets)
    ON CONFLICT (counter, currency) DO UPDATE SET used = excluded.used, resets_at = excluded.resets_at;
  END IF;

  IF p_more IS NOT NULL THEN
    -- Rows of other modules, one call per writer, in the order of the items.
    FOR r IN SELECT w ->> 'writer' AS writer, w -> 'rows' AS rows FROM jsonb_array_elements(p_more -> 'rows') AS w LOOP
      EXECUTE format('SELECT %s($1)', r.writer::regproc) USING r.rows;
    END LOOP;
    IF p_more ? 'events' THEN PERFORM platform.emit(p_more -> 'events'); END IF;
    IF p_more ? 'jobs' THEN PERFORM platform.enqueue(p_more -> 'jobs'); END IF;
    -- Balance and floor move together: a state between the two might break the floor.
    UPDATE ledger.account AS a SET status = t.status, floor = t.floor, balance = t.balance, held = t.held, last_sequence = t.sequence, last_entry_ms = t.last
      FROM jsonb_to_recordset(p_more -> 'accounts') AS t(id bigint, status text, floor bigint, balance bigint, held bigint, sequence bigint, last bigint)
     WHERE a.id = t.id;
  END IF;

  IF n_transfers > 0 THEN
    -- From here to COMMIT one batch at a time, over all processes: positions are dense and in commit order.
    UPDATE ledger.log_head SET size = size + n_transfers RETURNING size - n_transfers INTO v_first;

    INSERT INTO ledger.transfer (position, at, id, kind, subject, salt, leaf)
    SELECT v_first + n - 1, ledger.instant(at), id, kind, subject, decode(salt, 'base64'), decode(leaf, 'base64')
      FROM unnest(p_transfer, p_kind, p_subject, p_at, p_salt, p_leaf) WITH ORDINALITY AS t(id, kind, subject, at, salt, leaf, n);

    INSERT INTO ledger.entry (account_id, at, sequence, position, amount, balance_after, counterparty_id, leg)
    SELECT account, ledger.instant(p_at[transfer]), sequence, v_first + transfer - 1, amount, after, other, leg
      FROM unnest(p_entry_account, p_entry_transfer, p_entry_leg, p_entry_sequence, p_entry_amount, p_entry_after, p_entry_other)
        AS t(account, transfer, leg, sequence, amount, after, other);

    IF array_length(p_total_currency, 1) > 0 THEN
      INSERT INTO ledger.total AS s (currency, safeguarding, balance)
      SELECT currency, class, change FROM unnest(p_total_currency, p_total_class, p_total_change) AS t(currency, class, change) ORDER BY currency, class
      ON CONFLICT (currency, safeguarding) DO UPDATE SET balance = s.balance + excluded.balance;
    END IF;
  END IF;

  RETURN v_first;
END $$;
