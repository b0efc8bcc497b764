-- A sign-in at a server that the university already has, while the browser is there.
CREATE TABLE upstream_request (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  upstream_id text NOT NULL,
  interaction_uid text NOT NULL,
  -- OpenID Connect: the code verifier and the nonce that the answer must fit.
  code_verifier text,
  nonce text,
  -- Whom the server vouched for: the second half of the way, back into the browser that began.
  account_id text REFERENCES account (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX upstream_request_age ON upstream_request (expires_at);
