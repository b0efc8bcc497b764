-- Somebody was proved at a service window: by a clerk's scan, or by a tap at the window's own reader. What a clerk
-- opens names this arrival, so that no page is opened of somebody who is not there.
CREATE TABLE window_arrival (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  n integer GENERATED ALWAYS AS IDENTITY UNIQUE,
  checkpoint_id text COLLATE "C" NOT NULL REFERENCES checkpoint (id),
  row_number bigint NOT NULL,
  scheme text NOT NULL,
  at timestamptz NOT NULL,
  -- Of a tap: the journal entry it came with, once.
  agent_id text REFERENCES agent (id),
  sequence bigint,
  -- The clerk it belongs to: who scanned, or who first opened what a tap brought.
  actor text,
  -- The issuer's question to the student, where the policy wants one.
  nod_id text COLLATE "C",
  CONSTRAINT window_arrival_once UNIQUE (agent_id, sequence)
);
CREATE INDEX window_arrival_place ON window_arrival (checkpoint_id, n);
CREATE INDEX window_arrival_age ON window_arrival (at);
