-- Whose rows of the people table have to be looked at again. Only added to and taken whole: a mark is seen together with
-- the change it belongs to, and costs less than a flag in gate_key, which was written thrice for each change.
CREATE TABLE people_mark (
  student_id bigint NOT NULL
);
INSERT INTO people_mark SELECT DISTINCT student_id FROM gate_key WHERE pending;
-- The column goes with a later release: a former one still writes it.
DROP INDEX gate_key_pending;
CREATE INDEX gate_key_retiring ON gate_key (retire_at) WHERE retire_at IS NOT NULL AND removed_at IS NULL;
CREATE INDEX gate_key_newest_day ON gate_key (link_key_day) WHERE removed_at IS NULL;

-- Whole semesters are written into these: room on each page spares their indexes.
ALTER TABLE student SET (fillfactor = 85);
ALTER TABLE holder SET (fillfactor = 75);
ALTER TABLE gate_key SET (fillfactor = 80);
ALTER TABLE bulk_run_row SET (fillfactor = 60);
