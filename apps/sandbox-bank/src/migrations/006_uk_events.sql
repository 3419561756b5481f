-- What an event is about, so that each change is told once.
ALTER TABLE uk_events ADD COLUMN subject text NOT NULL;
CREATE UNIQUE INDEX uk_events_once ON uk_events (client_id, subject);
