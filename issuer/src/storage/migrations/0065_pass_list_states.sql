-- States of pass lists that were signed, so that a reader who has one gets what changed since, and no more.
CREATE TABLE pass_list_state (
  list_id bigint NOT NULL REFERENCES status_list (id) ON DELETE CASCADE,
  version bigint NOT NULL,
  revoked bytea NOT NULL,
  suspended bytea NOT NULL,
  signed_at timestamptz NOT NULL,
  PRIMARY KEY (list_id, version)
);
CREATE INDEX pass_list_state_age ON pass_list_state (signed_at);
