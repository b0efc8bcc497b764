-- A sign-in by presenting the student ID, while it is under way. One row per try; each step is one UPDATE.
CREATE TABLE wallet_sign_in (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  interaction_uid text NOT NULL,
  flow text NOT NULL CHECK (flow IN ('same-device', 'cross-device')),
  -- The verifier's presentation request.
  presentation_id text NOT NULL,
  -- What the person reads off the other screen, and what the phone offers.
  match_number smallint CHECK (match_number BETWEEN 10 AND 99),
  match_choices smallint[] CHECK (cardinality(match_choices) = 3),
  state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'answering', 'matched', 'refused', 'used')),
  account_id text REFERENCES account (id),
  reason text,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CHECK ((flow = 'cross-device') = (match_number IS NOT NULL)),
  CHECK (state NOT IN ('matched', 'used') OR account_id IS NOT NULL)
);
CREATE INDEX wallet_sign_in_age ON wallet_sign_in (expires_at);
