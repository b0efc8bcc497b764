-- The register of students. What is sensitive is sealed by the service; the database only compares hashes.
CREATE TABLE student (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  student_number text COLLATE "C" NOT NULL CONSTRAINT student_number_once UNIQUE CHECK (student_number ~ '^[A-Za-z0-9-]{1,32}$'),
  name text NOT NULL CHECK (name <> ''),
  -- Name without dots and spaces, in lower case.
  name_match_key text COLLATE "C" NOT NULL,
  name_latin text NOT NULL,
  -- `dengtaobo` and `dtb`.
  pinyin_full text COLLATE "C" NOT NULL,
  pinyin_initials text COLLATE "C" NOT NULL,
  sex smallint NOT NULL CHECK (sex IN (0, 1, 2, 9)),
  birth_date date NOT NULL,
  ethnicity text NOT NULL DEFAULT '',
  identity_document_type text NOT NULL,
  identity_number_encrypted bytea NOT NULL,
  identity_number_hash bytea NOT NULL CHECK (octet_length(identity_number_hash) = 32),
  identity_number_masked text NOT NULL,
  college text NOT NULL,
  major_code text NOT NULL DEFAULT '',
  major text NOT NULL,
  class text NOT NULL DEFAULT '',
  grade text NOT NULL DEFAULT '',
  level text NOT NULL CHECK (level IN ('junior-college', 'bachelor', 'second-bachelor', 'master', 'doctor', 'preparatory')),
  -- Years.
  length_of_study numeric(3, 1) NOT NULL,
  study_form text NOT NULL CHECK (study_form IN ('full-time', 'part-time')),
  entry_date date NOT NULL,
  expected_graduation date NOT NULL,
  enrolment_status text NOT NULL CHECK (enrolment_status IN (
    'not-registered', 'enrolled', 'admission-retained', 'on-leave-of-absence', 'status-retained', 'exchange',
    'transferred-out', 'withdrawn', 'expelled', 'graduated', 'completed', 'attended', 'deceased')),
  campus text NOT NULL DEFAULT '',
  rail_from text NOT NULL DEFAULT '',
  rail_to text NOT NULL DEFAULT '',
  phone_encrypted bytea,
  email_encrypted bytea,
  -- First 16 bytes of the keyed hash over phone and email together: shows a change without opening them.
  contact_hash bytea NOT NULL CHECK (octet_length(contact_hash) = 16),
  counsellor_staff_number text NOT NULL DEFAULT '',
  -- Semester registration, a fact of its own: never touched by a roster.
  registered_until date,
  policy_class smallint NOT NULL DEFAULT 0,
  portrait_id bytea CHECK (octet_length(portrait_id) = 8),
  -- Digest of the row as last imported: an unchanged row is recognised by it, and what staff changed since then stays.
  row_digest bytea NOT NULL CHECK (octet_length(row_digest) = 16),
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CHECK (expected_graduation > entry_date),
  -- Deferrable: one import may exchange the numbers of two students.
  CONSTRAINT student_identity_once UNIQUE (identity_document_type, identity_number_hash) DEFERRABLE INITIALLY IMMEDIATE
);
-- "C" collation makes the unique index on student_number serve prefixes and keyset pages alike.
CREATE INDEX student_name_match_key ON student (name_match_key text_pattern_ops, student_number);
CREATE INDEX student_pinyin_full ON student (pinyin_full text_pattern_ops, student_number);
CREATE INDEX student_pinyin_initials ON student (pinyin_initials text_pattern_ops, student_number);
CREATE INDEX student_college ON student (college, student_number);

CREATE TABLE roster_import (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('applied', 'waiting-for-second-person', 'declined')),
  file_digest bytea NOT NULL CHECK (octet_length(file_digest) = 32),
  all_or_nothing boolean NOT NULL,
  -- Summary and difference as answered to the operator; holds no identity number, phone number or address.
  report jsonb NOT NULL,
  created_by text NOT NULL,
  created_at timestamptz NOT NULL,
  decided_by text,
  applied_at timestamptz,
  CHECK ((state = 'applied') = (applied_at IS NOT NULL)),
  CHECK (state = 'waiting-for-second-person' OR decided_by IS NOT NULL)
);
CREATE INDEX roster_import_order ON roster_import (id DESC);

-- Rows of an import that waits for a second person, sealed as in the register. Emptied when it is decided. Imports in
-- flight use a temporary table of the same shape.
CREATE TABLE roster_import_row (
  import_id bigint REFERENCES roster_import (id) ON DELETE CASCADE,
  line integer NOT NULL,
  student_number text COLLATE "C" NOT NULL,
  name text NOT NULL,
  name_match_key text NOT NULL,
  name_latin text NOT NULL,
  pinyin_full text NOT NULL,
  pinyin_initials text NOT NULL,
  sex smallint NOT NULL,
  birth_date date NOT NULL,
  ethnicity text NOT NULL,
  identity_document_type text NOT NULL,
  identity_number_encrypted bytea,
  identity_number_hash bytea NOT NULL,
  identity_number_masked text NOT NULL,
  college text NOT NULL,
  major_code text NOT NULL,
  major text NOT NULL,
  class text NOT NULL,
  grade text NOT NULL,
  level text NOT NULL,
  length_of_study numeric(3, 1) NOT NULL,
  study_form text NOT NULL,
  entry_date date NOT NULL,
  expected_graduation date NOT NULL,
  enrolment_status text NOT NULL,
  campus text NOT NULL,
  rail_from text NOT NULL,
  rail_to text NOT NULL,
  phone_encrypted bytea,
  email_encrypted bytea,
  contact_hash bytea NOT NULL,
  counsellor_staff_number text NOT NULL,
  row_digest bytea NOT NULL
);
CREATE INDEX roster_import_row_import ON roster_import_row (import_id);
