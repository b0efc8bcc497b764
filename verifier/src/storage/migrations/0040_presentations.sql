-- The key under which requests for presentations are signed is a signer like the others,
ALTER TABLE signer DROP CONSTRAINT signer_use_check;
ALTER TABLE signer ADD CONSTRAINT signer_use_check CHECK (use IN ('package', 'audit', 'request'));

-- with a certificate from the issuer's authority: leaf and root, DER.
CREATE TABLE request_certificate (
  signer_kid bytea PRIMARY KEY REFERENCES signer (kid),
  leaf bytea NOT NULL,
  root bytea NOT NULL,
  to_at timestamptz NOT NULL
);

-- One request for one presentation (OpenID4VP 1.0). Expired is a matter of time, not a state of its own.
CREATE TABLE presentation_request (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  caller text NOT NULL,
  state text NOT NULL DEFAULT 'created' CHECK (state IN ('created', 'fetched', 'answered')),
  purpose text,
  dcql_query jsonb NOT NULL,
  response_mode text NOT NULL CHECK (response_mode IN ('direct_post', 'direct_post.jwt')),
  client_id text NOT NULL,
  flow text NOT NULL CHECK (flow IN ('cross-device', 'same-device')),
  return_url text,
  nonce text NOT NULL UNIQUE,
  wallet_state text NOT NULL UNIQUE,
  -- What the request object is signed with, chosen when the client identifier was given out.
  signer_kid bytea NOT NULL,
  leaf bytea NOT NULL,
  root bytea NOT NULL,
  encryption_kid text,
  -- Private key for the answer, sealed; gone with the answer.
  encryption_key_sealed bytea,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  answered_at timestamptz,
  verdict text CHECK (verdict IN ('accepted', 'rejected', 'cannot-decide')),
  reason text,
  -- Verdicts and claims by credential query, sealed; gone after they were read.
  result_sealed bytea,
  response_code_digest bytea CHECK (octet_length(response_code_digest) = 32),
  read_at timestamptz,
  CHECK (flow = 'cross-device' OR return_url IS NOT NULL),
  CHECK ((state = 'answered') = (answered_at IS NOT NULL)),
  CHECK ((state = 'answered') = (verdict IS NOT NULL)),
  CHECK (verdict IS NULL OR (verdict = 'accepted') = (reason IS NULL)),
  CHECK (state <> 'answered' OR (return_url IS NULL) = (response_code_digest IS NULL))
);
CREATE INDEX presentation_request_age ON presentation_request (expires_at);
