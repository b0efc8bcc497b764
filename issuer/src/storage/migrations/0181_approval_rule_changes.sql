-- The rule of the second person is changed by two persons as well. One change waits at a time.
CREATE TABLE approval_rule_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state_change_share numeric NOT NULL CHECK (state_change_share BETWEEN 0 AND 0.02),
  revocations integer NOT NULL CHECK (revocations BETWEEN 0 AND 50),
  changed_share numeric NOT NULL CHECK (changed_share BETWEEN 0 AND 1),
  changed_rows integer NOT NULL CHECK (changed_rows >= 0),
  expires_after_hours integer NOT NULL CHECK (expires_after_hours BETWEEN 1 AND 336),
  state text NOT NULL CHECK (state IN ('waiting', 'applied', 'declined', 'expired')),
  asked_by text NOT NULL,
  asked_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  decided_by text,
  decided_at timestamptz,
  CHECK ((state = 'waiting') = (decided_at IS NULL)),
  CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
  CHECK (state <> 'applied' OR decided_by <> asked_by)
);
CREATE UNIQUE INDEX approval_rule_change_waiting ON approval_rule_change ((true)) WHERE state = 'waiting';
CREATE INDEX approval_rule_change_age ON approval_rule_change (asked_at);
