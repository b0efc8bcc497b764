-- What people sign up for and come to: a lecture, a shift, a match. Its places are an occasion.
CREATE TABLE activity (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  service text COLLATE "C" NOT NULL,
  title_zh text NOT NULL CHECK (length(title_zh) BETWEEN 1 AND 100),
  title_en text NOT NULL CHECK (length(title_en) BETWEEN 1 AND 200),
  place_zh text NOT NULL CHECK (length(place_zh) BETWEEN 1 AND 100),
  place_en text NOT NULL CHECK (length(place_en) BETWEEN 1 AND 200),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  occasion text COLLATE "C" NOT NULL REFERENCES occasion (key),
  made_at timestamptz NOT NULL,
  CONSTRAINT activity_period CHECK (ends_at > starts_at AND ends_at <= starts_at + interval '31 days')
);
CREATE INDEX activity_of_service ON activity (service, ends_at, id);

-- When somebody came and went. Nobody is at two places: one open row a person. What is closed stays as it is.
CREATE TABLE attendance (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  case_id text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE,
  activity text COLLATE "C" NOT NULL REFERENCES activity (id),
  applicant text COLLATE "C" NOT NULL,
  in_at timestamptz NOT NULL,
  out_at timestamptz,
  -- Entered by hand after an appeal, with why; null where a code was read.
  reason text CHECK (length(reason) BETWEEN 2 AND 500),
  CONSTRAINT attendance_period CHECK (out_at > in_at)
);
CREATE UNIQUE INDEX attendance_at_one_place ON attendance (applicant) WHERE out_at IS NULL;
CREATE INDEX attendance_of_case ON attendance (case_id, in_at);
CREATE INDEX attendance_of_person ON attendance (applicant, in_at);

CREATE FUNCTION refuse_changed_attendance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.out_at IS NULL AND NEW.in_at = OLD.in_at AND NEW.case_id = OLD.case_id AND NEW.applicant = OLD.applicant THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'who came and went stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'attendance_is_final';
END $$;
CREATE TRIGGER attendance_is_final BEFORE UPDATE ON attendance FOR EACH ROW EXECUTE FUNCTION refuse_changed_attendance();
