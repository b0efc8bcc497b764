-- An incident is about no student: its applicant is the member of staff who reported it. Its tasks are nobody's own.
ALTER TABLE service_case DROP CONSTRAINT service_case_applicant_check;
ALTER TABLE service_case ADD CONSTRAINT service_case_applicant_check
  CHECK (applicant ~ '^(student|staff):[A-Za-z0-9-]{1,32}$');
