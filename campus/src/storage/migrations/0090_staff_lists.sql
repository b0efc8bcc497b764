-- What lists of staff are read from: whose case it is by unit, how far it is, and who may read it. Nothing that was
-- written in a form.
ALTER TABLE service_case
  ADD COLUMN module text NOT NULL DEFAULT '',
  ADD COLUMN campus text NOT NULL DEFAULT '',
  ADD COLUMN college text NOT NULL DEFAULT '',
  ADD COLUMN class text NOT NULL DEFAULT '',
  ADD COLUMN counsellor text COLLATE "C" NOT NULL DEFAULT '',
  ADD COLUMN opened_step text,
  ADD COLUMN due_at timestamptz,
  -- The last step asks the applicant alone: he is away until he confirms.
  ADD COLUMN is_away boolean NOT NULL DEFAULT false,
  -- Roles one of which a reader must hold besides; null for everybody.
  ADD COLUMN seen_by text[],
  -- Roles that know the applicant of an anonymous case; null where he is named.
  ADD COLUMN known_to text[],
  -- Working minutes from the first to the last in which it was not with the applicant; from closing on.
  ADD COLUMN office_minutes integer CHECK (office_minutes >= 0),
  -- Version of the case these columns and tables say; behind `version` where older code wrote.
  ADD COLUMN listed_version integer NOT NULL DEFAULT 0;
CREATE INDEX service_case_unlisted ON service_case (id) WHERE listed_version <> version;
CREATE INDEX service_case_away ON service_case (college, class) WHERE is_away;
CREATE INDEX service_case_of_class ON service_case (class, started_at DESC);
CREATE INDEX service_case_of_college ON service_case (college, started_at DESC);
-- Statistics are read from here alone: a row of the table carries its sealed state.
CREATE INDEX service_case_counted ON service_case (definition_id, started_at)
  INCLUDE (college, status, outcome, applicant, office_minutes, id);
CREATE INDEX service_case_closed_of_service ON service_case (definition_id, closed_at DESC, id) WHERE status = 'closed';

-- The shadow of who may read a case (domain/views/who-sees.ts), each with the place of the case in a list.
CREATE TABLE case_reader (
  case_id text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE,
  -- A role, or a member of staff with kind `person`.
  reader text COLLATE "C" NOT NULL,
  scope_kind text COLLATE "C" NOT NULL
    CHECK (scope_kind IN ('person', 'university', 'campus', 'college', 'class', 'building', 'assigned')),
  scope_value text COLLATE "C" NOT NULL,
  started_at timestamptz NOT NULL,
  PRIMARY KEY (case_id, reader, scope_kind, scope_value)
);
CREATE INDEX case_reader_of_role ON case_reader (reader, started_at DESC, case_id DESC);
CREATE INDEX case_reader_of_scope ON case_reader (reader, scope_kind, scope_value, started_at DESC, case_id DESC);

-- Each time a step was open, from its opening to its end: what statistics count.
CREATE TABLE step_run (
  case_id text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE,
  -- Of the event that ended it.
  sequence integer NOT NULL CHECK (sequence > 0),
  step text COLLATE "C" NOT NULL,
  -- Null where it was the applicant's.
  owner_role text COLLATE "C",
  opened_at timestamptz NOT NULL,
  ended_at timestamptz NOT NULL,
  how text NOT NULL CHECK (how IN ('done', 'refused', 'returned', 'reset', 'closed')),
  is_late boolean NOT NULL,
  working_minutes integer NOT NULL CHECK (working_minutes >= 0),
  PRIMARY KEY (case_id, sequence, step)
);

-- Words somebody writes often, his own.
CREATE TABLE comment_template (
  person text COLLATE "C" PRIMARY KEY CHECK (person ~ '^staff:[A-Za-z0-9-]{1,32}$'),
  templates jsonb NOT NULL CHECK (jsonb_typeof(templates) = 'array' AND jsonb_array_length(templates) <= 30),
  changed_at timestamptz NOT NULL
);
