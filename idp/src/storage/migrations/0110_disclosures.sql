-- Which service was told of whom, for the person's own list: one row a day for each service entered, names of claims only.
CREATE TABLE disclosure (
  account_id text NOT NULL REFERENCES account (id),
  relying_party_id text NOT NULL,
  day date NOT NULL,
  claims text[] NOT NULL,
  first_at timestamptz NOT NULL,
  last_at timestamptz NOT NULL,
  times integer NOT NULL DEFAULT 1 CHECK (times > 0),
  PRIMARY KEY (account_id, relying_party_id, day)
);
CREATE INDEX disclosure_age ON disclosure (last_at);
