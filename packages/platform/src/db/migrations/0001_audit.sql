-- What happened, in the transaction in which it happened. The run-time role may only INSERT and SELECT.
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- Canonical JSON of {at, actor, action, subject, detail}; null after erasure.
  row_text text,
  salt bytea,
  action text NOT NULL,
  CHECK ((row_text IS NULL) = (salt IS NULL))
);
CREATE INDEX audit_action ON audit (action, id);
CREATE INDEX audit_order ON audit (transaction_id, id);

-- The chain over sealed rows: link = SHA-256(previous link || row digest), row digest = SHA-256(salt || row text).
CREATE TABLE audit_link (
  sequence bigint PRIMARY KEY,
  audit_id bigint NOT NULL UNIQUE REFERENCES audit (id),
  row_digest bytea NOT NULL CHECK (octet_length(row_digest) = 32),
  link bytea NOT NULL CHECK (octet_length(link) = 32)
);

CREATE TABLE audit_head (
  sequence bigint PRIMARY KEY,
  link bytea NOT NULL,
  signed_at timestamptz NOT NULL DEFAULT now(),
  jws text NOT NULL
);
