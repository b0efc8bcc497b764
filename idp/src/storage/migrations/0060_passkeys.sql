-- What authenticators know a person by: random, nothing to do with the account's own id (WebAuthn §5.4.3).
CREATE TABLE passkey_handle (
  account_id text PRIMARY KEY REFERENCES account (id),
  handle bytea NOT NULL UNIQUE CHECK (octet_length(handle) = 32)
);

CREATE TABLE passkey (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  account_id text NOT NULL REFERENCES account (id),
  credential_id bytea NOT NULL CONSTRAINT passkey_credential_once UNIQUE CHECK (octet_length(credential_id) BETWEEN 16 AND 1023),
  -- COSE key as the authenticator gave it.
  public_key bytea NOT NULL,
  -- Backup eligible means synced: its key may lie in a cloud account.
  level text NOT NULL CHECK (level IN ('synced-passkey', 'device-passkey')),
  counter bigint NOT NULL CHECK (counter >= 0),
  transports text[] NOT NULL DEFAULT '{}',
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 60),
  created_at timestamptz NOT NULL,
  last_used_at timestamptz
);
CREATE INDEX passkey_account ON passkey (account_id);

-- Challenges of ceremonies, as digests. Each is bound to one interaction or session and used once.
CREATE TABLE ceremony_challenge (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  ceremony text NOT NULL CHECK (ceremony IN ('sign-in', 'register')),
  -- Interaction or session it was made for.
  binding text NOT NULL,
  account_id text REFERENCES account (id),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  CHECK ((ceremony = 'register') = (account_id IS NOT NULL))
);
CREATE INDEX ceremony_challenge_age ON ceremony_challenge (expires_at);
