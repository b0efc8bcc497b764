-- Certificates of readers, written down before they are signed. The root of this installation is one of them.
CREATE TABLE certificate (
  serial bytea PRIMARY KEY CHECK (octet_length(serial) = 16),
  use text NOT NULL CHECK (use IN ('reader-root', 'request')),
  caller text NOT NULL,
  public_key bytea NOT NULL CHECK (octet_length(public_key) = 33),
  dns_name text,
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL CHECK (to_at > from_at),
  CHECK ((use = 'reader-root') = (dns_name IS NULL))
);
CREATE INDEX certificate_age ON certificate (to_at);
