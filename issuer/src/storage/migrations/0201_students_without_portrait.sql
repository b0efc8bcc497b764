-- Who has no photo yet, and none that waits to be looked at: found at once also where nearly everybody has one.
CREATE INDEX student_without_portrait ON student (student_number)
  WHERE portrait_id IS NULL AND pending_portrait_id IS NULL;
