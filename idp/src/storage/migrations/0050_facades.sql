-- A facade's request while the browser is with the provider: CAS, OAuth2 and our own account pages are facades over one
-- internal client. The installation's own services are relying parties too and stand in no table.
CREATE TABLE facade_request (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  facade text NOT NULL CHECK (facade IN ('cas', 'oauth2', 'account')),
  relying_party_id text NOT NULL,
  prompt text NOT NULL CHECK (prompt IN ('normal', 'fresh', 'silent')),
  -- The person proved who they are in this very request.
  proved boolean NOT NULL DEFAULT false,
  facade_state text NOT NULL CHECK (octet_length(facade_state) <= 4096),
  code_challenge text NOT NULL,
  browser_digest bytea NOT NULL CHECK (octet_length(browser_digest) = 32),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX facade_request_age ON facade_request (expires_at);
