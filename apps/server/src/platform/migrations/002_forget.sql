-- Old answers are looked for by their time once an hour, new ones are written with every commit: a summary per range of
-- pages finds the old ones well enough, because rows are written in the order of time, and costs the commit next to nothing.
DROP INDEX platform.request_at;
CREATE INDEX request_at ON platform.request USING brin (at) WITH (autosummarize = on);
