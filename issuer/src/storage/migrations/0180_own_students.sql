-- A counsellor's work on the students of their own, found at once among a million.
CREATE INDEX student_counsellor ON student (counsellor_staff_number, student_number);
-- Within whose students a run was decided, and undone; null is the whole university.
ALTER TABLE bulk_run ADD COLUMN own_students_of text, ADD COLUMN undo_own_students_of text,
  ADD CONSTRAINT bulk_run_own CHECK (kind = 'semester-registration' OR (own_students_of IS NULL AND undo_own_students_of IS NULL));
CREATE INDEX bulk_run_own_students ON bulk_run (own_students_of, id DESC) WHERE own_students_of IS NOT NULL;
