-- A check is an act of consent: how it was given, and to the telling of what. Reads tell no more than that.
ALTER TABLE partner_check
  ADD COLUMN kind text NOT NULL DEFAULT 'code' CHECK (kind IN ('code', 'card', 'presentation')),
  ADD COLUMN claims text[] NOT NULL DEFAULT '{}',
  -- Only `match` is kept; of a passenger nothing else is.
  -- The answer came at the partner's own site and is told only against its response code.
  ADD COLUMN held_back boolean NOT NULL DEFAULT false,
  ADD COLUMN passenger text CHECK (passenger = 'match'),
  ADD COLUMN consent_revoked_at timestamptz;
UPDATE partner_check c SET claims = p.claims FROM partner p WHERE p.id = c.partner_id;
UPDATE partner_check SET kind = 'card' WHERE scheme = 'nfc-b';
CREATE INDEX partner_check_of_subject ON partner_check (partner_id, subject, at DESC);

-- Checks that wait for the student's answer in the wallet. The id is that of the presentation, and of the check.
CREATE TABLE partner_check_request (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  partner_id text NOT NULL REFERENCES partner (id),
  purpose text NOT NULL,
  claims text[] NOT NULL,
  state text NOT NULL CHECK (state IN ('open', 'settled', 'ended')),
  reason text,
  held_back boolean NOT NULL,
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  settled_at timestamptz,
  CHECK ((state = 'open') = (settled_at IS NULL)),
  CHECK ((state = 'ended') = (reason IS NOT NULL))
);
CREATE INDEX partner_check_request_open ON partner_check_request (expires_at) WHERE state = 'open';
CREATE INDEX partner_check_request_age ON partner_check_request (created_at);

-- Comparisons of a passenger that were no match, a day: guessing ends here.
CREATE TABLE partner_passenger_miss (
  partner_id text NOT NULL REFERENCES partner (id),
  subject bytea NOT NULL CHECK (octet_length(subject) = 32),
  day date NOT NULL,
  n integer NOT NULL CHECK (n >= 0),
  PRIMARY KEY (partner_id, subject, day)
);
