-- Service and proxy tickets of CAS: only their digests, until one has been validated.
CREATE TABLE cas_ticket (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  kind text NOT NULL CHECK (kind IN ('ST', 'PT')),
  relying_party_id text NOT NULL,
  service text NOT NULL,
  session_uid text NOT NULL,
  account_id text NOT NULL,
  acr text NOT NULL,
  auth_time_seconds bigint NOT NULL,
  fresh boolean NOT NULL,
  -- Callbacks of the proxies it came through, the latest first.
  proxies jsonb NOT NULL DEFAULT '[]',
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > issued_at),
  used_at timestamptz,
  -- The ticket itself, once it is used up and gives no right any more: single logout names it.
  logout_text text CHECK (logout_text IS NULL OR used_at IS NOT NULL),
  -- Its session was ended.
  ended_at timestamptz,
  CHECK (kind = 'PT' OR proxies = '[]')
);
CREATE INDEX cas_ticket_session ON cas_ticket (session_uid);
CREATE INDEX cas_ticket_age ON cas_ticket (issued_at);
CREATE INDEX cas_ticket_not_validated ON cas_ticket (expires_at) WHERE logout_text IS NULL;

-- Proxy-granting tickets: usable many times while the session lives.
CREATE TABLE cas_granting_ticket (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  relying_party_id text NOT NULL,
  callback_url text NOT NULL,
  session_uid text NOT NULL,
  account_id text NOT NULL,
  acr text NOT NULL,
  auth_time_seconds bigint NOT NULL,
  proxies jsonb NOT NULL CHECK (jsonb_array_length(proxies) > 0),
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > issued_at),
  ended_at timestamptz
);
CREATE INDEX cas_granting_ticket_session ON cas_granting_ticket (session_uid);
CREATE INDEX cas_granting_ticket_age ON cas_granting_ticket (expires_at);
