-- Checks whose partner is told when the student is eligible no longer: looked at once a day until they end.
CREATE TABLE partner_follow_up (
  check_id text PRIMARY KEY REFERENCES partner_check (id) ON DELETE CASCADE,
  look_at timestamptz NOT NULL,
  until_at timestamptz NOT NULL
);
CREATE INDEX partner_follow_up_due ON partner_follow_up (look_at);
