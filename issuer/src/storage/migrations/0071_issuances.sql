-- One credential response: what a notification (OpenID4VCI 1.0 §11) speaks of.
CREATE TABLE issuance (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  notification_digest bytea NOT NULL UNIQUE,
  student_id bigint NOT NULL REFERENCES student (id),
  wallet_id bigint NOT NULL REFERENCES wallet (id),
  configuration_id text NOT NULL,
  issued_at timestamptz NOT NULL,
  -- Failure and deletion are final; what was accepted may be deleted later.
  event text CHECK (event IN ('credential_accepted', 'credential_failure', 'credential_deleted')),
  event_at timestamptz,
  CHECK ((event IS NULL) = (event_at IS NULL))
);
ALTER TABLE credential
  ADD COLUMN issuance_id bigint REFERENCES issuance (id),
  -- The wallet no longer has it: revoked for good, whatever becomes of the student.
  ADD COLUMN discarded_at timestamptz;
CREATE INDEX credential_issuance ON credential (issuance_id);
