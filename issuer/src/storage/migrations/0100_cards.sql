-- A batch of campus cards. Its number stands in the address on each card and names the master key, which lies sealed
-- in the service's store and never here.
CREATE TABLE card_batch (
  key_version smallint PRIMARY KEY CHECK (key_version BETWEEN 1 AND 255),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  -- Origin written on the cards; a card cannot be told another one later.
  origin text NOT NULL,
  created_at timestamptz NOT NULL,
  -- No further card is personalised.
  closed_at timestamptz
);

CREATE TABLE card (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- What people read and type: ten random digits, nothing on the chip.
  number text COLLATE "C" NOT NULL CONSTRAINT card_number_once UNIQUE CHECK (number ~ '^[0-9]{10}$'),
  -- Keyed digest: the UID itself is kept nowhere, the card brings it encrypted with each tap.
  uid_digest bytea NOT NULL CONSTRAINT card_uid_once UNIQUE CHECK (octet_length(uid_digest) = 32),
  key_version smallint NOT NULL REFERENCES card_batch (key_version),
  state text NOT NULL CHECK (state IN ('personalising', 'stock', 'bound', 'suspended', 'lost', 'replaced')),
  student_id bigint REFERENCES student (id),
  -- SDMReadCtr of the last accepted read; only one statement raises it (card-tap-store.ts).
  last_counter integer NOT NULL DEFAULT 0 CHECK (last_counter BETWEEN 0 AND 16777215),
  last_tap_at timestamptz,
  -- Reads with a counter that was seen before, and the last of them that an audit row tells of.
  replays integer NOT NULL DEFAULT 0,
  alarmed_counter integer,
  last_replay_at timestamptz,
  created_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL,
  CONSTRAINT card_student CHECK ((state IN ('bound', 'suspended')) <= (student_id IS NOT NULL)),
  CONSTRAINT card_nobodys CHECK (state NOT IN ('personalising', 'stock') OR student_id IS NULL)
);
-- One card a person.
CREATE UNIQUE INDEX card_one_each ON card (student_id) WHERE state IN ('bound', 'suspended');
CREATE INDEX card_batch_state ON card (key_version, state, id);
CREATE INDEX card_student ON card (student_id) WHERE student_id IS NOT NULL;
CREATE INDEX card_alarms ON card (last_replay_at DESC) WHERE replays > 0;

-- Answers to taps by the id the reader gave: a retry after a torn connection gets the first answer, not `replayed`.
CREATE TABLE card_tap (
  id bytea PRIMARY KEY CHECK (octet_length(id) = 16),
  content_digest bytea NOT NULL CHECK (octet_length(content_digest) = 32),
  answer jsonb,
  received_at timestamptz NOT NULL
);
CREATE INDEX card_tap_age ON card_tap (received_at);

-- Personalisation of one card, one command at a time. The state holds session keys and is sealed.
CREATE TABLE card_personalisation (
  id text PRIMARY KEY,
  key_version smallint NOT NULL REFERENCES card_batch (key_version),
  card_id bigint REFERENCES card (id),
  outcome text NOT NULL DEFAULT 'running' CHECK (outcome IN ('running', 'done', 'failed', 'torn')),
  reason text,
  sequence integer NOT NULL,
  sealed_state bytea,
  -- The command that waits for its answer, and the digest of the answer before it: a repeat gets the same command.
  command bytea,
  answer_digest bytea,
  started_by text NOT NULL,
  started_at timestamptz NOT NULL,
  ended_at timestamptz,
  CHECK ((outcome = 'running') = (ended_at IS NULL)),
  CHECK ((outcome = 'running') = (sealed_state IS NOT NULL))
);
CREATE INDEX card_personalisation_batch ON card_personalisation (key_version, started_at DESC);
CREATE INDEX card_personalisation_running ON card_personalisation (started_at) WHERE outcome = 'running';

-- Each step before its command leaves, with the status word once the card has answered. No command and no answer.
CREATE TABLE card_personalisation_step (
  personalisation_id text NOT NULL REFERENCES card_personalisation (id) ON DELETE CASCADE,
  sequence integer NOT NULL,
  step text NOT NULL,
  status_word integer,
  at timestamptz NOT NULL,
  PRIMARY KEY (personalisation_id, sequence)
);
