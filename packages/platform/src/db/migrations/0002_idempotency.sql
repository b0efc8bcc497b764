-- Answers to writes that a network may repeat, kept for a day.
CREATE TABLE idempotency_key (
  caller text NOT NULL,
  key text NOT NULL CHECK (length(key) BETWEEN 8 AND 128),
  request_digest bytea NOT NULL,
  status integer,
  body jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (caller, key)
);
CREATE INDEX idempotency_key_age ON idempotency_key (created_at);

-- Services and agents that may call this one, with the public half of their client key.
CREATE TABLE caller (
  id text PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('service', 'agent')),
  public_jwk jsonb NOT NULL,
  withdrawn_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now()
);
