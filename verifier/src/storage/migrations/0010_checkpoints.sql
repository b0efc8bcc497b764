-- Signing keys: the public half and its time; the private half lies sealed in the service's store.
CREATE TABLE signer (
  kid bytea PRIMARY KEY CHECK (octet_length(kid) = 8),
  use text NOT NULL CHECK (use IN ('package', 'audit')),
  public_key bytea NOT NULL UNIQUE CHECK (octet_length(public_key) = 33),
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL CHECK (to_at > from_at)
);

CREATE TABLE checkpoint (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  -- As in challenges: given once, never used for another checkpoint.
  number bytea NOT NULL UNIQUE CHECK (octet_length(number) = 8),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  policy jsonb NOT NULL,
  last_sequence bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL
);

CREATE TABLE agent (
  id text COLLATE "C" PRIMARY KEY,
  checkpoint_id text NOT NULL REFERENCES checkpoint (id),
  name text,
  public_key bytea NOT NULL CONSTRAINT agent_key_once UNIQUE CHECK (octet_length(public_key) = 33),
  enrolled_at timestamptz NOT NULL,
  withdrawn_at timestamptz,
  last_contact_at timestamptz,
  package_sequence bigint,
  -- End of the agent's journal as far as it was taken in.
  journal_sequence bigint NOT NULL DEFAULT 0,
  journal_hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex') CHECK (octet_length(journal_hash) = 32)
);

CREATE TABLE enrolment_code (
  code_digest bytea PRIMARY KEY CHECK (octet_length(code_digest) = 32),
  checkpoint_id text NOT NULL REFERENCES checkpoint (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  agent_id text,
  CHECK ((used_at IS NULL) = (agent_id IS NULL))
);
CREATE INDEX enrolment_code_age ON enrolment_code (expires_at);

-- Every checkpoint part that was signed, written before it is signed.
CREATE TABLE checkpoint_part (
  checkpoint_id text NOT NULL REFERENCES checkpoint (id),
  sequence bigint NOT NULL,
  -- What the part stands for: parts of one state differ only in the pass lists their reader still needs.
  state_digest bytea NOT NULL CHECK (octet_length(state_digest) = 32),
  confirmed_at timestamptz NOT NULL,
  people_sequence bigint NOT NULL,
  list_sequences jsonb NOT NULL,
  signed_digest bytea NOT NULL CHECK (octet_length(signed_digest) = 32),
  issued_at timestamptz NOT NULL,
  PRIMARY KEY (checkpoint_id, sequence)
);
CREATE INDEX checkpoint_part_age ON checkpoint_part (issued_at);
