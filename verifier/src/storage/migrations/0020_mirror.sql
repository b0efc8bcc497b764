-- What the verifier knows of the issuer, so that it comes up while the issuer is away. One row.
CREATE TABLE mirror (
  one boolean PRIMARY KEY DEFAULT true CHECK (one),
  -- Pinned at the first contact, replaced when the issuer's outbox says so.
  signers jsonb NOT NULL,
  last_change bigint NOT NULL DEFAULT 0,
  confirmed_at timestamptz
);

-- People parts as the issuer signed them, sealed: they hold link keys.
CREATE TABLE people_part (
  sequence bigint NOT NULL,
  base_sequence bigint,
  cose_sealed bytea NOT NULL,
  received_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX people_part_once ON people_part (sequence, coalesce(base_sequence, -1));

CREATE TABLE pass_list (
  list_number bigint PRIMARY KEY,
  sequence bigint NOT NULL,
  cose bytea NOT NULL,
  received_at timestamptz NOT NULL
);
