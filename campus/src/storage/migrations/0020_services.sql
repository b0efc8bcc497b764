-- Services as data. A version never changes; publishing is a date beside it.
CREATE TABLE service_definition (
  id text COLLATE "C" NOT NULL CHECK (id ~ '^[a-z][a-z0-9-]{1,39}$'),
  version integer NOT NULL CHECK (version > 0),
  body jsonb NOT NULL,
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  effective_from date NOT NULL,
  effective_until date CHECK (effective_until >= effective_from),
  imported_at timestamptz NOT NULL,
  published_at timestamptz,
  PRIMARY KEY (id, version)
);
CREATE INDEX service_definition_published ON service_definition (id, version DESC) WHERE published_at IS NOT NULL;

CREATE FUNCTION refuse_changed_definition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'a version of a service never changes' USING ERRCODE = 'check_violation', CONSTRAINT = 'service_definition_is_immutable';
END $$;
CREATE TRIGGER service_definition_is_immutable BEFORE UPDATE ON service_definition
  FOR EACH ROW WHEN (
    (OLD.id, OLD.version, OLD.body, OLD.digest, OLD.effective_from, OLD.imported_at)
      IS DISTINCT FROM (NEW.id, NEW.version, NEW.body, NEW.digest, NEW.effective_from, NEW.imported_at)
    OR OLD.effective_until IS DISTINCT FROM NEW.effective_until
    OR (OLD.published_at IS NOT NULL AND NEW.published_at IS DISTINCT FROM OLD.published_at))
  EXECUTE FUNCTION refuse_changed_definition();
