-- Keys that sign audit heads; the private halves lie sealed in the store.
CREATE TABLE signer (
  kid bytea PRIMARY KEY CHECK (octet_length(kid) = 8),
  use text NOT NULL CHECK (use IN ('audit')),
  public_key bytea NOT NULL UNIQUE CHECK (octet_length(public_key) = 33),
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL CHECK (to_at > from_at)
);
