-- A picture that is nobody's portrait any more (rejected, replaced, of somebody who was erased) goes after a while.
ALTER TABLE portrait ADD COLUMN unused_since timestamptz;
CREATE INDEX portrait_unused ON portrait (unused_since) WHERE unused_since IS NOT NULL;
-- Whose a picture is; without them each question reads the whole register.
CREATE INDEX student_portrait ON student (portrait_id) WHERE portrait_id IS NOT NULL;
CREATE INDEX student_pending_portrait ON student (pending_portrait_id) WHERE pending_portrait_id IS NOT NULL;

CREATE FUNCTION note_portrait_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE portrait p SET unused_since = now() WHERE p.id IN (OLD.portrait_id, OLD.pending_portrait_id)
      AND NOT EXISTS (SELECT FROM student s WHERE s.portrait_id = p.id)
      AND NOT EXISTS (SELECT FROM student s WHERE s.pending_portrait_id = p.id);
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE portrait p SET unused_since = NULL
      WHERE p.id IN (NEW.portrait_id, NEW.pending_portrait_id) AND p.unused_since IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER student_portrait_use AFTER UPDATE OF portrait_id, pending_portrait_id ON student
  FOR EACH ROW WHEN (OLD.portrait_id IS DISTINCT FROM NEW.portrait_id OR OLD.pending_portrait_id IS DISTINCT FROM NEW.pending_portrait_id)
  EXECUTE FUNCTION note_portrait_use();
CREATE TRIGGER student_portrait_gone AFTER DELETE ON student
  FOR EACH ROW WHEN (OLD.portrait_id IS NOT NULL OR OLD.pending_portrait_id IS NOT NULL)
  EXECUTE FUNCTION note_portrait_use();
UPDATE portrait p SET unused_since = now()
  WHERE NOT EXISTS (SELECT FROM student s WHERE s.portrait_id = p.id)
    AND NOT EXISTS (SELECT FROM student s WHERE s.pending_portrait_id = p.id);
