-- jsonb sorts the members of an object; a form is filled in the order it was written in.
DROP TRIGGER service_definition_is_immutable ON service_definition;
ALTER TABLE service_definition ALTER COLUMN body TYPE json USING body::json;
CREATE TRIGGER service_definition_is_immutable BEFORE UPDATE ON service_definition
  FOR EACH ROW WHEN (
    (OLD.id, OLD.version, OLD.body::text, OLD.digest, OLD.effective_from, OLD.imported_at)
      IS DISTINCT FROM (NEW.id, NEW.version, NEW.body::text, NEW.digest, NEW.effective_from, NEW.imported_at)
    OR OLD.effective_until IS DISTINCT FROM NEW.effective_until
    OR (OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at))
  EXECUTE FUNCTION refuse_changed_definition();
