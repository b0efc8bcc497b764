-- Who is still let in by a checkpoint whose package is past its time (formats.md §9): rows, never numbers or names.
CREATE TABLE emergency_listing (
  checkpoint_id text COLLATE "C" NOT NULL REFERENCES checkpoint (id),
  row_number bigint NOT NULL CHECK (row_number BETWEEN 0 AND 4294967295),
  reason text NOT NULL,
  listed_by text NOT NULL,
  listed_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL CHECK (until_at > listed_at AND until_at <= listed_at + interval '366 days'),
  PRIMARY KEY (checkpoint_id, row_number)
);
CREATE INDEX emergency_listing_until ON emergency_listing (until_at);
