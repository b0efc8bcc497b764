-- Surveys. Who has answered and what was answered are two tables that share no key, no time and no order: an anonymous
-- answer leads to nobody. A named one has its person.
CREATE TABLE survey (
  id text COLLATE "C" PRIMARY KEY,
  -- As it was written: questions stand in their order.
  body json NOT NULL,
  owner_role text COLLATE "C" NOT NULL,
  opens_at timestamptz NOT NULL,
  closes_at timestamptz NOT NULL CHECK (closes_at > opens_at),
  made_at timestamptz NOT NULL
);
CREATE INDEX survey_open ON survey (closes_at);

CREATE TABLE survey_participation (
  survey text COLLATE "C" NOT NULL REFERENCES survey (id) ON DELETE CASCADE,
  person text COLLATE "C" NOT NULL,
  PRIMARY KEY (survey, person)
);

CREATE TABLE survey_answer (
  -- Random, so that the order of rows in the index is not that in which people answered.
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  survey text COLLATE "C" NOT NULL REFERENCES survey (id) ON DELETE CASCADE,
  -- Null in an anonymous survey.
  person text COLLATE "C",
  college text NOT NULL,
  values_sealed bytea NOT NULL
);
CREATE INDEX survey_answer_of ON survey_answer (survey, id);
CREATE UNIQUE INDEX survey_answer_once ON survey_answer (survey, person) WHERE person IS NOT NULL;
