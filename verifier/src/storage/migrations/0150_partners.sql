-- Who asks from outside: its keys, what it may ask for and learn, and how much.
CREATE TABLE partner (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[a-z][a-z0-9-]{1,31}$'),
  name_zh text NOT NULL,
  name_en text NOT NULL,
  -- Public keys (JWK, P-256) that sign its assertions.
  keys jsonb NOT NULL,
  purposes text[] NOT NULL CHECK (cardinality(purposes) BETWEEN 1 AND 16),
  claims text[] NOT NULL,
  checks_per_minute integer NOT NULL CHECK (checks_per_minute BETWEEN 1 AND 100000),
  checks_per_day integer NOT NULL CHECK (checks_per_day BETWEEN 1 AND 10000000),
  -- Answers about fixed people only, never about anybody of the register.
  sandbox boolean NOT NULL,
  created_at timestamptz NOT NULL,
  withdrawn_at timestamptz
);

-- Identifiers of assertions that were honoured: each once.
CREATE TABLE partner_assertion (
  partner_id text NOT NULL REFERENCES partner (id),
  jti_digest bytea NOT NULL CHECK (octet_length(jti_digest) = 32),
  until_at timestamptz NOT NULL,
  PRIMARY KEY (partner_id, jti_digest)
);
CREATE INDEX partner_assertion_age ON partner_assertion (until_at);

CREATE TABLE partner_token (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  partner_id text NOT NULL REFERENCES partner (id),
  expires_at timestamptz NOT NULL
);
CREATE INDEX partner_token_age ON partner_token (expires_at);

-- Checks made on a day in Asia/Shanghai: taken before the check is made.
CREATE TABLE partner_quota (
  partner_id text NOT NULL REFERENCES partner (id),
  day date NOT NULL,
  n integer NOT NULL CHECK (n > 0),
  PRIMARY KEY (partner_id, day)
);

-- What a partner was told. The subject is the student for this partner alone; only the issuer can make it.
CREATE TABLE partner_check (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  partner_id text NOT NULL REFERENCES partner (id),
  purpose text NOT NULL,
  subject bytea CHECK (octet_length(subject) = 32),
  -- Facts the check was decided by, without name or number: what reservations are judged by.
  student jsonb,
  eligible boolean NOT NULL,
  reason text,
  valid_until date,
  scheme text,
  at timestamptz NOT NULL,
  CHECK (eligible = (reason IS NULL)),
  CHECK (NOT eligible OR valid_until IS NOT NULL),
  CHECK ((subject IS NULL) = (student IS NULL))
);
CREATE INDEX partner_check_age ON partner_check (at);
CREATE INDEX partner_check_subject ON partner_check (subject, at);

-- Uses of a discount in one of its years. What is held and used never exceeds what is granted.
CREATE TABLE entitlement_account (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entitlement text NOT NULL,
  version integer NOT NULL,
  subject bytea NOT NULL CHECK (octet_length(subject) = 32),
  year integer NOT NULL CHECK (year BETWEEN 2000 AND 9999),
  granted integer NOT NULL CHECK (granted BETWEEN 1 AND 1000),
  held integer NOT NULL DEFAULT 0 CHECK (held >= 0),
  used integer NOT NULL DEFAULT 0 CHECK (used >= 0),
  CONSTRAINT entitlement_account_once UNIQUE (entitlement, subject, year),
  CONSTRAINT entitlement_account_balance CHECK (held + used <= granted)
);

CREATE TABLE entitlement_use (
  id text PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  account_id bigint NOT NULL REFERENCES entitlement_account (id),
  partner_id text NOT NULL REFERENCES partner (id),
  check_id text NOT NULL REFERENCES partner_check (id),
  state text NOT NULL CHECK (state IN ('reserved', 'redeemed', 'released', 'expired', 'refunded')),
  travel_date date NOT NULL,
  seat_class text NOT NULL,
  fare_fen integer NOT NULL CHECK (fare_fen >= 0),
  reserved_at timestamptz NOT NULL,
  reserved_until timestamptz NOT NULL,
  redeemed_at timestamptz,
  ended_at timestamptz,
  CHECK ((state IN ('redeemed', 'refunded')) = (redeemed_at IS NOT NULL)),
  CHECK ((state IN ('released', 'expired', 'refunded')) = (ended_at IS NOT NULL))
);
CREATE INDEX entitlement_use_account ON entitlement_use (account_id);
CREATE INDEX entitlement_use_reserved ON entitlement_use (reserved_until) WHERE state = 'reserved';

-- Each movement of an account; the sums of the entries are the account.
CREATE TABLE entitlement_entry (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  use_id text NOT NULL REFERENCES entitlement_use (id),
  kind text NOT NULL CHECK (kind IN ('reserve', 'redeem', 'release', 'expire', 'refund')),
  held integer NOT NULL,
  used integer NOT NULL,
  at timestamptz NOT NULL,
  CONSTRAINT entitlement_entry_once UNIQUE (use_id, kind)
);

-- Checks that carry an Idempotency-Key: the first claims it, later ones get its answer.
CREATE TABLE partner_request (
  partner_id text NOT NULL REFERENCES partner (id),
  key text NOT NULL,
  request_digest bytea NOT NULL CHECK (octet_length(request_digest) = 32),
  check_id text REFERENCES partner_check (id),
  at timestamptz NOT NULL,
  PRIMARY KEY (partner_id, key)
);
CREATE INDEX partner_request_age ON partner_request (at);

ALTER TABLE signer DROP CONSTRAINT signer_use_check;
ALTER TABLE signer ADD CONSTRAINT signer_use_check CHECK (use IN ('package', 'audit', 'request', 'receipt'));
