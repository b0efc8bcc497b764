-- Imports in pieces, their undo, and the rule of the second person as data.
ALTER TABLE roster_import DROP CONSTRAINT roster_import_state_check;
ALTER TABLE roster_import ADD CONSTRAINT roster_import_state_check
  CHECK (state IN ('applied', 'applying', 'waiting-for-second-person', 'declined'));
ALTER TABLE roster_import ADD COLUMN expires_at timestamptz;
-- Rows that take an identity number which another student still holds, and those of these students: done together, first.
ALTER TABLE roster_import_row ADD COLUMN early boolean;
CREATE INDEX roster_import_row_line ON roster_import_row (import_id, line);
CREATE INDEX roster_import_row_early ON roster_import_row (import_id) WHERE early;

-- What an applied import did to each student. Sealed fields are sealed here too. Swept when undoing is no longer offered.
CREATE TABLE roster_import_change (
  import_id bigint NOT NULL REFERENCES roster_import (id) ON DELETE CASCADE,
  student_id bigint NOT NULL REFERENCES student (id),
  line integer NOT NULL,
  created boolean NOT NULL,
  -- Imported columns before; null for whom the import created.
  former jsonb,
  -- Imported columns as an undo found them, for the undo of that undo.
  found jsonb,
  -- SHA-256 of the imported columns as last written by this import or its undo: another one means changed since.
  image_digest bytea NOT NULL CHECK (octet_length(image_digest) = 32),
  -- The newest change of the student's life then.
  life_change_id bigint,
  PRIMARY KEY (import_id, student_id),
  CHECK (created = (former IS NULL))
);
CREATE INDEX roster_import_change_student ON roster_import_change (student_id);

ALTER TABLE bulk_run DROP CONSTRAINT bulk_run_kind_check;
ALTER TABLE bulk_run ADD CONSTRAINT bulk_run_kind_check
  CHECK (kind IN ('status-changes', 'semester-registration', 'roster-import', 'roster-undo', 'portraits'));
ALTER TABLE bulk_run ADD COLUMN import_id bigint REFERENCES roster_import (id);
ALTER TABLE bulk_run ADD COLUMN expires_at timestamptz;
ALTER TABLE bulk_run ADD CONSTRAINT bulk_run_import CHECK ((kind IN ('roster-import', 'roster-undo')) = (import_id IS NOT NULL));
CREATE UNIQUE INDEX bulk_run_import_once ON bulk_run (import_id) WHERE kind = 'roster-import';
-- An import is undone by one run at a time.
CREATE UNIQUE INDEX bulk_run_undo_once ON bulk_run (import_id) WHERE kind = 'roster-undo' AND state NOT IN ('declined', 'undone');

-- Above what a change waits for a second person. Stricter than design section 3 is allowed, laxer is not.
CREATE TABLE approval_rule (
  id boolean PRIMARY KEY DEFAULT true CHECK (id),
  state_change_share numeric NOT NULL DEFAULT 0.02 CHECK (state_change_share BETWEEN 0 AND 0.02),
  revocations integer NOT NULL DEFAULT 50 CHECK (revocations BETWEEN 0 AND 50),
  -- Both have to be exceeded: rows of students already in the register that would change.
  changed_share numeric NOT NULL DEFAULT 0.5 CHECK (changed_share BETWEEN 0 AND 1),
  changed_rows integer NOT NULL DEFAULT 1000 CHECK (changed_rows >= 0),
  expires_after_hours integer NOT NULL DEFAULT 72 CHECK (expires_after_hours BETWEEN 1 AND 336)
);
INSERT INTO approval_rule DEFAULT VALUES;
