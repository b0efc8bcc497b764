-- Signing keys: the public half and its time; the private half lies sealed in the service's store.
CREATE TABLE signer (
  kid bytea PRIMARY KEY CHECK (octet_length(kid) = 8),
  use text NOT NULL CHECK (use IN ('document', 'pass', 'status', 'package', 'audit')),
  public_key bytea NOT NULL UNIQUE CHECK (octet_length(public_key) = 33),
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL CHECK (to_at > from_at),
  retired_at timestamptz
);
CREATE INDEX signer_use ON signer (use, from_at);

-- What holds for a person's credentials besides the enrolment status. The version counts every change the holder can see.
CREATE TABLE holder (
  student_id bigint PRIMARY KEY REFERENCES student (id),
  -- Card hold: none, stopped by staff or holder, ended for good.
  hold text NOT NULL DEFAULT 'none' CHECK (hold IN ('none', 'suspended', 'revoked')),
  reason_code text,
  document_number text,
  held_at timestamptz,
  version bigint NOT NULL DEFAULT 1,
  row_number bigint UNIQUE CHECK (row_number BETWEEN 0 AND 4294967295),
  CHECK ((hold = 'none') = (held_at IS NULL))
);

CREATE TABLE credential_offer (
  id text PRIMARY KEY,
  student_id bigint NOT NULL REFERENCES student (id),
  configuration_ids text[] NOT NULL CHECK (cardinality(configuration_ids) BETWEEN 1 AND 8),
  -- The code itself is derived from the id with a key of the service and stored nowhere.
  code_digest bytea NOT NULL UNIQUE,
  -- Keyed digest of the transaction code; null where the offer asks for none.
  tx_code_digest bytea,
  tries smallint NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 5),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  redeemed_at timestamptz
);
CREATE INDEX credential_offer_student ON credential_offer (student_id);
CREATE INDEX credential_offer_age ON credential_offer (expires_at);

-- One claim of an offer: a wallet of a student.
CREATE TABLE wallet (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  student_id bigint NOT NULL REFERENCES student (id),
  offer_id text NOT NULL UNIQUE,
  client_id text,
  created_at timestamptz NOT NULL,
  retired_at timestamptz,
  last_contact_at timestamptz
);
CREATE INDEX wallet_student ON wallet (student_id) WHERE retired_at IS NULL;

CREATE TABLE access_token (
  digest bytea PRIMARY KEY,
  wallet_id bigint NOT NULL REFERENCES wallet (id),
  configuration_ids text[] NOT NULL,
  dpop_thumbprint text,
  expires_at timestamptz NOT NULL
);
CREATE INDEX access_token_age ON access_token (expires_at);

CREATE TABLE refresh_token (
  digest bytea PRIMARY KEY,
  wallet_id bigint NOT NULL REFERENCES wallet (id),
  configuration_ids text[] NOT NULL,
  dpop_thumbprint text NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  -- The token that followed: a repeat of the same request within a minute gets one more, a later one ends the wallet's line.
  successor_digest bytea
);
CREATE INDEX refresh_token_wallet ON refresh_token (wallet_id);

-- Nonces given out and identifiers of proofs taken in: each works once.
CREATE TABLE proof_nonce (
  digest bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX proof_nonce_age ON proof_nonce (expires_at);
CREATE TABLE used_proof (
  digest bytea PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX used_proof_age ON used_proof (expires_at);

-- A list takes the entries of one week and dies with the last of them.
CREATE TABLE status_list (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  kind text NOT NULL CHECK (kind IN ('sd-jwt', 'pass')),
  week date NOT NULL,
  part integer NOT NULL DEFAULT 0,
  size integer NOT NULL CHECK (size BETWEEN 1024 AND 16777216),
  taken integer NOT NULL DEFAULT 0,
  -- Moves with every change of an entry: copies are signed anew when it has moved.
  version bigint NOT NULL DEFAULT 1,
  expires_at timestamptz NOT NULL,
  UNIQUE (kind, week, part)
);

CREATE TABLE credential (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  student_id bigint NOT NULL REFERENCES student (id),
  wallet_id bigint NOT NULL REFERENCES wallet (id),
  configuration_id text NOT NULL,
  holder_key bytea NOT NULL CHECK (octet_length(holder_key) = 33),
  list_id bigint NOT NULL REFERENCES status_list (id),
  list_index integer NOT NULL,
  -- 0 valid, 1 revoked, 2 suspended (Token Status List §7).
  status smallint NOT NULL DEFAULT 0 CHECK (status IN (0, 1, 2)),
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT credential_index_once UNIQUE (list_id, list_index)
);
CREATE INDEX credential_student ON credential (student_id, expires_at);
CREATE INDEX credential_status ON credential (list_id) WHERE status <> 0;

-- One gate key per student; a former one stays until the new one was accepted, at most 14 days.
CREATE TABLE gate_key (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  student_id bigint NOT NULL REFERENCES student (id),
  wallet_id bigint NOT NULL REFERENCES wallet (id),
  public_key bytea NOT NULL UNIQUE CHECK (octet_length(public_key) = 33),
  link_key_encrypted bytea NOT NULL,
  link_key_day integer NOT NULL,
  created_at timestamptz NOT NULL,
  renew_after timestamptz NOT NULL,
  -- Set when a newer key of the student exists: the row leaves the table then.
  retire_at timestamptz,
  removed_at timestamptz,
  -- The row as last published; null before the first time.
  published_state smallint,
  published_class smallint,
  published_portrait bytea,
  changed_sequence bigint,
  pending boolean NOT NULL DEFAULT true
);
CREATE INDEX gate_key_student ON gate_key (student_id) WHERE removed_at IS NULL;
CREATE INDEX gate_key_pending ON gate_key (id) WHERE pending;
CREATE INDEX gate_key_changed ON gate_key (changed_sequence);
CREATE UNIQUE INDEX gate_key_current ON gate_key (student_id) WHERE retire_at IS NULL AND removed_at IS NULL;

-- Every state of the people table that was given out, written before it is signed.
CREATE TABLE people_publication (
  sequence bigint PRIMARY KEY,
  key_day integer NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  rows integer NOT NULL,
  audit_head bytea NOT NULL,
  issued_at timestamptz NOT NULL
);

-- What other services have to hear of; content is fetched, this only wakes them.
CREATE TABLE change (
  n bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  kind text NOT NULL CHECK (kind IN ('person.changed', 'passes.changed', 'signers.changed')),
  at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE portrait (
  id bytea PRIMARY KEY CHECK (octet_length(id) = 8),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  jpeg_encrypted bytea NOT NULL CHECK (octet_length(jpeg_encrypted) <= 13000)
);

-- The state that counts: the worse of enrolment status and hold.
CREATE VIEW holder_state AS
SELECT s.id AS student_id, s.student_number, s.enrolment_status, s.registered_until, s.policy_class, s.portrait_id,
  coalesce(h.hold, 'none') AS hold, h.reason_code, coalesce(h.version, 0) AS version, h.row_number,
  CASE
    WHEN h.hold = 'revoked' OR s.enrolment_status IN ('transferred-out', 'withdrawn', 'expelled', 'graduated', 'completed', 'attended', 'deceased') THEN 'revoked'
    WHEN h.hold = 'suspended' OR s.enrolment_status IN ('not-registered', 'admission-retained', 'on-leave-of-absence', 'status-retained') THEN 'suspended'
    ELSE 'valid'
  END AS credential_state
FROM student s LEFT JOIN holder h ON h.student_id = s.id;
