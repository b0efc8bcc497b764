-- Copies of all data that a student took, or had taken: what was given out is kept nowhere.
CREATE TABLE data_export (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  student_id bigint NOT NULL REFERENCES student (id),
  at timestamptz NOT NULL,
  missing text[] NOT NULL
);
CREATE INDEX data_export_student ON data_export (student_id, at);

-- What a student says is wrong in the register. The register changes by status changes and rosters only.
CREATE TABLE correction_request (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  student_id bigint NOT NULL REFERENCES student (id),
  field text NOT NULL,
  -- What it should say, and why the student thinks so; sealed.
  wanted_sealed bytea NOT NULL,
  asked_at timestamptz NOT NULL,
  state text NOT NULL DEFAULT 'asked' CHECK (state IN ('asked', 'granted', 'refused', 'withdrawn')),
  decided_by text,
  decided_at timestamptz,
  decision_reason text CHECK (length(decision_reason) BETWEEN 2 AND 300),
  -- The change that carried it out; null where the next roster does.
  change_id bigint,
  CHECK ((state = 'asked') = (decided_at IS NULL)),
  CHECK ((state IN ('granted', 'refused')) = (decided_by IS NOT NULL) AND (decided_by IS NULL) = (decision_reason IS NULL)),
  CHECK (change_id IS NULL OR state = 'granted')
);
CREATE INDEX correction_request_student ON correction_request (student_id);
CREATE INDEX correction_request_open ON correction_request (asked_at, id) WHERE state = 'asked';
