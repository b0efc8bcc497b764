-- That a person was erased, when and by which rule: signed, without a name, without a number. Whoever has the number
-- can ask whether it is this one; the identity is kept only until the audit's text about it is gone too.
CREATE TABLE person_erasure (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  number_hmac bytea NOT NULL CHECK (octet_length(number_hmac) = 32),
  rule text NOT NULL,
  -- Rows deleted by table.
  counts jsonb NOT NULL,
  erased_at timestamptz NOT NULL,
  student_id bigint,
  audit_rows integer,
  -- JWS of the audit signer over all of it.
  proof text,
  CHECK ((student_id IS NULL) = (audit_rows IS NOT NULL) AND (audit_rows IS NULL OR proof IS NOT NULL))
);
CREATE INDEX person_erasure_number ON person_erasure (number_hmac);
