-- The authorization code flow (OpenID4VCI 1.0 §3.4). Offers name their grants; the state that goes through the other
-- authorization server is derived from the offer's id like the code, and kept as a digest.
ALTER TABLE credential_offer
  ADD COLUMN grants text[] NOT NULL DEFAULT '{pre-authorized_code}'
    CHECK (cardinality(grants) BETWEEN 1 AND 2 AND grants <@ '{pre-authorized_code,authorization_code}'),
  ADD COLUMN state_digest bytea UNIQUE;

-- Who let a wallet in, and the key its tokens are bound to: signing in again with the same key is the same wallet.
ALTER TABLE wallet
  ADD COLUMN authorized_by text NOT NULL DEFAULT 'pre-authorized_code'
    CHECK (authorized_by IN ('pre-authorized_code', 'authorization_code')),
  ADD COLUMN dpop_thumbprint text,
  -- Thumbprint of an attested instance's key: such a wallet refreshes with the same attestation key only.
  ADD COLUMN instance_thumbprint text;
CREATE UNIQUE INDEX wallet_signed_in ON wallet (student_id, client_id, dpop_thumbprint, coalesce(instance_thumbprint, ''))
  WHERE authorized_by = 'authorization_code' AND retired_at IS NULL;

-- Whether a token names credentials by identifier (authorization details were granted) or by configuration (§8.2).
ALTER TABLE access_token ADD COLUMN by_identifier boolean NOT NULL DEFAULT false;
ALTER TABLE refresh_token ADD COLUMN by_identifier boolean NOT NULL DEFAULT false;
