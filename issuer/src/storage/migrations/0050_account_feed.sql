-- What the identity layer has to hear of, student by student: who may sign in, and as what. The newest row of a student
-- is enough; older ones are swept.
CREATE TABLE account_change (
  n bigint GENERATED ALWAYS AS IDENTITY,
  transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
  student_id bigint NOT NULL REFERENCES student (id),
  PRIMARY KEY (transaction_id, n)
);
CREATE INDEX account_change_student ON account_change (student_id, transaction_id, n);
INSERT INTO account_change (student_id) SELECT id FROM student ORDER BY id;
