-- A window asks a student, on his own phone, whether a clerk may open his page. Answered once, within a minute.
CREATE TABLE nod (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  student_id bigint NOT NULL REFERENCES student (id),
  actor text NOT NULL,
  place_zh text NOT NULL,
  place_en text NOT NULL,
  purpose text NOT NULL,
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  answer text CHECK (answer IN ('agreed', 'refused')),
  answered_at timestamptz,
  -- The look that the agreement, or the way around, became.
  look_id text COLLATE "C",
  CONSTRAINT nod_answer CHECK ((answer IS NULL) = (answered_at IS NULL)),
  CONSTRAINT nod_refused_opens_nothing CHECK (answer IS DISTINCT FROM 'refused' OR look_id IS NULL)
);
CREATE INDEX nod_open ON nod (student_id, expires_at) WHERE answer IS NULL;
CREATE INDEX nod_age ON nod (asked_at);

-- What the student reads about who looked: where, what for, and how it came to it. Never who: that is the audit's.
ALTER TABLE person_look
  ADD COLUMN kind text NOT NULL DEFAULT 'search' CHECK (kind IN ('search', 'window', 'nod', 'without-nod')),
  ADD COLUMN place_zh text,
  ADD COLUMN place_en text,
  ADD COLUMN purpose text,
  ADD COLUMN reason text;
CREATE INDEX person_look_student ON person_look (student_id, at DESC);
