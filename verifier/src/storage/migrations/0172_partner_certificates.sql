-- Certificates a partner may show (RFC 8705). Ours are named by their serial number and written down before they are
-- signed; those a partner brings are named by the SHA-256 of the certificate.
CREATE TABLE partner_certificate (
  id text PRIMARY KEY CHECK (id ~ '^([0-9a-f]{32}|[0-9a-f]{64})$'),
  partner_id text NOT NULL REFERENCES partner (id),
  kind text NOT NULL CHECK (kind IN ('bundle', 'own', 'registered')),
  key_digest bytea NOT NULL CHECK (octet_length(key_digest) = 32),
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  ended_at timestamptz,
  CHECK ((kind = 'registered') = (length(id) = 64))
);
CREATE INDEX partner_certificate_of ON partner_certificate (partner_id, made_at DESC);

-- A token that was given over such a connection is good over no other.
ALTER TABLE partner_token ADD COLUMN certificate_id text REFERENCES partner_certificate (id);
