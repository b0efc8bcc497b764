-- Other services know staff by their number in lower case.
CREATE INDEX account_staff_number ON account (lower(number)) WHERE kind = 'staff';
