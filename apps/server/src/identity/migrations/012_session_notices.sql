-- Processes remember for a second whose session a token is. That one ended, or has another token, is told to all of them
-- with the commit that makes it so.
CREATE FUNCTION identity.tell_session_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('identity_session_ended', '');
  RETURN NULL;
END $$;
CREATE TRIGGER session_ended AFTER DELETE ON identity.session FOR EACH STATEMENT EXECUTE FUNCTION identity.tell_session_ended();
CREATE TRIGGER session_changed AFTER UPDATE OF token_hash, customer_id, device_id, methods, authenticated_at, strong_at, expires_at
  ON identity.session FOR EACH STATEMENT EXECUTE FUNCTION identity.tell_session_ended();
