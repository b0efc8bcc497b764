-- A form begun and not handed in: one for each service, the same on every device.
CREATE TABLE draft (
  person text COLLATE "C" NOT NULL CHECK (person ~ '^student:[A-Za-z0-9-]{1,32}$'),
  service text COLLATE "C" NOT NULL,
  version integer NOT NULL CHECK (version > 0),
  form bytea NOT NULL,
  updated_at timestamptz NOT NULL,
  PRIMARY KEY (person, service)
);
CREATE INDEX draft_age ON draft (updated_at);

-- Files of forms, sealed as the forms are. Without a case they wait for the form that names them.
CREATE TABLE attachment (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  uploaded_by text COLLATE "C" NOT NULL,
  case_id text COLLATE "C" REFERENCES service_case (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  media_type text NOT NULL CHECK (media_type IN ('application/pdf', 'image/jpeg', 'image/png')),
  bytes integer NOT NULL CHECK (bytes BETWEEN 1 AND 5242880),
  name bytea NOT NULL,
  body bytea NOT NULL,
  made_at timestamptz NOT NULL
);
CREATE INDEX attachment_of_case ON attachment (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX attachment_loose ON attachment (uploaded_by, made_at) WHERE case_id IS NULL;

-- One question for each closed case: how was it? Answered once by the applicant.
CREATE TABLE case_rating (
  case_id text COLLATE "C" PRIMARY KEY REFERENCES service_case (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  asked_at timestamptz NOT NULL,
  stars smallint CHECK (stars BETWEEN 1 AND 5),
  comment bytea,
  at timestamptz,
  CONSTRAINT case_rating_given CHECK ((stars IS NULL) = (at IS NULL) AND (stars IS NULL) = (comment IS NULL))
);
