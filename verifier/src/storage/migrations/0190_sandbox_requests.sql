-- A check request of the sandbox has no presentation behind it: what the simulated student's browser would bring back.
ALTER TABLE partner_check_request ADD COLUMN sandbox boolean NOT NULL DEFAULT false,
  ADD COLUMN sandbox_return_url text,
  ADD COLUMN sandbox_session_digest bytea CHECK (octet_length(sandbox_session_digest) = 32),
  ADD COLUMN sandbox_code_digest bytea CHECK (octet_length(sandbox_code_digest) = 32),
  ADD COLUMN sandbox_code_used_at timestamptz,
  ADD CONSTRAINT partner_check_request_sandbox CHECK (sandbox OR (sandbox_return_url IS NULL
    AND sandbox_session_digest IS NULL AND sandbox_code_digest IS NULL AND sandbox_code_used_at IS NULL));
