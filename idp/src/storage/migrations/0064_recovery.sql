-- Printed recovery codes, as keyed digests. Each works once; a new sheet ends the old one.
CREATE TABLE recovery_code (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  account_id text NOT NULL REFERENCES account (id),
  made_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX recovery_code_account ON recovery_code (account_id);

-- Recovery with the help of staff: one opens, another approves, the person enters the code.
CREATE TABLE recovery_case (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  account_id text NOT NULL REFERENCES account (id),
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 200),
  opened_by text NOT NULL REFERENCES account (id),
  opened_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  approved_by text REFERENCES account (id),
  approved_at timestamptz,
  digest bytea UNIQUE CHECK (octet_length(digest) = 32),
  code_expires_at timestamptz,
  used_at timestamptz,
  CHECK (approved_by <> opened_by),
  CHECK ((approved_by IS NULL) = (digest IS NULL) AND (approved_by IS NULL) = (approved_at IS NULL)
    AND (approved_by IS NULL) = (code_expires_at IS NULL)),
  CHECK (used_at IS NULL OR approved_by IS NOT NULL)
);
CREATE INDEX recovery_case_age ON recovery_case (opened_at);

-- After a claim or a recovery: this browser's interaction may set up a new way in for the account, once.
CREATE TABLE enrolment_pass (
  interaction_uid text PRIMARY KEY,
  account_id text NOT NULL REFERENCES account (id),
  reason text NOT NULL CHECK (reason IN ('claim', 'recovery')),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX enrolment_pass_age ON enrolment_pass (expires_at);
