-- What cases bring about at the issuer: written with the event that asks for it, carried out by a worker, once each.
CREATE TABLE case_effect (
  case_id text COLLATE "C" NOT NULL REFERENCES service_case (id) ON DELETE CASCADE,
  step text COLLATE "C" NOT NULL,
  act text NOT NULL,
  -- What is asked, sealed: it names the student and what the form said.
  request bytea NOT NULL,
  state text NOT NULL CHECK (state IN ('pending', 'done', 'refused')),
  asked_at timestamptz NOT NULL,
  -- Calls begun. A worker that died leaves its call to be made again from `next_try_at` on.
  tries integer NOT NULL DEFAULT 0,
  next_try_at timestamptz NOT NULL,
  -- Of the last call that did not come to an end.
  trouble text,
  -- Why the register refused, by its code.
  code text,
  settled_at timestamptz,
  -- What the issuer answered, sealed.
  answer bytea,
  PRIMARY KEY (case_id, step),
  CONSTRAINT case_effect_settled CHECK ((state = 'pending') = (settled_at IS NULL)),
  CONSTRAINT case_effect_answered CHECK ((state = 'done') = (answer IS NOT NULL)),
  CONSTRAINT case_effect_refused CHECK ((state = 'refused') = (code IS NOT NULL))
);
CREATE INDEX case_effect_due ON case_effect (next_try_at) WHERE state = 'pending';
