-- What the OpenID provider keeps: sessions, grants, codes, tokens, interactions. Keys are digests of the identifiers
-- that browsers and clients hold, so a copy of this table signs nobody in.
CREATE TABLE provider_document (
  model text NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  payload jsonb NOT NULL,
  grant_id text COLLATE "C",
  uid text COLLATE "C",
  expires_at timestamptz,
  consumed_at timestamptz,
  PRIMARY KEY (model, digest)
);
CREATE INDEX provider_document_grant ON provider_document (grant_id) WHERE grant_id IS NOT NULL;
CREATE INDEX provider_document_uid ON provider_document (model, uid) WHERE uid IS NOT NULL;
CREATE INDEX provider_document_age ON provider_document (expires_at) WHERE expires_at IS NOT NULL;
