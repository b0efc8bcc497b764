-- A run goes on after the last line it dealt with, so no index has to follow the state of its rows: an update of a whole
-- run then stays on its pages. The line counts in the direction it was noted for; another direction begins at the first.
ALTER TABLE bulk_run ADD COLUMN at_line integer NOT NULL DEFAULT 0;
ALTER TABLE bulk_run ADD COLUMN at_state text;
DROP INDEX bulk_run_row_waiting;
DROP INDEX bulk_run_row_done;
-- One index says that a student is in a run once, and finds the rows of a student.
CREATE UNIQUE INDEX bulk_run_row_once ON bulk_run_row (student_id, run_id);
DROP INDEX bulk_run_row_student;
DROP INDEX bulk_run_row_of_student;
ALTER TABLE bulk_run_row SET (fillfactor = 50);
-- gate_key_of_student finds the same rows.
DROP INDEX gate_key_student;
