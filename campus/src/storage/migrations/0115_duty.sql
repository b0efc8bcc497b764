-- Who can be reached when a text names danger to life: members of staff with a role that a service calls, as they were
-- last seen at their inbox. The role is looked at again when they open the case.
CREATE TABLE duty_holder (
  person text COLLATE "C" NOT NULL CHECK (person ~ '^staff:[A-Za-z0-9-]{1,32}$'),
  role text COLLATE "C" NOT NULL,
  scope_kind text COLLATE "C" NOT NULL
    CHECK (scope_kind IN ('university', 'campus', 'college', 'class', 'building', 'assigned')),
  scope_value text COLLATE "C" NOT NULL,
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (person, role, scope_kind, scope_value)
);
CREATE INDEX duty_holder_of_role ON duty_holder (role);
-- The head of an inbox is read apart from the rest.
CREATE INDEX case_task_danger ON case_task (owner_role, due_at, case_id, step, slot) WHERE step = 'danger-duty';
