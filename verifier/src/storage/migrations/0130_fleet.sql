-- Certificates of the fleet's CA, each written before it is signed. What is not here, or ended, opens no route.
CREATE TABLE agent_certificate (
  serial bytea PRIMARY KEY CHECK (octet_length(serial) = 16),
  agent_id text NOT NULL REFERENCES agent (id),
  -- `own`: for a key the agent holds. `bundle`: with its key, given out once as PKCS#12.
  kind text NOT NULL CHECK (kind IN ('own', 'bundle')),
  key_digest bytea NOT NULL CHECK (octet_length(key_digest) = 32),
  from_at timestamptz NOT NULL,
  to_at timestamptz NOT NULL CHECK (to_at > from_at),
  made_by text NOT NULL,
  made_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX agent_certificate_agent ON agent_certificate (agent_id, made_at);

-- The newest report of each agent, and what its health was when it came.
CREATE TABLE agent_report (
  agent_id text COLLATE "C" PRIMARY KEY REFERENCES agent (id),
  report jsonb NOT NULL,
  received_at timestamptz NOT NULL
);

-- How health changed, newest last; kept 30 days but for the last one of each agent.
CREATE TABLE agent_health_change (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  agent_id text COLLATE "C" NOT NULL REFERENCES agent (id),
  health text NOT NULL CHECK (health IN ('ok', 'lagging', 'degraded', 'silent', 'outdated')),
  reasons text[] NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX agent_health_change_agent ON agent_health_change (agent_id, id DESC);

-- Settings of agents from afar, never changed: the newest of each scope counts, and its id is the revision.
CREATE TABLE agent_settings (
  revision bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  scope text COLLATE "C" NOT NULL CHECK (scope = 'fleet' OR scope ~ '^(checkpoint|agent):[a-z0-9-]{1,64}$'),
  settings jsonb NOT NULL,
  set_by text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX agent_settings_newest ON agent_settings (scope, revision DESC);
