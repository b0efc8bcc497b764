-- A service window as data: where it is, what it serves, who works at it.
CREATE TABLE service_window (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
  title_zh text NOT NULL CHECK (length(title_zh) BETWEEN 1 AND 100),
  title_en text NOT NULL CHECK (length(title_en) BETWEEN 1 AND 200),
  place_zh text NOT NULL CHECK (length(place_zh) BETWEEN 1 AND 100),
  place_en text NOT NULL CHECK (length(place_en) BETWEEN 1 AND 200),
  services text[] NOT NULL CHECK (cardinality(services) BETWEEN 1 AND 100),
  -- Whoever holds this role for this part of the university, or for the whole, is a clerk here.
  clerk_role text COLLATE "C" NOT NULL,
  scope_kind text NOT NULL CHECK (scope_kind IN ('university', 'campus', 'college', 'building')),
  scope_value text NOT NULL,
  -- [{days: [1..7], from: "08:30", to: "11:30"}], Asia/Shanghai.
  hours jsonb NOT NULL CHECK (jsonb_typeof(hours) = 'array'),
  -- Numbers without a sign-in, at a kiosk beside it.
  kiosk boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  CONSTRAINT service_window_scope CHECK ((scope_kind = 'university') = (scope_value = ''))
);

-- A student in front of a clerk: opened by his code, over after twenty minutes. Who it is lies sealed.
CREATE TABLE window_visit (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  window_id text COLLATE "C" NOT NULL REFERENCES service_window (id),
  clerk text COLLATE "C" NOT NULL CHECK (clerk ~ '^staff:[A-Za-z0-9-]{1,32}$'),
  student text COLLATE "C" NOT NULL CHECK (student ~ '^student:[A-Za-z0-9-]{1,32}$'),
  person bytea NOT NULL,
  at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT window_visit_period CHECK (ends_at > at AND ends_at <= at + interval '20 minutes'),
  -- Nobody serves himself.
  CONSTRAINT window_visit_of_two CHECK (lower(substr(clerk, 7)) <> lower(substr(student, 9)))
);
-- One student before a clerk at a time, and a student at one window.
CREATE UNIQUE INDEX window_visit_of_clerk ON window_visit (clerk) WHERE ended_at IS NULL;
CREATE UNIQUE INDEX window_visit_of_student ON window_visit (student) WHERE ended_at IS NULL;

-- What a clerk wrote for the student and the student has to agree to. Nothing of it is a case before.
CREATE TABLE window_request (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  visit_id text COLLATE "C" NOT NULL REFERENCES window_visit (id) ON DELETE CASCADE,
  window_id text COLLATE "C" NOT NULL,
  student text COLLATE "C" NOT NULL,
  verb text NOT NULL CHECK (verb IN ('submit', 'resubmit', 'withdraw')),
  service text COLLATE "C" NOT NULL,
  service_version integer NOT NULL,
  -- Of a case there is already, or the one it became.
  case_id text COLLATE "C",
  -- The form and what is shown of it, sealed; gone once it is a case.
  body bytea,
  state text NOT NULL CHECK (state IN ('waiting', 'confirmed', 'refused', 'replaced')),
  confirmed_by text CHECK (confirmed_by IN ('phone', 'scan')),
  made_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  decided_at timestamptz,
  -- End of the day in Asia/Shanghai.
  keep_until timestamptz NOT NULL,
  CONSTRAINT window_request_confirmed CHECK (
    (state = 'confirmed') = (confirmed_by IS NOT NULL) AND (state = 'confirmed') = (body IS NULL)),
  CONSTRAINT window_request_of_case CHECK (verb = 'submit' OR case_id IS NOT NULL)
);
-- The student answers what was written last.
CREATE UNIQUE INDEX window_request_waiting ON window_request (visit_id, service, coalesce(case_id, ''))
  WHERE state = 'waiting';
CREATE INDEX window_request_of_student ON window_request (student, made_at) WHERE state = 'waiting';
CREATE INDEX window_request_of_visit ON window_request (visit_id, made_at);
