-- Only where the installation allows passwords. argon2id in the PHC text form.
CREATE TABLE password (
  account_id text PRIMARY KEY REFERENCES account (id),
  hash text NOT NULL CHECK (hash LIKE '$argon2id$%'),
  set_at timestamptz NOT NULL
);

-- Browsers in which a person signed in before: their tries have a lane of their own.
CREATE TABLE known_browser (
  account_id text NOT NULL REFERENCES account (id),
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  last_success_at timestamptz NOT NULL,
  PRIMARY KEY (account_id, digest)
);
