-- Tags at doors and desks whose one-time address opens the wallet. Their keys are derived in this service: a tag makes
-- nobody a student, it only says which door was touched.
CREATE TABLE door_tag (
  number integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY CHECK (number BETWEEN 1 AND 9999999),
  checkpoint_id text COLLATE "C" NOT NULL REFERENCES checkpoint (id),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
  -- Keyed digest of the chip's UID: a copied chip with another UID is not this tag.
  uid_digest bytea NOT NULL CONSTRAINT door_tag_uid_once UNIQUE CHECK (octet_length(uid_digest) = 32),
  last_counter integer NOT NULL DEFAULT 0 CHECK (last_counter BETWEEN 0 AND 16777215),
  last_tap_at timestamptz,
  replays integer NOT NULL DEFAULT 0,
  alarmed_counter integer,
  created_at timestamptz NOT NULL,
  withdrawn_at timestamptz
);

-- A tap and the request it became, written by the statement that moved the tag's counter.
CREATE TABLE door_tap (
  request_id text COLLATE "C" PRIMARY KEY REFERENCES presentation_request (id) ON DELETE CASCADE,
  tag_number integer NOT NULL REFERENCES door_tag (number),
  counter integer NOT NULL,
  checkpoint_id text COLLATE "C" NOT NULL REFERENCES checkpoint (id),
  tapped_at timestamptz NOT NULL,
  -- Given when the answer is first told to the door: the order in which doors hear of answers.
  told integer UNIQUE,
  CONSTRAINT door_tap_once UNIQUE (tag_number, counter)
);
CREATE INDEX door_tap_waiting ON door_tap (checkpoint_id) WHERE told IS NULL;
CREATE SEQUENCE door_tap_told AS integer;
