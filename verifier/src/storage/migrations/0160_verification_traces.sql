-- What a student was part of away from gates, for his own list: a code checked at a desk, a student ID presented. He is
-- a row of the package or an entry of a status list, which only the issuer can turn into a person.
CREATE TABLE verification_trace (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('code', 'presentation')),
  at timestamptz NOT NULL,
  kept_until timestamptz NOT NULL CHECK (kept_until > at),
  -- A service or `staff`, never a person.
  asker text NOT NULL,
  -- Checkpoint, or `purpose:ID`; empty where a query alone was asked.
  place text COLLATE "C" NOT NULL,
  row_number bigint,
  list_number bigint,
  list_index integer,
  -- Names of what was told, never values.
  claims text[] NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('accepted', 'rejected', 'cannot-decide')),
  reason text,
  CHECK ((verdict = 'accepted') = (reason IS NULL)),
  CHECK ((row_number IS NULL) <> (list_number IS NULL)),
  CHECK ((list_number IS NULL) = (list_index IS NULL))
);
CREATE INDEX verification_trace_row ON verification_trace (row_number, at) WHERE row_number IS NOT NULL;
CREATE INDEX verification_trace_entry ON verification_trace (list_number, list_index) WHERE list_number IS NOT NULL;
CREATE INDEX verification_trace_age ON verification_trace (kept_until);
CREATE INDEX passage_row ON passage (row_number, at) WHERE row_number IS NOT NULL;
