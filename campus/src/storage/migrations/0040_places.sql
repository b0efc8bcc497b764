-- A number of places, and who has one or waits for one. Every change is made under the lock of the occasion's row.
CREATE TABLE occasion (
  key text COLLATE "C" PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 200),
  service text COLLATE "C" NOT NULL,
  capacity integer NOT NULL CHECK (capacity BETWEEN 0 AND 1000000),
  taken integer NOT NULL DEFAULT 0,
  -- Numbers given out so far: the order of the waiting list.
  drawn bigint NOT NULL DEFAULT 0,
  opens_at timestamptz,
  closes_at timestamptz,
  made_at timestamptz NOT NULL,
  CONSTRAINT occasion_never_over CHECK (taken BETWEEN 0 AND capacity),
  CONSTRAINT occasion_period CHECK (opens_at < closes_at)
);
CREATE INDEX occasion_of_service ON occasion (service, key);

CREATE TABLE place (
  -- Deferred: a case takes its place before its own row is written.
  case_id text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  step text COLLATE "C" NOT NULL,
  occasion text COLLATE "C" NOT NULL REFERENCES occasion (key),
  applicant text COLLATE "C" NOT NULL,
  state text NOT NULL CHECK (state IN ('taken', 'waiting')),
  number bigint NOT NULL,
  -- False while the case has not heard of a place it got from the waiting list.
  is_told boolean NOT NULL,
  at timestamptz NOT NULL,
  PRIMARY KEY (case_id, step),
  CONSTRAINT place_once UNIQUE (occasion, applicant),
  CONSTRAINT place_number UNIQUE (occasion, number)
);
CREATE INDEX place_waiting ON place (occasion, number) WHERE state = 'waiting';
CREATE INDEX place_untold ON place (case_id) WHERE NOT is_told;
