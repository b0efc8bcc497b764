-- Claim codes on admission letters: how a person takes an account for the first time. A code works once for the account
-- and once for a wallet; only its keyed digest is kept.
CREATE TABLE claim_code (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  account_id text NOT NULL REFERENCES account (id),
  issued_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  -- A newer code of the account, or staff, ended it.
  withdrawn_at timestamptz,
  account_used_at timestamptz,
  wallet_used_at timestamptz,
  -- The wallet that used it may ask again while the offer was not taken: an offer lives five minutes only.
  wallet_secret_digest bytea CHECK (octet_length(wallet_secret_digest) = 32),
  wallet_offers smallint NOT NULL DEFAULT 0 CHECK (wallet_offers BETWEEN 0 AND 10),
  CHECK ((wallet_used_at IS NULL) = (wallet_secret_digest IS NULL))
);
CREATE INDEX claim_code_account ON claim_code (account_id);
CREATE UNIQUE INDEX claim_code_open ON claim_code (account_id) WHERE withdrawn_at IS NULL AND account_used_at IS NULL AND wallet_used_at IS NULL;
