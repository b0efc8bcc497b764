-- The trust list in force, and the pin and sequence it must never go back behind. One row.
CREATE TABLE trust_list (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  sequence bigint NOT NULL,
  compact text NOT NULL,
  -- What the next list is checked against: digests of the operator's keys and of this list.
  anchor jsonb NOT NULL,
  received_at timestamptz NOT NULL
);

-- What other universities published, as they signed it, so that a restart needs none of them.
CREATE TABLE foreign_university (
  university_code text PRIMARY KEY,
  key_set bytea NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE TABLE foreign_pass_list (
  university_code text NOT NULL REFERENCES foreign_university (university_code) ON DELETE CASCADE,
  list_number bigint NOT NULL,
  -- 0 is the whole list, then what was signed upon it.
  place integer NOT NULL,
  cose bytea NOT NULL,
  PRIMARY KEY (university_code, list_number, place)
);
