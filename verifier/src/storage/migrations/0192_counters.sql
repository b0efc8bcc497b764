-- A counter is a checkpoint where a student's discount is shown, for one partner, and nobody's name, number or face.
ALTER TABLE checkpoint
  ADD COLUMN counter_partner text REFERENCES partner (id),
  ADD COLUMN counter_entitlement text,
  ADD CONSTRAINT checkpoint_counter_whole CHECK ((counter_partner IS NULL) = (counter_entitlement IS NULL)),
  ADD CONSTRAINT checkpoint_counter_shows_nobody CHECK (counter_partner IS NULL OR (
    coalesce(policy ->> 'window_mode', 'off') = 'off' AND coalesce(policy ->> 'show_portrait', 'false') = 'false'));

-- Somebody showed card, phone or code at a counter. The id is that of the partner's check it becomes.
CREATE TABLE counter_tap (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  n integer GENERATED ALWAYS AS IDENTITY UNIQUE,
  checkpoint_id text COLLATE "C" NOT NULL REFERENCES checkpoint (id),
  scheme text NOT NULL,
  at timestamptz NOT NULL,
  -- Of a tap: whose it is, why the reader refused him where it did, and the journal entry it came with, once.
  row_number bigint,
  refused text,
  agent_id text REFERENCES agent (id),
  sequence bigint,
  -- The clerk it belongs to: who scanned, or who first opened what the reader brought.
  actor text,
  CONSTRAINT counter_tap_once UNIQUE (agent_id, sequence),
  CHECK ((agent_id IS NULL) = (row_number IS NULL)),
  CHECK (agent_id IS NOT NULL OR actor IS NOT NULL)
);
CREATE INDEX counter_tap_place ON counter_tap (checkpoint_id, n);
CREATE INDEX counter_tap_age ON counter_tap (at);

-- A use that a clerk noted at a counter has no ticket with us, so no class and no price. Its id is the tap's: one each.
ALTER TABLE entitlement_use
  ALTER COLUMN seat_class DROP NOT NULL,
  ALTER COLUMN fare_fen DROP NOT NULL,
  ADD COLUMN counter text COLLATE "C" REFERENCES checkpoint (id),
  ADD CONSTRAINT entitlement_use_priced CHECK (
    (counter IS NULL) = (seat_class IS NOT NULL) AND (seat_class IS NULL) = (fare_fen IS NULL)),
  ADD CONSTRAINT entitlement_use_of_tap CHECK (counter IS NULL OR id = check_id);
