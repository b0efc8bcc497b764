-- An open case is kept as long as somebody does something with it; one left alone for three years goes.
ALTER TABLE service_case DROP CONSTRAINT service_case_closed;
UPDATE service_case SET keep_until = now() + interval '1095 days' WHERE keep_until IS NULL;
ALTER TABLE service_case ALTER COLUMN keep_until SET NOT NULL;
ALTER TABLE service_case ADD CONSTRAINT service_case_closed CHECK (
  (status = 'closed') = (outcome IS NOT NULL) AND (status = 'closed') = (closed_at IS NOT NULL));
DROP INDEX service_case_kept;
CREATE INDEX service_case_kept ON service_case (keep_until);
