-- Counsellors hold their role for the students they are assigned to, by staff number.
ALTER TABLE case_task DROP CONSTRAINT case_task_scope_kind_check;
ALTER TABLE case_task ADD CONSTRAINT case_task_scope_kind_check
  CHECK (scope_kind IN ('university', 'campus', 'college', 'class', 'building', 'assigned'));
