-- An owner and a finder who write to each other without learning who the other is. An office of both cases opens it.
CREATE TABLE case_talk (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  owner_case text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE,
  finder_case text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE,
  opened_at timestamptz NOT NULL,
  ended_at timestamptz,
  -- Why an office ended it: of a closed list, because both read it.
  end_reason text CHECK (end_reason IN ('settled', 'other-thing', 'misuse', 'no-answer')),
  CONSTRAINT case_talk_of_two CHECK (owner_case <> finder_case),
  CONSTRAINT case_talk_ended CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  CONSTRAINT case_talk_pair UNIQUE (owner_case, finder_case)
);
CREATE INDEX case_talk_of_finder ON case_talk (finder_case);

-- What one of them wrote, sealed. Who it was follows from the side and the case.
CREATE TABLE talk_message (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  talk_id text COLLATE "C" NOT NULL REFERENCES case_talk (id) ON DELETE CASCADE,
  -- The order in which they were written.
  sequence bigint GENERATED ALWAYS AS IDENTITY,
  side text NOT NULL CHECK (side IN ('owner', 'finder')),
  body bytea NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX talk_message_of_talk ON talk_message (talk_id, sequence DESC);

-- How many messages somebody has written on a day in Asia/Shanghai, over all talks.
CREATE TABLE talk_day (
  person text COLLATE "C" NOT NULL CHECK (person ~ '^student:[A-Za-z0-9-]{1,32}$'),
  day date NOT NULL,
  written integer NOT NULL CHECK (written BETWEEN 1 AND 20),
  PRIMARY KEY (person, day)
);
