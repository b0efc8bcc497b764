-- What somebody is told about a case of his; words are made when it is read.
CREATE TABLE notice (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  person text COLLATE "C" NOT NULL,
  case_id text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  kind text NOT NULL,
  step text,
  at timestamptz NOT NULL,
  read_at timestamptz
);
CREATE INDEX notice_of_person ON notice (person, id DESC);
CREATE INDEX notice_unread ON notice (person) WHERE read_at IS NULL;
