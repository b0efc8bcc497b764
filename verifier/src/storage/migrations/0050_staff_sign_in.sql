-- Staff sign in through the identity layer: whose session it is, and the session there that ends it. A session that a
-- link opened has neither subject nor sid.
ALTER TABLE staff_session
  ADD COLUMN subject text,
  ADD COLUMN sid text,
  ADD COLUMN id_token text,
  ADD COLUMN name text NOT NULL DEFAULT '',
  ADD COLUMN roles jsonb NOT NULL DEFAULT '[]',
  ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now(),
  ADD CONSTRAINT staff_session_of_account CHECK ((subject IS NULL) = (sid IS NULL));
CREATE INDEX staff_session_sid ON staff_session (sid) WHERE sid IS NOT NULL;
CREATE INDEX staff_session_subject ON staff_session (subject) WHERE subject IS NOT NULL;

-- Sign-ins under way, each bound to one browser by a cookie; taken out by the first answer.
CREATE TABLE staff_sign_in (
  cookie_digest bytea PRIMARY KEY CHECK (octet_length(cookie_digest) = 32),
  state text NOT NULL,
  nonce text NOT NULL,
  code_verifier text NOT NULL,
  return_to text NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX staff_sign_in_age ON staff_sign_in (expires_at);

-- Logout tokens taken: none counts twice, and a sign-in under way does not revive the session it names.
CREATE TABLE staff_logout (
  jti_digest bytea PRIMARY KEY CHECK (octet_length(jti_digest) = 32),
  sid text,
  until_at timestamptz NOT NULL
);
CREATE INDEX staff_logout_sid ON staff_logout (sid);
CREATE INDEX staff_logout_age ON staff_logout (until_at);
