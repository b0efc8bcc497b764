-- Numbers before a window: A001 each day. A person's ticket is his; one from a kiosk is nobody's.
CREATE TABLE window_day (
  window_id text COLLATE "C" NOT NULL REFERENCES service_window (id),
  day date NOT NULL,
  last_number integer NOT NULL CHECK (last_number BETWEEN 1 AND 999),
  PRIMARY KEY (window_id, day)
);

CREATE TABLE window_ticket (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  window_id text COLLATE "C" NOT NULL REFERENCES service_window (id),
  day date NOT NULL,
  number integer NOT NULL CHECK (number BETWEEN 1 AND 999),
  -- Null: taken at a kiosk.
  person text COLLATE "C" CHECK (person ~ '^student:[A-Za-z0-9-]{1,32}$'),
  state text NOT NULL CHECK (state IN ('waiting', 'called', 'served', 'missed', 'given-back')),
  -- The order of the line: the number, until somebody was absent and stands behind three others.
  place double precision NOT NULL,
  absences smallint NOT NULL DEFAULT 0 CHECK (absences BETWEEN 0 AND 2),
  taken_at timestamptz NOT NULL,
  called_at timestamptz,
  called_by text COLLATE "C",
  ended_at timestamptz,
  CONSTRAINT window_ticket_number UNIQUE (window_id, day, number),
  CONSTRAINT window_ticket_called CHECK (state <> 'called' OR (called_at IS NOT NULL AND called_by IS NOT NULL))
);
CREATE UNIQUE INDEX window_ticket_once ON window_ticket (window_id, person)
  WHERE person IS NOT NULL AND state IN ('waiting', 'called');
CREATE INDEX window_ticket_line ON window_ticket (window_id, day, place) WHERE state = 'waiting';
CREATE INDEX window_ticket_of_clerk ON window_ticket (window_id, called_by) WHERE state = 'called';
CREATE INDEX window_ticket_of_person ON window_ticket (person) WHERE person IS NOT NULL;
