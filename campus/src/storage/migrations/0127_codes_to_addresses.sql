-- How many codes were mailed to an address on a day in Asia/Shanghai, whoever asked for them. The address is a keyed digest.
CREATE TABLE mail_address_day (
  digest bytea NOT NULL CHECK (octet_length(digest) = 32),
  day date NOT NULL,
  codes integer NOT NULL CHECK (codes BETWEEN 1 AND 10),
  PRIMARY KEY (digest, day)
);
CREATE INDEX mail_address_day_age ON mail_address_day (day);
