-- What was agreed with a partner besides what it may ask.
ALTER TABLE partner
  -- Origins a presentation on the same device may return to.
  ADD COLUMN return_origins text[] NOT NULL DEFAULT '{}',
  -- Tokens are given only over TLS with a certificate of this partner.
  ADD COLUMN mutual_tls boolean NOT NULL DEFAULT false,
  -- It is told when somebody it found eligible is so no longer.
  ADD COLUMN follow_up boolean NOT NULL DEFAULT false,
  -- It sells in a name: a use is held only after the passenger was found to be the student.
  ADD COLUMN match_passenger boolean NOT NULL DEFAULT false;

-- Where a partner is told what happens, and of what.
CREATE TABLE partner_callback (
  partner_id text PRIMARY KEY REFERENCES partner (id),
  url text NOT NULL,
  events text[] NOT NULL CHECK (cardinality(events) > 0),
  -- In a row; nothing is sent before rest_until, so that a dead address holds nobody up.
  failures integer NOT NULL DEFAULT 0 CHECK (failures >= 0),
  rest_until timestamptz,
  changed_at timestamptz NOT NULL
);

-- Events, each written in the transaction of what it tells. The id is the token's jti at every attempt.
CREATE TABLE partner_event (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  partner_id text NOT NULL REFERENCES partner (id),
  kind text NOT NULL,
  data jsonb NOT NULL,
  at timestamptz NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'delivered', 'given-up')),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  attempted_at timestamptz,
  next_at timestamptz NOT NULL,
  -- A failure after this is the last.
  until_at timestamptz NOT NULL,
  last_code text,
  delivered_at timestamptz,
  CHECK ((state = 'delivered') = (delivered_at IS NOT NULL))
);
CREATE INDEX partner_event_due ON partner_event (next_at) WHERE state = 'waiting';
CREATE INDEX partner_event_of ON partner_event (partner_id, at DESC, id);
CREATE INDEX partner_event_age ON partner_event (at);

ALTER TABLE signer DROP CONSTRAINT signer_use_check;
ALTER TABLE signer ADD CONSTRAINT signer_use_check CHECK (use IN ('package', 'audit', 'request', 'receipt', 'webhook'));
