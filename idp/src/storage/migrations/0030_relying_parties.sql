CREATE TABLE relying_party (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z0-9][a-z0-9-]{1,62}$'),
  protocol text NOT NULL CHECK (protocol IN ('oidc', 'oauth2', 'cas')),
  -- The registration as docs/services.md describes it, without secrets.
  registration jsonb NOT NULL,
  -- SHA-256 of a secret of 256 random bits; shown once.
  secret_digest bytea CHECK (octet_length(secret_digest) = 32),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  last_seen_at timestamptz,
  disabled_at timestamptz
);

-- What a person agreed to where data leave the campus.
CREATE TABLE consent (
  account_id text NOT NULL REFERENCES account (id),
  relying_party_id text NOT NULL REFERENCES relying_party (id),
  claims text[] NOT NULL,
  purpose text NOT NULL,
  given_at timestamptz NOT NULL,
  withdrawn_at timestamptz,
  PRIMARY KEY (account_id, relying_party_id)
);
