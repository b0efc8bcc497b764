-- Students under the subjects that partners were told: a partner that comes back about a check names one of these.
CREATE TABLE partner_subject (
  partner text COLLATE "C" NOT NULL,
  subject bytea NOT NULL CHECK (octet_length(subject) = 32),
  student_id bigint NOT NULL REFERENCES student (id),
  since timestamptz NOT NULL,
  PRIMARY KEY (partner, subject),
  CONSTRAINT partner_subject_once UNIQUE (student_id, partner)
);
