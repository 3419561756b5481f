-- Stores a batch of instructions in one transaction and one round trip.
--
-- Each item is accepted or refused on its own, in arrival order, and a refused item leaves only its stored refusal.
-- Order of locks: guarded rows of other modules → accounts by id → idempotency keys (a fresh snapshot, because READ
-- COMMITTED takes one per statement) → holds. Every writer of money goes through here, so the order is the same
-- everywhere.
--
-- Items (jsonb array, 1-based position = item number):
--   {key, hash, result, at, transfer: {id, kind, subject} | null, rows: [{writer, row}], events, jobs, guards: [{check, arg}]}
-- p_accounts: the distinct accounts touched, ascending. Legs, holds and releases name an account by its position there.
-- Answers one object per item: {status: accepted | refused | replayed | conflict | stale, code?, result?}.
CREATE FUNCTION ledger.commit_batch(
  p_items jsonb,
  p_accounts bigint[],
  p_leg_item int[], p_leg_account int[], p_leg_amount bigint[],                      -- debit positive
  p_hold_item int[], p_hold_account int[], p_hold_id text[], p_hold_amount bigint[], p_hold_expires timestamptz[], p_hold_subject text[],
  p_release_item int[], p_release_account int[], p_release_hold text[], p_release_status text[]
) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
  n_items int := jsonb_array_length(p_items);
  v_sign smallint[]; v_floor bigint[]; v_balance bigint[]; v_held bigint[]; v_sequence bigint[]; v_status text[]; v_currency text[];
  v_leg_after bigint[] := array_fill(0::bigint, ARRAY[coalesce(array_length(p_leg_item, 1), 0)]);
  v_leg_sequence bigint[] := array_fill(0::bigint, ARRAY[coalesce(array_length(p_leg_item, 1), 0)]);
  v_open_holds jsonb; v_known jsonb; v_hold jsonb;
  v_stale int[] := '{}'; v_some int[];
  v_answer jsonb[] := array_fill(NULL::jsonb, ARRAY[n_items]);
  v_accepted boolean[] := array_fill(false, ARRAY[n_items]);
  v_item jsonb; v_code text; a int; i int; k int;
  leg int := 1; hold int := 1; release int := 1;             -- cursors: all lists come in item order
  leg_from int; hold_from int; release_from int;
  r record;
BEGIN
  -- Guards of other modules: lock their rows and say which items were decided on something that has changed.
  FOR r IN
    SELECT g ->> 'check' AS check_name, jsonb_agg(jsonb_build_object('item', n, 'arg', g -> 'arg') ORDER BY g -> 'arg') AS args
      FROM jsonb_array_elements(p_items) WITH ORDINALITY AS t(item, n), jsonb_array_elements(item -> 'guards') AS g
     GROUP BY 1 ORDER BY 1
  LOOP
    EXECUTE format('SELECT %s($1)', r.check_name::regproc) INTO v_some USING r.args;
    v_stale := v_stale || coalesce(v_some, '{}');
  END LOOP;

  SELECT array_agg(normal_sign ORDER BY id), array_agg(floor ORDER BY id), array_agg(balance ORDER BY id), array_agg(held ORDER BY id),
         array_agg(last_sequence ORDER BY id), array_agg(status ORDER BY id), array_agg(currency ORDER BY id)
    INTO v_sign, v_floor, v_balance, v_held, v_sequence, v_status, v_currency
    FROM (SELECT * FROM ledger.account WHERE id = ANY (p_accounts) ORDER BY id FOR UPDATE) AS locked;
  IF coalesce(array_length(v_sign, 1), 0) <> coalesce(array_length(p_accounts, 1), 0) THEN
    RAISE EXCEPTION 'an account of the batch does not exist';
  END IF;

  SELECT coalesce(jsonb_object_agg(key, jsonb_build_object('hash', hash, 'outcome', outcome, 'code', code, 'result', result)), '{}')
    INTO v_known FROM platform.request
   WHERE key IN (SELECT item ->> 'key' FROM jsonb_array_elements(p_items) AS item);

  SELECT coalesce(jsonb_object_agg(id, jsonb_build_object('account', account_id, 'amount', amount)), '{}') INTO v_open_holds
    FROM (SELECT * FROM ledger.hold WHERE id = ANY (p_release_hold) AND status = 'open' ORDER BY id FOR UPDATE) AS locked;

  FOR n IN 1 .. n_items LOOP
    v_item := p_items -> (n - 1);
    leg_from := leg; hold_from := hold; release_from := release;
    v_code := NULL;

    IF v_known ? (v_item ->> 'key') THEN
      v_hold := v_known -> (v_item ->> 'key');
      v_answer[n] := CASE
        WHEN v_hold ->> 'hash' <> v_item ->> 'hash' THEN '{"status": "conflict"}'::jsonb
        WHEN v_hold ->> 'outcome' = 'refused' THEN jsonb_build_object('status', 'refused', 'code', v_hold ->> 'code')
        ELSE jsonb_build_object('status', 'replayed', 'result', v_hold -> 'result') END;
    ELSIF n = ANY (v_stale) THEN
      v_answer[n] := '{"status": "stale"}';
    ELSE
      -- Try the item on the arrays. Refusals in a fixed order: holds, closed, frozen, funds.
      WHILE release <= coalesce(array_length(p_release_item, 1), 0) AND p_release_item[release] = n LOOP
        v_hold := v_open_holds -> p_release_hold[release];
        IF v_hold IS NULL OR (v_hold ->> 'account')::bigint <> p_accounts[p_release_account[release]] THEN
          v_code := coalesce(v_code, 'ledger.hold_not_open');
        ELSE
          a := p_release_account[release];
          v_held[a] := v_held[a] - (v_hold ->> 'amount')::bigint;
          v_open_holds := jsonb_set(v_open_holds, ARRAY[p_release_hold[release], 'taken'], to_jsonb(n));
        END IF;
        release := release + 1;
      END LOOP;
      WHILE leg <= coalesce(array_length(p_leg_item, 1), 0) AND p_leg_item[leg] = n LOOP
        a := p_leg_account[leg];
        v_balance[a] := v_balance[a] + v_sign[a] * p_leg_amount[leg];
        v_sequence[a] := v_sequence[a] + 1;
        v_leg_after[leg] := v_balance[a];
        v_leg_sequence[leg] := v_sequence[a];
        leg := leg + 1;
      END LOOP;
      WHILE hold <= coalesce(array_length(p_hold_item, 1), 0) AND p_hold_item[hold] = n LOOP
        a := p_hold_account[hold];
        v_held[a] := v_held[a] + p_hold_amount[hold];
        hold := hold + 1;
      END LOOP;
      IF v_code IS NULL THEN
        FOR j IN leg_from .. leg - 1 LOOP
          IF v_status[p_leg_account[j]] = 'closed' THEN v_code := 'ledger.account_closed'; EXIT; END IF;
          IF v_status[p_leg_account[j]] = 'frozen' THEN v_code := 'ledger.account_frozen'; END IF;
        END LOOP;
        FOR j IN hold_from .. hold - 1 LOOP
          IF v_status[p_hold_account[j]] = 'closed' THEN v_code := 'ledger.account_closed'; EXIT; END IF;
          IF v_status[p_hold_account[j]] = 'frozen' THEN v_code := coalesce(v_code, 'ledger.account_frozen'); END IF;
        END LOOP;
      END IF;
      IF v_code IS NULL THEN
        FOR j IN leg_from .. leg - 1 LOOP
          a := p_leg_account[j];
          -- Only what lowers an account can be short of funds.
          IF v_sign[a] * p_leg_amount[j] < 0 AND v_balance[a] - v_held[a] < v_floor[a] THEN v_code := 'payment.insufficient_funds'; END IF;
        END LOOP;
        FOR j IN hold_from .. hold - 1 LOOP
          a := p_hold_account[j];
          IF v_balance[a] - v_held[a] < v_floor[a] THEN v_code := 'payment.insufficient_funds'; END IF;
        END LOOP;
      END IF;
      IF v_code IS NULL THEN
        v_accepted[n] := true;
        v_answer[n] := jsonb_build_object('status', 'accepted', 'result', v_item -> 'result');
        -- A hold may be released once.
        FOR j IN release_from .. release - 1 LOOP
          v_open_holds := v_open_holds - p_release_hold[j];
        END LOOP;
      ELSE
        v_answer[n] := jsonb_build_object('status', 'refused', 'code', v_code);
        FOR j IN release_from .. release - 1 LOOP
          v_hold := v_open_holds -> p_release_hold[j];
          IF v_hold IS NOT NULL AND (v_hold ->> 'taken')::int = n THEN
            a := p_release_account[j];
            v_held[a] := v_held[a] + (v_hold ->> 'amount')::bigint;
            v_open_holds := jsonb_set(v_open_holds, ARRAY[p_release_hold[j]], v_hold - 'taken');
          END IF;
        END LOOP;
        FOR j IN leg_from .. leg - 1 LOOP
          a := p_leg_account[j];
          v_balance[a] := v_balance[a] - v_sign[a] * p_leg_amount[j];
          v_sequence[a] := v_sequence[a] - 1;
        END LOOP;
        FOR j IN hold_from .. hold - 1 LOOP
          v_held[p_hold_account[j]] := v_held[p_hold_account[j]] - p_hold_amount[j];
        END LOOP;
      END IF;
    END IF;
    -- Skip what belongs to an item that was not tried.
    WHILE leg <= coalesce(array_length(p_leg_item, 1), 0) AND p_leg_item[leg] = n LOOP leg := leg + 1; END LOOP;
    WHILE hold <= coalesce(array_length(p_hold_item, 1), 0) AND p_hold_item[hold] = n LOOP hold := hold + 1; END LOOP;
    WHILE release <= coalesce(array_length(p_release_item, 1), 0) AND p_release_item[release] = n LOOP release := release + 1; END LOOP;
  END LOOP;

  INSERT INTO platform.request (key, hash, outcome, code, result)
  SELECT item ->> 'key', item ->> 'hash', v_answer[n] ->> 'status', v_answer[n] ->> 'code', item -> 'result'
    FROM jsonb_array_elements(p_items) WITH ORDINALITY AS t(item, n)
   WHERE NOT v_known ? (item ->> 'key') AND v_answer[n] ->> 'status' IN ('accepted', 'refused');

  INSERT INTO ledger.transfer (id, kind, subject, request_key, at)
  SELECT item -> 'transfer' ->> 'id', item -> 'transfer' ->> 'kind', item -> 'transfer' ->> 'subject', item ->> 'key', (item ->> 'at')::timestamptz
    FROM jsonb_array_elements(p_items) WITH ORDINALITY AS t(item, n)
   WHERE v_accepted[n] AND jsonb_typeof(item -> 'transfer') = 'object';

  INSERT INTO ledger.entry (account_id, sequence, transfer_id, amount, currency, balance_after)
  SELECT p_accounts[l.account], l.sequence, p_items -> (l.item - 1) -> 'transfer' ->> 'id', l.amount, v_currency[l.account], l.after
    FROM unnest(p_leg_item, p_leg_account, p_leg_amount, v_leg_sequence, v_leg_after) AS l(item, account, amount, sequence, after)
   WHERE v_accepted[l.item];

  UPDATE ledger.account AS acc SET balance = u.balance, held = u.held, last_sequence = u.sequence
    FROM unnest(p_accounts, v_balance, v_held, v_sequence) AS u(id, balance, held, sequence)
   WHERE acc.id = u.id AND (acc.balance, acc.held, acc.last_sequence) IS DISTINCT FROM (u.balance, u.held, u.sequence);

  INSERT INTO ledger.hold (id, account_id, amount, subject, at, expires_at)
  SELECT h.id, p_accounts[h.account], h.amount, h.subject, (p_items -> (h.item - 1) ->> 'at')::timestamptz, h.expires
    FROM unnest(p_hold_item, p_hold_account, p_hold_id, p_hold_amount, p_hold_expires, p_hold_subject) AS h(item, account, id, amount, expires, subject)
   WHERE v_accepted[h.item];

  UPDATE ledger.hold AS h SET status = u.status, ended_at = (p_items -> (u.item - 1) ->> 'at')::timestamptz
    FROM unnest(p_release_item, p_release_hold, p_release_status) AS u(item, hold, status)
   WHERE h.id = u.hold AND v_accepted[u.item];

  -- Rows of other modules, one call per writer, in the order of the items.
  FOR r IN
    SELECT w ->> 'writer' AS writer, jsonb_agg(w -> 'row' ORDER BY n, m) AS rows
      FROM jsonb_array_elements(p_items) WITH ORDINALITY AS t(item, n), jsonb_array_elements(item -> 'rows') WITH ORDINALITY AS s(w, m)
     WHERE v_accepted[n] GROUP BY 1 ORDER BY 1
  LOOP
    EXECUTE format('SELECT %s($1)', r.writer::regproc) USING r.rows;
  END LOOP;

  SELECT jsonb_agg(e ORDER BY n, m) AS events INTO r
    FROM jsonb_array_elements(p_items) WITH ORDINALITY AS t(item, n), jsonb_array_elements(item -> 'events') WITH ORDINALITY AS s(e, m)
   WHERE v_accepted[n];
  IF r.events IS NOT NULL THEN PERFORM platform.emit(r.events); END IF;
  SELECT jsonb_agg(j ORDER BY n, m) AS jobs INTO r
    FROM jsonb_array_elements(p_items) WITH ORDINALITY AS t(item, n), jsonb_array_elements(item -> 'jobs') WITH ORDINALITY AS s(j, m)
   WHERE v_accepted[n];
  IF r.jobs IS NOT NULL THEN PERFORM platform.enqueue(r.jobs); END IF;

  RETURN to_jsonb(v_answer);
END $$;
