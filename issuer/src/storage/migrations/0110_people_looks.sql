-- Somebody at a gate or window found a student: what he does next names this look, never the student's number.
CREATE TABLE person_look (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  student_id bigint NOT NULL REFERENCES student (id),
  actor text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX person_look_age ON person_look (at);

-- A pass on paper belongs to no wallet; its entry is one of a pass list as every pass's is.
ALTER TABLE credential ALTER COLUMN wallet_id DROP NOT NULL;
ALTER TABLE credential ADD CONSTRAINT credential_of_wallet CHECK ((wallet_id IS NULL) = (configuration_id = 'paper-pass'));

-- One a day for each student, day in the university's zone.
CREATE TABLE paper_pass (
  student_id bigint NOT NULL REFERENCES student (id),
  day date NOT NULL,
  credential_id bigint NOT NULL REFERENCES credential (id),
  reason text NOT NULL,
  actor text NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT paper_pass_once PRIMARY KEY (student_id, day)
);
