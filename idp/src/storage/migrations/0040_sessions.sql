-- One row per signed-in browser. Ended rows stay 30 days, for the person's own page.
CREATE TABLE sign_in_session (
  uid text COLLATE "C" PRIMARY KEY,
  account_id text NOT NULL REFERENCES account (id),
  level text NOT NULL CHECK (level IN ('password', 'synced-passkey', 'device-passkey', 'wallet-presentation')),
  methods text[] NOT NULL,
  proved_at timestamptz NOT NULL,
  -- Browser and system in words, and the network address shortened to its network.
  device text NOT NULL,
  place text NOT NULL,
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  ended_at timestamptz,
  ended_by text,
  CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
CREATE INDEX sign_in_session_account ON sign_in_session (account_id, created_at DESC);
CREATE INDEX sign_in_session_age ON sign_in_session (ended_at) WHERE ended_at IS NOT NULL;

-- The logout outbox: written in the transaction that ends the session, one row per session, service and protocol.
CREATE TABLE logout_delivery (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session_uid text NOT NULL,
  relying_party_id text NOT NULL,
  protocol text NOT NULL CHECK (protocol IN ('oidc-back-channel', 'cas-back-channel')),
  address text NOT NULL,
  -- What tells the service which of its sessions it is: sid, ticket.
  reference text NOT NULL DEFAULT '',
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL,
  next_try_at timestamptz NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  last_error text,
  delivered_at timestamptz,
  given_up_at timestamptz,
  UNIQUE (session_uid, relying_party_id, protocol, reference)
);
CREATE INDEX logout_delivery_due ON logout_delivery (next_try_at) WHERE delivered_at IS NULL AND given_up_at IS NULL;

-- Counters that slow guessing down: by account, by address, by kind of try. Never a lock.
CREATE TABLE throttle (
  key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
  failures integer NOT NULL,
  last_failure_at timestamptz NOT NULL,
  open_at timestamptz NOT NULL
);
CREATE INDEX throttle_age ON throttle (last_failure_at);
