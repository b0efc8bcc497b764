-- Messages to people on the channels of the register (phone, e-mail). Text and address are sealed, and gone once sent.
CREATE TABLE notice (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  student_id bigint NOT NULL REFERENCES student (id),
  kind text NOT NULL,
  channel text NOT NULL CHECK (channel IN ('phone', 'email')),
  message_sealed bytea,
  created_at timestamptz NOT NULL,
  -- After this the message is of no use: a transaction code, say.
  useless_at timestamptz NOT NULL,
  next_try_at timestamptz NOT NULL,
  tries integer NOT NULL DEFAULT 0,
  sent_at timestamptz,
  given_up_at timestamptz,
  CHECK ((message_sealed IS NULL) = (sent_at IS NOT NULL OR given_up_at IS NOT NULL))
);
CREATE INDEX notice_due ON notice (next_try_at) WHERE sent_at IS NULL AND given_up_at IS NULL;
