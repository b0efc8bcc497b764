-- Lists of mdocs are their own: their credentials name them as CWT.
ALTER TABLE status_list DROP CONSTRAINT status_list_kind_check;
ALTER TABLE status_list ADD CONSTRAINT status_list_kind_check CHECK (kind IN ('sd-jwt', 'mdoc', 'pass'));
