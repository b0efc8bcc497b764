-- A signer's certificate under the installation's root, put in after the key was made; and why a signer was retired.
ALTER TABLE signer
  ADD COLUMN certificate bytea,
  ADD COLUMN certificate_serial bytea UNIQUE CHECK (octet_length(certificate_serial) BETWEEN 1 AND 20),
  ADD COLUMN retirement_reason text CHECK (retirement_reason IN ('compromised', 'superseded', 'ceased')),
  ADD CONSTRAINT signer_certificate CHECK ((certificate IS NULL) = (certificate_serial IS NULL)),
  ADD CONSTRAINT signer_retirement CHECK ((retired_at IS NULL) = (retirement_reason IS NULL));

-- Which signer a copy was signed by: copies of a retired one are no longer good.
ALTER TABLE credential ADD COLUMN signer_kid bytea CHECK (octet_length(signer_kid) = 8);
UPDATE credential c SET signer_kid = (
  SELECT s.kid FROM signer s
  WHERE s.use = CASE c.configuration_id WHEN 'student-pass' THEN 'pass' ELSE 'document' END
    AND s.from_at <= c.issued_at + interval '1 minute' AND s.to_at > c.issued_at
  ORDER BY s.from_at DESC LIMIT 1);

-- Lists of revoked certificates as the root signed them; the newest is published.
CREATE TABLE revocation_list (
  number bigint PRIMARY KEY CHECK (number > 0),
  der bytea NOT NULL CHECK (octet_length(der) <= 262144),
  next_update timestamptz NOT NULL,
  received_at timestamptz NOT NULL
);
