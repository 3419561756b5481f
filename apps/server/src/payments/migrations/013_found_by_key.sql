-- Payments are found by their key, whatever the planner believes of a table that it has not looked at for a while: a plan
-- that reads the whole table is kept while the table grows.
ALTER FUNCTION payments.stale(jsonb) SET enable_seqscan = off;
ALTER FUNCTION payments.stale(jsonb) SET enable_hashjoin = off;
ALTER FUNCTION payments.stale(jsonb) SET enable_mergejoin = off;
