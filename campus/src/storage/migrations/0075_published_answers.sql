-- Results that may be told to everybody: what was asked and answered, by which office, on which day. In words of staff,
-- not those of who asked; nothing in a row says who that was once its case is gone.
CREATE TABLE published_answer (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  case_id text COLLATE "C" UNIQUE REFERENCES service_case (id) ON DELETE SET NULL,
  service text COLLATE "C" NOT NULL,
  topic text,
  office text NOT NULL,
  question text NOT NULL CHECK (length(question) BETWEEN 5 AND 500),
  answer text NOT NULL CHECK (length(answer) BETWEEN 5 AND 2000),
  published_on date NOT NULL,
  withdrawn_at timestamptz
);
CREATE INDEX published_answer_shown ON published_answer (published_on DESC, id DESC) WHERE withdrawn_at IS NULL;
