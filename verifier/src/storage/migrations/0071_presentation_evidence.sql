-- Signed presentations kept as evidence where their purpose says for how long: vp_token as received and what it was
-- checked against, sealed. The request's own row goes after a day, so nothing refers to it.
CREATE TABLE presentation_evidence (
  presentation_id text COLLATE "C" PRIMARY KEY CHECK (presentation_id ~ '^[A-Za-z0-9_-]{22}$'),
  purpose text NOT NULL,
  evidence_sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  kept_until timestamptz NOT NULL CHECK (kept_until > created_at)
);
CREATE INDEX presentation_evidence_age ON presentation_evidence (kept_until);
