-- Codes and access tokens of the plain OAuth 2.0 facade: only their digests.
CREATE TABLE oauth2_code (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  relying_party_id text NOT NULL,
  redirect_uri text NOT NULL,
  redirect_uri_given boolean NOT NULL,
  challenge text,
  session_uid text NOT NULL,
  account_id text NOT NULL,
  acr text NOT NULL,
  auth_time_seconds bigint NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > issued_at),
  used_at timestamptz
);
CREATE INDEX oauth2_code_age ON oauth2_code (expires_at);

CREATE TABLE oauth2_access_token (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  -- A code gives one token.
  code_digest bytea NOT NULL UNIQUE CHECK (octet_length(code_digest) = 32),
  relying_party_id text NOT NULL,
  session_uid text NOT NULL,
  account_id text NOT NULL,
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > issued_at),
  revoked_at timestamptz
);
CREATE INDEX oauth2_access_token_age ON oauth2_access_token (expires_at);
