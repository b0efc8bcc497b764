-- Which gate was first to take a code in a zone, by the digest of key, time and nonce in its journal.
CREATE TABLE code_use (
  zone text COLLATE "C" NOT NULL,
  use_digest bytea NOT NULL CHECK (octet_length(use_digest) = 16),
  agent_id text NOT NULL REFERENCES agent (id),
  sequence bigint NOT NULL,
  at timestamptz NOT NULL,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (zone, use_digest)
);
CREATE INDEX code_use_age ON code_use (received_at);

-- One code, two gates that could not hear each other. Found when the second journal comes in; no person is named.
CREATE TABLE double_use (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  zone text NOT NULL,
  first_agent_id text NOT NULL REFERENCES agent (id),
  first_sequence bigint NOT NULL,
  first_at timestamptz NOT NULL,
  second_agent_id text NOT NULL REFERENCES agent (id),
  second_sequence bigint NOT NULL,
  second_at timestamptz NOT NULL,
  found_at timestamptz NOT NULL,
  CONSTRAINT double_use_once UNIQUE (second_agent_id, second_sequence)
);
CREATE INDEX double_use_age ON double_use (found_at);

-- A checkpoint opened or locked, for a day at most.
CREATE TABLE emergency_mode (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  checkpoint_id text NOT NULL REFERENCES checkpoint (id),
  mode text NOT NULL CHECK (mode IN ('open', 'lock')),
  reason text NOT NULL,
  set_by text NOT NULL,
  from_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL CHECK (until_at > from_at AND until_at <= from_at + interval '1 day'),
  ended_at timestamptz
);
CREATE INDEX emergency_mode_current ON emergency_mode (checkpoint_id, until_at) WHERE ended_at IS NULL;

-- What gates are told to do once: carried in the package until its time is over.
CREATE TABLE gate_order (
  id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
  checkpoint_id text NOT NULL REFERENCES checkpoint (id),
  kind text NOT NULL CHECK (kind IN ('release', 'forgive')),
  row_number bigint CHECK (row_number BETWEEN 0 AND 4294967295),
  created_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL CHECK (until_at > created_at),
  CHECK (kind = 'release' OR row_number IS NOT NULL)
);
CREATE INDEX gate_order_current ON gate_order (checkpoint_id, until_at);

-- Somebody let in by hand: by whom, where and why. The person stands behind the issuer's look only.
CREATE TABLE guard_release (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  checkpoint_id text NOT NULL REFERENCES checkpoint (id),
  actor text NOT NULL,
  reason text NOT NULL,
  look_id text NOT NULL,
  order_id bytea NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX guard_release_actor ON guard_release (actor, at);
CREATE INDEX guard_release_age ON guard_release (at);
