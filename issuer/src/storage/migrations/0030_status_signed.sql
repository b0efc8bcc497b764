-- When a list was last signed anew only because time had passed: its version moves then, so that readers take it.
ALTER TABLE status_list ADD COLUMN signed_at timestamptz;
