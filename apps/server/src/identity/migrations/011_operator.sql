-- Whoever works on the machine itself, such as by `jinqiao keys`, is on the trail as well.
ALTER TABLE identity.audit_entry DROP CONSTRAINT audit_entry_actor_kind_check;
ALTER TABLE identity.audit_entry ADD CONSTRAINT audit_entry_actor_kind_check
  CHECK (actor_kind IN ('customer', 'staff', 'risk', 'system', 'public', 'operator'));
