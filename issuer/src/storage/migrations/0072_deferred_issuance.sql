-- A portrait that awaits review. The accepted one stays in use until then.
ALTER TABLE student ADD COLUMN pending_portrait_id bytea CHECK (octet_length(pending_portrait_id) = 8);

-- Credentials asked for that wait for it (OpenID4VCI 1.0 §9). The row is the transaction: delivery deletes it.
CREATE TABLE deferred_issuance (
  digest bytea PRIMARY KEY,
  student_id bigint NOT NULL REFERENCES student (id),
  wallet_id bigint NOT NULL REFERENCES wallet (id),
  configuration_id text NOT NULL,
  -- Proved when they were asked for; 33 bytes each.
  holder_keys bytea[] NOT NULL CHECK (cardinality(holder_keys) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX deferred_issuance_wallet ON deferred_issuance (wallet_id, configuration_id);
CREATE INDEX deferred_issuance_age ON deferred_issuance (expires_at);
