-- Semester registration 学期注册: a window, a rule, and what is known of each student in that semester.
CREATE TABLE semester (
  -- 2026-2027-1
  id text PRIMARY KEY CHECK (id ~ '^\d{4}-\d{4}-[123]$'),
  -- First and last day on which students confirm, Asia/Shanghai.
  opens date NOT NULL,
  closes date NOT NULL CHECK (closes >= opens),
  registered_until date NOT NULL,
  -- The fee has to be paid or deferred.
  needs_fee boolean NOT NULL,
  -- Who may confirm that a student is present.
  presence text NOT NULL CHECK (presence IN ('none', 'holder', 'staff')),
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  CHECK (registered_until > closes)
);

CREATE TABLE semester_fact (
  semester_id text NOT NULL REFERENCES semester (id),
  student_id bigint NOT NULL REFERENCES student (id),
  fee text NOT NULL DEFAULT 'unpaid' CHECK (fee IN ('paid', 'deferred', 'unpaid')),
  -- `holder`, or the actor who saw the student.
  presence_by text,
  presence_at timestamptz,
  PRIMARY KEY (semester_id, student_id),
  CHECK ((presence_by IS NULL) = (presence_at IS NULL))
);
ALTER TABLE bulk_run ADD CONSTRAINT bulk_run_semester FOREIGN KEY (semester_id) REFERENCES semester (id);
