-- Work on many students at once: decided once, done in pieces of one transaction each, undone the same way.
CREATE TABLE bulk_run (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('status-changes', 'semester-registration')),
  state text NOT NULL CHECK (state IN ('waiting-for-second-person', 'declined', 'applying', 'applied', 'undo-waiting', 'undoing', 'undone')),
  -- Counts and difference as answered before; no names.
  report jsonb NOT NULL,
  semester_id text,
  total integer NOT NULL CHECK (total >= 0),
  -- Rows dealt with in the present direction.
  done integer NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND total),
  refused integer NOT NULL DEFAULT 0,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  decided_by text,
  started_at timestamptz,
  finished_at timestamptz,
  -- Decided with more than 2 % of all statuses, or 50 revocations: two persons, also for undoing it.
  second_person boolean NOT NULL,
  undone_by text,
  undo_document_number text,
  CHECK (state IN ('waiting-for-second-person', 'declined') = (started_at IS NULL)),
  CHECK ((state IN ('applied', 'undo-waiting', 'undone')) = (finished_at IS NOT NULL)),
  CHECK ((kind = 'semester-registration') = (semester_id IS NOT NULL))
);
CREATE INDEX bulk_run_open ON bulk_run (id) WHERE state IN ('applying', 'undoing');

CREATE TABLE bulk_run_row (
  run_id bigint NOT NULL REFERENCES bulk_run (id) ON DELETE CASCADE,
  line integer NOT NULL,
  student_id bigint NOT NULL REFERENCES student (id),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'done', 'refused', 'undone', 'kept')),
  -- Why it was refused, or kept at an undo.
  code text,
  kind text,
  effective_date date,
  document_number text,
  until_date date,
  facts jsonb,
  change_id bigint REFERENCES status_change (id),
  -- Of a semester registration: the date before.
  former_date date,
  PRIMARY KEY (run_id, line),
  reason_code text,
  CHECK ((state = 'refused' OR state = 'kept') = (code IS NOT NULL))
);
CREATE INDEX bulk_run_row_waiting ON bulk_run_row (run_id, line) WHERE state = 'waiting';
CREATE INDEX bulk_run_row_done ON bulk_run_row (run_id, line) WHERE state = 'done';
-- A student is in a run once.
CREATE UNIQUE INDEX bulk_run_row_student ON bulk_run_row (run_id, student_id);
