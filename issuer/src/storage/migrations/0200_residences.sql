-- Where students live, as the dormitory system says. One source for each fact, its own word for how far it has come.
ALTER TABLE student ADD COLUMN building text NOT NULL DEFAULT '' CHECK (length(building) <= 100);
CREATE INDEX student_building ON student (building) WHERE building <> '';

CREATE TABLE source_progress (
  source text COLLATE "C" PRIMARY KEY CHECK (source ~ '^[a-z][a-z0-9-]{1,39}$'),
  watermark text COLLATE "C" CHECK (length(watermark) BETWEEN 1 AND 64),
  taken_at timestamptz,
  -- Residents of each building by the source's own count.
  counts jsonb,
  counted_at timestamptz,
  CHECK ((watermark IS NULL) = (taken_at IS NULL) AND (counts IS NULL) = (counted_at IS NULL))
);

-- What a source said of numbers the register does not have; it is taken up when somebody of that number comes.
CREATE TABLE source_leftover (
  source text COLLATE "C" NOT NULL REFERENCES source_progress (source),
  student_number text COLLATE "C" NOT NULL,
  building text NOT NULL,
  said_at timestamptz NOT NULL,
  PRIMARY KEY (source, student_number)
);

-- Policy class that living in a building brings with it: how a door knows its residents.
CREATE TABLE building_class (
  building text PRIMARY KEY CHECK (length(building) BETWEEN 1 AND 100),
  policy_class smallint NOT NULL CHECK (policy_class BETWEEN 1 AND 255)
);
