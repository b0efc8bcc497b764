-- Subjects in access tokens for the credential issuer. They are keyed hashes, so what the issuer asks about is looked up.
CREATE TABLE issuance_subject (
  subject text PRIMARY KEY,
  account_id text NOT NULL REFERENCES account (id),
  first_at timestamptz NOT NULL
);
