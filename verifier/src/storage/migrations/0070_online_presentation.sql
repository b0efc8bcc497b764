-- OpenID4VP 1.0 in full: request_uri by POST, transaction data, HAIP, the Digital Credentials API, sessions.
ALTER TABLE presentation_request DROP CONSTRAINT presentation_request_response_mode_check;
ALTER TABLE presentation_request ADD CONSTRAINT presentation_request_response_mode_check
  CHECK (response_mode IN ('direct_post', 'direct_post.jwt', 'dc_api', 'dc_api.jwt'));
ALTER TABLE presentation_request DROP CONSTRAINT presentation_request_flow_check;
ALTER TABLE presentation_request ADD CONSTRAINT presentation_request_flow_check
  CHECK (flow IN ('cross-device', 'same-device', 'dc-api'));
-- The rule that only cross-device needs no return address was made without a name.
DO $$
DECLARE
  rule text;
BEGIN
  SELECT conname INTO STRICT rule FROM pg_constraint
    WHERE conrelid = 'presentation_request'::regclass AND contype = 'c'
      AND pg_get_constraintdef(oid) LIKE '%cross-device%' AND pg_get_constraintdef(oid) LIKE '%return_url IS NOT NULL%';
  EXECUTE format('ALTER TABLE presentation_request DROP CONSTRAINT %I', rule);
END $$;
ALTER TABLE presentation_request
  ADD COLUMN profile text CHECK (profile = 'haip'),
  ADD COLUMN request_uri_method text NOT NULL DEFAULT 'get' CHECK (request_uri_method IN ('get', 'post')),
  -- The texts as they are sent: answers hash these.
  ADD COLUMN transaction_data jsonb CHECK (jsonb_typeof(transaction_data) = 'array'),
  -- SHA-256 of what the caller says of its browser session.
  ADD COLUMN session_digest bytea CHECK (octet_length(session_digest) = 32),
  -- Of the page that calls the Digital Credentials API.
  ADD COLUMN origin text,
  -- The verdict rests on a root of this installation alone.
  ADD COLUMN trust text CHECK (trust = 'local'),
  ADD CONSTRAINT presentation_request_return CHECK (flow <> 'same-device' OR return_url IS NOT NULL),
  ADD CONSTRAINT presentation_request_session CHECK (session_digest IS NULL OR flow = 'same-device'),
  ADD CONSTRAINT presentation_request_origin CHECK ((flow = 'dc-api') = (origin IS NOT NULL)),
  ADD CONSTRAINT presentation_request_dc_mode CHECK ((flow = 'dc-api') = (response_mode IN ('dc_api', 'dc_api.jwt')));
