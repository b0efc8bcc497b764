-- A window may have a reader: the verifier's checkpoint of that name, at one window only.
ALTER TABLE service_window
  ADD COLUMN reader text COLLATE "C" CHECK (reader ~ '^[a-z0-9][a-z0-9-]{0,63}$'),
  -- A campus card alone may confirm there; it may be borrowed, so the clerk compares the portrait.
  ADD COLUMN card_confirms boolean NOT NULL DEFAULT false,
  ADD CONSTRAINT service_window_card CHECK (reader IS NOT NULL OR NOT card_confirms);
CREATE UNIQUE INDEX service_window_reader ON service_window (reader);

-- How the student was read who stands there.
ALTER TABLE window_visit
  ADD COLUMN read_by text NOT NULL DEFAULT 'scan' CHECK (read_by IN ('scan', 'phone-tap', 'card-tap'));

ALTER TABLE window_request
  DROP CONSTRAINT window_request_confirmed_by_check,
  ADD CONSTRAINT window_request_confirmed_by_check CHECK (confirmed_by IN ('phone', 'scan', 'phone-tap', 'card-tap'));
