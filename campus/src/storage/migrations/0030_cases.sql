-- Cases. What people wrote is sealed; columns hold what lists, deadlines and retention need.
CREATE TABLE service_case (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  definition_id text COLLATE "C" NOT NULL,
  definition_version integer NOT NULL,
  applicant text COLLATE "C" NOT NULL CHECK (applicant ~ '^student:[A-Za-z0-9-]{1,32}$'),
  status text NOT NULL CHECK (status IN ('open', 'returned', 'closed')),
  outcome text CHECK (outcome IN ('granted', 'refused', 'withdrawn', 'voided')),
  -- Number of events folded into the state.
  version integer NOT NULL CHECK (version > 0),
  state bytea NOT NULL,
  started_at timestamptz NOT NULL,
  closed_at timestamptz,
  -- From closing on, by the service's own rule.
  keep_until timestamptz,
  FOREIGN KEY (definition_id, definition_version) REFERENCES service_definition (id, version),
  CONSTRAINT service_case_closed CHECK (
    (status = 'closed') = (outcome IS NOT NULL) AND (status = 'closed') = (closed_at IS NOT NULL)
    AND (status = 'closed') = (keep_until IS NOT NULL))
);
CREATE INDEX service_case_own ON service_case (applicant, started_at DESC, id DESC);
CREATE INDEX service_case_kept ON service_case (keep_until) WHERE keep_until IS NOT NULL;
CREATE INDEX service_case_by_service ON service_case (definition_id, definition_version);

-- What happened, in order. Only INSERT and SELECT; a row goes with its case alone.
CREATE TABLE case_event (
  case_id text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE,
  sequence integer NOT NULL CHECK (sequence > 0),
  at timestamptz NOT NULL,
  kind text NOT NULL,
  step text,
  body bytea NOT NULL,
  PRIMARY KEY (case_id, sequence)
);

CREATE FUNCTION refuse_changed_event() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- The case is gone already when its events go with it.
  IF TG_OP = 'DELETE' AND NOT EXISTS (SELECT FROM service_case WHERE id = OLD.case_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'what happened stays' USING ERRCODE = 'check_violation', CONSTRAINT = 'case_event_is_append_only';
END $$;
CREATE TRIGGER case_event_is_append_only BEFORE UPDATE OR DELETE ON case_event
  FOR EACH ROW EXECUTE FUNCTION refuse_changed_event();

-- Whose turn it is: the state's shadow, replaced with every action.
CREATE TABLE case_task (
  case_id text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE,
  -- Empty where the applicant has to mend the form.
  step text COLLATE "C" NOT NULL,
  slot integer NOT NULL,
  owner_role text,
  scope_kind text CHECK (scope_kind IN ('university', 'campus', 'college', 'class', 'building')),
  scope_value text,
  owner_person text COLLATE "C",
  -- Of the case, so that a page of an inbox is read from an index alone.
  service text COLLATE "C" NOT NULL,
  applicant text COLLATE "C" NOT NULL,
  opened_at timestamptz NOT NULL,
  due_at timestamptz NOT NULL,
  -- When the calendar looks at it; null when its breach was told.
  deadline_at timestamptz,
  PRIMARY KEY (case_id, step, slot),
  CONSTRAINT case_task_owner CHECK (
    (owner_role IS NULL) = (scope_kind IS NULL) AND (owner_role IS NULL) = (scope_value IS NULL)
    AND (owner_role IS NULL) <> (owner_person IS NULL))
);
CREATE INDEX case_task_of_role ON case_task (owner_role, due_at, case_id, step, slot) WHERE owner_role IS NOT NULL;
CREATE INDEX case_task_of_scope ON case_task (owner_role, scope_kind, scope_value, due_at, case_id, step, slot)
  WHERE owner_role IS NOT NULL;
CREATE INDEX case_task_of_person ON case_task (owner_person, due_at, case_id, step, slot) WHERE owner_person IS NOT NULL;
CREATE INDEX case_task_deadline ON case_task (deadline_at) WHERE deadline_at IS NOT NULL;

-- Who acts for whom, and with which roles of his: those held when it was made.
CREATE TABLE delegation (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  from_person text COLLATE "C" NOT NULL,
  to_person text COLLATE "C" NOT NULL,
  roles jsonb NOT NULL CHECK (jsonb_typeof(roles) = 'array'),
  from_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL,
  made_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT delegation_to_another CHECK (from_person <> to_person),
  CONSTRAINT delegation_period CHECK (until_at > from_at AND until_at <= from_at + interval '60 days')
);
CREATE INDEX delegation_to ON delegation (to_person, until_at) WHERE ended_at IS NULL;
CREATE INDEX delegation_from ON delegation (from_person, until_at) WHERE ended_at IS NULL;
