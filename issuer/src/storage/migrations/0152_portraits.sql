-- Portraits that were handed in: converted, looked at by a person, accepted or rejected with a reason.
CREATE TABLE portrait_submission (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  student_id bigint NOT NULL REFERENCES student (id),
  portrait_id bytea NOT NULL CHECK (octet_length(portrait_id) = 8),
  -- `replaced` by a newer one before anybody looked.
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'accepted', 'rejected', 'replaced')),
  reason_code text,
  submitted_by text NOT NULL,
  submitted_at timestamptz NOT NULL,
  decided_by text,
  decided_at timestamptz,
  CHECK ((state = 'rejected') = (reason_code IS NOT NULL)),
  CHECK ((state IN ('accepted', 'rejected')) = (decided_by IS NOT NULL AND decided_at IS NOT NULL))
);
CREATE UNIQUE INDEX portrait_submission_waiting ON portrait_submission (student_id) WHERE state = 'waiting';
CREATE INDEX portrait_submission_queue ON portrait_submission (id) WHERE state = 'waiting';
CREATE INDEX portrait_submission_student ON portrait_submission (student_id, id);
INSERT INTO portrait_submission (student_id, portrait_id, submitted_by, submitted_at)
  SELECT id, pending_portrait_id, 'service:issuer', now() FROM student WHERE pending_portrait_id IS NOT NULL;

-- Pictures of a batch as they were sent, sealed, until their turn comes.
CREATE TABLE portrait_upload (
  run_id bigint NOT NULL REFERENCES bulk_run (id) ON DELETE CASCADE,
  line integer NOT NULL,
  picture_sealed bytea NOT NULL,
  PRIMARY KEY (run_id, line)
);
