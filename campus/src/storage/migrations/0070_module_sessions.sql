-- Sessions of students at the home page and at each module, a sign-in for each; secrets only as digests.
CREATE TABLE module_session (
  digest bytea PRIMARY KEY CHECK (octet_length(digest) = 32),
  -- `home` or the module: a session opens nothing else.
  part text COLLATE "C" NOT NULL,
  person text COLLATE "C" NOT NULL CHECK (person ~ '^student:[A-Za-z0-9-]{1,32}$'),
  name text NOT NULL,
  subject text NOT NULL,
  sid text NOT NULL,
  id_token text NOT NULL,
  opened_at timestamptz NOT NULL,
  seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX module_session_sid ON module_session (sid);
CREATE INDEX module_session_subject ON module_session (subject);
CREATE INDEX module_session_age ON module_session (expires_at);

-- Sign-ins under way, each bound to one browser by a cookie; taken out by the first answer.
CREATE TABLE module_sign_in (
  cookie_digest bytea PRIMARY KEY CHECK (octet_length(cookie_digest) = 32),
  state text NOT NULL,
  nonce text NOT NULL,
  code_verifier text NOT NULL,
  return_to text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX module_sign_in_age ON module_sign_in (expires_at);

-- Logout tokens taken: none counts twice, and a sign-in under way does not revive the session it names.
CREATE TABLE module_logout (
  jti_digest bytea PRIMARY KEY CHECK (octet_length(jti_digest) = 32),
  sid text,
  until_at timestamptz NOT NULL
);
CREATE INDEX module_logout_sid ON module_logout (sid);
CREATE INDEX module_logout_age ON module_logout (until_at);

-- Modules that another system runs: the home page leads there.
CREATE TABLE module_elsewhere (
  module text COLLATE "C" PRIMARY KEY,
  url text NOT NULL CHECK (length(url) BETWEEN 10 AND 500),
  set_at timestamptz NOT NULL
);
