-- A facade's request while the browser is with the provider: CAS and OAuth2 are facades over one internal client.
CREATE TABLE facade_request (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  facade text NOT NULL CHECK (facade IN ('cas', 'oauth2')),
  relying_party_id text NOT NULL REFERENCES relying_party (id),
  fresh boolean NOT NULL,
  facade_state text NOT NULL CHECK (octet_length(facade_state) <= 4096),
  code_challenge text NOT NULL,
  browser_digest bytea NOT NULL CHECK (octet_length(browser_digest) = 32),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX facade_request_age ON facade_request (expires_at);
