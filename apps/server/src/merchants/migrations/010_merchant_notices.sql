-- Processes remember for a second what payments need to know of a merchant. Every change of one, also of its fee plan,
-- changes its version, and all of them are told with the commit.
CREATE FUNCTION merchants.tell_merchant_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('merchant_changed', '');
  RETURN NULL;
END $$;
CREATE TRIGGER merchant_changed AFTER UPDATE ON merchants.merchant FOR EACH STATEMENT EXECUTE FUNCTION merchants.tell_merchant_changed();
CREATE TRIGGER fee_plan_changed AFTER INSERT OR UPDATE OR DELETE ON merchants.fee_plan_of
  FOR EACH STATEMENT EXECUTE FUNCTION merchants.tell_merchant_changed();
