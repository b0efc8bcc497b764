-- Finding a student by what somebody remembers: any part of the name that begins at a character, pinyin whole or by
-- initials, number, class. Beside the register, so that semester runs, which change every row of it, leave it alone.
CREATE TABLE student_search (
  student_id bigint PRIMARY KEY REFERENCES student (id) ON DELETE CASCADE,
  student_number text COLLATE "C" NOT NULL,
  terms tsvector NOT NULL
);

-- Lexemes are made here and not by a text search configuration: nothing is stemmed or left out.
CREATE FUNCTION search_terms(match_key text, latin text, pinyin_full text, initials text, class text, number text)
RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT array_to_tsvector(array_remove(
    array(SELECT substr(match_key, n) FROM generate_series(1, least(char_length(match_key), 12)) AS n)
    || ARRAY[pinyin_full, initials, lower(replace(latin, ' ', '')), lower(split_part(latin, ' ', 2)),
      lower(regexp_replace(class, '[\s.-]', '', 'g')), lower(replace(number, '-', ''))], ''))
$$;

CREATE FUNCTION keep_search_of_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO student_search (student_id, student_number, terms)
    SELECT id, student_number, search_terms(name_match_key, name_latin, pinyin_full, pinyin_initials, class, student_number) FROM fresh;
  RETURN NULL;
END $$;
CREATE FUNCTION keep_search_of_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE student_search SET student_number = NEW.student_number,
    terms = search_terms(NEW.name_match_key, NEW.name_latin, NEW.pinyin_full, NEW.pinyin_initials, NEW.class, NEW.student_number)
    WHERE student_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER student_search_new AFTER INSERT ON student REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION keep_search_of_new();
CREATE TRIGGER student_search_changed AFTER UPDATE OF name_match_key, name_latin, pinyin_full, pinyin_initials, class, student_number ON student
  FOR EACH ROW WHEN ((OLD.name_match_key, OLD.name_latin, OLD.pinyin_full, OLD.pinyin_initials, OLD.class, OLD.student_number)
    IS DISTINCT FROM (NEW.name_match_key, NEW.name_latin, NEW.pinyin_full, NEW.pinyin_initials, NEW.class, NEW.student_number))
  EXECUTE FUNCTION keep_search_of_changed();

INSERT INTO student_search (student_id, student_number, terms)
  SELECT id, student_number, search_terms(name_match_key, name_latin, pinyin_full, pinyin_initials, class, student_number) FROM student;
CREATE INDEX student_search_terms ON student_search USING gin (terms);
-- A term that fits very many is looked for in the order of numbers.
CREATE INDEX student_search_number ON student_search (student_number);

CREATE INDEX student_class ON student (class, student_number);
-- Whoever is enrolled is found in the order of numbers soon enough.
CREATE INDEX student_status ON student (enrolment_status, student_number) WHERE enrolment_status <> 'enrolled';
-- Their work is done by the terms.
DROP INDEX student_name_match_key, student_pinyin_full, student_pinyin_initials;
