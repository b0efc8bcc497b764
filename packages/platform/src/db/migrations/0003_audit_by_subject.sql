-- What is said of one person, for that person's page, copy and erasure, and what is old: found without reading the whole
-- audit, which holds a row for each student and semester. Rows whose text is erased leave both.
-- Not by jsonb: the first of this name is the row's own (it stands before the detail), and a text that jsonb refuses must not
-- keep a row from being written.
CREATE INDEX audit_subject ON audit ((substring(row_text FROM '"subject":"([^"]*)"')), id) WHERE row_text IS NOT NULL;
CREATE INDEX audit_kept ON audit (at) WHERE row_text IS NOT NULL;
