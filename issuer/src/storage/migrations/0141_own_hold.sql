-- Who stopped the student ID: what its holder stopped alone ends when he moves to a new phone. Null: the office did.
ALTER TABLE holder ADD COLUMN held_by text CHECK (held_by IS NULL OR (held_by = 'holder' AND hold = 'suspended'));
