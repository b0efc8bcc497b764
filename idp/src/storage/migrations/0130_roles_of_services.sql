-- Services of the five modules bring roles of their own; which there are, the roster's reader says.
ALTER TABLE account_role DROP CONSTRAINT account_role_role_check;
ALTER TABLE account_role ADD CONSTRAINT account_role_role_check CHECK (role ~ '^[a-z][a-z-]{1,39}$');
