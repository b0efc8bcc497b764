-- Who stopped a card: what its holder stopped alone he may take back for a while. Null: the office did.
ALTER TABLE card ADD COLUMN suspended_by text CHECK (suspended_by = 'holder');
