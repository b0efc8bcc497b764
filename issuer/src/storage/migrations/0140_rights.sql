-- Partners that were ever told of a student: with them the issuer can make a student's subjects again, for himself.
CREATE TABLE partner_seen (
  partner text COLLATE "C" PRIMARY KEY
);
INSERT INTO partner_seen (partner)
  SELECT DISTINCT substring(row_text::jsonb ->> 'actor' FROM length('partner:') + 1) FROM audit
  WHERE action = 'student.checked-by-partner' AND row_text IS NOT NULL;
-- Looks that stand in the audit alone, by the student they were at. Few: one for each page that was opened.
CREATE INDEX audit_student_looks ON audit ((row_text::jsonb ->> 'subject'), id) WHERE action IN ('student.viewed', 'student.face-shown');

-- Passages of gates may be read with names only after three people in different offices agreed, once, for an hour.
CREATE TABLE passage_opening (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  requested_by text NOT NULL,
  reason text NOT NULL CHECK (length(reason) BETWEEN 2 AND 300),
  document_number text NOT NULL CHECK (length(document_number) BETWEEN 1 AND 64),
  student_id bigint REFERENCES student (id),
  checkpoint_id text COLLATE "C",
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  -- Whoever is in the result reads of it so many days after the opening.
  tell_after_days smallint NOT NULL CHECK (tell_after_days BETWEEN 0 AND 90),
  created_at timestamptz NOT NULL,
  approve_until timestamptz NOT NULL CHECK (approve_until > created_at),
  state text NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'declined', 'opened')),
  ended_by text,
  decline_reason text,
  opened_at timestamptz,
  readable_until timestamptz,
  CHECK ((student_id IS NULL) <> (checkpoint_id IS NULL)),
  CHECK (to_at > from_at AND to_at <= from_at + interval '8 days'),
  CHECK ((state = 'opened') = (opened_at IS NOT NULL) AND (opened_at IS NULL) = (readable_until IS NULL)),
  CHECK ((state = 'declined') = (decline_reason IS NOT NULL)),
  CHECK ((state = 'requested') = (ended_by IS NULL)),
  CHECK (readable_until <= opened_at + interval '1 hour')
);
CREATE INDEX passage_opening_order ON passage_opening (created_at DESC, id);
CREATE INDEX passage_opening_student ON passage_opening (student_id) WHERE student_id IS NOT NULL;

-- Each office once, each person once.
CREATE TABLE passage_opening_approval (
  opening_id text NOT NULL REFERENCES passage_opening (id) ON DELETE CASCADE,
  role text NOT NULL CHECK (role IN ('data-protection-officer', 'security-auditor', 'registrar')),
  actor text NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (opening_id, role),
  CONSTRAINT passage_opening_approver_once UNIQUE (opening_id, actor)
);

-- Students who were in what was read.
CREATE TABLE opened_person (
  opening_id text NOT NULL REFERENCES passage_opening (id) ON DELETE CASCADE,
  student_id bigint NOT NULL REFERENCES student (id),
  at timestamptz NOT NULL,
  visible_from timestamptz NOT NULL,
  PRIMARY KEY (opening_id, student_id)
);
CREATE INDEX opened_person_student ON opened_person (student_id);
