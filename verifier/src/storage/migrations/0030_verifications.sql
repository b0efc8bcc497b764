-- Codes taken: the key is SHA-256 over scope and replay key, so two processes agree on who was first.
CREATE TABLE replay (
  key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  until_at timestamptz NOT NULL
);
CREATE INDEX replay_age ON replay (until_at);

-- Verdicts by day in Asia/Shanghai, without persons. The reason is empty for accepted ones.
CREATE TABLE verdict_count (
  checkpoint_id text COLLATE "C" NOT NULL,
  day date NOT NULL,
  source text NOT NULL CHECK (source IN ('gate', 'online')),
  verdict text NOT NULL CHECK (verdict IN ('accepted', 'rejected', 'cannot-decide')),
  reason text NOT NULL,
  n bigint NOT NULL CHECK (n > 0),
  PRIMARY KEY (checkpoint_id, day, source, verdict, reason)
);

-- Passages of gates: the row number stands for a person only at the issuer.
CREATE TABLE passage (
  agent_id text NOT NULL REFERENCES agent (id),
  sequence bigint NOT NULL,
  checkpoint_id text NOT NULL,
  at timestamptz NOT NULL,
  verdict text NOT NULL CHECK (verdict IN ('accepted', 'rejected', 'cannot-decide')),
  reason text,
  scheme text,
  row_number bigint,
  marks text[] NOT NULL,
  hash bytea NOT NULL CHECK (octet_length(hash) = 32),
  received_at timestamptz NOT NULL,
  PRIMARY KEY (agent_id, sequence),
  CHECK ((verdict = 'accepted') = (reason IS NULL))
);
CREATE INDEX passage_age ON passage (received_at);

CREATE TABLE staff_link (
  code_digest bytea PRIMARY KEY CHECK (octet_length(code_digest) = 32),
  created_by text NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX staff_link_age ON staff_link (expires_at);

CREATE TABLE staff_session (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX staff_session_age ON staff_session (expires_at);
