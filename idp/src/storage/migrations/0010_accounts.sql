-- Who may sign in. Students come from the issuer's register, staff from a roster; nothing here can make a student.
CREATE TABLE account (
  -- Random; never leaves the layer but as input of pairwise subjects.
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[A-Za-z0-9_-]{22}$'),
  kind text NOT NULL CHECK (kind IN ('student', 'staff')),
  number text COLLATE "C" NOT NULL CONSTRAINT account_number_once UNIQUE CHECK (number ~ '^[A-Za-z0-9-]{1,32}$'),
  name text NOT NULL CHECK (name <> ''),
  college text NOT NULL DEFAULT '',
  major text NOT NULL DEFAULT '',
  class text NOT NULL DEFAULT '',
  level text NOT NULL DEFAULT '',
  enrolment_status text NOT NULL DEFAULT '',
  -- closed: left the university, or was struck off the roster. Sessions end with it.
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
  -- First claim of the account with a claim code, or the first passkey given by staff.
  claimed_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK ((kind = 'student') = (enrolment_status <> ''))
);
CREATE INDEX account_kind ON account (kind, number);

CREATE TABLE account_role (
  account_id text NOT NULL REFERENCES account (id),
  role text NOT NULL CHECK (role IN ('registrar', 'card-officer', 'operator', 'security-auditor', 'data-protection-officer',
    'guard', 'window-clerk', 'counsellor', 'department-officer', 'partner-manager')),
  scope_kind text NOT NULL CHECK (scope_kind IN ('university', 'campus', 'college', 'class', 'building', 'assigned')),
  scope_value text NOT NULL DEFAULT '',
  PRIMARY KEY (account_id, role, scope_kind, scope_value),
  CHECK ((scope_kind IN ('university', 'assigned')) = (scope_value = ''))
);
